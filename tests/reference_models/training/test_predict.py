"""choose, predict and evaluate: the verbs, and what they leave."""

import json

import numpy as np
import pytest
from PIL import Image
from small_sets import towns

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.cli.main import main  # noqa: E402
from roadmetrics.cli.main import main as roadmetrics_main  # noqa: E402
from roadmetrics.load import read  # noqa: E402

LITTLE = ["--tile", "48", "--overlap", "8", "--threads", "1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A network that has learned to find rows 10 to 13 of noise: there is a road, always."""
    folder = tmp_path_factory.mktemp("run")
    towns(folder / "towns", 4)
    code = main([
        "train", "unet", "--data", str(folder / "towns"), "--out", str(folder / "run"),
        "--loss", "mse", "--base", "2", "--blocks", "2", "--layers", "1", "--crop", "40",
        "--batch", "2", "--steps", "30", "--lr", "0.01", "--threads", "1",
    ])  # fmt: skip
    assert code == 0
    return folder


def line(capsys):
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


def test_all_verbs(run, capsys):
    data, folder = str(run / "towns"), str(run / "run")
    pred = run / "pred"
    assert main(["predict", folder, "--images", data + "/images", "--out", str(pred)]) == 3
    assert "run: no threshold has been chosen: reference-models choose" in line(capsys)
    assert main(["choose", folder, "--data", data, "--by", "ccq:oner2021", *LITTLE]) == 0
    out = capsys.readouterr().out
    assert out.count("chosen") == 1
    chosen = json.loads((run / "run" / "threshold.json").read_text())
    assert [row[0] for row in chosen["tried"]] == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    best = max(score for _, score in chosen["tried"])
    assert dict(chosen["tried"])[chosen["threshold"]] == best
    images = data + "/images"
    assert main(["predict", folder, "--images", images, "--out", str(pred),
                 "--maps", str(run / "maps"), *LITTLE]) == 0  # fmt: skip
    assert sorted(p.name for p in pred.iterdir()) == [f"t{k}.json" for k in range(4)]
    far = np.load(run / "maps" / "t0.npy")
    assert far.shape == (40, 40)
    assert far.dtype == np.float32
    assert 0 <= far.min() < far.max() <= 20
    out = run / "scored"
    assert main(["evaluate", folder, "--data", data, "--out", str(out), *LITTLE]) == 0
    assert "CCQ" in capsys.readouterr().out
    for k in range(4):
        assert read(out / "pred" / f"t{k}.json").digest == read(pred / f"t{k}.json").digest
    assert main(["evaluate", folder, "--data", data, "--out", str(out), *LITTLE]) == 0
    capsys.readouterr()
    again = ["score", "--gt", str(out / "gt"), "--pred", str(out / "pred"), "--format", "json"]
    assert roadmetrics_main([*again, "--protocol", "oner2021"]) == 0
    document = json.loads(capsys.readouterr().out)
    ours = json.loads((out / "scores.json").read_text())
    assert document["protocol"] == ours["protocol"]
    (out / "pred" / "alien.json").write_text("{}")
    assert main(["evaluate", folder, "--data", data, "--out", str(out), *LITTLE]) == 3
    assert "holds alien of another run" in line(capsys)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 3), (130, 20)])
def test_images_of_any_size(run, tmp_path, size):
    Image.new("RGB", size, "grey").save(tmp_path / "a.png")
    code = main(["predict", str(run / "run"), "--images", str(tmp_path / "a.png"), "--threshold",
                 "5", "--out", str(tmp_path / "pred"), *LITTLE])  # fmt: skip
    assert code == 0
    width, height = size
    graph = read(tmp_path / "pred" / "a.json")
    assert graph.extent == (-0.5, -0.5, width - 0.5, height - 0.5)


def test_a_large_image_in_little_memory(run, tmp_path, monkeypatch):
    """On disk, in bands: the same map as in memory."""
    pytest.importorskip("rasterio", reason="needs the extra geo")
    pixels = np.random.default_rng(0).integers(0, 256, (150, 90, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")

    def maps(name):
        call = ["predict", str(run / "run"), "--images", str(tmp_path / "a.png"), *LITTLE]
        out = ["--out", str(tmp_path / "pred"), "--maps", str(tmp_path / name)]
        assert main([*call, *out, "--threshold", "5"]) == 0
        return np.load(tmp_path / name / "a.npy")

    small = maps("small")
    monkeypatch.setattr("reference_models.data.photo.LARGE", 1000)
    np.testing.assert_array_equal(maps("large"), small)


def test_bad_input(run, tmp_path, capsys):
    folder = str(run / "run")
    images = str(run / "towns" / "images")
    calls = {
        "no such folder of images": [folder, "--images", str(tmp_path / "none"), "--out", "p"],
        "there is no image in it": [folder, "--images", str(tmp_path), "--out", "p"],
        "no such folder: give one that train wrote": ["none", "--images", images, "--out", "p"],
        "run.json: no such file": [str(tmp_path), "--images", images, "--out", "p"],
    }
    for told, words in calls.items():
        assert main(["predict", *words, "--threshold", "5"]) == 3
        assert told in line(capsys)
    (tmp_path / "a.png").write_bytes(b"nothing")
    assert main(["predict", folder, "--images", str(tmp_path), "--threshold", "5", "--out",
                 str(tmp_path / "pred")]) == 3  # fmt: skip
    assert "a.png: no" in line(capsys)


def test_weights_gone_bad(run, tmp_path, capsys):
    """NaN in the weights: the image is named, what was written before stays."""
    import shutil

    shutil.copytree(run / "run", tmp_path / "run")
    held = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    held["model"]["head.bias"].fill_(float("nan"))
    torch.save(held, tmp_path / "run" / "checkpoint.pt")
    call = ["predict", str(tmp_path / "run"), "--images", str(run / "towns" / "images"), *LITTLE]
    assert main([*call, "--threshold", "5", "--out", str(tmp_path / "pred")]) == 3
    assert "t0.png: the prediction holds NaN" in line(capsys)
    (tmp_path / "run" / "threshold.json").write_text('{"threshold": 5, "step": 3}')
    assert main([*call, "--out", str(tmp_path / "pred")]) == 3
    assert "not a threshold for step 30 of this run: choose again" in line(capsys)
