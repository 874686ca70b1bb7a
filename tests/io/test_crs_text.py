"""Descriptions of a crs: only what the register knows, and nothing that names a file."""

import pyproj
import pytest

from roadmetrics import FormatError
from roadmetrics.io.crs_text import crs_of


@pytest.mark.parametrize("code", [32618, 4326, 3857, 2154])
@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_wkt(code, version):
    assert crs_of(pyproj.CRS.from_epsg(code).to_wkt(version), "a.shp") == f"EPSG:{code}"


def test_projjson():
    described = pyproj.CRS.from_epsg(32618)
    assert crs_of(described.to_json(), "a") == "EPSG:32618"
    assert crs_of(described.to_json_dict(), "a") == "EPSG:32618"
    crs84 = pyproj.CRS.from_user_input("OGC:CRS84")
    assert crs_of(crs84.to_json_dict(), "a") == "EPSG:4326"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+proj=utm +zone=18 +ellps=WGS84 +datum=WGS84 +units=m +no_defs +type=crs", "EPSG:32618"),
        ("+proj=utm +zone=33 +south +datum=WGS84", "EPSG:32733"),
        ("+proj=longlat +datum=WGS84 +no_defs", "EPSG:4326"),
        ("epsg:4326", "EPSG:4326"),
        ("EPSG:32618", "EPSG:32618"),
    ],
)
def test_what_osmnx_writes(text, expected):
    assert crs_of(text, "a.graphml") == expected


def test_a_compound_crs_is_its_level_part():
    assert crs_of(pyproj.CRS.from_user_input("EPSG:25832+7837").to_wkt(), "a") == "EPSG:25832"


@pytest.mark.parametrize(
    "text",
    [
        "+init=epsg:4326",
        "+proj=utm +zone=18 +nadgrids=/etc/passwd",
        "+proj=pipeline +step +proj=utm +zone=18",
        "/etc/passwd",
        "http://example.com/crs",
        "",
        "PROJCS[",
        "{",
        "{" * 5000,
        "PROJCS[" * 3000,
        "GEOGCS[" + "x" * 30_000,
        None,
        4326,
        [],
    ],
)
def test_refused(text):
    with pytest.raises(FormatError, match=r"^a: (crs .* is not understood|its crs .* has no EPSG)"):
        crs_of(text, "a")


def test_a_crs_of_ones_own_has_no_number():
    text = "+proj=tmerc +lat_0=12 +lon_0=34 +k=1 +x_0=7 +y_0=0 +ellps=WGS84 +units=m"
    with pytest.raises(FormatError, match="has no EPSG number: project the file"):
        crs_of(text, "a")
