"""The tables of Anagnostidis et al.: seconds of training, so that figures mean nothing."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")
pytest.importorskip("gymnasium", reason="needs the extra rl")

from reference_models.analysis.search_budget import BudgetArgs, search_budget  # noqa: E402
from reference_models.by_town import mean_interval, town_of  # noqa: E402
from reference_models.checkpoint import read_run  # noqa: E402
from reference_models.graph_batches import batch_of, drawing_of  # noqa: E402
from reference_models.graph_drawing import RefinerDrawer  # noqa: E402
from reference_models.graph_models import config_of, inputs_of  # noqa: E402
from reference_models.graph_settings import GraphTrainArgs  # noqa: E402
from reference_models.papers.anagnostidis2022.__main__ import main as paper  # noqa: E402
from reference_models.papers.anagnostidis2022.ablations import main as ablations  # noqa: E402
from reference_models.papers.anagnostidis2022.figures import changed  # noqa: E402
from reference_models.papers.anagnostidis2022.measures import bits, fit, moved  # noqa: E402
from reference_models.papers.anagnostidis2022.miniature import (  # noqa: E402
    METRICS,
    graph_args,
    refiner_args,
)
from reference_models.papers.anagnostidis2022.rewarded import rewarded, row_scores  # noqa: E402
from reference_models.papers.anagnostidis2022.settings import TableArgs  # noqa: E402
from reference_models.papers.anagnostidis2022.transfer import main as transfer  # noqa: E402
from reference_models.papers.paired_rows import interval, scores_of  # noqa: E402
from reference_models.policy_drawing import PolicyDrawer, foretold_gain  # noqa: E402
from reference_models.refiner_settings import RefinerArgs  # noqa: E402
from reference_models.reward_fit import r_squared, reward_fit  # noqa: E402
from reference_models.search_model import SearchModel  # noqa: E402
from reference_models.truth_tasks import truth_tasks  # noqa: E402
from roadmetrics import read  # noqa: E402
from roadmetrics.documents import read_document  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402
from roadmetrics.rewards import RewardScorer  # noqa: E402

SMALL = {
    "seeds": 1, "size": 64, "side": 32, "n_train": 2, "n_valid": 1, "n_test": 10, "steps": 1,
    "pair_steps": 1, "units": 1, "updates": 1, "simulations": 1, "drawn_by": 2, "batch": 2,
    "max_key_points": 12, "max_edges": 12,
}  # fmt: skip


def flags(**given):
    return [f"--{key.replace('_', '-')}={value}" for key, value in {**SMALL, **given}.items()]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """The folder of the tables, made once."""
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("tables")
    assert paper(["--work", str(home / "work"), "--out", str(home / "page.md"), *flags()]) == 0
    return home / "work"


@pytest.fixture
def args(work):
    return TableArgs(work=str(work), out=str(work.parent / "page.md"), **SMALL)


def document(work, name):
    return read_document(work / "scores" / f"{name}-0" / "scores.json")


def test_what_is_done_is_not_done_again(work, capfd):
    call = ["--work", str(work), "--out", str(work.parent / "page.md")]
    page = (work.parent / "page.md").read_text()
    for text in ("| ARM |", "Random below Cls on APLS", "(77.8; 92.8)", "8 to train on"):
        assert text in page
    assert len(list((work / "scores" / "arm-0" / "tiles").iterdir())) == 10
    capfd.readouterr()
    assert paper([*call, *flags()]) == 0
    assert capfd.readouterr().err == ""
    assert (work.parent / "page.md").read_text() == page
    for other, told in (
        ({"difficulty": 0.1}, "towns of other options"),
        ({"jitter": 9}, "it holds a run with jitter 2.0, not 9.0"),
        ({"units": 2}, "refiner-0: it holds a run with units 1, not 2"),
        ({"drawn_by": 5}, "drawn by another number of simulations than --drawn-by 5"),
    ):
        assert paper([*call, *flags(**other)]) == 3
        assert told in capfd.readouterr().err


def test_other_processes_find_what_they_are_to_do(work, tmp_path):
    """As a user starts it: the function that they are given lies in the module run as __main__."""
    page, out, row = work.parent / "page.md", tmp_path / "page.md", work / "scores" / "random-0"
    shutil.rmtree(row)
    command = [sys.executable, "-m", "reference_models.papers.anagnostidis2022"]
    call = ["--work", str(work), "--out", str(out), *flags(jobs=2)]
    done = subprocess.run([*command, *call], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "random, seed 0: scoring\n")
    assert (row / "scores.json").is_file()
    made = out.read_text().replace(str(out), str(page)).replace(" --jobs=2", "")
    assert made == page.read_text()


def test_the_larger_networks_are_an_option():
    small = TableArgs(work="w", out="o")
    large = TableArgs(work="w", out="o", scale="paper", device="cuda", size=800, side=400)
    for args, image, depth, device in ((small, 128, 18, "cpu"), (large, 300, 50, "cuda")):
        arm = graph_args(args, "arm", 0)
        config = config_of(arm)
        assert (config.image, config.depth, arm.side) == (image, depth, args.side)
        assert arm.device == refiner_args(args, 0).device == device
        assert arm.max_edges == small.max_edges


def test_the_reward_of_a_square_is_the_scorers(work):
    for name in ("random", "arm"):
        found = rewarded(document(work, name))
        assert len(found) == 40
        for square, value in found.items():
            folder = work / "scores" / f"{name}-0"
            scorer = RewardScorer(read(folder / "gt" / f"{square}.json"))
            drawn = read(folder / "pred" / f"{square}.json")
            scorer.reset(drawn.vertices, drawn.edges)
            assert scorer.score == pytest.approx(value, abs=1e-9)
    mean = np.mean(list(rewarded(document(work, "arm")).values()))
    assert row_scores([document(work, "arm")]).values[0] == pytest.approx(mean)


def test_towns_are_resampled_whole():
    """Squares that repeat their town's first one tell nothing more about towns."""
    rng = np.random.default_rng(5)
    of_town = rng.random(12)
    towns = [f"t_{k:02}" for k in range(12)]
    alone = mean_interval(of_town, towns)
    four = mean_interval(np.repeat(of_town, 4), np.repeat(towns, 4).tolist())
    assert four == pytest.approx(alone)
    apart = mean_interval(np.repeat(of_town, 4), [f"s_{k:02}" for k in range(48)])
    assert apart[1] - apart[0] < 0.7 * (alone[1] - alone[0])
    assert mean_interval(of_town[:9], towns[:9]) is None
    assert town_of("town_2023_00000_0_128") == "town_2023_00000"


def test_tiles_that_are_their_own_towns_have_the_intervals_of_tiles(work):
    one, other = ([document(work, name)] for name in ("random", "cls"))
    for k in range(len(METRICS)):
        by_tile = interval(scores_of(one, METRICS), scores_of(other, METRICS), k)
        alone = [scores_of(each, METRICS, lambda tile: tile) for each in (one, other)]
        assert interval(*alone, k) == pytest.approx(by_tile, abs=1e-12)
    by_town = [scores_of(each, METRICS, town_of) for each in (one, other)]
    assert by_town[0].values == scores_of(one, METRICS).values
    assert interval(*by_town, 0) != pytest.approx(interval(*alone, 0), abs=1e-6)


def test_measures_follow_from_sums_of_squares(work, args):
    tasks = truth_tasks(graph_args(args, "arm", 0), str(args.data("test")))
    whole = reward_fit(args.run("refiner", 0), tasks, 0)
    for key, value in whole.items():
        assert fit(args, key).value == pytest.approx(value, abs=1e-9)
    assert fit(args, "all").ends is not None
    one = bits(args, "arm", "uniform")
    assert 2 < one.ends[0] <= one.value <= one.ends[1] < 2 * np.log2(13)
    assert bits(args, "refiner", "own").value != bits(args, "arm", "own").value


def test_changed_weights(args):
    net = torch.nn.Linear(1, 1)
    twin = torch.nn.Linear(1, 1)
    with torch.no_grad():
        for each, w, b in ((net, 3.0, 4.0), (twin, 3.0, 4.5)):
            each.weight.fill_(w)
            each.bias.fill_(b)
    assert changed(net, twin) == {"norm": pytest.approx(0.1), "tensors": 0.5}
    assert 0 < moved(args, 0)["norm"] < 1
    assert moved(args, 0)["tensors"] > 0.5


def test_no_variance_is_not_explained():
    assert r_squared(np.array([0.1, 0.2]), np.array([0.3, 0.3])) == 0.0


def png_size(path):
    from PIL import Image

    with Image.open(path) as picture:
        return picture.size


def test_ablations_train_what_is_missing_and_nothing_else(work, args, capfd):
    out, figure = work.parent / "ablations.md", work.parent / "ablations.png"
    call = ["--work", str(work), "--out", str(out), "--figure", str(figure), *flags()]
    before = (work / "runs" / "refiner-0" / "checkpoint.pt").stat().st_mtime_ns
    capfd.readouterr()
    assert ablations(call) == 0
    err = capfd.readouterr().err
    assert "refiner-scratch, seed 0: step 1 of 1" in err
    assert "refiner, seed 0" not in err
    assert (work / "runs" / "refiner-0" / "checkpoint.pt").stat().st_mtime_ns == before
    blind = read_run(work / "runs" / "arm-blind-0", GraphTrainArgs)
    cross = read_run(work / "runs" / "arm-cross-0", GraphTrainArgs)
    assert (blind.net, blind.features, blind.cross) == ("arm", False, False)
    assert (cross.net, cross.features, cross.cross) == ("arm", True, True)
    for kind, arm, is_scratch in (("scratch", "arm-0", True), ("blind", "arm-blind-0", False)):
        run = read_run(work / "runs" / f"refiner-{kind}-0", RefinerArgs)
        assert (Path(run.arm).name, run.from_scratch) == (arm, is_scratch)
    page = out.read_text()
    rows = [line for line in page.splitlines() if line.startswith("| refiner, nothing pretrained")]
    assert len(rows) == 2
    assert "[" in rows[1]  # ten towns have intervals
    assert "| -2.1 | -15.3 | -13.4 | +0.2 |" in page
    assert png_size(figure)[0] == 418
    assert ablations(call) == 0
    assert capfd.readouterr().err == ""
    assert out.read_text() == page


def test_transfer_draws_other_towns_by_the_same_runs(work, args, capfd):
    out, figure = work.parent / "transfer.md", work.parent / "transfer.png"
    call = ["--work", str(work), "--out", str(out), "--figure", str(figure), *flags()]
    call += ["--n-style", "1", "--style", "arid"]
    assert transfer(call) == 0
    page = out.read_text()
    assert "| row | suburb | arid |" in page
    for name in ("cls", "gcn", "arm", "refiner"):
        found = read_document(work / "scores" / f"{name}-arid-0" / "scores.json")
        assert len(found.scored) == 4
        assert not any(square.startswith("town_2023") for square in found.scored)
    assert png_size(figure)[0] > 600
    capfd.readouterr()
    assert transfer([*call, "--style", "suburb"]) == 3
    assert "--style must be of arid, canals, not 'suburb'" in capfd.readouterr().err
    assert transfer([*call, "--n-style", "2"]) == 3
    assert "towns of other options" in capfd.readouterr().err
    assert transfer([*call, "--work", str(work.parent / "none")]) == 3
    assert "make the main table first" in capfd.readouterr().err


def test_a_budget_of_search_and_of_drawings(work):
    figure = work.parent / "budget.svg"
    text = search_budget(BudgetArgs(
        run=str(work / "runs" / "refiner-0"), data=str(work / "towns" / "test"), out=str(figure),
        simulations="2", samples="1 3", beams="1 2", squares=8,
    ))  # fmt: skip
    rows = [row.split() for row in text.splitlines()[1:]]
    ways = ["search", "search", "best", "best", "beam", "beam"]
    assert [row[0] for row in rows] == ways
    alone = rows[0][3]
    assert alone == rows[2][5] == rows[4][3]  # one drawing, and a beam of one
    assert rows[1][3] != alone
    assert "at equal time" in figure.read_text()
    with pytest.raises(RoadMetricsError, match="--samples must be whole numbers"):
        search_budget(BudgetArgs(run="r", data="d", out=str(figure), samples="1 x"))


def test_one_drawing_is_the_greedy_one_and_more_are_foretold_no_less(work):
    run = work / "runs" / "refiner-0"
    drawer = PolicyDrawer(run, "cpu", samples=1)
    tasks = truth_tasks(drawer.arm, str(work / "towns" / "test"))[:6]
    alone = [each.tolist() for each in RefinerDrawer(run, "cpu", 0).many(tasks)]
    assert [each.tolist() for each in drawer.many(tasks)] == alone
    many = PolicyDrawer(run, "cpu", samples=8).many(tasks)
    assert [each.tolist() for each in many] != alone
    assert [e.tolist() for e in PolicyDrawer(run, "cpu", samples=8).many(tasks)] == [
        e.tolist() for e in many
    ]


def test_what_a_drawing_is_foretold_to_gain_is_the_sum_of_its_edges(work):
    """As the search's model foretells each edge, one action after its first end."""
    drawer = PolicyDrawer(work / "runs" / "refiner-0", "cpu")
    net, arm = drawer.net, drawer.arm
    task = next(t for t in truth_tasks(arm, str(work / "towns" / "test")) if len(t.key_points) > 3)
    rows = [[0, 1, 1, 2, 0, 3], [0, 2], []]
    drawing = drawing_of(task, 32, arm.max_key_points, arm.max_edges)
    batch = batch_of([replace(drawing, target=None)] * 3)
    with torch.no_grad():
        encoding = net.arm.encode(*inputs_of(batch, net.arm.encoder, torch.device("cpu")))
    found = foretold_gain(net, encoding, batch.key_points, [np.array(row, int) for row in rows])
    model = SearchModel(net, arm.max_key_points, 32)
    for row, gain in zip(rows, found, strict=True):
        total = 0.0
        for k in range(1, len(row), 2):
            model.begin([task])
            model.initial(np.array([row[:k]]), np.array([k]), 2)
            total += float(model.recurrent(1, np.array([0]), np.array([row[k]]))[0][0])
        assert gain == pytest.approx(total, abs=1e-6)
    assert found[2] == 0
