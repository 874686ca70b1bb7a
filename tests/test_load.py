"""Reading by suffix and content, folders of tiles, writing whole or not at all."""

import json
import os
import pickle

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.load import SUFFIXES, read, read_tiles, tile_paths, write

GRAPH = rm.RoadGraph(
    [(500000, 4000000), (500003, 4000004), (500010.5, 4000004)], [(0, 1), (1, 2)], "m",
    crs="EPSG:32611",
)  # fmt: skip
MASK = rm.Mask(np.eye(5, dtype=bool))
FEATURES = {"type": "FeatureCollection", "features": []}


def message(call, *arguments, **options):
    with pytest.raises(rm.RoadMetricsError) as error:
        call(*arguments, **options)
    text = str(error.value)
    assert text.isprintable()
    return text


@pytest.mark.parametrize("suffix", [".json", ".npz", ".graph", ".geojson", ".gpkg"])
def test_graph_round_trip(tmp_path, suffix):
    path = tmp_path / f"tile{suffix}"
    write(GRAPH, path)
    back = read(path, crs="EPSG:32611")
    assert back.edges.tolist() == GRAPH.edges.tolist()
    assert np.abs(back.vertices - GRAPH.vertices).max() < 1e-6
    if suffix in (".json", ".npz"):
        assert back.digest == GRAPH.digest
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".png", ".npy", ".PNG"])
def test_mask_round_trip(tmp_path, suffix):
    path = tmp_path / f"tile{suffix}"
    write(MASK, path)
    assert read(path).digest == MASK.digest


def test_json_of_either_kind_under_either_suffix(tmp_path):
    for suffix in (".json", ".geojson"):
        path = tmp_path / f"a{suffix}"
        path.write_text(json.dumps(FEATURES))
        assert read(path, crs="EPSG:32611").crs == "EPSG:32611"
        path.write_text('{"nodes": [[0, 0], [1, 0]], "edges": [[0, 1]]}')
        assert read(path).length == 1


def test_images_by_content(tmp_path):
    write(MASK, tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert read(tmp_path / "a.jpg").n_pixels == 5


def test_threshold(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[0.1, 0.4, 0.8]]))
    assert read(tmp_path / "a.npy").n_pixels == 1
    assert read(tmp_path / "a.npy", threshold=0.3).n_pixels == 2
    assert "threshold 3 is not in (0, 1]" in message(read, tmp_path / "a.npy", threshold=3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_and_wrong_contents(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"")
    assert message(read, path) == f"{path}: the file is empty"
    path.write_bytes(b"\x00\x01hello\xff")
    assert message(read, path).startswith(f"{path}:")


def test_what_is_no_file(tmp_path):
    assert message(read, tmp_path / "a.graph") == f"{tmp_path / 'a.graph'}: no such file"
    assert message(read, tmp_path / "a") == f"{tmp_path / 'a'}: no such file"
    assert message(read, tmp_path) == f"{tmp_path}: it is a folder; give a file"
    (tmp_path / "a.xyz").write_text("x")
    assert "suffix '.xyz' is not one of .graph, .p," in message(read, tmp_path / "a.xyz")
    (tmp_path / "plain").write_text("x")
    assert "suffix '' is not one of" in message(read, tmp_path / "plain")
    assert "cannot be read" in message(read, "a\0b.graph")
    assert "no such file" in message(read, "new\nline.graph")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.graph")
    assert "no regular file" in message(read, tmp_path / "a.graph")


def test_too_large_a_file(tmp_path):
    path = tmp_path / "a.p"
    with path.open("wb") as stream:
        stream.truncate(65 << 20)  # a hole: no disk is used
    assert message(read, path) == f"{path}: 65 MiB, above this format's limit of 64 MiB"


def test_tiles_of_a_folder(tmp_path):
    write(GRAPH, tmp_path / "b.json")
    write(MASK, tmp_path / "a.png")
    (tmp_path / "new york.p").write_bytes(pickle.dumps({}))
    for name in (".hidden", "README", "readme.md", "LICENSE.rst", "licence", "notes.txt"):
        (tmp_path / name).write_text("x")
    tiles = read_tiles(tmp_path)
    assert list(tiles) == ["a", "b", "new york"]
    assert isinstance(tiles["a"], rm.Mask)
    assert list(read_tiles(tmp_path / "b.json")) == ["b"]
    assert tile_paths(tmp_path)["b"] == (tmp_path / "b.json", None)


def test_a_folder_hides_nothing(tmp_path):
    assert "holds no file that can be read" in message(read_tiles, tmp_path)
    write(GRAPH, tmp_path / "b.json")
    (tmp_path / "c.xyz").write_text("x")
    assert message(read_tiles, tmp_path).startswith(f"{tmp_path / 'c.xyz'}: suffix '.xyz'")
    (tmp_path / "c.xyz").unlink()
    write(GRAPH, tmp_path / "b.graph")
    assert "b.graph is the same tile" in message(read_tiles, tmp_path)
    (tmp_path / "b.graph").unlink()
    (tmp_path / "deep").mkdir()
    assert "a folder in the folder" in message(read_tiles, tmp_path)
    (tmp_path / "deep").rmdir()
    (tmp_path / "z.graph").write_text("0 0\n\n0 5\n")
    assert message(read_tiles, tmp_path) == (
        f"{tmp_path / 'z.graph'}:3: edge refers to vertex 5 but the file has 1"
    )


def test_writing_refuses_in_one_line(tmp_path):
    assert "a graph is written as .json" in message(write, GRAPH, tmp_path / "a.png")
    assert "a mask is written as .png or .npy" in message(write, MASK, tmp_path / "a.json")
    assert "longitudes and latitudes need" in message(
        write, rm.RoadGraph([], []), tmp_path / "a.geojson"
    )
    text = message(write, GRAPH, tmp_path / "nowhere" / "a.json")
    assert (
        text == f"{tmp_path / 'nowhere' / 'a.json'}: cannot be written: No such file or directory"
    )
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write(GRAPH, path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    assert "No space left" in message(write, rm.RoadGraph([], []), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.json"]
