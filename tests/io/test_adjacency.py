"""Adjacency pickles: all protocols read, nothing ever run. Pickles are written here, not loaded."""

import collections
import os
import pickle
import struct
import time

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmetrics import FormatError
from roadmetrics.io.adjacency import read_adjacency
from roadmetrics.io.pickle_opcodes import run

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
TOWN = {(10, 20): [(10, 30), (40, 20)], (10, 30): [(10, 20)], (5, 5): [(7, 7)]}


def read(data):
    return read_adjacency(data, "8.p")


def refusal(data):
    with pytest.raises(FormatError) as error:
        read(data)
    text = str(error.value)
    assert text.startswith("8.p: ")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_axes_and_order(protocol):
    g = read(pickle.dumps(TOWN, protocol))
    # x is the column, y the row; keys first, then neighbours that are no key
    assert g.vertices.tolist() == [[20, 10], [30, 10], [5, 5], [20, 40], [7, 7]]
    assert g.edges.tolist() == [[0, 1], [0, 3], [2, 4]]
    assert g.unit == "px"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "kind", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint64,
             np.float16, np.float32, np.float64]
)  # fmt: skip
def test_numpy_scalars(protocol, kind):
    g = read(pickle.dumps({(kind(3), kind(100)): [(kind(4), kind(7))]}, protocol))
    assert g.vertices.tolist() == [[100, 3], [7, 4]]


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_both_homes_of_numpy_scalars_and_big_endian(module):
    scalar = (
        b"c" + module.encode() + b"\nscalar\n(cnumpy\ndtype\n(S'i4'\nI0\nI1\ntR(I3\nS'>'\n"
        b"NNNI-1\nI-1\nI0\ntbS'\\x00\\x00\\x01\\x00'\ntR"
    )
    g = read(b"((" + scalar + b"I2\nt(lp0\nd.")
    assert g.vertices.tolist() == [[2, 256]]


def test_python_2_text_pickle_by_hand():
    data = b"(dp0\n(I9\nL11L\ntp1\n(lp2\n(F1.5\nI12\ntp3\nag3\nas."
    g = read(data)
    assert g.vertices.tolist() == [[11, 9], [12, 1.5]]
    assert g.edges.tolist() == [[0, 1]]


@given(
    st.dictionaries(
        st.tuples(st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9), st.integers(0, 9)),
        st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9)), max_size=4),
        max_size=6,
    ),
    st.sampled_from(PROTOCOLS),
)
def test_machine_gives_what_was_pickled(value, protocol):
    pairs = run(pickle.dumps(value, protocol), "a.p")
    assert dict(pairs.items) == value


def test_one_way_and_doubled_neighbours():
    g = read(pickle.dumps({(0, 0): [(0, 1), (0, 1), (0, 0)]}))
    assert g.edges.tolist() == [[0, 1]]


def test_sets_and_tuples_of_neighbours():
    assert len(read(pickle.dumps({(0, 0): {(0, 1)}, (1, 1): ((0, 0),)}, 4)).edges) == 2


def test_empty():
    assert len(read(pickle.dumps({})).vertices) == 0


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("where", ["value", "key", "alone"])
def test_payload_is_not_run(tmp_path, protocol, where):
    payload = Payload(tmp_path / "made")
    value = {"value": {(0, 0): payload}, "key": {payload: []}, "alone": payload}[where]
    text = refusal(pickle.dumps(value, protocol))
    assert "system" in text
    assert "never run" in text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"(cos\nsystem\nS'true'\no.",
        b"\x80\x02cos\nsystem\n)\x81.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.",
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"\x80\x02\x82\x01.",
        b"Pid\n.",
        b"\x80\x05\x97.",
    ],
)
def test_every_way_to_call_is_refused(data):
    assert "never run" in refusal(data)


@pytest.mark.parametrize(
    "call",
    [
        b"cnumpy\ndtype\n(S'O8'\ntR.",
        b"cnumpy\ndtype\n(S'V99999999'\ntR.",
        b"cnumpy\ndtype\n)R.",
        b"cnumpy.core.multiarray\nscalar\n(I1\nI2\ntR.",
        b"c_codecs\nencode\n(Vx\nVrot13\ntR.",
        b"I1\n)R.",
        b"}Nb.",
    ],
)
def test_known_names_take_nothing_odd(call):
    assert "corrupt" in refusal(call)


def test_networkx_gets_its_recipe():
    text = refusal(pickle.dumps(networkx.path_graph(3)))
    assert "from_networkx" in text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[0, 1]], "holds a list of 1, not a dictionary"),
        ({1: []}, "key 0: expected (row, col), two numbers, not 1"),
        ({(1, 2, 3): []}, "key 0: expected (row, col), two numbers, not a list of 3"),
        ({("a", 2): []}, "key 0: expected (row, col), two numbers, not 'a'"),
        ({(True, 2): []}, "key 0: expected (row, col), two numbers, not True"),
        ({(1, 2): 5}, "key 0: its neighbours are 5, not a list"),
        ({(1, 2): [(1, 2), (3, None)]}, "key 0, neighbour 1: expected (row, col)"),
        ({(1, float("nan")): []}, "key 0: coordinates must be finite and below 1e12"),
        ({(1, float("-inf")): []}, "key 0: coordinates must be finite and below 1e12"),
        ({(1, 10**30): []}, "key 0: coordinates must be finite and below 1e12"),
    ],
)
def test_wrong_contents(value, message):
    assert message in refusal(pickle.dumps(value))


def test_other_files():
    assert "never run" in refusal(b"PK\x03\x04\n.")  # a zip of torch.save: P is an opcode
    assert "not a pickle" in refusal(b"\xff\xd8\xff")
    assert "names 'collections.OrderedDict'" in refusal(pickle.dumps(collections.OrderedDict()))
    assert "protocol 9" in refusal(b"\x80\x09N.")


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x8e" + struct.pack("<Q", 1 << 40) + b"x.",  # a TiB of bytes
        b"T" + struct.pack("<i", -1) + b".",
        b"\x8b" + struct.pack("<I", 1 << 31) + b"x.",  # an integer of 2 GiB
        b"I" + b"9" * 100_000 + b"\n.",
        b"L" + b"9" * 100_000 + b"L\n.",
        b"Nr" + struct.pack("<I", 0xFFFFFFFF) + b"(" * 100_000 + b".",  # memo at 2**32 - 1
        b"]" + b"2a" * 3 + b"(" * 100_000 + b"l" * 100_000 + b".",  # nested lists
        b"N" + b"\x85" * 500_000 + b".",  # nested tuples
    ],
)
def test_bombs_cost_nothing(bomb):
    start = time.process_time()
    refusal(bomb)
    assert time.process_time() - start < 5


def test_billion_laughs_as_key_and_as_list():
    laughs = b")" + b"2\x86" * 400  # each tuple twice in the next: 2**400 leaves
    start = time.process_time()
    assert "expected (row, col)" in refusal(b"}" + laughs + b"]s.")
    n = 20_000  # keys that share one list of n neighbours
    shared = b"](" + b"K\x01K\x02\x86q\x01h\x01" + b"h\x01" * n + b"eq\x000"
    keys = b"".join(
        struct.pack("<cHcBcc", b"M", i, b"K", 1, b"\x86", b"h") + b"\x00" for i in range(n)
    )
    assert "more neighbours than bytes" in refusal(shared + b"}(" + keys + b"u.")
    assert time.process_time() - start < 5


def test_long_text_encoded_again_and_again():
    text = b"X" + struct.pack("<I", 1 << 20) + b"x" * (1 << 20) + b"q\x000"
    again = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R"
    assert "more bytes than a number has" in refusal(text + again * 5000 + b".")
