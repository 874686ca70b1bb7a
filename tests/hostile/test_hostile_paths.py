"""Names, links, devices and folders that mean harm, and files that lie about their suffix."""

import os
import socket
import sys

import fuzz_seeds
import pytest
from test_hostile_files import check

from roadmetrics.load import SUFFIXES

GOOD = b"0 0\n3 4\n\n0 1\n"
NAMES = [
    "a\nb.graph", "a\x1b[2J.graph", "a\tb.graph", "\u202egraph.graph", "\u2028.graph", " .graph",
    "-rf.graph", "$(touch x).graph", "%s%n.graph", "con.graph", "a" * 249 + ".graph",
    "b'a'.graph", "a:1: b.graph", os.fsdecode(b"\xff\xfe.graph"), "\U000e0001.graph",
]  # fmt: skip
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="devices and names as on Linux")


@needs_linux
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("data", [GOOD, b"x"], ids=["good", "bad"])
def test_name(reader, tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    errors = check(reader.read(path), path)
    assert len(errors) == (0 if data == GOOD else 2)
    assert len(check(reader.read(tmp_path), tmp_path)) == (1 if data == GOOD else 2)


@needs_linux
@pytest.mark.parametrize(
    "path",
    ["/dev/zero", "/dev/null", "/dev/random", "/dev/stdin", "/dev/tty", "/proc/self/mem",
     "/proc/self/environ", "/proc/self/pagemap", "/", "/dev", "a" * 300 + ".graph",
     "a/" * 3000 + "b.graph", "a\0b.graph", "", ".", "..", "~/x.graph", "http://127.0.0.1:9/a.graph",
     "/vsicurl/http://127.0.0.1:9/a.gpkg", "zip://a.zip!b.shp", "file:///etc/passwd"],
)  # fmt: skip
def test_path(reader, path):
    found = reader.read(path)
    assert "traceback" not in found, found["traceback"]
    assert len(found["errors"]) == 2
    assert all(text.isprintable() for text in found["errors"])
    assert found["cpu"] < 5


def _devices(folder):
    os.mkfifo(folder / "pipe.graph")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "socket.graph"))
    server.close()
    (folder / "zero.graph").symlink_to("/dev/zero")
    (folder / "dangling.graph").symlink_to("nowhere")
    (folder / "a.graph").symlink_to("b.graph")
    (folder / "b.graph").symlink_to("a.graph")
    (folder / "self.graph").symlink_to("self.graph")
    (folder / "folder.graph").mkdir()
    (folder / "passwd.graph").symlink_to("/etc/passwd")


@needs_linux
def test_links_pipes_and_devices(reader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "f"
    folder.mkdir()
    _devices(folder)
    for path in sorted(folder.iterdir()):
        errors = check(reader.read(path), path)
        assert len(errors) == 2, path
        assert "root:" not in "".join(errors)
    assert len(check(reader.read(folder), folder)) == 2


def test_a_link_to_a_file_is_read(reader, tmp_path):
    (tmp_path / "a.graph").write_bytes(GOOD)
    (tmp_path / "b.graph").symlink_to(tmp_path / "a.graph")
    assert check(reader.read(tmp_path / "b.graph"), tmp_path) == []


def test_a_folder_that_holds_itself(reader, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a.graph").write_bytes(GOOD)
    assert any("a folder in the folder" in e for e in check(reader.read(tmp_path), tmp_path))


def test_a_folder_of_ten_thousand_files(reader, tmp_path):
    for i in range(10_000):
        (tmp_path / f"{i}.graph").write_bytes(b"\n")
    found = reader.read(tmp_path)
    assert found["read"] == ["10000 tiles"]
    check(found, tmp_path, n_reads=3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_that_lie_about_their_suffix(reader, tmp_path, suffix):
    """The bytes of every format under this suffix; where two formats share it, either is read."""
    own = fuzz_seeds.SAME.get(suffix, suffix)
    n_read = 0
    for other, make in fuzz_seeds.SEEDS.items():
        for i, data in enumerate(make()[:2]):
            path = tmp_path / f"{other[1:]}{i}{suffix}"
            path.write_bytes(data)
            if suffix == ".shp":
                path.with_suffix(".prj").write_text("EPSG:4326")
            found = reader.read(path)
            check(found, path)
            n_read += other == own and len(found["read"])
    assert n_read or not fuzz_seeds.SEEDS[own]()


VERBS = [
    ["convert", "{bad}", "{folder}/out.json"],
    ["score", "--gt", "{bad}", "--pred", "{good}", "--metric", "ccq"],
    ["score", "--gt", "{good}", "--pred", "{bad}", "--metric", "ccq"],
    ["validate", "{folder}"],
]
BAD = {
    ".json": b"[" * 200_000,
    ".geojson": b'{"type": "FeatureCollection", "features": [1e999]}',
    ".p": b"cos\nsystem\n(S'touch marker'\ntR.",
    ".npy": b"\x93NUMPY\x01\x00\xff\xff{",
    ".graphml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><graphml>&x;</graphml>',
    ".graph": b"0 0\n\x1b[2J\xff",
    ".tif": b"II*\0\x08\0\0\0\xff\xff",
    ".gpkg": b"SQLite format 3\0" + b"\xff" * 600,
    ".csv": b'ImageId,WKT_Pix\na,"LINESTRING (0 0)"\n',
}


@pytest.mark.parametrize("verb", VERBS, ids=lambda v: " ".join(v[:2]))
@pytest.mark.parametrize("suffix", BAD)
def test_the_command_line_says_one_line(reader, tmp_path, monkeypatch, verb, suffix):
    folder = tmp_path / "f"
    folder.mkdir()
    bad, good = folder / f"b\x1b[2J{suffix}", tmp_path / "good.graph"
    bad.write_bytes(BAD[suffix])
    good.write_bytes(GOOD)
    words = [word.format(bad=bad, good=good, folder=folder) for word in verb]
    found = reader.run(*words, writable=tmp_path)
    assert "traceback" not in found, found["traceback"]
    assert found["code"] == 3, found
    text = found["out"] if verb[0] == "validate" else found["err"]
    assert all(line.isprintable() for line in text.splitlines()), ascii(text)
    if verb[0] != "validate":
        assert text.startswith("roadmetrics: error: ")
        assert text.count("\n") == 1
    assert sorted(p.name for p in folder.iterdir()) == [bad.name]
