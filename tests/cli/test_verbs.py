"""The verbs from inside."""

import json
import os

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.cli import main
from roadmetrics.cli.main import build_parser


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for side in ("gt", "pred"):
        (tmp_path / side).mkdir()
        for key, x in (("a", 100), ("b", 60)):
            graph = rm.RoadGraph([(0, 0), (x, 0)], [(0, 1)])
            rm.write(graph, tmp_path / side / f"{key}.json")
    return tmp_path


def score(*more):
    return main(["score", "--gt", "gt", "--pred", "pred", "--metric", "ccq", *more])


def error(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("roadmetrics: error: ")
    assert err.count("\n") == 1
    return err.removeprefix("roadmetrics: error: ").rstrip("\n")


def test_without_metric_every_registered_metric_is_scored(folders, capsys):
    assert main(["score", "--gt", "gt", "--pred", "pred"]) == 0
    assert list(json.loads(capsys.readouterr().out)["total"]) == list(rm.METRICS)


@pytest.mark.parametrize("form", ["table", "json", "csv", "md", "latex"])
def test_formats_on_paper_and_in_a_file_are_the_same(folders, capsys, form):
    assert score("--format", form, "--out", "o.txt") == 0
    assert capsys.readouterr().out == ""
    assert score("--format", form) == 0
    printed = capsys.readouterr().out
    written = (folders / "o.txt").read_text()
    if form == "json":
        printed, written = ({**json.loads(text), "tiles": None} for text in (printed, written))
    assert printed == written
    assert not list(folders.glob(".o.txt*"))


def test_missing_predictions(folders, capsys):
    (folders / "pred" / "b.json").rename(folders / "pred" / "b2.json")
    assert score() == 3
    assert "1 of 2 ground truth tiles have no prediction in pred: b (closest" in error(capsys)
    assert score("--missing", "zero") == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert (document["missing"], document["unmatched"]) == (["b"], ["b2.json"])
    assert document["total"]["ccq"]["mean"]["quality"] == 0.5
    assert err.splitlines() == [
        "roadmetrics: without prediction: 1: b; scored 1 of 2 tiles, missing 1 (scored 0)",
        "roadmetrics: predictions without ground truth, not scored: 1: b2.json",
    ]
    assert score("--missing", "skip") == 0
    assert json.loads(capsys.readouterr().out)["total"]["ccq"]["value"] == 1.0


@pytest.mark.parametrize(
    "bad", ["nope", "ccq:nope", "ccq,slack=x", "ccq,nope=1", "", "ccq,slack=-1"]
)
def test_bad_metric_is_usage(folders, capsys, bad):
    assert main(["score", "--gt", "gt", "--pred", "pred", "--metric", bad]) == 2
    error(capsys)
    assert main(["show", bad]) == 2
    error(capsys)


@pytest.mark.parametrize("floor", ["ccq", "ccq=", "=1", "ccq=nan", "other=0.5"])
def test_bad_floor_is_usage(folders, capsys, floor):
    assert score("--fail-under", floor) == 2
    assert "--fail-under" in error(capsys)


def test_a_floor_may_name_a_metric_with_fields(folders):
    assert score("--metric", "ccq,slack=8", "--fail-under", "ccq,slack=8=0.5") == 0


@pytest.mark.parametrize(
    "more",
    [
        ["--bounds", "1,2,3"], ["--bounds", "3,0,1,1"], ["--bounds", "a,b,c,d"], ["--gsd", "0"],
        ["--gsd", "inf"], ["--threshold", "2"], ["--jobs", "-1"], ["--format", "xml"],
        ["--layout", "other"], ["--missing", "maybe"], ["--pred-axis", "zz"], ["--metr", "ccq"],
    ],
)  # fmt: skip
def test_bad_options_are_usage(folders, capsys, more):
    with pytest.raises(SystemExit) as end:
        score(*more)
    assert end.value.code == 2
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize(
    "args",
    [["--gt", "gt"], [], ["--pairs", "p.csv", "--gt", "gt"], ["--pairs", "p", "--layout", "exact"]],
)
def test_half_a_source_is_usage(folders, capsys, args):
    assert main(["score", *args]) == 2
    error(capsys)


def test_bounds_may_begin_with_a_minus(folders, capsys):
    assert score("--bounds", "-5,-5,40,5") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["run"]["bounds"] == [-5, -5, 40, 5]
    assert document["tiles"]["a"]["gt"]["length"] == 40


def test_metres_without_a_pixel_size_name_tile_and_option(folders, capsys):
    assert main(["score", "--gt", "gt", "--pred", "pred", "--metric", "ccq,unit=m"]) == 3
    message = error(capsys)
    assert message.startswith("tile a: ")
    assert "--gsd" in message
    assert score("--metric", "ccq,unit=m", "--gsd", "2") == 0
    assert json.loads(capsys.readouterr().out)["run"]["gsd"] == 2


@pytest.mark.parametrize("out", ["nowhere/o.json", "gt"])
def test_a_place_that_cannot_be_written_is_found_before_the_work(folders, capsys, out):
    assert score("--out", out) == 3
    assert out in error(capsys)


def test_a_link_stays_a_link_and_a_pipe_stays_a_pipe(folders):
    (folders / "real.txt").write_text("old")
    (folders / "link.txt").symlink_to("real.txt")
    assert score("--format", "csv", "--out", "link.txt") == 0
    assert (folders / "link.txt").is_symlink()
    assert (folders / "real.txt").read_text().startswith("tile,status")
    os.mkfifo(folders / "pipe")
    reader = os.open(folders / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert score("--format", "csv", "--out", "pipe") == 0
    assert os.read(reader, 99).startswith(b"tile,status")
    os.close(reader)
    assert (folders / "pipe").is_fifo()


def test_absent_folder(folders, capsys):
    assert main(["score", "--gt", "none", "--pred", "pred"]) == 3
    assert error(capsys) == "none: no such file or folder"


def test_interrupt_is_quiet(folders, capsys, monkeypatch):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("roadmetrics.evaluate.score_folders", stop)
    assert score() == 130
    assert capsys.readouterr() == ("", "")


def test_list_names_every_metric_and_preset(capsys):
    assert main(["list"]) == 0
    words = capsys.readouterr().out.split()
    for name, cls in rm.METRICS.items():
        assert name in words
        assert {f"{name}:{preset}" for preset in cls.presets} <= set(words)


def test_show_prints_every_field_and_source(capsys):
    for name, cls in rm.METRICS.items():
        assert main(["show", name]) == 0
        text = capsys.readouterr().out
        flat = " ".join(text.split())
        assert " ".join(cls.formula.split()) in flat
        assert rm.get(name).signature() in text
        for preset in cls.presets.values():
            for key, constant in preset.constants.items():
                assert f"{key} = " in flat
                assert " ".join(constant.source.split()) in flat
        assert main(["show", f"{name}:{next(iter(cls.presets))}"]) == 0
        assert len(capsys.readouterr().out) < len(text)


def test_convert_a_mask_to_a_graph_in_metres(folders, capsys):
    array = np.zeros((9, 40))
    array[4, 2:38] = 0.4
    np.save(folders / "m.npy", array)
    assert main(["convert", "m.npy", "m.graph"]) == 0
    assert rm.read("m.graph").length == 0
    assert main(["convert", "m.npy", "m.json", "--threshold", "0.3", "--gsd", "2"]) == 0
    graph = rm.read("m.json")
    assert graph.unit == "m"
    assert graph.length == pytest.approx(70, abs=4)
    out, err = capsys.readouterr()
    assert out == ""
    assert "m.json: RoadGraph(" in err


def test_convert_refuses_what_it_cannot_write(folders, capsys):
    assert main(["convert", "gt/a.json", "a.shp"]) == 3
    assert "a.shp" in error(capsys)
    assert not (folders / "a.shp").exists()


def test_demo_scores_both_strengths(capsys):
    assert main(["demo"]) == 0
    text = capsys.readouterr().out
    assert text.count("scored 19 of 19 tiles") == 2
    assert "OpenStreetMap" in text


def test_every_verb_has_help(capsys):
    actions = build_parser()._subparsers._group_actions[0].choices
    assert set(actions) == {
        "score", "list", "show", "convert", "demo", "describe", "compare", "signature", "explain",
        "render", "noise", "validate", "doctor", "merge",
    }  # fmt: skip
    for name in actions:
        with pytest.raises(SystemExit) as end:
            main([name, "--help"])
        assert end.value.code == 0
        assert max(map(len, capsys.readouterr().out.splitlines())) <= 100


def test_bounds_that_miss_everything_are_refused(folders, capsys):
    """Nothing in either would score a perfect 1."""
    assert score("--bounds", "500,500,600,600") == 3
    assert "no road of the ground truth lies in the bounds; it spans 0,0,100,0" in error(capsys)


def test_a_prediction_elsewhere_is_told(folders, capsys):
    rm.write(rm.RoadGraph([(900, 900), (990, 900)], [(0, 1)]), folders / "pred" / "a.json")
    assert score() == 0
    out, err = capsys.readouterr()
    assert "tile a: the prediction lies elsewhere" in err
    assert len(json.loads(out)["tiles"]["a"]["notes"]) == 1


def test_choices_are_printed(folders, capsys):
    (folders / "split.txt").write_text("a\n")
    assert score("--format", "table", "--tiles", "split.txt", "--bounds", "0,-5,50,5") == 0
    printed = capsys.readouterr().out.splitlines()
    assert "scored 1 of 1 tiles" in printed
    assert "split: split.txt, of 2 tiles" in printed
    assert "bounds: 0,-5,50,5" in printed


def test_pixel_sizes_of_a_table_are_printed_and_recorded(folders, capsys):
    rows = 'id,gt,pred,gsd,bounds\na,gt/a.json,pred/a.json,0.5,"0,-5,50,5"\n'
    (folders / "p.csv").write_text(rows + "b,gt/b.json,pred/b.json,0.6,\n")
    assert main(["score", "--pairs", "p.csv", "--metric", "ccq", "--format", "table"]) == 0
    assert "unit m, gsd 0.5 to 0.6 m" in capsys.readouterr().out
    assert main(["score", "--pairs", "p.csv", "--metric", "ccq"]) == 0
    tiles = json.loads(capsys.readouterr().out)["tiles"]
    assert (tiles["a"]["gsd"], tiles["a"]["bounds"]) == (0.5, [0, -5, 50, 5])
    assert (tiles["b"]["gsd"], tiles["b"]["bounds"]) == (0.6, None)


@pytest.mark.parametrize("cells", ["0,", "-1,", "1,5 5 0 0", "x,"])
def test_bad_cells_of_a_table_name_their_line(folders, capsys, cells):
    (folders / "p.csv").write_text(f"id,gt,pred,gsd,bounds\na,gt/a.json,pred/a.json,{cells}\n")
    assert main(["score", "--pairs", "p.csv", "--metric", "ccq"]) == 3
    assert error(capsys).startswith("p.csv:2: ")


def test_masks_of_different_size_are_refused(folders, capsys):
    for side, size in (("gt", 20), ("pred", 30)):
        (folders / side / "a.json").unlink()
        rm.write(rm.Mask(np.eye(size, dtype=bool)), folders / side / "a.png")
    assert score() == 3
    message = error(capsys)
    assert message.startswith("tile a: the masks of ground truth and prediction differ in size")
    assert "20 x 20 and 30 x 30" in message
    assert score("--bounds", "0,0,15,15", "--tiles", "a.txt") == 3  # there is no such list
    error(capsys)
    assert score("--bounds", "0,0,15,15") == 0


@pytest.mark.parametrize(("suffix", "start"), [("csv", "tile,"), ("md", "| metric"), ("json", "{")])
def test_the_suffix_of_out_tells_the_format(folders, suffix, start):
    assert score("--out", f"o.{suffix}") == 0
    assert (folders / f"o.{suffix}").read_text().startswith(start)


def test_skipped_tiles_have_a_row_in_csv(folders, capsys):
    (folders / "pred" / "b.json").unlink()
    assert score("--missing", "skip", "--format", "csv", "--per-tile") == 0
    assert any(line.startswith("b,skipped,") for line in capsys.readouterr().out.splitlines())


def test_converting_metres_to_a_format_without_unit_is_told(folders, capsys):
    assert main(["convert", "gt/a.json", "a.graph", "--gsd", "2"]) == 0
    assert "keeps no unit" in capsys.readouterr().err


def test_the_preset_that_was_asked_for_is_named(folders, capsys):
    args = ["score", "--gt", "gt", "--pred", "pred", "--metric", "apls:spacenet"]
    assert main(args) == 3
    message = error(capsys)
    assert message.startswith("tile a: apls:spacenet: these parameters are in metres")
    assert "--gsd METRES" in message


def test_a_folder_of_folders_is_explained(folders, capsys):
    assert main(["score", "--gt", ".", "--pred", "pred"]) == 3
    assert "it holds folders, not tiles (gt, pred)" in error(capsys)
