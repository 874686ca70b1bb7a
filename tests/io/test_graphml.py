"""OSMnx GraphML: directions, parallel streets, rounding, and XML that means harm."""

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import FormatError
from roadmetrics.io.graphml import read_graphml
from roadmetrics.io.repairs import collected

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="graph" attr.name="crs" attr.type="string"/>
<key id="d1" for="node" attr.name="x" attr.type="string"/>
<key id="d2" for="node" attr.name="y" attr.type="string"/>
<key id="d3" for="edge" attr.name="geometry" attr.type="string"/>
<key id="d4" for="edge" attr.name="length" attr.type="string"/>
<graph edgedefault="directed">"""
TAIL = "</graph></graphml>"
PLACES = {"a": (500000, 4000000), "b": (500100, 4000000), "c": (500100, 4000050.5)}


def nodes(places=PLACES):
    return "".join(
        f'<node id="{key}"><data key="d1">{x}</data><data key="d2">{y}</data></node>'
        for key, (x, y) in places.items()
    )


def edge(source, target, wkt=None):
    data = f'<data key="d3">{wkt}</data>' if wkt else ""
    return f'<edge source="{source}" target="{target}" id="0"><data key="d4">7</data>{data}</edge>'


def document(body, crs="EPSG:32611"):
    return f'{HEAD}<data key="d0">{crs}</data>{body}{TAIL}'


def read(text, crs=None):
    return read_graphml(text.encode(), "a.graphml", crs)


def curve(*points):
    return f"LINESTRING ({', '.join(' '.join(map(str, p)) for p in points)})"


BEND = curve(PLACES["a"], (500050, 4000010), PLACES["b"])


def test_both_directions_are_one_street():
    back = curve(PLACES["b"], (500050, 4000010), PLACES["a"])
    streets = edge("a", "b", BEND) + edge("b", "a", back) + edge("b", "c") + edge("c", "b")
    with collected() as repairs:
        g = read(document(nodes() + streets))
    assert not repairs  # the format gives a street twice: nothing is lost
    assert (len(g.vertices), len(g.edges), g.crs) == (4, 3, "EPSG:32611")
    assert g.length == pytest.approx(2 * np.hypot(50, 10) + 50.5)
    assert g.is_node.tolist() == [True, True, True, False]
    assert g.weights is None


def test_parallel_streets_stay():
    other = curve(PLACES["a"], (500050, 3999990), PLACES["b"])
    g = read(document(nodes() + edge("a", "b", BEND) + edge("a", "b", other) + edge("a", "b")))
    assert (len(g.vertices), len(g.edges)) == (5, 5)


def test_a_geometry_against_its_edge():
    """networkx may swap source and target when it makes a graph undirected."""
    g = read(document(nodes() + edge("b", "a", BEND)))
    assert g.vertices[3].tolist() == [500050, 4000010]
    assert g.edges.tolist() == [[0, 3], [1, 3]]


def test_loops():
    loop = curve(PLACES["a"], (500050, 4000010), (500050, 3999990), PLACES["a"])
    back = curve(PLACES["a"], (500050, 3999990), (500050, 4000010), PLACES["a"])
    with collected() as repairs:
        g = read(document(nodes() + edge("a", "a", loop) + edge("a", "a", back) + edge("b", "b")))
    assert (len(g.vertices), len(g.edges)) == (5, 3)
    assert repairs["self loops dropped"] == 1


def test_ends_may_be_off_by_rounding():
    rounded = curve((500000.0004, 4000000), (500050, 4000010), (500100, 3999999.9996))
    g = read(document(nodes() + edge("a", "b", rounded)))
    assert g.vertices[:3].tolist() == [list(p) for p in PLACES.values()]
    wrong = curve((500000.5, 4000000), PLACES["b"])
    with pytest.raises(FormatError, match=r"a.graphml:8: the geometry does not run from"):
        read(document(nodes() + edge("a", "b", wrong)))


def test_points_between_do_not_join_streets():
    """Streets that pass over each other share a coordinate, and no node."""
    places = {"a": (0, 0), "b": (10, 0), "c": (5, -5), "d": (5, 5)}
    across = curve((0, 0), (5, 0), (10, 0)), curve((5, -5), (5, 0), (5, 5))
    g = read(document(nodes(places) + edge("a", "b", across[0]) + edge("c", "d", across[1])))
    assert g.degrees.tolist() == [1, 1, 1, 1, 2, 2]


def test_lonlat_goes_to_metres():
    places = {"a": (-115.1, 36.1), "b": (-115.09, 36.1)}
    g = read(document(edge("a", "b") + nodes(places), crs="epsg:4326"))  # any order of elements
    assert (g.unit, g.crs) == ("m", "EPSG:32611")
    assert g.length == pytest.approx(900, rel=0.01)
    assert read(document(nodes(places), "epsg:4326"), "EPSG:32612").crs == "EPSG:32612"


def test_no_roads_and_no_nodes():
    assert read(document(nodes())).length == 0
    assert len(read(document("")).vertices) == 0


def test_osmnx_without_a_value_of_its_crs_is_lonlat():
    with collected() as repairs:
        g = read(f"{HEAD}{nodes({'a': (-86.3, 39.9)})}{TAIL}")
    assert g.crs == "EPSG:32616"
    assert repairs == {"missing crs taken as lon/lat": 1}
    with pytest.raises(FormatError, match="is no longitude and latitude"):
        read(f"{HEAD}{nodes()}{TAIL}")


def test_heights_are_counted():
    high = "LINESTRING Z (500000 4000000 5, 500100 4000000 6)"
    with collected() as repairs:
        read(document(nodes() + edge("a", "b", high)))
    assert repairs["heights dropped"] == 2


ENTITIES = '<!DOCTYPE g [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE g [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.graphml:1: not XML: no element found"),
        ("<graphml>", "a.graphml:1: not XML: no element found"),
        ("<graphml/>", "a.graphml: no graph in it"),
        ("<svg/>", "a.graphml:1: expected graphml, not 'svg'"),
        ("<graphml><graph/></graphml>", "a.graphml: the graph has no crs: only GraphML of OSMnx"),
        ("<graphml><graph/><graph/></graphml>", "a.graphml:1: a second graph: keep one"),
        (f"{ENTITIES}<graphml>&b;</graphml>", "a.graphml:1: document types and entities are ref"),
        (f"{OUTSIDE}<graphml>&a;</graphml>", "a.graphml:1: document types and entities are ref"),
        ('<!DOCTYPE g SYSTEM "http://127.0.0.1/g.dtd"><graphml/>', "a.graphml:1: document types"),
        ("<graphml>&a;</graphml>", "a.graphml:1: not XML: undefined entity"),
        ("<graphml>" + "<a>" * 200_000, "a.graphml:1: elements are nested too deeply"),
        ('<?xml version="1.0" encoding="no-such"?><graphml/>', "a.graphml"),
        (document("", crs="nowhere"), "a.graphml: crs 'nowhere' is not understood"),
        (document("", crs="EPSG:2263") + " ", None),
        (document('<node id="a"/>'), "a.graphml:8: node 'a' has no x: OSMnx gives each x and y"),
        (document("<node/>"), "a.graphml:8: a node has an id of its own"),
        (document(nodes() + nodes()), "a.graphml:8: a node has an id of its own"),
        (document(nodes({"a": ("east", 1)})), "a.graphml:8: node 'a': x 'east' is no number"),
        (document(nodes({"a": ("1e999", 1)})), "a.graphml:8: node 'a': x '1e999' is no number"),
        (document(nodes({"a": ("nan", 1)})), "a.graphml:8: node 'a': x 'nan' is no number"),
        (document(nodes() + edge("a", "z")), "a.graphml:8: edge refers to node 'z', which is not"),
        (document(nodes() + "<edge/>"), "a.graphml:8: an edge has a source and a target"),
        (document(nodes() + edge("a", "b", "POINT (1 2)")), "a.graphml:8: geometry is a LINESTR"),
        (document(nodes() + edge("a", "b", "LINESTRING EMPTY")), "a.graphml:8: geometry is a LIN"),
        (document(nodes() + edge("a", "b", "LINESTRING (1 2)")), "a.graphml:8: geometry is a LIN"),
        (document(nodes() + edge("a", "b", "LINESTRING (1 2, 3)")), "a.graphml:8: geometry is a"),
        (document(nodes() + edge("a", "b", "LINESTRING (1 2, e 4)")), "a.graphml:8: geometry 'LIN"),
        (document(nodes() + edge("a", "b", "LINESTRING (1 2, 1e999 4)")), "a.graphml:8: coordina"),
    ],
)  # fmt: skip
def test_errors(text, message):
    if message is None:  # no vertices: nothing to measure in feet
        message = "a.graphml: EPSG:2263 counts in US survey foot"
    with pytest.raises(FormatError) as error:
        read(text)
    assert str(error.value).startswith(message)
    assert str(error.value).isprintable()


def test_bytes_that_are_no_text():
    for data in (b"\xff\xfe<\0", b"\0" * 50, b"\x1f\x8b\x08", document("").encode("utf-16")[:99]):
        with pytest.raises(FormatError, match=r"^a.graphml:"):
            read_graphml(data, "a.graphml")


def test_cut_short_at_every_byte():
    data = document(nodes() + edge("a", "b", BEND)).encode()
    for end in range(1, len(data)):
        with pytest.raises(FormatError):
            read_graphml(data[:end], "a.graphml")


def test_by_suffix(tmp_path):
    path = tmp_path / "streets.graphml"
    path.write_text(document(nodes() + edge("a", "b", BEND)))
    assert rm.read(path).length == pytest.approx(2 * np.hypot(50, 10))
