"""Training: a killed run ends with the numbers of one that was not; errors leave the checkpoint."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_sets import mask, photo, towns

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.checkpoint import load  # noqa: E402
from reference_models.models import StepLoss, device_of, dtype_of, make_net, rate_at  # noqa: E402
from reference_models.settings import TrainArgs, listed  # noqa: E402
from reference_models.train import Trainer, net_of, train  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402

SMALL = {"base": 2, "blocks": 2, "layers": 1, "crop": 24, "window": 12, "batch": 2, "threads": 1}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def options(tmp_path, **changes):
    if not (tmp_path / "towns").is_dir():
        towns(tmp_path / "towns", 4)
    given = {"net": "unet", "data": str(tmp_path / "towns"), "out": str(tmp_path / "run"),
             "steps": 4, "lr": 1e-3, "normalize": "pairs", "reduction": "mean"}  # fmt: skip
    return TrainArgs(**given | SMALL | changes)


def weights(args):
    net = make_net(args)
    state = load(Path(args.out), net)
    return [value.clone() for value in net.state_dict().values()], state


def words(args):
    """The command line of options."""
    given = [f"--{key.replace('_', '-')}={value}" for key, value in args.to_dict().items()
             if key not in ("net", "flips", "turns") and value != ""]  # fmt: skip
    return [sys.executable, "-m", "reference_models", "train", args.net, *given]


def test_killed_and_resumed(tmp_path):
    """SIGKILL in the middle; what comes after is equal to the last bit."""
    args = options(tmp_path, steps=150, checkpoint_every=7, schedule="cosine")
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        words(args), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    until = time.monotonic() + 120
    while not (tmp_path / "run" / "checkpoint.pt").is_file():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, state = weights(args)
    assert state.step % 7 == 0
    assert 0 < state.step < 150
    began = state.step
    resumed = train(args)
    assert resumed.began == began
    whole = replace(args, out=str(tmp_path / "whole"))
    assert train(whole).losses == resumed.losses
    ours, theirs = weights(args), weights(whole)
    assert all(torch.equal(a, b) for a, b in zip(ours[0], theirs[0], strict=True))
    assert train(args).began == 150  # and nothing is left to do
    rows = (tmp_path / "run" / "log.csv").read_text().split()
    assert rows[0] == "step,loss"
    assert len(rows) == 151


@pytest.mark.parametrize("net", ["unet", "dru", "linknet", "resnet"])
@pytest.mark.parametrize("loss", ["mse", "topo", "ce", "iou"])
def test_every_network_with_every_loss(tmp_path, net, loss):
    args = options(tmp_path, net=net, loss=loss, steps=2, crop=40)
    losses = train(args).losses
    assert len(losses) == 2
    assert all(np.isfinite(losses))


def test_it_learns(tmp_path):
    args = options(tmp_path, steps=120, lr=1e-2, loss="mse", base=4)
    losses = train(args).losses
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])


def test_official_and_late_topo(tmp_path):
    """Before topo_start the loss is that of the regression."""
    args = options(tmp_path, topo_start=3, mode="official", alpha=1.0)
    topo, mse = StepLoss(args), StepLoss(replace(args, loss="mse"))
    output = torch.full((1, 1, 24, 24), 9.0)
    target = torch.arange(24.0).sub(12).abs().repeat(24, 1)[None, None]
    assert topo(output, target, 2) == mse(output, target, 2)
    assert topo(output, target, 3) > mse(output, target, 3)


def test_learning_rates():
    args = TrainArgs(net="unet", data="d", out="o", steps=100, lr=1.0, schedule="cosine")
    rates = [rate_at(args, step) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert sorted(rates[4:], reverse=True) == rates[4:]
    assert 0 < rates[-1] < 0.01
    assert rate_at(replace(args, schedule="constant"), 77) == 1.0


def test_other_options_are_another_run(tmp_path):
    args = options(tmp_path)
    train(args)
    with pytest.raises(RoadMetricsError, match=r"run: it holds a run with beta 0.1, not 0.5: give"):
        train(replace(args, beta=0.5))
    assert train(replace(args, checkpoint_every=3)).began == 4
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes").write_text("mine")
    with pytest.raises(RoadMetricsError, match=r"other: not empty, and there is no run.json"):
        train(replace(args, out=str(tmp_path / "other")))
    with pytest.raises(RoadMetricsError, match=r"cannot be written: .* is no folder that exists"):
        train(replace(args, out=str(tmp_path / "no" / "run")))


def test_nan_names_the_image_and_keeps_the_checkpoint(tmp_path):
    args = options(tmp_path, steps=8, checkpoint_every=2)
    train(replace(args, steps=8))
    trainer = Trainer(args, torch.device("cpu"))
    assert trainer.resume(tmp_path / "run") == 8
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    from reference_models.crops import Crops
    from reference_models.data import Photos, open_data

    with Photos() as photos:
        batch = Crops(open_data(args.data), args, photos).batch(0)
    batch.images[1] = np.nan
    with pytest.raises(RoadMetricsError) as error:
        trainer.step(batch)
    text = str(error.value)
    assert text.startswith(f"{args.out}: step 9: the prediction holds NaN or infinity for ")
    assert str(batch.scenes[1].image) in text
    assert "\n" not in text
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before


def test_weights_that_are_no_numbers_are_never_saved(tmp_path):
    """A rate far too high: the run stops, and what was saved before can still be gone on from."""
    args = options(tmp_path, steps=2, checkpoint_every=1)
    train(args)
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    trainer = Trainer(args, torch.device("cpu"))
    trainer.resume(tmp_path / "run")
    with torch.no_grad():
        next(trainer.net.parameters()).fill_(np.nan)
    with pytest.raises(RoadMetricsError, match="after step 2 the weights hold NaN or infinity: tr"):
        trainer.save(tmp_path / "run")
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before


def test_a_wrong_network_leaves_no_folder_in_the_way(tmp_path):
    args = options(tmp_path, net="resnet", crop=40, steps=1)
    with pytest.raises(RoadMetricsError, match="depth is one of 18, 34, 50, not 20"):
        train(replace(args, depth=20))
    with pytest.raises(RoadMetricsError, match=r"absent\.pth: no such file"):
        train(replace(args, weights=str(tmp_path / "absent.pth")))
    assert not (tmp_path / "run").exists()
    file = tmp_path / "w.pth"
    torch.save(make_net(args).encoder.state_dict(), file)
    given = replace(args, weights=str(file))
    train(given)
    file.unlink()  # the checkpoint has all that is needed
    assert train(given).began == 1
    assert net_of(tmp_path / "run", torch.device("cpu"))[2] == 1


def test_thresholds_that_are_no_numbers():
    for text in ("nan,3", "inf", "", "a"):
        with pytest.raises(RoadMetricsError, match="--distances must be numbers between commas"):
            listed(text, "--distances")


def test_a_checkpoint_of_another_model(tmp_path):
    args = options(tmp_path)
    train(args)
    other = replace(args, net="linknet", out=str(tmp_path / "other"), crop=40)
    train(other)
    spoilt = tmp_path / "run" / "checkpoint.pt"
    spoilt.write_bytes((tmp_path / "other" / "checkpoint.pt").read_bytes())
    with pytest.raises(RoadMetricsError, match=r"checkpoint.pt: a checkpoint of another model"):
        train(args)
    spoilt.write_bytes(spoilt.read_bytes()[:1000])
    with pytest.raises(RoadMetricsError, match=r"checkpoint.pt: not a checkpoint of torch"):
        train(args)
    torch.save(make_net(args).state_dict(), spoilt)
    with pytest.raises(RoadMetricsError, match="weights alone: a checkpoint holds the optimizer"):
        train(args)


def test_bad_data(tmp_path):
    args = options(tmp_path)
    with pytest.raises(RoadMetricsError, match=r"t0.png: t0 is 40 x 40 pixels, smaller than a cro"):
        train(replace(args, crop=64))
    photo(tmp_path / "towns" / "images" / "t9.png", 40, 40)
    mask(tmp_path / "towns" / "masks" / "t9.png", 41, 40)
    for k in range(4):
        mask(tmp_path / "towns" / "masks" / f"t{k}.png", 40, 40)
    (tmp_path / "towns" / "graphs").rename(tmp_path / "graphs")
    with pytest.raises(RoadMetricsError, match=r"masks/t9.png: 41 x 40 pixels, but .*t9.png has"):
        train(args)
    assert not (tmp_path / "run").exists()


def test_precision(tmp_path):
    cpu = device_of("cpu")
    assert dtype_of("auto", cpu) == torch.float32
    assert dtype_of("bfloat16", cpu) == torch.bfloat16
    assert np.isfinite(train(options(tmp_path, precision="bfloat16")).losses).all()
    with pytest.raises(RoadMetricsError, match="--device tpu9: torch cannot use it"):
        device_of("tpu9")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("precision", ["float16", "bfloat16", "auto"])
def test_mixed_precision_on_a_gpu(tmp_path, precision):
    args = options(tmp_path, device="cuda", precision=precision, steps=6)
    assert np.isfinite(train(args).losses).all()
    assert train(args).began == 6
