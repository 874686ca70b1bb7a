"""Files that mean harm: a tile or one line, below 5 s and 1 GiB; nothing is run or fetched."""

import os
import re

import pytest
from hostile_binary import BINARY, by_hand, runners
from hostile_text import TEXT

SECONDS = 10.0  # of the processor, for `read` and `read_tiles` each: 5 where nothing else runs
MIB = 1024  # by which resident memory may grow
LIMIT = 700  # characters of a message


def check(found, path, *, n_reads=2):
    """What every answer has to obey; gives the errors."""
    assert "traceback" not in found, found["traceback"]
    for text in found["errors"]:
        assert text.isprintable(), ascii(text)
        assert len(text) < LIMIT + len(str(path)), text
    assert found["printed"] == ""
    assert found["cpu"] < n_reads * SECONDS, f"{found['cpu']:.1f} s"
    assert found["mib"] < MIB, f"{found['mib']:.0f} MiB"
    return found["errors"]


HEAVY = re.compile(r"illion|[MG]B|\d{4,} x|\d+ scans")  # minutes in all
skip_heavy = pytest.mark.skipif("ROADMETRICS_HOSTILE" not in os.environ, reason="with make fuzz")


def _marks(name):
    return [skip_heavy] if HEAVY.search(name) else []


CASES = [
    pytest.param(suffix, make, id=f"{suffix[1:]}: {name}", marks=_marks(name))
    for suffix, group in {**TEXT, **BINARY}.items()
    for name, make in group.items()
]


@pytest.mark.parametrize(("suffix", "make"), CASES)
def test_file(reader, tmp_path, suffix, make):
    path = tmp_path / f"tile{suffix}"
    path.write_bytes(make())
    if suffix == ".shp":
        path.with_suffix(".prj").write_text("EPSG:32632")
    check(reader.read(path), path)


@pytest.mark.parametrize("group", [runners, by_hand])
def test_no_pickle_is_run(reader, tmp_path, group):
    marker = tmp_path / "marker"
    for name, data in group(str(marker)).items():
        path = tmp_path / "tile.p"
        path.write_bytes(data)
        errors = check(reader.read(path), path)
        assert len(errors) == 2, name
        assert not marker.exists(), name
