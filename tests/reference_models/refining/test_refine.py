"""refine and close-gaps on folders: as many tiles out as in, a reason for each left alone."""

import json
from pathlib import Path

import numpy as np
import pytest
from drawn import tile
from PIL import Image

from reference_models import refine as script
from reference_models.cli.main import main
from reference_models.refine import open_refiner
from reference_models.refine_settings import CloseGapsArgs, RefineArgs
from reference_models.rework import Counts
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Mask, RoadGraph
from roadmetrics.load import read, write


class Joiner:
    """Joins each key point to the next from left to right."""

    max_key_points, max_edges, side = 30, 60, 64

    def __call__(self, task):
        n = len(task.key_points)
        return np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)


def broken_road():
    return tile([[(-0.5, 50), (40, 50)], [(60, 50), (99.5, 50)]])


@pytest.fixture
def folders(tmp_path):
    """Predictions a (JSON), b (RoadTracer), c (a mask), and their images."""
    for name in ("init", "images"):
        (tmp_path / name).mkdir()
    write(broken_road(), tmp_path / "init" / "a.json")
    write(broken_road(), tmp_path / "init" / "b.graph")
    road = np.zeros((100, 100), bool)
    road[48:53, :41] = road[48:53, 60:] = True
    write(Mask(road), tmp_path / "init" / "c.png")
    for name in "abc":
        Image.new("RGB", (100, 100)).save(tmp_path / "images" / f"{name}.png")
    return tmp_path


def refined(folders, told, **more):
    options = {"run": "", "images": str(folders / "images"), "init": str(folders / "init"),
               "out": str(folders / "out"), **more}  # fmt: skip
    return script.refine(RefineArgs(**options), told.append, refiner=Joiner())


def lengths(folder):
    return {p.name: read(p).length for p in sorted(folder.iterdir())}


@pytest.mark.parametrize("fusion", ["ordered", "drawn"])
def test_every_tile_is_refined(folders, fusion):
    told = []
    assert str(refined(folders, told, fusion=fusion)) == "graphs of 3 tiles"
    assert told == []
    after = lengths(folders / "out")
    assert list(after) == ["a.json", "b.graph", "c.json"]
    assert after == {name: pytest.approx(100, abs=5) for name in after}  # thinning eats ends
    assert read(folders / "out" / "a.json").extent == (-0.5, -0.5, 99.5, 99.5)


def test_tiles_that_do_not_fit_are_passed_on_with_a_reason(folders):
    Image.new("RGB", (90, 40)).save(folders / "images" / "a.png")
    (folders / "images" / "b.png").unlink()
    Image.new("RGB", (9, 9)).save(folders / "images" / "idle.png")
    write(RoadGraph([(0, 0), (9, 0)], [(0, 1)], "m"), folders / "init" / "d.json")
    write(RoadGraph([], []), folders / "init" / "e.json")
    for name in "de":
        Image.new("RGB", (100, 100)).save(folders / "images" / f"{name}.png")
    told = []
    assert refined(folders, told) == Counts(5, 4)
    assert [line[:3] for line in told[:-1]] == ["a: ", "b: ", "d: ", "e: "]
    for line, reason in zip(
        told,
        ("its roads lie outside of", "there is no image of tile b", "its roads are in metres",
         "no key points", "images: 1 images have no prediction: idle.png"), strict=True,
    ):  # fmt: skip
        assert reason in line
        assert "\n" not in line
    for name in ("a.json", "b.graph", "d.json", "e.json"):
        assert read(folders / "out" / name).digest == read(folders / "init" / name).digest


def test_names_of_published_layouts_find_their_image(tmp_path):
    for name in ("init", "images"):
        (tmp_path / name).mkdir()
    write(broken_road(), tmp_path / "init" / "region_8_output_graph.p")
    Image.new("RGB", (100, 100)).save(tmp_path / "images" / "region_8_sat.png")
    told = []
    assert refined(tmp_path, told) == Counts(1, 0)
    assert lengths(tmp_path / "out") == {"region_8_output_graph.p": pytest.approx(100, abs=2)}


def test_a_file_that_cannot_be_read_stops_nothing(folders):
    (folders / "init" / "aa.json").write_text("{}")
    told = []
    with pytest.raises(RoadMetricsError, match=r"1 of 4 tiles cannot be read .*: aa$"):
        refined(folders, told)
    assert list(lengths(folders / "out")) == ["a.json", "b.graph", "c.json"]
    assert "aa.json" in told[0]


def test_a_damaged_image_costs_its_tile_alone(folders):
    image = folders / "images" / "a.png"
    noise = np.random.default_rng(1).integers(0, 256, (100, 100, 3), np.uint8)
    Image.fromarray(noise).save(image)
    image.write_bytes(image.read_bytes()[: image.stat().st_size // 2])
    (folders / "images" / "b.png").write_bytes(b"no image")
    told = []
    with pytest.raises(RoadMetricsError, match=r"2 of 3 tiles failed and are in .*: a, b$"):
        refined(folders, told)
    assert [line[:3] for line in told] == ["a: ", "b: "]
    assert all(line.endswith(": passed on as it is") for line in told)
    assert "a.png" in told[0]
    for name in ("a.json", "b.graph"):
        assert read(folders / "out" / name).digest == read(folders / "init" / name).digest
    assert lengths(folders / "out")["c.json"] == pytest.approx(100, abs=5)


class Choosy(Joiner):
    """Fails on tile b."""

    def __call__(self, task):
        if task.id.startswith("b"):
            raise RoadMetricsError(f"{task.id}: not this one")
        return super().__call__(task)


def test_a_tile_on_which_the_refiner_fails_is_an_error_at_the_end(folders):
    (folders / "init" / "c.png").write_bytes(b"no mask")
    told = []
    args = RefineArgs(run="", images=str(folders / "images"), init=str(folders / "init"),
                      out=str(folders / "out"))  # fmt: skip
    both = r"1 of 3 tiles cannot be read .*: c; 1 of 3 tiles failed and are in .*: b$"
    with pytest.raises(RoadMetricsError, match=both):
        script.refine(args, told.append, refiner=Choosy())
    assert read(folders / "out" / "b.graph").digest == read(folders / "init" / "b.graph").digest
    assert read(folders / "out" / "a.json").length == pytest.approx(100)


class Several(Choosy):
    """Takes many patches at once; how many it was given."""

    def __init__(self):
        self.asked = []

    def many(self, tasks):
        self.asked.append([task.id[:1] for task in tasks])
        return [self(task) for task in tasks]


def test_tiles_side_by_side_are_told_of_and_come_out_as_one_by_one(folders):
    """One of each kind: refined, failed, unreadable, without image, damaged, no key points."""
    init, images = folders / "init", folders / "images"
    (init / "d.json").write_text("{}")
    write(broken_road(), init / "e.json")
    write(broken_road(), init / "f.json")
    (images / "f.png").write_bytes(b"no image")
    write(RoadGraph([], []), init / "g.json")
    write(broken_road(), init / "h.json")
    for name in "dgh":
        Image.new("RGB", (100, 100)).save(images / f"{name}.png")

    def outcome(together):
        told, steps, refiner = [], [], Several()
        args = RefineArgs(run="", images=str(images), init=str(init), side=48, overlap=8,
                          out=str(folders / f"out{together}"), together=together)  # fmt: skip
        with pytest.raises(RoadMetricsError) as failure:
            script.refine(args, told.append, lambda *step: steps.append(step), refiner=refiner)
        error = str(failure.value).replace(args.out, "out")
        files = [(path.name, path.read_bytes()) for path in sorted(Path(args.out).iterdir())]
        return (told, steps, error, files), [len(batch) for batch in refiner.asked]

    alone, asked = outcome(1)
    assert asked == []
    for together, most in ((2, 2), (16, 4)):
        found, asked = outcome(together)
        assert found == alone
        assert max(asked) == most
    told, steps, error, files = alone
    assert [line.split(": ")[0][-6:] for line in told] == ["b", "d.json", "e", "f", "g"]
    assert steps == [(k, 8) for k in range(1, 9)]
    assert error.endswith("not written to out: d; 2 of 8 tiles failed and are in out as they "
                          "were: b, f")  # fmt: skip
    assert [name for name, _ in files] == [
        "a.json", "b.graph", "c.json", "e.json", "f.json", "g.json", "h.json",
    ]  # fmt: skip


def test_files_of_an_earlier_run_are_replaced_and_others_are_told(folders):
    out = folders / "out"
    out.mkdir()
    for name in ("a.json", "old.json"):
        write(RoadGraph([(0, 0), (9, 0)], [(0, 1)]), out / name)
    told = []
    refined(folders, told)
    assert lengths(out)["a.json"] == pytest.approx(100)
    assert lengths(out)["old.json"] == 9
    assert len(told) == 1
    assert told[0].endswith("out: it also holds 1 files of before: old.json")
    (out / "b.graph").rename(out / "b.json")
    (out / "a.json").write_text("stays")
    with pytest.raises(RoadMetricsError, match=r"another suffix .*: b\.json: take them away"):
        refined(folders, told)
    assert (out / "a.json").read_text() == "stays"


def test_what_is_refused_before_anything_is_written(folders):
    for change, reason in (
        ({"out": str(folders / "init")}, "--out is --init"),
        ({"init": str(folders / "none")}, "no such folder of predictions"),
        ({"images": str(folders / "none")}, "no such folder of images"),
        ({"init": str(folders)}, "a folder in the folder"),
    ):
        with pytest.raises(RoadMetricsError, match=reason):
            refined(folders, [], **change)
    assert not (folders / "out").exists()


def test_a_run_of_something_else(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"format": "reference_models.run"}))
    with pytest.raises(RoadMetricsError, match=r"run.json: not the run of a refiner"):
        open_refiner(tmp_path)
    (tmp_path / "run.json").unlink()
    with pytest.raises(RoadMetricsError, match="no such file"):
        open_refiner(tmp_path)


def test_runs_are_opened_by_their_kind(tmp_path, monkeypatch, folders, capsys):
    (tmp_path / "run.json").write_text(json.dumps({"format": "here"}))
    monkeypatch.setattr(script, "OPENERS", {"here": (__name__, "opened")})
    assert isinstance(open_refiner(tmp_path, "cpu"), Joiner)
    (folders / "images" / "b.png").unlink()
    words = ["--images", str(folders / "images"), "--init", str(folders / "init"),
             "--out", str(folders / "out"), "--side", "100"]  # fmt: skip
    assert main(["refine", str(tmp_path), *words]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("out: graphs of 3 tiles, 1 of them as they were\n")
    assert said.err.startswith("reference-models: b: ")
    assert said.err.count("\n") == 1


def opened(folder, device, simulations):
    assert folder.is_dir()
    assert simulations is None
    assert device in ("cpu", "auto")
    return Joiner()


def test_sizes_come_from_the_run():
    args = RefineArgs(run="r", images="i", init="p", out="o")
    assert script.patch_options(args, Joiner()).side == 64
    args = RefineArgs(run="r", images="i", init="p", out="o", side=99, overlap=9, max_key_points=99)
    options = script.patch_options(args, Joiner())
    assert (options.side, options.max_key_points) == (99, 30)
    with pytest.raises(RoadMetricsError, match="--overlap 100 must be below --side 64"):
        script.patch_options(
            RefineArgs(run="r", images="i", init="p", out="o", overlap=100), Joiner()
        )


def maps(folders, weak=0.3):
    (folders / "maps").mkdir()
    values = np.zeros((100, 100), np.float32)
    values[48:53] = 0.9
    values[48:53, 41:60] = weak
    for name in ("a", "b"):
        np.save(folders / "maps" / f"{name}.npy", values)


def test_gaps_are_closed_along_maps(folders, capsys):
    maps(folders)
    words = ["--init", str(folders / "init"), "--maps", str(folders / "maps"),
             "--out", str(folders / "out")]  # fmt: skip
    assert main(["close-gaps", *words]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("out: graphs of 3 tiles, 1 of them as they were\n")
    assert "c: " in said.err
    assert "there is no map" in said.err
    after = lengths(folders / "out")
    assert after["a.json"] == pytest.approx(100)
    assert after["b.graph"] == pytest.approx(100)
    assert after["c.json"] < 90
    assert read(folders / "out" / "a.json").extent == broken_road().extent


def test_a_damaged_map_costs_its_tile_alone(folders, capsys):
    """Cut short, no array, not finite; one of another size and none pass their tile on."""
    maps(folders)
    whole = (folders / "maps" / "a.npy").read_bytes()
    (folders / "maps" / "a.npy").write_bytes(whole[: len(whole) // 2])
    for name in "defg":
        write(broken_road(), folders / "init" / f"{name}.json")
    (folders / "maps" / "c.npy").write_bytes(b"no array")
    np.save(folders / "maps" / "d.npy", np.full((100, 100), np.nan, np.float32))
    np.save(folders / "maps" / "e.npy", np.zeros((20, 20), np.float32))
    (folders / "maps" / "g.npy").mkdir()
    words = ["--init", str(folders / "init"), "--maps", str(folders / "maps"),
             "--out", str(folders / "out")]  # fmt: skip
    assert main(["close-gaps", *words]) == 3
    told = capsys.readouterr().err.splitlines()
    for line, reason in zip(
        told,
        ("a.npy: the header says", "c.npy: not an NPY file", "d.npy: a map is finite",
         "e: its roads lie outside of its map, 20 x 20 pixels", "f: there is no map", "g.npy: ",
         "init: 4 of 7 tiles failed and are in "), strict=True,
    ):  # fmt: skip
        assert reason in line
    assert all(line.endswith(": passed on as it is") for line in told[:-1])
    assert told[-1].endswith("as they were: a, c, d, g")
    after = lengths(folders / "out")
    assert after.pop("b.graph") == pytest.approx(100)
    assert len(after) == 6
    assert max(after.values()) < 90


def test_a_map_larger_than_the_graph_is_not_its_map(folders):
    maps(folders)
    wide = np.full((200, 200), 0.9, np.float32)
    np.save(folders / "maps" / "a.npy", wide)  # a knows its extent
    (folders / "init" / "c.png").unlink()
    args = CloseGapsArgs(init=str(folders / "init"), maps=str(folders / "maps"),
                         out=str(folders / "out"))  # fmt: skip
    told = []
    assert script.close_folder(args, told.append) == Counts(2, 1)
    assert told[0].startswith("a: its extent is (-0.5, -0.5, 99.5, 99.5), but its map has 200 x ")
    assert read(folders / "out" / "a.json").digest == read(folders / "init" / "a.json").digest
