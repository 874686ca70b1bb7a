"""Files that mean harm among good ones: each costs its own tile, and the run goes on."""

import io
import os
import pickle
import struct
import time
import zlib

import numpy as np

from leaderboard import tiles as tiles_module
from leaderboard.scoring import score
from leaderboard.tiles import BEYOND, in_processes


def graph_json(vertices, edges):
    return f'{{"unit": "m", "vertices": {vertices}, "edges": {edges}}}'.encode()


def png(side):
    """A black square, packed a thousandfold."""

    def chunk(kind, data):
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    packer, row = zlib.compressobj(9), bytes(1 + side // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def npy(header):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


class Call:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def objects(path):
    stream = io.BytesIO()
    np.save(stream, np.array([Call(path)], dtype=object), allow_pickle=True)
    return stream.getvalue()


def million():
    i = np.arange(250_001)
    return graph_json([[int(k), int(k) % 7] for k in i], [[int(k), int(k) + 1] for k in i[:-1]])


def complete(n=100):
    return graph_json(
        [[10 * k, (k * k) % 97] for k in range(n)],
        [[a, b] for a in range(n) for b in range(a + 1, n)],
    )


def test_every_hostile_file_costs_its_own_tile_only(make, tmp_path, capfd):
    marker = tmp_path / "pickle-was-run"
    hostile = {
        "town00.json": (million(), "250,001 vertices, above 200,000"),
        "town01.json": (complete(), "a vertex with 99 edges, above 64"),
        "town02.json": (graph_json("[[0, NaN], [1, 1]]", "[[0, 1]]"), "NaN"),
        "town03.json": (graph_json("[[0, 1e999], [1, 1]]", "[[0, 1]]"), "finite"),
        "town04.json": (b"[" * 200_000, "deep"),
        "town05.json": (graph_json("[[0, 0], [1, 1]]", "[[0, 9]]"), "vertex"),
        "town06.png": (png(30_000), "pixels"),
        "town07.npy": (npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (10**6, 10**6)}"),
                       "town07.npy"),
        "town08.npy": (objects(str(marker)), "type '|O'"),
        "town09.p": (pickle.dumps(Call(str(marker))), "town09.p"),
        "town10.csv": (b"ImageId,WKT_Pix\ntown10,LINESTRING (0 inf, 1 1)\n", "no prediction"),
        "town11.graph": (b"0 0\n1 1\n\n0 7\n", "vertex 7"),
    }  # fmt: skip
    maker = make(n=14, limits="tile_seconds = 60\npickles = true")
    good = {key: tile for key, tile in maker.good().items() if key >= "town12"}
    maker.submit("hostile", {name: data for name, (data, _) in hostile.items()} | good)
    document = score(maker.mark, maker.submission("hostile")).result()
    assert not marker.exists()
    assert document["status"] == "partial"
    assert document["counts"]["all"] == {"tiles": 14, "ok": 2, "missing": 1, "failed": 11}
    assert any(reason.startswith("town10.csv") for reason in document["reasons"])
    assert list(document["not_scored"]) == [f"town{i:02d}" for i in range(12)]
    for (name, (_, rule)), text in zip(
        hostile.items(), document["not_scored"].values(), strict=True
    ):
        assert rule.lower() in text.lower(), (name, text)
        assert text.isprintable()
        assert str(tmp_path) not in text
    for i in range(12):
        assert document["tiles"][f"town{i:02d}"]["scores"]["ccq"]["value"] == 0.0
    assert document["tiles"]["town12"]["scores"]["ccq"]["value"] > 0.9


def misbehave(how):
    if how == "sleep":
        time.sleep(60)
    if how == "memory":
        return len(bytearray(1000 << 20))
    if how == "die":
        os._exit(7)
    if how == "raise":
        raise KeyError(how)
    return "done"


def test_time_memory_and_crashes_are_bounded_in_a_child(make):
    caps = make(n=1, limits="tile_seconds = 1.5\ntile_memory_mib = 200").mark.caps
    found = in_processes(misbehave, ["sleep", "memory", "die", "raise", "good"], caps)
    assert found == [
        f"{BEYOND}: it took more than 1.5 s",
        f"{BEYOND}: it needed more than 200 MiB",
        f"{BEYOND}: its process died (exit code 7)",
        "it cannot be read: KeyError",
        "done",
    ]


def test_a_tile_beyond_a_limit_counts_zero_and_the_others_are_scored(make, here, monkeypatch):
    maker = make(n=2)
    maker.submit("one", maker.good())
    real = tiles_module.in_processes

    def late(work, things, caps, *rest):
        found = real(work, things, caps, *rest)
        return [f"{BEYOND}: it took more than 1 s", *found[1:]] if len(found) == 2 else found

    monkeypatch.setattr("leaderboard.scoring.in_processes", late)
    document = score(maker.mark, maker.submission("one")).result()
    assert document["status"] == "partial"
    assert document["not_scored"] == {"town00": f"{BEYOND}: it took more than 1 s"}
    values = [tile["scores"]["ccq"]["value"] for tile in document["tiles"].values()]
    assert values[0] == 0.0
    assert values[1] > 0.9
