"""Lines in well-known binary: what shapely writes, and bytes that lie about themselves."""

import struct

import numpy as np
import pytest
import shapely

from roadmetrics import FormatError
from roadmetrics.io.repairs import collected
from roadmetrics.io.wkb import lines_of_wkb

LINE = shapely.LineString([(0, 0), (3, 4), (5, 5)])
HIGH = shapely.LineString([(0, 0, 9), (3, 4, 8)])
BOTH = shapely.MultiLineString([[(0, 0), (1, 1)], [(7, 7), (8, 8), (9, 7)]])


def listed(data):
    return [line.tolist() for line in lines_of_wkb(data, "a.gpkg: row 0")]


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("geometry", [LINE, HIGH, BOTH], ids=["line", "high", "both"])
def test_what_shapely_writes(geometry, order, flavor):
    data = shapely.to_wkb(geometry, byte_order=order, flavor=flavor)
    expected = [shapely.get_coordinates(part).tolist() for part in shapely.get_parts(geometry)]
    assert listed(data) == expected


def test_srid_z_and_m():
    numbers = np.arange(8.0).tobytes()
    for code in (2, 1002, 2002, 3002, 0x80000002, 0x40000002, 0xC0000002):
        size = 2 + (code in (1002, 2002, 0x80000002, 0x40000002)) + 2 * (code in (3002, 0xC0000002))
        line = listed(struct.pack("<BII", 1, code, 8 // size) + numbers)[0]
        assert line[1] == [size, size + 1]
    with_srid = shapely.to_wkb(shapely.set_srid(LINE, 32611), include_srid=True)
    assert listed(with_srid) == listed(shapely.to_wkb(LINE))


def test_heights_are_counted():
    with collected() as repairs:
        listed(shapely.to_wkb(HIGH))
    assert repairs == {"heights dropped": 2}


def test_empty():
    assert listed(shapely.to_wkb(shapely.LineString())) == [[]]
    assert listed(shapely.to_wkb(shapely.MultiLineString())) == []


def nested(depth):
    return struct.pack("<BII", 1, 5, 1) * depth


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "the geometry is damaged"),
        (b"\x05\x02\0\0\0", "the geometry is damaged"),
        (shapely.to_wkb(shapely.Point(0, 0)), "only LineString and MultiLineString are read, not"),
        (shapely.to_wkb(shapely.GeometryCollection([LINE])), "not GeometryCollection"),
        (struct.pack("<BII", 1, 99, 0), "not a geometry of type 99"),
        (nested(100_000), "a MultiLineString holds a geometry of type 5"),
        (struct.pack("<BII", 1, 5, 2**32 - 1), "a MultiLineString of 4294967295 lines, above"),
        (struct.pack("<BII", 1, 5, 3), "the geometry is damaged"),
        (struct.pack("<BII", 1, 2, 2**32 - 1), "4294967295 positions do not fit in it"),
        (struct.pack("<BI", 1, 2), "the geometry is cut short"),
        (struct.pack("<BII2d", 1, 2, 1, 0, 0), "a line has two positions or more, not one"),
    ],
)
def test_errors(data, rule):
    with pytest.raises(FormatError) as error:
        listed(data)
    assert str(error.value).startswith("a.gpkg: row 0: ")
    assert rule in str(error.value)


def test_cut_short_at_every_byte():
    data = shapely.to_wkb(BOTH)
    for end in range(len(data)):
        with pytest.raises(FormatError):
            listed(data[:end])
