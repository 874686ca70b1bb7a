"""NPZ files whose arrays are used in their place: kept, checked as all others, never trusted."""

import io
import mmap
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import FormatError, RoadGraph
from roadmetrics.cli import main
from roadmetrics.io import mapped, npz
from roadmetrics.io.npz import read_npz, write_npz

GRAPH = RoadGraph([(0.1, 1 / 3), (3, 4), (5, 6), (0, 0)], [(0, 1), (2, 1), (3, 0)], "m",
                  crs="EPSG:32611", metres_per_pixel=0.3, extent=(0, 0, 9, 9),
                  is_node=[True, False, True, True], weights=[1.5, 0.1, 0])  # fmt: skip


@pytest.fixture(autouse=True)
def _map_small_files(monkeypatch):
    monkeypatch.setattr(mapped, "LEAST", 1)


def archive(path, **arrays):
    """An NPZ whose arrays lie as `write_npz` puts them, whatever they are."""

    class Holder:
        unit = crs = metres_per_pixel = extent = is_node = weights = None

    holder = Holder()
    for key, array in arrays.items():
        setattr(holder, key, array)
    path.write_bytes(write_npz(holder, compressed=False))
    return path


def is_in_file(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, memoryview) and isinstance(array.obj, mmap.mmap)


def test_arrays_stay_in_the_file(tmp_path):
    path = tmp_path / "a.npz"
    rm.write(GRAPH, path, compressed=False)
    back = rm.read(path)
    assert back.digest == GRAPH.digest
    assert (back.crs, back.unit) == ("EPSG:32611", "m")
    for array in (back.vertices, back.edges, back.weights):
        assert is_in_file(array)
        assert (array.flags.writeable, array.flags.aligned, type(array)) == (
            False,
            True,
            np.ndarray,
        )
    assert not back.is_node.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        back.vertices[0, 0] = 5
    with pytest.raises(ValueError, match="cannot set WRITEABLE"):
        back.vertices.setflags(write=True)
    with np.load(path) as arrays:
        assert np.array_equal(arrays["vertices"], GRAPH.vertices)
    rm.write(RoadGraph([], []), path)  # the file is replaced, what is in use stays
    assert back.digest == GRAPH.digest


def test_every_use_of_a_mapped_graph_is_that_of_another(tmp_path):
    path = tmp_path / "a.npz"
    rm.write(GRAPH, path, compressed=False)
    back = rm.read(path)
    assert back.length == GRAPH.length
    assert back.clipped((0, 0, 4, 4)).digest == GRAPH.clipped((0, 0, 4, 4)).digest
    assert repr(rm.get("ccq")(back, GRAPH)) == repr(rm.get("ccq")(GRAPH, GRAPH))
    copy = pickle.loads(pickle.dumps(back))
    assert (copy.digest, copy.crs) == (GRAPH.digest, GRAPH.crs)
    for array in (copy.vertices, copy.edges, copy.weights, copy.is_node):
        assert not array.flags.writeable
    assert not is_in_file(copy.vertices)


def test_a_mapped_graph_goes_to_a_process(tmp_path):
    from roadmetrics.parallel import mapped as over_processes

    path = tmp_path / "a.npz"
    rm.write(GRAPH, path, compressed=False)
    back = rm.read(path)
    assert list(over_processes(repr, [back, back, back], 2)) == [repr(GRAPH)] * 3


def test_an_empty_graph_and_one_without_edges(tmp_path):
    for graph in (RoadGraph([], []), RoadGraph([(1, 2)], [])):
        rm.write(graph, tmp_path / "a.npz", compressed=False)
        assert rm.read(tmp_path / "a.npz").digest == graph.digest


V, E = np.array([[0.0, 0], [3, 4], [6, 8]]), np.array([[0, 1], [1, 2]], np.int32)


@pytest.mark.parametrize(
    ("arrays", "rule"),
    [
        ({"vertices": V.astype(np.float32)}, "vertices must be float64"),
        ({"vertices": V.astype(">f8")}, "vertices must be float64"),
        ({"vertices": np.asfortranarray(V)}, "C order"),
        ({"vertices": -V}, "must be 0"),  # -0.0
        ({"vertices": V + np.array([1e-200, 0])}, "must be 0"),
        ({"edges": E.astype(np.int64)}, "edges must be int32"),
        ({"edges": E[:, ::-1].copy()}, "edge 0 must be i, j with i < j"),
        ({"edges": np.array([[0, 1], [2, 2]], np.int32)}, "edge 1 must be"),
        ({"edges": np.array([[0, 1], [1, 2], [0, 1]], np.int32)}, "there once"),
        ({"weights": np.array([1, 2], np.float32)}, "weights must be float64"),
    ],
)
def test_other_arrays_are_read_as_ever_if_they_are_few(tmp_path, monkeypatch, arrays, rule):
    path = archive(tmp_path / "a.npz", **{"vertices": V, "edges": E, **arrays})
    graph = rm.read(path)
    assert graph.digest == read_npz(path.read_bytes(), "a").digest
    assert not is_in_file(graph.vertices)
    del graph
    monkeypatch.setattr(npz, "MAX_UNPACKED", 10)
    with pytest.raises(FormatError, match=rule) as error:
        rm.read(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arrays", "rule"),
    [
        ({"vertices": V * np.nan}, "vertex 0 is"),
        ({"vertices": V.ravel()}, "vertices must have shape"),
        ({"vertices": V * 1e13}, "vertex 1 is"),
        ({"edges": E + 1}, "edge 1 refers to vertex 3"),
        ({"edges": E - 1}, "edge 0 refers to vertex -1"),
        ({"edges": E.ravel()}, "edges must have shape"),
        ({"edges": E * 1.0}, "cannot be read here"),
        ({"weights": np.array([1.0])}, "1 weights for 2 edges"),
        ({"weights": np.array([1.0, -1])}, "weights must be finite"),
        ({"is_node": np.array([True])}, "is_node has 1"),
    ],
)
def test_what_breaks_a_rule_breaks_it_in_a_mapped_file(tmp_path, arrays, rule):
    path = archive(tmp_path / "a.npz", **{"vertices": V, "edges": E, **arrays})
    with pytest.raises(FormatError, match=rule):
        rm.read(path)


def test_edges_that_are_twice_are_found_in_any_block(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "BLOCK", 7)
    monkeypatch.setattr(mapped, "PART", 11)
    rng = np.random.default_rng(0)
    edges = np.unique(np.sort(rng.integers(0, 60, (300, 2)), axis=1), axis=0)
    edges = rng.permutation(edges[edges[:, 0] < edges[:, 1]]).astype(np.int32)
    vertices = rng.uniform(0, 9, (60, 2))
    once = rm.read(archive(tmp_path / "a.npz", vertices=vertices, edges=edges))
    assert is_in_file(once.edges)
    for row in (0, 100, len(edges) - 2):
        twice = np.concatenate([edges, edges[row : row + 1]])
        graph = rm.read(archive(tmp_path / "b.npz", vertices=vertices, edges=twice))
        assert graph.digest == once.digest
        assert not is_in_file(graph.edges)


def test_what_numpy_writes_is_read(tmp_path):
    """`np.savez` puts arrays where they happen to fall: not at a multiple of 8."""
    stream = io.BytesIO()
    np.savez(stream, vertices=V, edges=E)
    (tmp_path / "a.npz").write_bytes(stream.getvalue())
    assert rm.read(tmp_path / "a.npz").digest == RoadGraph(V, E).digest


def outcome(read):
    try:
        return read().digest
    except FormatError as error:
        line = str(error)
    assert "\n" not in line
    return "refused"


def test_damage_is_met_as_in_bytes(tmp_path):
    """Whatever byte is changed or cut away: mapped and read never give two graphs.

    One may refuse what the other takes, by rules on overlaps that Python's versions do not share.
    """
    whole, rng = write_npz(GRAPH, compressed=False), np.random.default_rng(5)
    path, found = tmp_path / "a.npz", []
    for k in range(1500):
        data = bytearray(whole)
        for _ in range(rng.integers(1, 4)):
            data[rng.integers(len(data))] = rng.integers(256)
        if k % 5 == 0:
            data = data[: rng.integers(1, len(data))]
        path.write_bytes(data)
        one = outcome(lambda: rm.read(path))
        other = outcome(lambda data=data: read_npz(bytes(data), "a"))
        assert one == other or "refused" in (one, other)
        found.append((one, other))
        path.unlink()
    assert len(set(found)) > 2
    assert sum(one == other for one, other in found) > 0.98 * len(found)


def test_members_that_leave_the_archive(tmp_path):
    """Offsets, sizes and names of the list that do not fit what lies in the file."""
    path, whole = tmp_path / "a.npz", archive(tmp_path / "b.npz", vertices=V, edges=E).read_bytes()
    at = whole.index(b"PK\1\2")
    for place, size, value in (
        (42, 4, 2**31), (42, 4, 5), (42, 4, at), (24, 4, 2**31), (20, 4, 2**31), (24, 4, 4096),
        (28, 2, 60000), (8, 2, 1), (10, 2, 12), (16, 4, 7),
    ):  # fmt: skip
        data = bytearray(whole)
        data[at + place : at + place + size] = value.to_bytes(size, "little")
        if place in (20, 24) and value == 4096:
            data[at + 20 : at + 24] = value.to_bytes(4, "little")
        path.write_bytes(data)
        with pytest.raises(FormatError):
            rm.read(path)
        path.unlink()


def test_a_long_list_of_members_is_not_read(tmp_path):
    path = archive(tmp_path / "a.npz", vertices=V, edges=E)
    with zipfile.ZipFile(path, "a") as out:
        for k in range(1001):
            out.writestr(f"{k}.npy", b"")
    with pytest.raises(FormatError, match="more than 1000 arrays"):
        rm.read(path)
    with zipfile.ZipFile(path, "a") as out:
        for k in range(30):
            info = zipfile.ZipInfo(f"x{k}.npy")
            info.comment = b"x" * 60_000
            out.writestr(info, b"")
    with pytest.raises(FormatError, match="more than 1000 arrays"):
        rm.read(path)


def test_objects_are_never_read(tmp_path):
    stream = io.BytesIO()
    np.savez(stream, vertices=np.array([[{}, {}]], dtype=object), edges=E)
    (tmp_path / "a.npz").write_bytes(stream.getvalue())
    with pytest.raises(FormatError, match="cannot be read here"):
        rm.read(tmp_path / "a.npz")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read(tmp_path):
    path = archive(tmp_path / "a.npz", vertices=V, edges=E)
    path.chmod(0)
    with pytest.raises(FormatError, match="cannot be read: Permission denied"):
        rm.read(path)


def test_a_file_above_the_limit(tmp_path):
    path = tmp_path / "a.npz"
    with path.open("wb") as out:
        out.truncate(mapped.LIMIT + 1)  # takes no place
    with pytest.raises(FormatError, match="4096 MiB, above this format's limit of 4096 MiB"):
        rm.read(path)


def test_convert_writes_it_and_only_npz(tmp_path, capsys):
    rm.write(GRAPH, tmp_path / "a.json")
    small, large = tmp_path / "a.npz", tmp_path / "b.npz"
    assert main(["convert", str(tmp_path / "a.json"), str(small)]) == 0
    assert main(["convert", str(tmp_path / "a.json"), str(large), "--uncompressed"]) == 0
    assert large.read_bytes() == write_npz(GRAPH, compressed=False)
    assert main(["convert", str(large), str(tmp_path / "c.npz")]) == 0
    assert rm.read(tmp_path / "c.npz").digest == GRAPH.digest
    assert main(["convert", str(large), str(tmp_path / "c.json"), "--uncompressed"]) == 3
    assert "only .npz is written" in capsys.readouterr().err
    assert not (tmp_path / "c.json").exists()


def test_what_could_not_be_read_back_is_not_compressed(monkeypatch):
    assert len(write_npz(GRAPH)) < len(write_npz(GRAPH, compressed=False))
    monkeypatch.setattr(npz, "MAX_UNPACKED", npz.MIB)
    assert write_npz(GRAPH) == write_npz(GRAPH, compressed=False)


SCRIPT = """
import sys
import roadmetrics as rm
def of(key):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024
rm.read(sys.argv[1])
before = of("RssAnon")
graph = rm.read(sys.argv[2])
print(of("RssAnon") - before, len(graph.vertices))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="looks at /proc")
def test_a_large_graph_takes_no_memory_of_its_own(tmp_path):
    n, small, large = 1_500_000, tmp_path / "a.npz", tmp_path / "b.npz"
    rm.write(GRAPH, small, compressed=False)
    vertices = np.stack([np.arange(n), np.arange(n) % 7], axis=1).astype(float)
    edges = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    rm.write(RoadGraph(vertices, edges), large, compressed=False)  # 34 MiB
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, small, large], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    grown, count = run.stdout.split()
    assert int(count) == n
    assert float(grown) < 30, run.stdout
