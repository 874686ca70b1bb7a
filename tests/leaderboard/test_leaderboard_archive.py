"""Archives and folders of strangers: each refused by name, before anything is opened."""

import io
import os
import socket
import stat
import struct
import zipfile

import pytest

from leaderboard.errors import Problems
from leaderboard.staging import staged

GRAPH = b'{"unit": "m", "vertices": [[0, 0], [100, 0]], "edges": [[0, 1]]}'


def zipped(*entries, kind=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, bytes)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


def special(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def forged(data, old, new, n=None):
    assert data.count(old) == (data.count(old) if n is None else n) > 0
    return data.replace(old, new)


def overlapping():
    """Two entries of the list that are one entry of the file."""
    data = zipped(("a.json", GRAPH), ("b.json", GRAPH), kind=zipfile.ZIP_STORED)
    at = data.rfind(b"PK\x01\x02") + 42
    return data[:at] + struct.pack("<I", 0) + data[at + 4 :]


def lying_about_size():
    """An entry of 3 MiB that says it holds 64 bytes."""
    data = zipped(("a.json", b" " * (3 << 20)))
    return data.replace(struct.pack("<I", 3 << 20), struct.pack("<I", 64))


def two_lists():
    """Its plain list has one entry; a 64 bit one, which zipfile believes first, has 1000."""
    data = zipped(("a.json", GRAPH))
    at = data.rfind(b"PK\x05\x06")
    start = struct.unpack("<I", data[at + 16 : at + 20])[0]
    entry = data[start:at]
    size = 1000 * len(entry)
    long = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1000, 1000, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
    return data[:start] + 1000 * entry + long + locator + data[at:]


HOSTILE = {
    "traversal": (lambda: zipped(("../a.json", GRAPH)), "leads out of its folder"),
    "traversal inside": (lambda: zipped(("x/../../a.json", GRAPH)), "leads out of its folder"),
    "absolute": (lambda: zipped(("/etc/a.json", GRAPH)), "absolute path"),
    "drive": (lambda: zipped(("C:/a.json", GRAPH), ("b.json", GRAPH)), "absolute path"),
    "backslash": (lambda: forged(zipped(("aXb.json", GRAPH)), b"aXb", b"a\\b"), "backslash"),
    "NUL": (lambda: forged(zipped(("aXb.json", GRAPH)), b"aXb", b"a\0b"), "control characters"),
    "control": (lambda: zipped(("a\x1b[31m.json", GRAPH)), "control characters"),
    "not NFC": (lambda: zipped(("cafe\u0301.json", GRAPH)), "normal form"),
    "long name": (lambda: zipped(("a" * 300 + ".json", GRAPH)), "200 bytes"),
    "hidden": (lambda: zipped((".a.json", GRAPH), ("b.json", GRAPH)), "hidden file"),
    "link": (lambda: zipped((special("a.json", stat.S_IFLNK | 0o777), b"/etc/passwd")), "a link"),
    "device": (lambda: zipped((special("a.json", stat.S_IFCHR | 0o666), b"")), "a device"),
    "pipe": (lambda: zipped((special("a.json", stat.S_IFIFO | 0o666), b"")), "a pipe"),
    "case": (lambda: zipped(("a.json", GRAPH), ("A.JSON", GRAPH)), "but for case"),
    "folder": (lambda: zipped(("x/a.json", GRAPH), ("y/b.json", GRAPH)), "folder in the folder"),
    "nested": (lambda: zipped(("a.zip", zipped(("a.json", GRAPH)))), "an archive"),
    "nested in disguise": (lambda: zipped(("a.json", zipped(("b", b"")))), "its content is an"),
    "gzip in disguise": (lambda: zipped(("a.csv", b"\x1f\x8b\x08" + b"0" * 90)), "gzip"),
    "pickle": (lambda: zipped(("a.p", b"cos\nsystem\n(S'true'\ntR.")), "takes no pickles"),
    "code": (lambda: zipped(("a.py", b"print()")), "'.py'"),
    "ratio": (lambda: zipped(("a.json", b" " * (3 << 20))), "200 times its size"),
    "entry": (lambda: zipped(("a.json", os.urandom(5 << 20))), "5 MiB unpacked, above 4 MiB"),
    "total": (
        lambda: zipped(*((f"{i}.json", os.urandom(3 << 20)) for i in range(3)), kind=0),
        "above the limit of 8 MiB",
    ),
    "total unpacked": (
        lambda: zipped(*((f"{i}.json", (b"%d" % i) * (1 << 19)) for i in range(20))),
        "unpacked, above 8 MiB",
    ),
    "count": (lambda: zipped(*((f"{i}.json", b"1") for i in range(41))), "more than 40"),
    "two lists": (two_lists, "64 bit kind"),
    "lying about its size": (lying_about_size, "cannot be unpacked"),
    "overlapping": (overlapping, "overlaps another entry"),
    "encrypted": (
        lambda: forged(zipped(("a.json", GRAPH)), b"PK\x01\x02\x14\x03\x14\x00\x00\x00",
                       b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
        "encrypted",
    ),
    "bzip2": (lambda: zipped(("a.json", GRAPH), kind=zipfile.ZIP_BZIP2), "stored nor deflated"),
    "no zip": (lambda: GRAPH, "not a zip"),
    "cut": (lambda: zipped(("a.json", GRAPH))[:-30], "not a zip"),
    "broken": (lambda: forged(zipped(("a.json", GRAPH), kind=0), GRAPH, GRAPH[::-1]), "unpacked"),
    "empty": (lambda: zipped(), "no file in it"),
}  # fmt: skip


def doubled():
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped(("a.json", GRAPH), ("a.json", GRAPH))


LIMITS = "files = 40\nfile_mib = 4\ntotal_mib = 8"


@pytest.fixture
def stage(make):
    """Stage a zip in place of a folder; the problems, or the names."""

    def stage(data):
        maker = make(n=1, limits=LIMITS)
        folder = maker.submit("one")
        (folder / "predictions").rmdir()
        (folder / "predictions.zip").write_bytes(data)
        text = (folder / "submission.toml").read_text()
        (folder / "submission.toml").write_text(text.replace('"predictions"', '"predictions.zip"'))
        before = sorted(maker.folder.parent.rglob("*"))
        try:
            with staged(maker.submission("one"), maker.mark) as files:
                return list(files.names), files.digest
        except Problems as problems:
            return problems.found
        finally:
            assert sorted(maker.folder.parent.rglob("*")) == before

    return stage


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_by_name(name, stage):
    build, rule = HOSTILE[name]
    found = stage(build())
    assert isinstance(found, list), found
    assert any(rule in line for line in found), found
    assert all(line.startswith("predictions.zip: ") and line.isprintable() for line in found)


def test_the_same_name_twice_is_refused(stage):
    assert stage(doubled()) == ["predictions.zip: a.json: the same name as a.json"]


def test_everything_wrong_is_said_at_once(stage):
    found = stage(zipped(("../a.json", GRAPH), ("b.zip", b"PK"), ("c.py", b"1")))
    assert len(found) == 3


def test_a_zip_of_one_folder_and_a_plain_one_are_the_same(stage):
    entries = [("a.json", GRAPH), ("b.json", GRAPH), ("README.md", b"hello")]
    plain = stage(zipped(*entries))
    below = stage(zipped(("pred/", b""), *((f"pred/{n}", d) for n, d in entries)))
    assert plain[0] == ["a.json", "b.json"]
    assert plain == below


def stage_folder(make, fill):
    maker = make(n=1, limits=LIMITS)
    folder = maker.submit("one")
    fill(folder / "predictions")
    with pytest.raises(Problems) as caught, staged(maker.submission("one"), maker.mark):
        pass
    return caught.value.found


FOLDERS = {
    "link": (lambda p: (p / "a.json").symlink_to("/etc/passwd"), "a link"),
    "link to a folder": (lambda p: (p / "a").symlink_to("/etc"), "a link"),
    "hard link": (
        lambda p: ((p.parent / "x").write_bytes(GRAPH), os.link(p.parent / "x", p / "a.json")),
        "hard link",
    ),
    "pipe": (lambda p: os.mkfifo(p / "a.json"), "a pipe"),
    "folder": (lambda p: (p / "a.json").mkdir(), "folder in the folder"),
    "case": (
        lambda p: [(p / n).write_bytes(GRAPH) for n in ("a.json", "A.json")], "but for case"),
    "nested": (lambda p: (p / "a.tar.gz").write_bytes(b"x"), "an archive"),
    "nested in disguise": (lambda p: (p / "a.json").write_bytes(zipped()), "its content is"),
    "code": (lambda p: (p / "setup.py").write_bytes(b"1"), "'.py'"),
    "pickle": (lambda p: (p / "a.pickle").write_bytes(b"N."), "takes no pickles"),
    "large": (lambda p: (p / "a.json").write_bytes(b" " * (5 << 20)), "above 4 MiB"),
    "total": (
        lambda p: [(p / f"{i}.json").write_bytes(b" " * (3 << 20)) for i in range(3)],
        "9 MiB, above 8 MiB",
    ),
    "count": (lambda p: [(p / f"{i}.json").write_bytes(b"1") for i in range(41)], "more than 40"),
    "control": (lambda p: (p / "a\n.json").write_bytes(GRAPH), "control characters"),
    "empty": (lambda p: None, "no file in it"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_a_hostile_folder_is_refused_by_name(name, make):
    fill, rule = FOLDERS[name]
    found = stage_folder(make, fill)
    assert any(rule in line for line in found), found
    assert all(line.isprintable() for line in found)


def test_a_socket_is_refused(make, tmp_path, monkeypatch):
    def fill(folder):
        monkeypatch.chdir(folder)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("a.json")

    assert "a socket" in stage_folder(make, fill)[0]


def test_a_link_in_place_of_the_submission_or_its_predictions_is_refused(make, tmp_path):
    maker = make(n=1)
    folder = maker.submit("one", maker.good())
    (tmp_path / "elsewhere").mkdir()
    folder.rename(tmp_path / "elsewhere" / "one")
    folder.symlink_to(tmp_path / "elsewhere" / "one")
    with pytest.raises(Problems, match="a link"):
        maker.submission("one")
    folder = maker.submit("two", maker.good())
    (folder / "predictions").rename(tmp_path / "elsewhere" / "two")
    (folder / "predictions").symlink_to(tmp_path / "elsewhere" / "two")
    with pytest.raises(Problems, match="not a link"), staged(maker.submission("two"), maker.mark):
        pass
