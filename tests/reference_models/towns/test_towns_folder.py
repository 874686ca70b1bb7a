"""Folders of tiles and the verb that makes them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import roadmetrics as rm
from reference_models.cli import main
from reference_models.towns import MASKS, Options, make_tile
from reference_models.towns import folder as folder_module
from reference_models.towns.folder import digest, digests, tile_id, write_towns
from roadmetrics.cli import main as roadmetrics_main
from roadmetrics.errors import RoadMetricsError

SMALL = Options(size=96, metres_per_pixel=1.0)


def files_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    out = tmp_path_factory.mktemp("towns") / "made"
    return out, write_towns(out, 4, seed=7, options=SMALL)


def test_a_folder_holds_what_tiles_are(towns):
    """Images, masks and graphs read back as made; the manifest's digests are theirs."""
    out, manifest = towns
    assert json.loads((out / "manifest.json").read_text()) == manifest
    assert manifest["options"]["difficulty"] == 0.3
    assert manifest["revision"] == 1
    assert sorted(p.name for p in out.iterdir()) == ["graphs", "images", "manifest.json", "masks"]
    for index, row in enumerate(manifest["tiles"]):
        tile, name = make_tile(7, index, SMALL), tile_id(7, index)
        assert row["id"] == name
        assert row["difficulty"] == tile.difficulty
        assert row["digests"] == digests(tile)
        image = np.asarray(Image.open(out / "images" / f"{name}.png"))
        assert (image == tile.image).all()
        assert digest(image) == row["image_digest"]
        for mask in MASKS:
            pixels = np.asarray(Image.open(out / "masks" / mask / f"{name}.png"))
            assert set(np.unique(pixels)) <= {0, 255}
            assert digest(pixels > 0) == row["digests"][mask]
        graph = rm.read(out / "graphs" / f"{name}.json")
        assert graph.digest == row["digests"]["graph"]
        assert graph.extent == (-0.5, -0.5, 95.5, 95.5)
        assert graph.metres_per_pixel == 1.0
        levels = json.loads((out / "graphs" / f"{name}.json").read_text())["levels"]
        assert levels == tile.level.tolist()


def test_many_processes_make_the_same_folder(towns, tmp_path):
    """Byte for byte."""
    out, manifest = towns
    assert write_towns(tmp_path / "again", 4, seed=7, options=SMALL, jobs=2) == manifest
    assert files_of(tmp_path / "again") == files_of(out)


def test_roadmetrics_reads_the_folder(towns, capsys):
    """`validate` finds nothing wrong, `score` of the graphs against themselves is 1."""
    out, _ = towns
    for part in ("graphs", "masks/road"):
        assert roadmetrics_main(["validate", str(out / part)]) == 0
    capsys.readouterr()
    graphs = str(out / "graphs")
    assert roadmetrics_main(
        ["score", "--gt", graphs, "--pred", graphs, "--metric", "ccq", "--format", "json"]
    ) == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out)["total"]["ccq"]["value"] == 1.0


def test_an_error_leaves_nothing(tmp_path, monkeypatch):
    """Neither the folder nor its draft."""
    for error in (KeyboardInterrupt(), OSError(28, "No space left on device")):

        def broken(index, failure=error, **_):
            if index == 1:
                raise failure
            return {}

        monkeypatch.setattr(folder_module, "_write_tile", broken)
        with pytest.raises((KeyboardInterrupt, RoadMetricsError)):
            write_towns(tmp_path / "towns", 3, options=SMALL)
        assert not list(tmp_path.iterdir())


def test_a_kill_leaves_no_folder_of_that_name(tmp_path):
    """Half a data set never has the name of a whole one; the next run is not in its way."""
    out = tmp_path / "towns"
    command = [
        sys.executable, "-m", "reference_models", "synth", "--out", str(out), "--tiles", "5000",
        "--size", "96", "--jobs", "1",
    ]  # fmt: skip
    root = Path(folder_module.__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen(command, env=env)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".towns.*/graphs/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(tmp_path.glob(".towns.*/graphs/*.json"))
    assert not out.exists()
    write_towns(out, 1, options=SMALL)
    assert (out / "manifest.json").exists()


@pytest.mark.parametrize("kind", ["file", "full", "nowhere"])
def test_places_that_do_not_do(tmp_path, kind):
    """What is there stays as it was."""
    out = tmp_path / "towns"
    if kind == "file":
        out.write_text("mine")
    elif kind == "full":
        out.mkdir()
        (out / "mine").write_text("mine")
    else:
        out = tmp_path / "no" / "towns"
    before = files_of(tmp_path)
    with pytest.raises(RoadMetricsError, match="towns: "):
        write_towns(out, 1, options=SMALL)
    assert files_of(tmp_path) == before


def test_an_empty_folder_will_do(tmp_path):
    """As mkdir leaves it."""
    (tmp_path / "towns").mkdir()
    write_towns(tmp_path / "towns", 1, options=SMALL)
    assert (tmp_path / "towns" / "manifest.json").exists()


def test_the_verb(tmp_path, capsys, monkeypatch):
    """`synth` writes what `write_towns` does, and says what it holds."""
    monkeypatch.chdir(tmp_path)
    call = ["synth", "--out", "towns", "--tiles", "2", "--size", "96", "--difficulty", "0.2",
            "--seed", "3", "--style", "canals", "--gsd", "1", "--jobs", "1"]  # fmt: skip
    assert main(call) == 0
    out, err = capsys.readouterr()
    manifest = json.loads((tmp_path / "towns" / "manifest.json").read_text())
    assert err == ""
    assert out.splitlines()[0] == "towns: 2 tiles of 96 px, style canals"
    assert manifest["digest"] in out
    assert manifest["seed"] == 3
    assert manifest["options"] == {
        "size": 96, "metres_per_pixel": 1.0, "difficulty": 0.2, "style": "canals", "oblique": 0.0,
    }  # fmt: skip
    assert main(call) == 3  # it is there now
    assert "the folder is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--size", "32"], "the size must be from 64 to 1024, not 32"),
        (["--difficulty", "0.99"], "the difficulty must be from 0 to 0.9, not 0.99"),
        (["--difficulty", "two"], "argument --difficulty"),
        (["--style", "moon"], "argument --style"),
        (["--seed", "-1"], "argument --seed: must not be negative"),
        (["--tiles", "0"], "--tiles must be 1 or more"),
        (["--oblique", "60"], "the oblique angle must be from 0 to 40"),
        (["--gsd", "5"], "the size of a pixel must be from 0.25 to 2"),
        (["--out", ""], "--out needs the name of a folder"),
        (["--wrong"], "unrecognized arguments"),
    ],
)
def test_calls_that_cannot_be(more, message, tmp_path, monkeypatch, capsys):
    """Exit code 2, one line, nothing written."""
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["synth", "--out", "towns", "--tiles", "1", *more])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.startswith("reference-models: error: ")
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_target_that_trees_cannot_reach_is_told(tmp_path, monkeypatch, capsys):
    """A tile without road is below any target."""
    monkeypatch.chdir(tmp_path)
    assert main(
        ["synth", "--out", "towns", "--tiles", "12", "--size", "64", "--gsd", "0.25", "--jobs", "1"]
    ) == 0  # fmt: skip
    assert "fell short of 0.3" in capsys.readouterr().out


def test_towns_need_no_torch():
    """Neither the verb's help nor a tile imports it, nor anything drawn from plots."""
    code = (
        "import sys; from reference_models.towns import *; make_tile(0, 0, Options(size=64)); "
        "print(sorted({'torch', 'matplotlib', 'pandas'} & set(sys.modules)))"
    )
    root = Path(folder_module.__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert run.stdout.decode().strip() == "[]"
