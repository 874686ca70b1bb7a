"""NPY and NPZ: headers are believed only where the bytes are there."""

import io
import struct
import time
import zipfile

import numpy as np
import pytest

from roadmetrics import FormatError, Mask, RoadGraph
from roadmetrics.io.npy import read_npy, write_npy
from roadmetrics.io.npz import read_npz, write_npz


def saved(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def archive(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def forged(header, body=b"", version=1):
    text = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + body


def header(descr="<f8", shape="(2, 2), ", order="False"):
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}}}\n"


def refusal(reader, data):
    with pytest.raises(FormatError) as error:
        reader(data, "a.npx")
    assert str(error.value).startswith("a.npx: ")
    return str(error.value)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, ">i4", np.float32, ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_masks_of_any_type(dtype, order):
    array = np.array([[0, 1, 1], [0, 0, 1]])
    mask = read_npy(saved(array.astype(dtype).copy(order)), "a.npy")
    assert mask.array.tolist() == (array == 1).tolist()


def test_a_single_channel_is_dropped_and_empty_is_empty():
    assert read_npy(saved(np.ones((1, 4, 5))), "a.npy").array.shape == (4, 5)
    assert read_npy(saved(np.ones((4, 5, 1))), "a.npy").array.shape == (4, 5)
    assert read_npy(saved(np.zeros((0, 3))), "a.npy").n_pixels == 0


def test_version_2_and_python_2_headers():
    body = np.array([[0.0, 1], [1, 0]]).tobytes()
    assert read_npy(forged(header(), body, 2), "a.npy").n_pixels == 2
    assert read_npy(forged(header(shape="(2L, 2L)"), body), "a.npy").n_pixels == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (forged(header(shape="(1000000, 1000000)")), "8000000000000 bytes, but 0 follow"),
        (forged(header(shape="(1000000000000,)")), "8000000000000 bytes, but 0 follow"),
        (forged(header(shape="(99999999999999999999, 1)")), "gives no usable shape"),
        (forged(header(shape="(-1, 2)")), "is not understood"),
        (forged(header(descr="|O"), b"x" * 32), "numpy type '|O' cannot be read"),
        (forged(header(descr="|V1000000"), b"x" * 32), "cannot be read"),
        (forged(header(descr="<f3"), b"x" * 32), "is not known"),
        (forged(header(descr="<c16"), b"x" * 64), "cannot be read"),
        (forged("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,)}"), "understood"),
        (forged("{" * 5000), "is not understood"),
        (forged("__import__('os').system('true')"), "is not understood"),
        (forged(header(), b"x" * 31), "but 31 follow"),
        (forged(header(), b"x" * 33), "but 33 follow"),
        (forged(header(), b"x" * 32, 3), "NPY version 3"),
        (b"\x93NUMPY\x01\x00\xff\xff{", "the header is cut short"),
        (b"\x93NUMPY", "NPY version 0"),
        (b"hello", "not an NPY file"),
        (archive(a=np.eye(2)), "it is an NPZ archive: name it .npz"),
        (saved(np.zeros(3)), "a mask has shape (H, W), not (3,)"),
        (saved(np.zeros((3, 3, 3))), "a mask has shape (H, W), not (3, 3, 3)"),
        (saved(np.array([[0.1, np.nan]])), "row 0, column 1 is nan"),
        (saved(np.array([[np.inf], [1]])), "row 0, column 0 is inf"),
    ],
)
def test_npy_errors(data, message):
    assert message in refusal(read_npy, data)


def test_object_arrays_are_never_read():
    data = saved(np.array([[{}, {}]], dtype=object), allow_pickle=True)
    assert "cannot be read" in refusal(read_npy, data)
    stream = io.BytesIO()
    np.savez(stream, vertices=np.array([[{}, {}]], dtype=object), edges=np.zeros((0, 2), int))
    assert "cannot be read" in refusal(read_npz, stream.getvalue())


def test_npy_round_trip():
    mask = Mask(np.random.default_rng(1).random((7, 5)) > 0.5)
    assert np.array_equal(read_npy(write_npy(mask), "a.npy").array, mask.array)


def test_npz_names_and_unit():
    vertices, edges = np.array([[0, 0], [3, 4]], np.float32), np.array([[0, 1]], np.uint16)
    for key in ("vertices", "nodes"):
        g = read_npz(archive(**{key: vertices, "edges": edges, "unit": "m", "x": 5}), "a.npz")
        assert (g.unit, g.length) == ("m", 5.0)
    g = read_npz(archive(nodes=vertices, edges=edges, units=b"metres", lengths=[7.0]), "a.npz")
    assert (g.unit, g.weights.tolist()) == ("m", [7.0])
    degrees = read_npz(archive(nodes=vertices, edges=edges, unit="degrees"), "a.npz", "EPSG:32631")
    assert (degrees.unit, degrees.crs) == ("m", "EPSG:32631")


V, E = np.array([[0, 0], [3, 4]]), np.array([[0, 1]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive(edges=E), "no vertices or nodes"),
        (archive(nodes=V), "no edges"),
        (archive(nodes=V, vertices=V, edges=E), "both 'vertices' and 'nodes' are given"),
        (archive(nodes=V, edges=E + 1), "edge 0 refers to vertex 2 but there are 2 vertices"),
        (archive(nodes=V, edges=E - 1), "edge 0 refers to vertex -1"),
        (archive(nodes=V, edges=E * 1.0), "numpy type '<f8' cannot be read"),
        (archive(nodes=V * np.nan, edges=E), "vertex 0 is (nan, nan)"),
        (archive(nodes=V.ravel(), edges=E), "vertices must have shape (N, 2)"),
        (archive(nodes=V, edges=E.ravel()), "edges must have shape (M, 2)"),
        (archive(nodes=V, edges=E, unit="ft"), "unit 'ft' is not px, m or degrees"),
        (archive(nodes=V, edges=E, unit=["m", "m"]), "one text each"),
        (archive(nodes=V, edges=E, unit=b"\xff"), "is not text"),
        (archive(nodes=V, edges=E, is_node=[True]), "is_node"),
        (archive(nodes=V, edges=E, weights=[1.0, 2]), "2 weights for 1 edges"),
        (archive(nodes=V, edges=E, extent=[1.0, 2]), "expected 4 numbers"),
        (b"PK\x03\x04 and nothing", "a broken NPZ archive"),
        (b"hello", "a broken NPZ archive"),
    ],
)
def test_npz_errors(data, message):
    assert message in refusal(read_npz, data)


def test_npz_with_a_forged_header_and_a_doubled_array():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("vertices.npy", forged(header(shape="(1000000000000, 2)")))
        out.writestr("edges.npy", saved(E))
    assert "16000000000000 bytes, but 0 follow" in refusal(read_npz, stream.getvalue())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(stream, "a") as out:
        out.writestr("edges.npy", saved(E))
    assert "array edges is there twice" in refusal(read_npz, stream.getvalue())


def test_npz_bomb_stops_at_the_limit(monkeypatch):
    from roadmetrics.io import npz

    monkeypatch.setattr(npz, "MAX_UNPACKED", 1 << 20)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("vertices.npy", bytes(8 << 20))
    start = time.process_time()
    assert "vertices: unpacks above 1 MiB" in refusal(read_npz, stream.getvalue())
    assert time.process_time() - start < 1


def test_npz_round_trip_of_everything():
    g = RoadGraph([(0.1, 1 / 3), (3, 4), (5, 6)], [(0, 1), (2, 1)], "m", crs="EPSG:32611",
                  metres_per_pixel=0.3, extent=(0, 0, 9, 9), is_node=[True, False, True],
                  weights=[1.5, 0.1])  # fmt: skip
    back = read_npz(write_npz(g), "a.npz")
    assert back.digest == g.digest
    assert back.crs == g.crs
    assert write_npz(g) == write_npz(g)
