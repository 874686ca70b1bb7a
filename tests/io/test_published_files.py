"""Files that people hold, kept outside the repository: counts and lengths; skipped where absent."""

import os
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import roadmetrics as rm

SHARED = Path(
    os.environ.get("ROADMETRICS_SHARED", Path(__file__).resolve().parents[2] / "../shared")
)
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no {SHARED}: published files")


@pytest.mark.parametrize(
    ("name", "n_vertices", "unit", "crs"),
    [
        ("folders/vancouver/gt/vancouver.graph", 3587, "px", None),
        ("folders/vancouver/pred_roadtracer/vancouver.0.25_0.25.newreconnect.graph", 16338, "px",
         None),
        ("folders/cityscale/gt/region_8_graph_gt.pickle", 3696, "px", None),
        ("folders/cityscale/pred_sat2graph/8.p", 4518, "px", None),
        ("folders/chicago/gt/chicago.json", 9391, "m", "EPSG:32616"),
        ("folders/chicago/pred_kharita/chicago.json", 3148, "m", "EPSG:32616"),
        ("folders/vegas/gt/AOI_2_Vegas_img990.geojson", 74, "m", "EPSG:32611"),
        ("graphs/aequilibrae_nauru.json", 4649, "m", "EPSG:32758"),
        ("graphs/mapconstruction_athens_small_osm.json", 2692, "m", "EPSG:2100"),
        ("formats/nyc_graph.graphml", 185, "m", "EPSG:32618"),
        ("formats/osmnx_short.graphml", 1, "m", "EPSG:32616"),
        ("formats/bubenec.gpkg", 83, "m", "EPSG:32633"),
    ],
)  # fmt: skip
def test_published_graphs(name, n_vertices, unit, crs):
    g = rm.read(SHARED / "data" / name)
    assert (len(g.vertices), g.unit, g.crs) == (n_vertices, unit, crs)


def test_osmnx_graphml_has_the_lengths_of_its_edges():
    """OSMnx's own lengths, measured on the sphere, of the streets that are there once."""
    path = SHARED / "data/formats/nyc_graph.graphml"
    g = rm.read(path)
    text = path.read_text()
    key = re.search(r'key id="(\w+)" for="edge" attr.name="length"', text)[1]
    lengths = [float(x) for x in re.findall(rf'<data key="{key}">([0-9.]+)</data>', text)]
    assert (len(lengths), int(g.is_node.sum())) == (73, 46)
    assert g.length == pytest.approx(sum(lengths), rel=2e-3)


def test_osm_extract():
    pytest.importorskip("osmium", reason="needs the extra geo")
    repairs = Counter()
    g = rm.read(SHARED / "data/formats/test.osm.pbf", repairs=repairs)
    assert (len(g.vertices), len(g.edges), g.crs) == (749, 781, "EPSG:32635")
    assert repairs == {"other highways skipped": 168, "missing nodes dropped": 258}


def test_cityscale_axes():
    """Row first in the file; the tile is 2048 pixels wide, and both files cover it."""
    gt = rm.read(SHARED / "data/folders/cityscale/gt/region_8_graph_gt.pickle")
    pred = rm.read(SHARED / "data/folders/cityscale/pred_sat2graph/8.p")
    assert gt.vertices[0].tolist() == [111, 900]  # "(I900 I111" in the file
    assert np.abs(np.array(gt.bounds) - np.array(pred.bounds)).max() < 60


def test_networkx_pickle_is_refused_with_a_recipe():
    with pytest.raises(rm.FormatError, match=r"cosmiq_networkx.gpickle: .*from_networkx"):
        rm.read(SHARED / "data/formats/cosmiq_networkx.gpickle")


def test_golden_graphs_with_polylines():
    for path in sorted((SHARED / "golden/apls/graphs").glob("*.json")):
        g = rm.read(path)
        assert g.unit in ("px", "m")
        assert g.is_node is None or g.is_node.any()


def test_image_masks():
    mask = rm.read(SHARED / "data/images/roads_375/labels/label_0111.png")
    assert mask.array.shape == (375, 375)
    assert mask.graph.length == pytest.approx(4193, rel=0.05)
    with pytest.raises(rm.FormatError, match="is it the photo"):
        rm.read(SHARED / "data/images/roads_375/images/image_0111.png")
