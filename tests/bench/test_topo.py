"""The connectivity loss against compiled MALIS and the authors' loop: ratios of one run.

One thread, CPU seconds, the least of some runs; to see them: NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1
pytest --benchmark-only --benchmark-enable tests/bench/test_topo.py -s
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.losses import TopoLoss, topo_weights

sys.path.insert(0, str(Path(__file__).resolve().parent))

import topo_yardsticks

SIDE, WINDOW = 512, 64
REPEATS = 7


def least(run):
    """CPU seconds of the quickest of some runs, after one that compiles."""
    run()
    spent = []
    for _ in range(REPEATS):
        begin = time.process_time()
        run()
        spent.append(time.process_time() - begin)
    return min(spent)


def forward_backward(pred, target, **options):
    loss, goal = TopoLoss(**options), torch.tensor(target)[None, None]

    def run():
        leaf = torch.tensor(pred)[None, None].requires_grad_()
        loss(leaf, goal).backward()
        assert leaf.grad.abs().sum() > 0

    return run


@pytest.fixture
def one_thread(monkeypatch):
    """Torch and our kernels in one thread, so that CPU seconds compare."""
    import numba

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("window", [32, WINDOW, 128, None], ids=str)
@pytest.mark.parametrize("mode", ["paper", "official"])
def test_loss(benchmark, one_thread, mode, window):
    """Forward and backward of 512 x 512."""
    pred, target = topo_yardsticks.town(SIDE)
    benchmark.pedantic(
        forward_backward(pred, target, mode=mode, window=window), rounds=5, warmup_rounds=1
    )


def test_against_malis(benchmark, one_thread):
    """At least four times the compiled library, which is given labels and edges."""
    malis = pytest.importorskip("malis", reason="the MALIS library is not installed")
    pred, target = topo_yardsticks.town(SIDE)
    ours = forward_backward(pred, target, window=WINDOW)
    theirs = topo_yardsticks.malis_windows(malis, pred, target, WINDOW)
    w, v = topo_weights(pred, target <= 5, WINDOW)
    sums = np.array([(n.sum(), p.sum()) for n, p in theirs()], dtype=np.int64).sum(axis=0)
    assert sums.tolist() == [w.sum(), v.sum()]  # the same pairs
    benchmark.pedantic(ours, rounds=1)
    slow, quick = least(theirs), least(ours)
    print(f"\nMALIS {slow * 1e3:.1f} ms, ours {quick * 1e3:.1f} ms: {slow / quick:.1f} times")
    assert slow >= 4 * quick


@pytest.mark.filterwarnings("ignore")
def test_against_the_authors_loop(benchmark, one_thread):
    """At least twelve times the published loop."""
    pytest.importorskip("malis", reason="the MALIS library is not installed")
    if not topo_yardsticks.LOOP.is_file():
        pytest.skip("ROADMETRICS_TOPO_LOOP does not name TOPO_Window_Loss.py")
    pred, target = topo_yardsticks.town(SIDE)
    run, ours = topo_yardsticks.authors_loop(WINDOW), forward_backward(pred, target)
    benchmark.pedantic(ours, rounds=1)
    slow, quick = least(lambda: run(pred, target)), least(ours)
    print(f"\nthe loop {slow * 1e3:.1f} ms, ours {quick * 1e3:.1f} ms: {slow / quick:.1f} times")
    assert slow >= 12 * quick


CHILD = """
import resource, sys, time
sys.path.insert(0, {here!r})
import numpy as np, torch, topo_yardsticks
from reference_models.losses import TopoLoss
torch.set_num_threads(1)
loss = TopoLoss(window=None)
warm = [torch.tensor(x)[None, None] for x in topo_yardsticks.town(64)]
loss(*warm)
pred, target = (torch.tensor(np.tile(x, (8, 8)))[None, None] for x in topo_yardsticks.town(512))
pred = (pred + torch.rand(pred.shape)).requires_grad_()
begin = time.process_time()
loss(pred, target).backward()
print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def test_global_of_4096(benchmark):
    """4096 x 4096 as one window: under 10 s of CPU and 3 GB, in a process of its own."""
    if not benchmark.enabled:
        pytest.skip("ten seconds and more than a gigabyte: in make bench only")
    here = str(Path(__file__).resolve().parent)
    run = [sys.executable, "-c", CHILD.format(here=here)]
    result = benchmark.pedantic(
        lambda: subprocess.run(run, capture_output=True, text=True), rounds=1
    )
    assert result.returncode == 0, result.stderr
    seconds, gigabytes = map(float, result.stdout.split())
    print(f"\nglobal 4096 x 4096: {seconds:.1f} s of CPU, {gigabytes:.2f} GB")
    assert seconds < 10
    assert gigabytes < 3
