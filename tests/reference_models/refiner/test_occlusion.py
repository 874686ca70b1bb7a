"""The occlusion experiment in seconds, and the rows handed in; figures mean nothing here."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")
pytest.importorskip("gymnasium", reason="needs the extra rl")

from leaderboard.cli import main as leaderboard  # noqa: E402
from reference_models.choose import choose  # noqa: E402
from reference_models.papers.anagnostidis2022.hand_in import HandInArgs  # noqa: E402
from reference_models.papers.anagnostidis2022.hand_in import main as hand_in  # noqa: E402
from reference_models.papers.anagnostidis2022.occlusion import main  # noqa: E402
from reference_models.papers.anagnostidis2022.occlusion_runs import make_towns  # noqa: E402
from reference_models.papers.anagnostidis2022.occlusion_settings import OcclusionArgs  # noqa: E402
from reference_models.papers.anagnostidis2022.occlusion_table import measured  # noqa: E402
from reference_models.papers.anagnostidis2022.submissions import GIVEN  # noqa: E402
from reference_models.refine import refine  # noqa: E402
from reference_models.refine_settings import RefineArgs  # noqa: E402
from reference_models.settings import ChooseArgs, TrainArgs  # noqa: E402
from reference_models.towns.folder import write_towns  # noqa: E402
from reference_models.towns.options import Options  # noqa: E402
from reference_models.train import train  # noqa: E402
from roadmetrics import read, write  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402

SMALL = {
    "seeds": 1, "size": 64, "side": 48, "overlap": 8, "n_train": 3, "n_test": 2, "steps": 1,
    "batch": 2, "units": 1, "updates": 1, "simulations": 1, "drawn_by": 2, "max_key_points": 16,
    "max_edges": 24,
}  # fmt: skip
SHARES = (".1", ".5")


def options(home, **given):
    return {
        "work": str(home / "work"), "segmentation": str(home / "unet"),
        "out": str(home / "page.md"), "figure": str(home / "figure.svg"), **SMALL, **given,
    }  # fmt: skip


def options_of(home):
    return OcclusionArgs(**options(home, difficulties=" ".join(SHARES)))


def call(home, **given):
    words = [f"--{k.replace('_', '-')}={v}" for k, v in options(home, **given).items()]
    return main([*words, "--difficulties", *SHARES])


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A segmentation of one step, and the experiment with it.

    Such a segmentation finds no roads: what it predicts on the towns to learn from and on those at
    .5 is put there, the truth without the first edge of each.
    """
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("occlusion")
    write_towns(home / "towns", 1, 5, Options(size=64, metres_per_pixel=1.0))
    train(TrainArgs(net="unet", data=str(home / "towns"), out=str(home / "unet"), loss="mse",
                    base=2, blocks=2, crop=48, batch=1, steps=1, seed=0, device="cpu",
                    threads=1))  # fmt: skip
    choose(ChooseArgs(run=str(home / "unet"), data=str(home / "towns"), tile=96, overlap=0,
                      device="cpu", threads=1))  # fmt: skip
    args = options_of(home)
    make_towns(args)
    for part in ("train", "test-0.5"):
        args.pred(part).mkdir(parents=True)
        args.maps(part).mkdir(parents=True)
        for path in (args.data(part) / "graphs").iterdir():
            truth = read(path)
            write(replace(truth, edges=truth.edges[1:], is_node=None), args.pred(part) / path.name)
            np.save(args.maps(part) / f"{path.stem}.npy", np.zeros((64, 64), np.float32))
    assert call(home) == 0
    return home


def test_every_row_is_scored_at_every_share(done):
    page = (done / "page.md").read_text()
    for text in (
        "| gap closing |",
        "| row | 0.1 | 0.5 | mean |",
        "### sub-graph F1",
        "1 towns of seed 5, 0.3 of the road",
        "refiner above segmentation on reward",
    ):
        assert text in page
    assert (done / "figure.svg").read_text().count("share of the road under trees") == 6
    scores = done / "work" / "scores"
    assert sorted(path.name for path in scores.iterdir()) == [
        "arm-0", "arm-kept-0", "bound", "gaps", "refiner-0", "refiner-kept-0", "segmentation",
    ]  # fmt: skip
    assert len(list(scores.glob("*/*/scores.json"))) == 14
    args = options_of(done)
    assert measured(args, "bound")["test-0.5"].values[1] > 0.9  # APLS: nothing was hidden


def test_what_is_done_is_kept_and_other_options_are_refused(done, capfd):
    page, work = (done / "page.md").read_text(), done / "work"
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file()}
    capfd.readouterr()
    assert call(done) == 0
    assert capfd.readouterr().err == ""
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (done / "page.md").read_text() == page
    for other, told in (
        ({"n_train": 4}, "towns of other options"),
        ({"steps": 2}, "arm-0: it holds a run with steps 1, not 2"),
        ({"units": 2}, "refiner-0: it holds a run with units 1, not 2"),
        ({"overlap": 4}, "what is there was made with another overlap"),
        ({"drawn_by": 1}, "what is there was made with another drawn_by"),
        ({"segmentation": str(done / "towns")}, "run.json: no such file"),
        ({"data_seed": 5}, "it learned from towns of seed 5, which are used here"),
        ({"side": 80}, "--side 80 is above --size 64"),
        ({"test_seed": 2033}, "--test-seed 2033 is one of the tiles to train on"),
    ):
        assert call(done, **other) == 3
        assert told in capfd.readouterr().err


@pytest.mark.parametrize(
    ("row", "given"),
    [("refiner", {"simulations": 2}), ("arm-kept", {"dead_ends": "keep", "small": 0.0})],
)
def test_rows_are_what_refine_draws_of_one_tile_at_a_time(done, tmp_path, row, given):
    args = options_of(done)
    refine(RefineArgs(
        run=str(args.run(row, 0)), images=str(args.data("test-0.5") / "images"), together=1,
        init=str(args.pred("test-0.5")), out=str(tmp_path / "out"), overlap=args.overlap,
        device="cpu", **given,
    ), print)  # fmt: skip
    drawn = sorted((args.scored(row, 0, "test-0.5") / "pred").iterdir())
    assert [path.name for path in drawn] == [p.name for p in sorted((tmp_path / "out").iterdir())]
    for path in drawn:
        assert read(path).digest == read(tmp_path / "out" / path.name).digest
        assert read(path).length > 0


def table_work(home, towns):
    """What the table's command leaves: the truth as the drawings of every row."""
    work = home / "table"
    for part in ("train", "test"):
        shutil.copytree(towns, work / "towns" / part)
    for row in GIVEN:
        shutil.copytree(towns / "graphs", work / "scores" / f"{row}-0" / "tiles")
    for run, seed in (("arm", "arm"), ("refiner", "refiner"), ("arm", "cls"), ("arm", "gcn")):
        source = home / "work" / "runs" / f"{run}-0" / "run.json"
        (work / "runs" / f"{seed}-0").mkdir(parents=True)
        shutil.copy(source, work / "runs" / f"{seed}-0")
    return work


def test_rows_are_handed_in(done, tmp_path, capfd):
    board = tmp_path / "board"
    assert leaderboard(["init", str(board), "--benchmark", "synthetic-towns"]) == 0
    towns = done / "work" / "towns" / "test-0.5"
    work = table_work(done, towns)
    words = ["--work", str(work), "--board", str(board), "--date", "2026-11-28"]
    see = ["--segmentation", str(done / "unet")]
    assert hand_in([*words, *see]) == 3  # other towns than the benchmark's
    assert "not the towns of synthetic-towns" in capfd.readouterr().err
    mark = board / "benchmarks" / "synthetic-towns" / "benchmark.toml"
    digest = json.loads((towns / "manifest.json").read_text())["digest"]
    mark.write_text(mark.read_text().replace("154a9aa7829b9b45a06b5c618884ae4f", digest))
    assert hand_in([*words, *see]) == 0
    home = board / "submissions" / "synthetic-towns"
    names = {path.name for path in home.iterdir()}
    assert names == {
        "anagnostidis-random", "anagnostidis-cls", "anagnostidis-gcn", "anagnostidis-arm",
        "anagnostidis-refiner", "unet-gap-closing", "unet-segmentation",
    }  # fmt: skip
    for name in names:
        told = (home / name / "submission.toml").read_text()
        assert ("Given the key points of the ground truth" in told) == (name[:4] != "unet")
        assert ("Sees images alone" in told) == (name[:4] == "unet")
    leaderboard(["check", "synthetic-towns", "anagnostidis-arm", "--board", str(board)])
    # the other 48 are missing, and that is all
    assert "read 2 of 50 tiles, 1 wrong" in capfd.readouterr().out
    first = (home / "anagnostidis-arm" / "predictions.zip").read_bytes()
    rows = ["--rows", "segmentation", "gaps", "segmented-refiner", "arm"]
    assert hand_in([*words, *see, "--occlusion", str(done / "work"), *rows]) == 0
    told = (home / "anagnostidis-refiner-from-unet" / "submission.toml").read_text()
    assert "with 1 simulations a move; drawn with 2" in told
    assert (home / "anagnostidis-arm" / "predictions.zip").read_bytes() == first
    (work / "scores" / "cls-0" / "tiles" / "town_2023_00001.json").unlink()
    capfd.readouterr()
    assert hand_in([*words, "--rows", "cls"]) == 3
    assert "1 tiles are not those of" in capfd.readouterr().err
    assert hand_in([*words, *see, "--occlusion", str(tmp_path), "--rows", "gaps"]) == 3
    assert "manifest.json: no such file" in capfd.readouterr().err


def test_rows_need_their_folders():
    given = {"work": "w", "board": "b", "date": "2026-11-28"}
    with pytest.raises(RoadMetricsError, match="--segmentation RUN is needed for the row gaps"):
        HandInArgs(**given)
    with pytest.raises(RoadMetricsError, match="--occlusion DIR is needed for the row segmented-"):
        HandInArgs(**given, rows="arm segmented-arm", segmentation="run")
    with pytest.raises(RoadMetricsError, match="there is no row 'unet': there are random, cls"):
        HandInArgs(**given, rows="unet")
