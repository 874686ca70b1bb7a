"""`roadmetrics validate`: everything that is wrong at once, and never a traceback."""

import json
import os
import socket
import stat
from pathlib import Path

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import listing, sample, validate
from roadmetrics.cli import main
from roadmetrics.errors import PairingError
from roadmetrics.validate import validate_folder
from roadmetrics.validation_report import as_document, render

ROAD = rm.RoadGraph([(0, 0), (50, 0), (50, 40)], [(0, 1), (1, 2)])


@pytest.fixture
def gt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gt").mkdir()
    return tmp_path / "gt"


def rules(findings):
    return [one.rule for one in findings]


def places(findings):
    return [one.place for one in findings]


def test_a_correct_folder_is_fine(capsys):
    found = validate_folder(sample.path() / "gt")
    assert found.is_fine
    assert len(found.tiles) == found.n_tiles == 19
    assert main(["validate", str(sample.path() / "gt"), "--format", "table"]) == 0
    assert capsys.readouterr().out.endswith("nothing is wrong\n")


def test_all_that_is_wrong_is_said_at_once(gt, capsys):
    rm.write(ROAD, gt / "fine.json")
    (gt / "cut.graph").write_text("0 0\n1 1\n\n0 7\n")
    (gt / "cut2.graph").write_text("0 0\n1 1\n5 5\n\n0 1\n1 9\n")
    (gt / "empty.npy").write_bytes(b"")
    (gt / "fine.graph").write_text("0 0\n1 1\n\n0 1\n1 0\n")
    (gt / "roads.dwg").write_bytes(b"x")
    (gt / "inner").mkdir()
    (gt / "gone.json").symlink_to("nowhere.json")
    (gt / "README.md").write_text("a note\n")
    assert main(["validate", "gt", "--format", "table"]) == 3
    out = capsys.readouterr().out
    for line in (
        "gt: layout exact",
        "wrong: 7",
        "cut.graph:4: ",
        "cut2.graph:6: ",
        "1 x the file is empty",
        "1 x several files for tile",
        "tile fine: gt/fine.graph, gt/fine.json",
        "1 x suffix '.dwg' cannot be read",
        "1 x a folder in the folder: give the one with the tiles",
        "1 x a link to nothing",
        "1 x a note, a licence, or hidden",
        "read 2 of 5 tiles",
        "wrong: 7, listed above",
    ):
        assert line in out, line


def test_errors_of_one_kind_are_one_group(gt, capsys):
    for i in range(8):
        (gt / f"t{i}.graph").write_text(f"0 0\n1 1\n\n0 {i + 7}\n")
    document = as_document(validate_folder("gt"))
    assert [(group["n"], len(group["places"])) for group in document["wrong"]] == [(8, 8)]
    assert document["wrong"][0]["places"][0][0] == "gt/t0.graph:4"
    text = render(validate_folder("gt"), "table")
    assert "  8 x " in text
    assert "      and 3 more" in text
    assert "t5.graph" not in text


def test_what_may_be_meant_is_told_and_is_not_wrong(gt):
    rm.write(rm.RoadGraph([], []), gt / "empty.json")
    rm.write(rm.RoadGraph([(0, 0), (900, 0)], [(0, 1)], extent=(0, 0, 100, 100)), gt / "out.json")
    rm.write(ROAD, gt / "a.json")
    rm.write(rm.RoadGraph([(0, 0), (9, 9)], [(0, 1)], "m", crs="EPSG:32611"), gt / "metres.json")
    (gt / "link.json").symlink_to("a.json")
    (gt / "b\nc.json").write_bytes((gt / "a.json").read_bytes())
    found = validate_folder("gt")
    assert found.is_fine
    told = dict(zip(rules(found.notes), places(found.notes), strict=True))
    assert told["no road in it"] == "gt/empty.json"
    assert told["vertices outside the tile's extent"] == "gt/out.json"
    assert told["a link: what it points to is read"] == "gt/link.json"
    assert told["a name with signs that cannot be printed"] == "gt/b\\nc.json"
    assert any(rule.startswith("tiles differ in unit (most: px)") for rule in told)
    assert any(rule.startswith("tiles differ in crs (most: none)") for rule in told)
    assert "\nc.json" not in render(found, "table")


def test_masks(gt):
    array = np.zeros((30, 40), dtype=bool)
    array[10:13] = True
    rm.write(rm.Mask(array), gt / "a.png")
    rm.write(rm.Mask(array[:20]), gt / "b.png")
    rm.write(rm.Mask(array[:20]), gt / "c.npy")
    rm.write(rm.Mask(~array), gt / "inverse.png")
    found = validate_folder("gt")
    document = as_document(found)
    assert document["summary"]["sizes"] == {"30 x 40": 2, "20 x 40": 2}
    assert any(rule.startswith("most of the mask is road") for rule in rules(found.notes))
    assert document["tiles"]["a"]["pixels"] == 120
    assert document["tiles"]["a"]["length"] > 30


def test_a_million_vertices_are_told(gt, monkeypatch):
    monkeypatch.setattr(validate, "MANY", 2)
    rm.write(ROAD, gt / "a.json")
    assert rules(validate_folder("gt").notes) == ["more than 2 vertices: scoring takes minutes"]


def test_repairs_are_counted_by_file(gt, capsys):
    (gt / "a.graph").write_text("0 0\n9 9\n\n0 1\n1 0\n0 0\n")
    found = validate_folder("gt")
    assert found.is_fine
    assert found.repairs == {"self loops dropped": {"gt/a.graph": 1}}
    assert "  self loops dropped: 1, in 1 tile: a.graph (1)" in render(found, "table")


def test_every_tile_of_a_table_is_read_and_a_broken_table_stops_nothing(gt):
    (gt / "ok.csv").write_text('ImageId,WKT_Pix\na,"LINESTRING (0 0, 9 9)"\nb,LINESTRING EMPTY\n')
    (gt / "bad.csv").write_text("ImageId,WKT_Pix\nc,CURVE (1)\n")
    (gt / "odd.csv").write_text("x\n")
    found = validate_folder("gt")
    assert set(found.tiles) == {"a", "b"}
    assert {place.partition(":")[0] for place in places(found.wrong)} == {
        "gt/bad.csv",
        "gt/odd.csv",
    }
    assert "no road in it" in rules(found.notes)


def test_no_device_pipe_or_socket_is_opened(gt):
    os.mkfifo(gt / "pipe.json")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("gt/socket.json")
    (gt / "null.json").symlink_to(os.devnull)
    (gt / "loop.json").symlink_to("loop.json")
    found = validate_folder("gt")
    odd = [one for one in found.wrong if one.rule.startswith("no regular file")]
    assert places(odd) == ["gt/null.json", "gt/pipe.json", "gt/socket.json"]
    assert "a link to nothing" in rules(found.wrong)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(gt):
    rm.write(ROAD, gt / "a.json")
    (gt / "a.json").chmod(stat.S_IWUSR)
    assert "cannot be read" in validate_folder("gt").wrong[0].rule


@pytest.mark.parametrize("error", [KeyError("x"), MemoryError(), RecursionError()])
def test_a_reader_that_breaks_down_stops_nothing(gt, monkeypatch, error):
    rm.write(ROAD, gt / "a.json")
    rm.write(ROAD, gt / "b.json")
    real = validate.read

    def breaks(path, **options):
        if path.name == "a.json":
            raise error
        return real(path, **options)

    monkeypatch.setattr(validate, "read", breaks)
    found = validate_folder("gt")
    assert list(found.tiles) == ["b"]
    (one,) = found.wrong
    assert one.place == "gt/a.json"
    assert "not enough memory" in one.rule or "please report it" in one.rule


def test_a_table_whose_reader_breaks_down_stops_nothing(gt, monkeypatch):
    rm.write(ROAD, gt / "a.json")
    (gt / "b.csv").write_text("x\n")

    def breaks(path):
        if path.suffix == ".csv":
            raise KeyError("x")
        return [(path.name, listing.Place(path, None))]

    monkeypatch.setattr(listing, "places", breaks)
    found = validate_folder("gt")
    assert list(found.tiles) == ["a"]
    assert rules(found.wrong) == ["the reader broke down: please report it (KeyError)"]


def test_a_layout_is_told_by_names_and_leaves_out_what_lies_beside(gt):
    rm.write(ROAD, gt / "region_8_graph_gt.pickle")
    rm.write(ROAD, gt / "region_8_refine_gt_graph.p")
    (gt / "region_8_sat.png").write_bytes(b"never read")
    (gt / "region_8_gt.png").write_bytes(b"never read")
    (gt / "region_8_refine_gt_graph_samplepoints.json").write_text("never read")
    found = validate_folder("gt")
    assert (found.layout, list(found.tiles)) == ("cityscale", ["8"])
    assert found.is_fine
    assert sorted(rules(found.ignored)) == [
        "a photo", "another ground truth of the tile is scored",
        "no part of layout cityscale", "no part of layout cityscale",
    ]  # fmt: skip
    assert not validate_folder("gt", layout="exact").is_fine


def test_a_stray_file_is_not_passed_over_as_part_of_a_layout(gt):
    rm.write(ROAD, gt / "region_8_graph_gt.pickle")
    (gt / "other.json").write_text("{")
    found = validate_folder("gt")
    assert (found.layout, found.is_fine) == ("exact", False)
    assert places(found.wrong)[0].startswith("gt/other.json")


def test_against_the_ground_truth(gt, tmp_path, capsys):
    pred = tmp_path / "pred"
    pred.mkdir()
    for key in ("1", "2", "3"):
        rm.write(ROAD, gt / f"region_{key}_graph_gt.pickle")
    for name in ("1.p", "2.p", "2.pickle", "9.p"):
        rm.write(ROAD, pred / name)
    found = validate_folder("pred", against="gt")
    assert found.layout == "cityscale"
    assert [(one.rule, one.place) for one in found.wrong] == [
        ("several files for tile", "tile 2"),
        ("ground truth without prediction", "tile 3"),
    ]
    assert [(one.rule, one.place) for one in found.notes] == [
        ("prediction without ground truth: it is not scored", "tile 9"),
    ]
    assert main(["validate", "pred", "--against", "gt", "--format", "json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["against"], document["ok"], document["n_read"]) == ("gt", False, 4)


def test_against_two_files_pair_as_they_are(gt, tmp_path):
    rm.write(ROAD, gt / "truth.json")
    rm.write(ROAD, tmp_path / "out.graph")
    assert validate_folder("out.graph", against="gt/truth.json").is_fine


def test_against_a_ground_truth_that_no_layout_knows(gt, tmp_path):
    (tmp_path / "pred").mkdir()
    rm.write(ROAD, tmp_path / "pred" / "1.p")
    rm.write(ROAD, gt / "other.json")
    found = validate_folder("pred", against="gt", layout="cityscale")
    assert "no ground truth is named as layout cityscale has it" in rules(found.wrong)


def test_processes_give_the_same(gt):
    for i in range(6):
        rm.write(ROAD, gt / f"t{i}.json")
    (gt / "bad.json").write_text("{")
    seen = []
    one = validate_folder("gt")
    two = validate_folder("gt", jobs=2, progress=lambda done, n: seen.append((done, n)))
    assert as_document(one) == as_document(two)
    assert seen == [(i, 7) for i in range(1, 8)]


def test_the_empty_folder_and_the_absent_one(gt, capsys):
    assert rules(validate_folder("gt").wrong) == ["there is no tile in the folder"]
    assert main(["validate", "gt", "--format", "json"]) == 3
    json.loads(capsys.readouterr().out)
    assert main(["validate", "nowhere"]) == 3
    assert capsys.readouterr().err == "roadmetrics: error: nowhere: no such file or folder\n"
    with pytest.raises(PairingError, match="layout must be one of auto"):
        validate_folder("gt", layout="other")


@pytest.mark.parametrize(("out", "code"), [("o.json", 0), ("o.txt", 0), ("o.csv", 2), ("gt", 3)])
def test_out(gt, tmp_path, out, code):
    rm.write(ROAD, gt / "a.json")
    assert main(["validate", "gt", "--out", out]) == code
    assert (tmp_path / out).is_file() == (code == 0)


def test_the_page_shows_what_comes_out(gt):
    """docs/validate.md: the bundled ground truth with six things put beside it."""
    for file in (sample.path() / "gt").iterdir():
        (gt / file.name).write_bytes(file.read_bytes())
    (gt / "island.graph").write_text("0 0\n9 9\n\n0 7\n")
    (gt / "harbour.graph").write_text("0 0\n9 9\n5 5\n\n0 1\n1 9\n")
    (gt / "nauru_r1_c2.graph").write_text("0 0\n9 9\n\n0 1\n1 0\n0 0\n")
    (gt / "roads.dwg").write_bytes(b"AC1032")
    (gt / "drafts").mkdir()
    (gt / "README.md").write_text("a note\n")
    page = (Path(__file__).resolve().parents[1] / "docs/validate.md").read_text("utf-8")
    shown = page.partition("$ roadmetrics validate gt\n")[2].partition("\n```")[0]
    assert shown == render(validate_folder("gt"), "table")
