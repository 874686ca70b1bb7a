"""OpenStreetMap extracts: which ways, joined by id, clipped, and files that mean harm."""

import sys
import zlib

import pytest

import roadmetrics as rm
from roadmetrics import FormatError
from roadmetrics.io.osm import ROADS, read_osm
from roadmetrics.io.repairs import collected

NODES = {1: (7.1, 43.1), 2: (7.1, 43.2), 3: (7.2, 43.2), 4: (7.2, 43.2)}


def way(number, *refs, **tags):
    inner = "".join(f'<nd ref="{r}"/>' for r in refs)
    inner += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{number}" version="1">{inner}</way>'


def extract(*ways, nodes=NODES):
    places = "".join(f'<node id="{i}" lat="{y}" lon="{x}"/>' for i, (x, y) in nodes.items())
    return f'<osm version="0.6">{places}{"".join(ways)}</osm>'.encode()


def read(data, crs=None):
    pytest.importorskip("osmium", reason="needs the extra geo")
    return read_osm(data, "a.osm", crs)


def pbf(tmp_path, data):
    osmium = pytest.importorskip("osmium", reason="needs the extra geo")
    path = tmp_path / "a.osm.pbf"
    writer = osmium.SimpleWriter(str(path))
    for thing in osmium.FileProcessor(osmium.io.FileBuffer(data, "osm")):
        writer.add(thing)
    writer.close()
    return path.read_bytes()


TOWN = extract(
    way(10, 1, 2, 3, highway="residential"),
    way(11, 4, 2, 99, 1, highway="primary"),
    way(12, 1, 3, highway="footway"),
    way(13, 1, 3, highway="residential", area="yes"),
    way(14, 1, 3, building="yes"),
)


def test_ways_join_by_id_and_stop_at_missing_nodes():
    with collected() as repairs:
        g = read(TOWN)
    assert (g.unit, g.crs) == ("m", "EPSG:32632")
    assert len(g.vertices) == 4  # 3 and 4 lie at one place and do not join
    assert sorted(map(tuple, g.edges.tolist())) == [(0, 1), (1, 2), (1, 3)]
    assert repairs == {
        "other highways skipped": 1, "areas skipped": 1, "missing nodes dropped": 1,
    }  # fmt: skip


def test_pbf_is_the_same(tmp_path):
    data = pbf(tmp_path, TOWN)
    assert read(data).digest == read(TOWN).digest
    assert rm.read(tmp_path / "a.osm.pbf").digest == read(TOWN).digest
    assert list(rm.read_tiles(tmp_path)) == ["a"]


def test_the_filter_is_that_of_driving():
    assert "residential" in ROADS
    assert not ROADS & {"service", "track", "footway", "proposed", "construction", "abandoned"}
    assert {f"{road}_link" for road in ("motorway", "trunk", "primary")} < ROADS


def test_a_crs_is_chosen():
    assert read(TOWN, "EPSG:2154").crs == "EPSG:2154"


def test_no_road():
    assert len(read(extract(way(1, 1, 2, building="yes"))).vertices) == 0
    assert len(read(extract(way(1, 98, 99, highway="road"))).vertices) == 0
    assert len(read(b'<osm version="0.6"/>').edges) == 0


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(FormatError, match=r"^a.osm: needs pip install 'roadmetrics\[geo\]'$"):
        read_osm(TOWN, "a.osm")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an extract of OpenStreetMap: neither XML nor PBF"),
        (b"BZh91AY", "not an extract of OpenStreetMap: neither XML nor PBF"),
        (b'<!DOCTYPE o [<!ENTITY a "ha">]><osm>&a;</osm>', "document types and entities are refus"),
        (b'<!DOCTYPE o SYSTEM "http://127.0.0.1/"><osm/>', "document types and entities are refus"),
        ('<?xml version="1.0" encoding="utf-16"?><osm/>'.encode("utf-16"), "not an extract"),
        ('<?xml version="1.0" encoding="utf-16"?><osm/>'.encode("utf-16-le"), "not an extract"),
        (b"<osm version='0.6'>", "a damaged extract, osmium says"),
        (b"<graphml/>", "a damaged extract, osmium says"),
    ],
)
def test_errors(data, message):
    with pytest.raises(FormatError) as error:
        read(data)
    assert str(error.value).startswith(f"a.osm: {message}")
    assert str(error.value).isprintable()


def test_pbf_cut_short_at_every_byte(tmp_path):
    data = pbf(tmp_path, TOWN)
    whole = {0}
    while max(whole) < len(data):  # an extract may end between two blobs
        at = max(whole)
        size = int.from_bytes(data[at : at + 4], "big")
        head = data[at + 4 : at + 4 + size]
        whole.add(at + 4 + size + head[-1] + 0 if head[-2] == 0x18 else len(data))
    for end in range(1, len(data)):
        if end not in whole:
            with pytest.raises(FormatError):
                read(data[:end])


def varint(n):
    return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])


def test_a_compression_bomb_is_not_unpacked(tmp_path):
    raw = bytes(32 << 20)
    packed = zlib.compress(raw, 9)
    blob = b"\x10" + varint(len(raw)) + b"\x1a" + varint(len(packed)) + packed
    head = b"\x0a\x07OSMData\x18" + varint(len(blob))
    bomb = pbf(tmp_path, TOWN) + (len(head).to_bytes(4, "big") + head + blob) * 3
    with pytest.raises(FormatError, match="it unpacks to more than 20 times its size: refused"):
        read(bomb)
