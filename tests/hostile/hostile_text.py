"""Text files that mean harm: JSON, GeoJSON, CSV, .graph, XML. Each function returns the bytes."""

from __future__ import annotations

MILLION = 1_000_000
DEEP = 200_000


def _features(geometries: str) -> bytes:
    return f'{{"type": "FeatureCollection", "features": [{geometries}]}}'.encode()


def _feature(geometry: str) -> str:
    return f'{{"type": "Feature", "properties": {{}}, "geometry": {geometry}}}'


def _line(coordinates: str) -> bytes:
    return _features(_feature(f'{{"type": "LineString", "coordinates": {coordinates}}}'))


def _nodes(nodes: str, edges: str = "", more: str = "") -> bytes:
    return f'{{"nodes": [{nodes}], "edges": [{edges}]{more}}}'.encode()


JSON = {
    "deep arrays": lambda: b"[" * DEEP,
    "deep arrays, closed": lambda: b"[" * DEEP + b"]" * DEEP,
    "deep objects": lambda: b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep nodes": lambda: _nodes("[" * DEEP + "]" * DEEP),
    "1e999": lambda: _nodes("[1e999, 0], [0, 0]", "[0, 1]"),
    "-1e999 as weight": lambda: _nodes("[1, 0], [0, 0]", "[0, 1]", ', "weights": [-1e999]'),
    "NaN": lambda: _nodes("[NaN, 0]"),
    "integer of a million digits": lambda: _nodes(f"[{'9' * MILLION}, 0]"),
    "a thousand long integers": lambda: _nodes(",".join([f"[{'9' * 4299}, 0]"] * 1000)),
    "edge to 2**63": lambda: _nodes("[0, 0]", f"[0, {2**63}]"),
    "million vertices": lambda: _nodes(",".join(["[1, 2]"] * MILLION)),
    "million vertices and edges": lambda: _nodes(
        ",".join(f"[{i % 1000}, {i // 1000}]" for i in range(MILLION)),
        ",".join(f"[{i}, {i + 1}]" for i in range(MILLION - 1)),
    ),
    "million edges on one pair": lambda: _nodes("[0, 0], [1, 1]", ",".join(["[0, 1]"] * MILLION)),
    "million keys": lambda: b"{" + b",".join(b'"%d":0' % i for i in range(MILLION)) + b"}",
    "million times one key": lambda: b"{" + b",".join([b'"a":0'] * MILLION) + b"}",
    "64 MB of empty arrays": lambda: b"[" + b"[]," * (21 * MILLION) + b"[]]",
    "64 MB of empty objects": lambda: b"[" + b"{}," * (21 * MILLION) + b"{}]",
    "64 MB of digits and commas": lambda: b"[" + b"1," * (32 * MILLION) + b"1]",
    "64 MB of short texts": lambda: b"[" + b'"ab",' * (13 * MILLION) + b"1]",
    "64 MB of blanks": lambda: b" " * (64 * MILLION) + b"1",
    "a text of 60 MB": lambda: b'{"nodes": "' + b"a" * (60 * MILLION) + b'"}',
    "wide characters": lambda: b'"\xf0\x9f\x98\x80' + b"a" * (60 * MILLION) + b'"',
    "backslashes": lambda: b'["' + b"\\\\" * (10 * MILLION) + b'", NaN]',
    "a text that does not end": lambda: b'[{"a":1,"a":2}, "' + b'\\"' * MILLION,
    "polyline of a million points": lambda: (
        b'{"nodes": [[0, 0], [1, 1]], "edges": [[0, 1]], "polylines": [['
        + b"[0, 0]," * MILLION + b"[1, 1]]]}"
    ),
    "NUL": lambda: b"\0" * MILLION,
    "not UTF-8": lambda: b'{"nodes": [], "\xff": 1}',
    "UTF-16": lambda: '{"nodes": [], "edges": []}'.encode("utf-16"),
    "crs of PROJ": lambda: _nodes("[0, 0]", "", ', "unit": "m", "crs": "+proj=pipeline +step"'),
    "crs of a file": lambda: _nodes("[0, 0]", "", ', "unit": "m", "crs": "/etc/passwd"'),
    "crs of an address": lambda: _nodes(
        "[0, 0]", "", ', "unit": "m", "crs": "http://spatialreference.org/ref/epsg/4326/"'
    ),
    "control characters": lambda: _nodes("[0, 0]", "", ', "unit": "\\u001b[2J\\n\\u2028"'),
}  # fmt: skip
GEOJSON = {
    "million features of nothing": lambda: _features(
        ",".join(['{"type":"Feature","geometry":null}'] * MILLION)
    ),
    "line of a million positions": lambda: _line("[" + "[7.1,43.5]," * MILLION + "[7.2,43.5]]"),
    "half a million lines": lambda: _features(",".join(
        ['{"type":"Feature","geometry":{"type":"LineString","coordinates":[[7,43],[7.1,43]]}}']
        * (MILLION // 2)
    )),
    "deep coordinates": lambda: _line("[" * DEEP + "]" * DEEP),
    "1e999": lambda: _line("[[1e999, 0], [0, 0]]"),
    "one position": lambda: _line("[[7, 43]]"),
    "position of a million numbers": lambda: _line("[[7, 43], [" + "1," * MILLION + "1]]"),
    "million empty parts": lambda: _features(_feature(
        '{"type": "MultiLineString", "coordinates": [' + "[]," * MILLION + "[]]}"
    )),
    "deep collections": lambda: _features(
        _feature('{"type": "GeometryCollection", "geometries": [' * 900 + "]}" * 900)
    ),
    "crs that is linked": lambda: b'{"type": "FeatureCollection", "features": [], '
    b'"crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs"}}}',
}  # fmt: skip
CSV = {
    "one point": lambda: b'ImageId,WKT_Pix\na,"LINESTRING (0 0)"\n',
    "deep brackets": lambda: b'ImageId,WKT_Pix\na,"LINESTRING ' + b"(" * DEEP + b'"\n',
    "deep collections": lambda: b'ImageId,WKT_Pix\na,"' + b"GEOMETRYCOLLECTION (" * DEEP + b'"\n',
    "1e999": lambda: b'ImageId,WKT_Pix\na,"LINESTRING (0 0, 1e999 0)"\n',
    "nan": lambda: b'ImageId,WKT_Pix\na,"LINESTRING (0 0, nan nan)"\n',
    "a field of 60 MB": lambda: b'ImageId,WKT_Pix\na,"LINESTRING (' + b"0 0, " * (12 * MILLION)
    + b'0 0)"\n',
    "a field of 70 MB": lambda: b'ImageId,WKT_Pix\na,"' + b"x" * (70 << 20) + b'"\n',
    "million rows of one tile": lambda: b"ImageId,WKT_Pix\n"
    + b'a,"LINESTRING (0 0, 1 1)"\n' * MILLION,
    "million tiles": lambda: b"ImageId,WKT_Pix\n"
    + b"".join(b"t%d,LINESTRING EMPTY\n" % i for i in range(MILLION)),
    "million blank rows": lambda: b"ImageId,WKT_Pix\n" + b"a,\n" * MILLION,
    "million polygons": lambda: b"ImageId,WKT_Pix\n" + b"a,POLYGON EMPTY\n" * MILLION,
    "million bad rows": lambda: b"ImageId,WKT_Pix\n" + b"a,LINESTRING (0 0)\n" * MILLION,
    "million columns": lambda: b"ImageId,WKT_Pix" + b"," * MILLION + b"\n",
    "million quotes": lambda: b'ImageId,WKT_Pix\na,"' + b'""' * MILLION,
    "NUL": lambda: b'ImageId,WKT_Pix\na\0,"LINESTRING (0 0, 1 1)"\n',
    "ImageId of control characters": lambda: b'ImageId,WKT_Pix\n"a\x1b[2J\r\nb",LINESTRING EMPTY\n',
    "ImageId of a path": lambda: b"ImageId,WKT_Pix\n../../../etc/passwd,LINESTRING EMPTY\n",
    "blanks before a bracket": lambda: b'ImageId,WKT_Pix\na,"LINESTRING' + b" " * MILLION + b'x"\n',
    "many parts and then none": lambda: b'ImageId,WKT_Pix\na,"MULTILINESTRING ('
    + b"(0 0, 1 1), " * 300_000 + b'x"\n',
}  # fmt: skip
GRAPH = {
    "million vertices and edges": lambda: b"".join(
        b"%d %d\n" % (i % 997, i) for i in range(MILLION)) + b"\n"
    + b"".join(b"%d %d\n" % (i, i + 1) for i in range(MILLION - 1)),
    "million blank lines": lambda: b"0 0\n" + b"\n" * MILLION,
    "million blank lines and a word": lambda: b"0 0\n" + b"\n" * MILLION + b"x",
    "a line of 60 MB": lambda: b"0 " * (30 * MILLION),
    "a number of 60 MB": lambda: b"0 " + b"1" * (60 * MILLION) + b"\n\n",
    "an edge of a million digits": lambda: b"0 0\n\n0 " + b"1" * MILLION + b"\n",
    "1e999": lambda: b"0 1e999\n\n",
    "NUL": lambda: b"\0" * MILLION,
    "no blank line": lambda: b"0 0\n" * MILLION,
    "edge to 2**63": lambda: b"0 0\n\n0 9223372036854775808\n",
}  # fmt: skip

_KEYS = (
    '<key id="c" for="graph" attr.name="crs"/><key id="x" for="node" attr.name="x"/>'
    '<key id="y" for="node" attr.name="y"/><key id="g" for="edge" attr.name="geometry"/>'
)
_HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">' + _KEYS


def _laughs(root: str) -> str:
    """Billion laughs: ten entities of ten of the one before."""
    rows = [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)]
    return f'<!DOCTYPE {root} [<!ENTITY l0 "lol">{"".join(rows)}]>'


def _quadratic(root: str) -> str:
    return f'<!DOCTYPE {root} [<!ENTITY a "{"a" * 100_000}">]>'


def _external(root: str, address: str) -> str:
    return f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{address}">]>'


def _graphml(inside: str, before: str = "") -> bytes:
    return f"{before}{_HEAD}<graph>{inside}</graph></graphml>".encode()


_NODE = '<node id="{0}"><data key="x">{1}</data><data key="y">{2}</data></node>'
GRAPHML = {
    "billion laughs": lambda: _graphml('<data key="c">&l9;</data>', _laughs("graphml")),
    "quadratic entity": lambda: _graphml(f'<data key="c">{"&a;" * 30_000}</data>',
                                         _quadratic("graphml")),
    "external entity": lambda: _graphml('<data key="c">&x;</data>',
                                        _external("graphml", "file:///etc/passwd")),
    "entity from the net": lambda: _graphml('<data key="c">&x;</data>',
                                            _external("graphml", "http://127.0.0.1:9/")),
    "parameter entity": lambda: b'<!DOCTYPE graphml [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> '
    b"%x;]>" + _graphml(""),
    "external document type": lambda: b'<!DOCTYPE graphml SYSTEM "http://127.0.0.1:9/a.dtd">'
    + _graphml(""),
    "entities in UTF-16": lambda: _graphml("&l9;", _laughs("graphml")).decode().encode("utf-16"),
    "XInclude": lambda: _graphml(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    ),
    "deep elements": lambda: b"<a>" * DEEP,
    "deep elements inside": lambda: _graphml("<node>" * DEEP),
    "million attributes": lambda: b"<graphml " + b" ".join(b"a%d='1'" % i for i in range(300_000))
    + b"/>",
    "million nodes": lambda: _graphml(
        '<data key="c">epsg:32632</data>'
        + "".join(_NODE.format(i, 500_000 + i, 4_000_000) for i in range(MILLION // 2))
    ),
    "million edges": lambda: _graphml(
        '<data key="c">epsg:32632</data>' + _NODE.format(0, 500_000, 4e6)
        + _NODE.format(1, 500_100, 4e6) + '<edge source="0" target="1"/>' * MILLION
    ),
    "a line of a million points": lambda: _graphml(
        '<data key="c">epsg:32632</data>' + _NODE.format(0, 0, 0) + _NODE.format(1, 1, 1)
        + '<edge source="0" target="1"><data key="g">LINESTRING (0 0, ' + "0 0, " * MILLION
        + "1 1)</data></edge>"
    ),
    "1e999": lambda: _graphml('<data key="c">epsg:32632</data>' + _NODE.format(0, "1e999", 0)),
    "name of 60 MB": lambda: b"<" + b"a" * (60 * MILLION) + b"/>",
    "text of 60 MB": lambda: _graphml('<data key="c">' + "a" * (60 * MILLION) + "</data>"),
    "million keys": lambda: (_HEAD + '<key id="a" for="b"/>' * MILLION + "</graphml>").encode(),
}  # fmt: skip


def _osm(inside: str, before: str = "") -> bytes:
    return f'{before}<osm version="0.6">{inside}</osm>'.encode()


OSM = {
    "billion laughs": lambda: _osm("&l9;", _laughs("osm")),
    "quadratic entity": lambda: _osm("&a;" * 30_000, _quadratic("osm")),
    "external entity": lambda: _osm('<node id="1" lat="&x;"/>', _external("osm", "file:///etc/passwd")),
    "entities in UTF-16": lambda: _osm("&l9;", _laughs("osm")).decode().encode("utf-16"),
    "external document type": lambda: b'<!DOCTYPE osm SYSTEM "http://127.0.0.1:9/a.dtd"><osm/>',
    "deep elements": lambda: b"<osm>" * DEEP,
    "million nodes": lambda: _osm("".join(
        f'<node id="{i}" lat="43.5" lon="7.{i}"/>' for i in range(1, MILLION // 2)
    )),
    "way of a million nodes": lambda: _osm(
        '<node id="1" lat="43.5" lon="7.1"/><node id="2" lat="43.6" lon="7.1"/><way id="1">'
        + '<nd ref="1"/><nd ref="2"/>' * 500_000 + '<tag k="highway" v="primary"/></way>'
    ),
    "ways without nodes": lambda: _osm(
        '<way id="1"><nd ref="1"/><tag k="highway" v="primary"/></way>' * 300_000
    ),
    "lat of 1e999": lambda: _osm('<node id="1" lat="1e999" lon="1"/>'),
    "id of 2**80": lambda: _osm(f'<node id="{2**80}" lat="1" lon="1"/>'),
    "tag of 60 MB": lambda: _osm(
        '<way id="1"><nd ref="1"/><tag k="highway" v="' + "a" * (60 * MILLION) + '"/></way>'
    ),
}  # fmt: skip

TEXT = {
    ".json": JSON, ".geojson": GEOJSON, ".csv": CSV, ".graph": GRAPH, ".graphml": GRAPHML,
    ".osm": OSM,
}  # fmt: skip
