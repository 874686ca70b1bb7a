"""A few seconds of the fuzzer over every reader, and that it notices what it is there to notice."""

import os
import sys
import zlib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import fuzz_formats
import fuzz_seeds
from fuzz_session import fuzz, total
from fuzz_worker import Inputs

from roadmetrics.load import SUFFIXES

HERE = Path(__file__).resolve().parent
INPUTS = 100  # of each format
AMPLE = 600  # seconds, which no machine under load uses up: these tests measure no speed


@pytest.fixture(autouse=True)
def _child_sees_this_checkout(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def test_every_suffix_has_seeds():
    assert set(SUFFIXES) == {*fuzz_seeds.SEEDS, *fuzz_seeds.SAME}
    own = {suffix for suffix, _ in fuzz_formats.formats().values()} - {".geotiff", ".photo"}
    assert set(SUFFIXES) == own.union(fuzz_seeds.SAME)


@pytest.mark.parametrize("name", [n for n in fuzz_formats.formats() if n != "photo"])
def test_seeds_are_read(name):
    suffix, parse = fuzz_formats.formats()[name]
    for data in fuzz_formats.seeds_of(suffix):
        assert parse(data) is not None


def test_inputs_come_again():
    a, b, c = (Inputs("json", seed) for seed in (1, 1, 2))
    assert [a[i] for i in range(100)] == [b[i] for i in range(100)]
    assert [a[i] for i in range(100)] != [c[i] for i in range(100)]


def test_no_reader_fails(tmp_path):
    names = [name for name, (suffix, _) in fuzz_formats.formats().items() if _has_seeds(suffix)]
    tallies = list(fuzz(names, 0, tmp_path, AMPLE, INPUTS, 2, limit=60))
    reasons = [path.read_text() for path in sorted(tmp_path.glob("*.why"))]
    assert total(tallies).failed == 0, "\n".join(reasons[:3])
    assert total(tallies).inputs == INPUTS * len(names)
    assert all(tally.read and tally.refused for tally in tallies)


def _has_seeds(suffix):
    return bool(fuzz_formats.seeds_of(suffix))


BROKEN = {
    "raises": ("raise KeyError(1)", "KeyError"),
    "hangs": ("while True: pass", "hang"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "death"),
    "starts a program": ("import os; os.system('true')", "Forbidden"),
    "connects": ("import socket; socket.create_connection(('127.0.0.1', 9))", "Forbidden"),
    "unpickles": ("import pickle; pickle.loads(b'cos\\nsystem\\n.')", "Forbidden"),
    "writes": ("open('/tmp/roadmetrics-fuzz', 'w')", "Forbidden"),
    "prints": ("import os; os.write(2, b'noise')", "printed"),
    "fills memory": ("bytearray(1200 << 20)", "memory"),
    "warns": ("import warnings; warnings.warn('x')", "UserWarning"),
    "two lines": ("raise FormatError('tile.x: a\\nb')", "message"),
}


CUSTOM = """
import sys, zlib
sys.path.insert(0, {here!r})
import fuzz_formats
from roadmetrics import FormatError

def parse(data):
    if zlib.crc32(data) == {crc}:
        {code}
    raise FormatError("tile.x: no")

fuzz_formats.formats = lambda: {{"graph": (".graph", parse)}}
"""


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc as on Linux")
def test_a_broken_reader_is_noticed(tmp_path, monkeypatch, what):
    """A reader that breaks its word on input 7 is put in by sitecustomize."""
    code, kind = BROKEN[what]
    data = Inputs("graph", 0)[7]
    custom = CUSTOM.format(here=str(HERE), crc=zlib.crc32(data), code=code)
    (tmp_path / "sitecustomize.py").write_text(custom)
    path = [str(tmp_path), *(p for p in sys.path if p)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    saved = tmp_path / "saved"
    saved.mkdir()
    (tally,) = fuzz(["graph"], 0, saved, AMPLE, 20, 1, limit=5 if kind == "hang" else 60)
    assert (tally.inputs, tally.failed, tally.refused) == (20, 1, 19)
    assert [p.name for p in saved.glob("*.why")] == [f"graph-7-{kind}.why"]
    assert (saved / f"graph-7-{kind}.bin").read_bytes() == data
