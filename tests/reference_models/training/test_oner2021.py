"""The rows of Oner et al. 2021: what each trains, what the paper prints, and the table."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from reference_models.papers.oner2021.__main__ import main
from reference_models.papers.oner2021.published import FIGURES, figures
from reference_models.papers.oner2021.rows import CPU, GPU, ROWS, row
from reference_models.papers.oner2021.table import fall
from roadmetrics import read
from roadmetrics.errors import RoadMetricsError

SHARED = os.environ.get("ROADMETRICS_SHARED", Path(__file__).resolve().parents[4] / "shared")
PUBLISHED = Path(SHARED) / "research" / "published.csv"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("scale", [CPU, GPU], ids=["cpu", "gpu"])
def test_every_row_is_a_run(name, scale):
    args = row(name).args("data", "out", 3, scale)
    assert (args.data, args.out, args.seed, args.net) == ("data", "out", 3, row(name).net)
    assert args.window <= args.crop


def test_the_ablations_change_one_number():
    base = ROWS["topo-windowed"].args("d", "o", 0, GPU)
    assert (base.alpha, base.beta, base.window, base.normalize) == (1e-4, 0.1, 64, "none")
    told = {
        "alpha-1e-3": ("alpha", 1e-3), "alpha-1e-5": ("alpha", 1e-5), "beta-1": ("beta", 1.0),
        "beta-1e-2": ("beta", 1e-2), "window-16": ("window", 16), "window-32": ("window", 32),
        "window-128": ("window", 128), "topo-global": ("window", 0), "mse": ("loss", "mse"),
        "ce": ("loss", "ce"), "dru-topo-windowed": ("net", "dru"),
    }  # fmt: skip
    for name, (key, value) in told.items():
        other = ROWS[name].args("d", "o", 0, GPU).to_dict()
        assert other.pop(key) == pytest.approx(value)
        assert other == {k: v for k, v in base.to_dict().items() if k != key}


def test_the_shares_of_a_crop_weigh_the_same_for_windows_of_every_size():
    """Alpha times the windows in a crop of 128 pixels."""
    weights = {}
    for name in ("topo-windowed", "topo-global", "window-16", "window-32", "window-128"):
        args = ROWS[name].args("d", "o", 0, CPU)
        assert args.crop == 128
        weights[name] = args.alpha * (args.crop // (args.window or args.crop)) ** 2
    assert list(weights.values()) == pytest.approx([4e-3] * 5)


def test_a_crop_that_no_tile_holds_is_told_before_anything_is_made(tmp_path, capsys):
    call = ["--work", str(tmp_path / "w"), "--out", str(tmp_path / "t.md"), "--scale", "gpu"]
    assert main(call) == 3
    assert "--size 256 is below the crop of 512 pixels: give --size 768" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_labels_are_moved_in_the_towns_that_are_learned_from_alone(tmp_path):
    from reference_models.papers.oner2021.miniature import make_towns
    from reference_models.papers.oner2021.settings import TableArgs

    small = {"work": str(tmp_path), "out": "t.md", "size": 64, "n_train": 2, "n_valid": 1,
             "n_test": 1, "crop": 64}  # fmt: skip
    plain, moved = TableArgs(**small), TableArgs(**small, label_jitter=2.0)
    make_towns(plain)
    make_towns(moved)
    assert moved.data("test") == plain.data("test")
    for path in sorted((plain.data("train") / "graphs").iterdir()):
        a, b = read(path), read(moved.data("train") / "graphs" / path.name)
        assert a.edges.tolist() == b.edges.tolist()
        assert 1.0 < np.abs(a.vertices - b.vertices).std() * 2**0.5 < 4.0
    assert sorted(path.name for path in (tmp_path / "towns").iterdir()) == [
        "clear", "test", "train", "train-2", "valid",
    ]  # fmt: skip


def test_every_cell_is_in_the_paper():
    cells = [cell for one in ROWS.values() for cell in one.cells]
    assert set(cells) == set(FIGURES)
    assert len(cells) == len(FIGURES)
    assert figures(ROWS["topo-windowed"])[1] == (75.8, 49.7, 82.8, 76.0, 68.6)


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="published.csv is not here")
def test_figures_are_those_of_the_paper():
    found = {}
    with PUBLISHED.open() as file:
        for line in csv.DictReader(file):
            if line["paper"] == "oner2021":
                cell = (int(line["table"]), line["dataset"], line["method"])
                found.setdefault(cell, []).append(float(line["value"]))
    assert {cell: tuple(found[cell]) for cell in FIGURES} == dict(FIGURES)


def test_fall():
    assert fall(list(range(100, 0, -1))) == pytest.approx(1 - 5.5 / 15.5)
    assert abs(fall([1.0] * 50)) < 1e-12


def test_wrong_calls(tmp_path, capsys):
    with pytest.raises(RoadMetricsError, match="there is no row 'unet': there are mse, ce"):
        row("unet")
    call = ["--work", str(tmp_path / "w"), "--out", str(tmp_path / "t.md")]
    if main([*call, "--rows", "unet"]) != 3:
        pytest.fail("it went on")
    assert "oner2021: error:" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_the_table_is_made_run_by_run(tmp_path, capfd):
    """Seconds of training, so figures mean nothing; what is done is not done again."""
    torch = pytest.importorskip("torch", reason="needs the extra models")
    torch.set_num_threads(1)
    out = tmp_path / "table.md"
    small = [
        "--work", str(tmp_path / "work"), "--size", "64", "--n-train", "2", "--n-valid", "2",
        "--n-test", "10", "--steps", "5", "--base", "2", "--crop", "48", "--batch", "1",
        "--window", "24", "--out", str(out),
    ]  # fmt: skip
    assert main([*small, "--rows", "mse", "--seeds", "1"]) == 0
    first = tmp_path / "work" / "runs" / "mse-0"
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*") if path.is_file()}
    assert {p.name for p in before} >= {"checkpoint.pt", "threshold.json", "scores.json"}
    capfd.readouterr()
    assert main([*small, "--rows", "mse", "topo-windowed", "--seeds", "1"]) == 0
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    err = capfd.readouterr().err
    assert "mse" not in err
    assert "topo-windowed, seed 0: step 5 of 5" in err
    page = out.read_text()
    assert "| U-Net, TOPO-windowed |" in page
    assert "(75.8)" in page  # what the paper has
    assert "(+9.5)" in page  # and its gain over MSE: 75.8 - 66.3
    assert "NO: the rows do not count" in page  # nothing is claimed of five steps
    assert "above MSE" not in page
    once = page
    assert main([*small, "--rows", "mse", "topo-windowed", "--seeds", "1"]) == 0
    assert out.read_text() == once
    capfd.readouterr()
    for other, told in (
        (["--difficulty", "0.3"], "towns of other options"),
        (["--base", "3"], "mse-0: it holds a run with base 2, not 3"),
        (["--steps", "6"], "mse-0: it holds a run with steps 5, not 6"),
        (["--label-jitter", "1"], "mse-0: it learned from train, not train-1"),
    ):
        assert main([*small, "--rows", "mse", "--seeds", "1", *other]) == 3
        assert told in capfd.readouterr().err
    (first / "seconds.json").unlink()  # a call that was killed before it noted them
    assert main([*small, "--rows", "mse", "--seeds", "1"]) == 0
    assert out.read_text().splitlines()[-6].endswith("| ? |")


def test_maps_beside_each_other(tmp_path, capfd):
    """Columns: image, ground truth, runs; a run that learns probabilities or is absent is named."""
    torch = pytest.importorskip("torch", reason="needs the extra models")
    from PIL import Image

    from reference_models.papers.oner2021.maps import main as draw

    torch.set_num_threads(1)
    work, out = tmp_path / "work", tmp_path / "maps.png"
    small = "--seeds 1 --size 64 --n-train 2 --n-valid 1 --n-test 2 --steps 1 --base 2 --crop 64"
    call = ["--work", str(work), "--out", str(tmp_path / "t.md"), "--rows", "mse", "ce"]
    assert main([*call, *small.split(), "--batch", "1", "--window", "32"]) == 0
    maps = ["--work", str(work), "--out", str(out), "--rows"]
    assert draw([*maps, "mse"]) == 0
    with Image.open(out) as picture:
        assert picture.size == (10 + 3 * 266, 34 + 2 * 280 + 10)
    capfd.readouterr()
    assert draw([*maps, "ce"]) == 3
    assert "ce learns probabilities" in capfd.readouterr().err
    assert draw([*maps, "topo-windowed"]) == 3
    assert "topo-windowed-0: no such folder" in capfd.readouterr().err
    assert draw([*maps, "mse", "--tiles", "nowhere"]) == 3
    assert "there is no tile nowhere" in capfd.readouterr().err


def test_rows_are_handed_in_and_pass_the_check(tmp_path, capfd):
    """The same call writes the same bytes; a row that was not trained is named."""
    torch = pytest.importorskip("torch", reason="needs the extra models")
    from leaderboard.cli import main as leaderboard
    from reference_models.papers.oner2021.hand_in import main as hand_in

    torch.set_num_threads(1)
    work, board = tmp_path / "work", tmp_path / "board"
    assert leaderboard(["init", str(board), "--benchmark", "synthetic-towns"]) == 0
    mark = board / "benchmarks" / "synthetic-towns" / "benchmark.toml"
    small = "--seeds 1 --size 64 --n-train 1 --n-valid 1 --n-test 1 --steps 1 --base 2 --crop 64"
    call = ["--work", str(work), "--out", str(tmp_path / "t.md"), "--rows", "mse"]
    assert main([*call, *small.split(), "--batch", "1", "--window", "32"]) == 0
    call = ["--work", str(work), "--board", str(board), "--date", "2026-11-21", "--rows"]
    capfd.readouterr()
    assert hand_in([*call, "mse"]) == 3  # other towns than the benchmark's
    assert "towns/test: not the towns of synthetic-towns: their digest" in capfd.readouterr().err
    digest = json.loads((work / "towns" / "test" / "manifest.json").read_text())["digest"]
    mark.write_text(mark.read_text().replace("154a9aa7829b9b45a06b5c618884ae4f", digest))
    assert hand_in([*call, "mse"]) == 0
    folder = board / "submissions" / "synthetic-towns" / "unet-mse"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert hand_in([*call, "mse"]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert b"synthetic towns, seed 2021, 1 tiles" in first["submission.toml"]
    capfd.readouterr()
    # one tile of fifty: read, and the others are told to be missing
    leaderboard(["check", "synthetic-towns", "unet-mse", "--board", str(board)])
    told = capfd.readouterr()
    assert "read 1 of 50 tiles, 1 wrong" in told.out
    assert hand_in([*call, "mse", "--date", "yesterday"]) == 3
    assert "--date is a day such as 2026-11-21, not 'yesterday'" in capfd.readouterr().err
    assert hand_in([*call, "ce"]) == 3
    assert "ce-0" in capfd.readouterr().err
    assert hand_in([*call, "mse", "--benchmark", "roads"]) == 3
    assert "it has no benchmark roads" in capfd.readouterr().err
