"""SpaceNet's CSV: spellings, empty tiles, areas, heights, what is refused and where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics.errors import FormatError
from roadmetrics.io.repairs import collected
from roadmetrics.io.spacenet_csv import read_spacenet_csv, write_spacenet_csv
from roadmetrics.load import read, read_tiles, write

HEADER = b"ImageId,WKT_Pix\n"
coordinates = st.floats(-1e6, 1e6).map(lambda v: v if abs(v) > 1e-99 else 0.0)  # as a graph has it


def table(*rows: str, header: bytes = HEADER) -> bytes:
    return header + "".join(f'a,"{row}"\n' for row in rows).encode()


@pytest.mark.parametrize(
    "header", ["ImageId,WKT_Pix", "image_id,wkt_pix", "ImageID,Wkt_Pix", "\ufeffImageId,WKT_PIX"]
)
def test_spellings_of_the_header(header):
    tiles = read_spacenet_csv(table("LINESTRING (0 0, 3 4)", header=f"{header}\n".encode()), "p")
    assert tiles["a"].length == 5


def test_columns_in_any_order_beside_others():
    data = b'length_m,WKT_Pix,ImageId\n1.5,"LINESTRING (0 0, 3 4)",b\n0,LINESTRING EMPTY,a\n'
    tiles = read_spacenet_csv(data, "p")
    assert list(tiles) == ["b", "a"]
    assert tiles["b"].length == 5
    assert tiles["a"].length == 0


def test_lines_of_a_tile_join_where_they_share_a_coordinate():
    tiles = read_spacenet_csv(table("LINESTRING (0 0, 5 0)", "LINESTRING (5 0, 5 5)"), "p")
    assert len(tiles["a"].vertices) == 3
    assert sorted(tiles["a"].degrees) == [1, 1, 2]


def test_several_lines_in_a_row():
    tiles = read_spacenet_csv(table("MULTILINESTRING ((0 0, 3 4), (9 9, 9 8))"), "p")
    assert tiles["a"].length == 6


def test_what_is_dropped_is_counted():
    data = table(
        "LINESTRING Z (0 0 7, 3 4 7)", "POLYGON ((0 0, 1 1, 1 0, 0 0))", "",
        "LINESTRING (3 4, 3 4, 0 0)",
    )  # fmt: skip
    with collected() as repairs:
        graph = read_spacenet_csv(data, "p")["a"]
    assert graph.length == 5
    assert repairs == {
        "heights dropped": 2, "POLYGON rows skipped": 1, "blank rows skipped": 1,
        "self loops dropped": 1, "repeated edges dropped": 1,
    }  # fmt: skip


def test_coordinates_outside_of_the_tile_are_kept():
    assert read_spacenet_csv(table("LINESTRING (-5 -2, 2000 7)"), "p")["a"].bounds[0] == -5


@pytest.mark.parametrize(
    ("wkt", "rule"),
    [
        ("LINESTRING (0 0)", "not a line string"),
        ("LINESTRING (0 0, 1)", "not a line string"),
        ("LINESTRING ()", "not a line string"),
        ("LINESTRING (0 0, 1e400 2)", "finite"),
        ("LINESTRING (0 0, 1e13 2)", "finite"),
        ("LINESTRING (nan 0, 1 1)", "no finite number"),
        ("LINESTRING (inf 0, 1 1)", "no finite number"),
        ("POINT (1 1)", "only LINESTRING"),
        ("GEOMETRYCOLLECTION (LINESTRING (0 0, 1 1))", "only LINESTRING"),
        ("LINESTRING (0 0, 1 1) junk", "brackets do not close"),
        ("(" * 100_000, "only LINESTRING"),
        ("MULTILINESTRING " + "(" * 100_000, "brackets do not close"),
    ],
)
def test_a_bad_row_is_named(wkt, rule):
    with pytest.raises(FormatError, match=rule) as error:
        read_spacenet_csv(table("LINESTRING (0 0, 1 1)", wkt), "p.csv")
    assert str(error.value).startswith("p.csv:3: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"ImageId,WKT_Pix\n", "no tile"),
        (b"x,y\n1,2\n", "no column ImageId"),
        (b"ImageId,WKT_Geo\na,b\n", "no column WKT_Pix"),
        (b"ImageId,imageid,WKT_Pix\na,a,LINESTRING EMPTY\n", "twice"),
        (b"ImageId,WKT_Pix\na\n", ":2: 1 fields under a header of 2"),
        (b"ImageId,WKT_Pix\n ,LINESTRING EMPTY\n", "no name of a tile"),
        (b'ImageId,WKT_Pix\n"a\nb",LINESTRING EMPTY\n', "no name of a tile"),
        (b'ImageId,WKT_Pix\na,"LINESTRING EMPTY\n', "not a row of a table"),
        (b"ImageId,WKT_Pix\na,\xff\n", "UTF-8"),
    ],
)
def test_a_bad_table_is_refused(data, rule):
    with pytest.raises(FormatError, match=rule):
        read_spacenet_csv(data, "p.csv")


@given(st.lists(st.tuples(*[coordinates] * 4), min_size=1, max_size=5))
def test_numbers_survive(ends):
    graph = rm.RoadGraph.from_lines([[(a, b), (c, d)] for a, b, c, d in ends])
    used = np.unique(graph.edges)
    again = read_spacenet_csv(write_spacenet_csv({"t": graph}), "p")["t"]
    assert np.array_equal(
        np.sort(again.vertices[again.edges], axis=None),
        np.sort(graph.vertices[graph.edges], axis=None),
    )
    assert len(again.vertices) == len(used)


def test_a_file_of_several_tiles(tmp_path):
    path = tmp_path / "all.csv"
    path.write_bytes(HEADER + b'a,"LINESTRING (0 0, 3 4)"\nb,LINESTRING EMPTY\n')
    assert {name: tile.length for name, tile in read_tiles(path).items()} == {"a": 5, "b": 0}
    assert read(path, tile="a").length == 5
    with pytest.raises(FormatError, match="holds 2 tiles: choose one"):
        read(path)
    with pytest.raises(FormatError, match="no tile 'c'"):
        read(path, tile="c")
    path.write_bytes(HEADER + b"c,LINESTRING EMPTY\n")  # read anew, though the path is the same
    assert read(path).length == 0
    write(rm.RoadGraph([(0, 0), (3, 4)], [(0, 1)]), tmp_path / "one.csv")
    assert list(read_tiles(tmp_path)) == ["c", "one"]
    with pytest.raises(FormatError, match="holds pixels"):
        write(rm.RoadGraph([(0, 0), (3, 4)], [(0, 1)], "m"), tmp_path / "m.csv")


def test_a_table_beside_single_files(tmp_path):
    for side in ("gt", "pred"):
        (tmp_path / side).mkdir()
    for name in ("AOI_2_Vegas_img1", "AOI_2_Vegas_img2"):
        write(
            rm.RoadGraph([(0, 0), (30, 40)], [(0, 1)]),
            tmp_path / f"gt/spacenetroads_{name}.json",
        )
    (tmp_path / "pred/submission.csv").write_bytes(
        HEADER + b'AOI_2_Vegas_img1,"LINESTRING (0 0, 30 40)"\nAOI_2_Vegas_img2,LINESTRING EMPTY\n'
        b"AOI_2_Vegas_img9,LINESTRING EMPTY\n"
    )
    report = rm.score_folders(tmp_path / "gt", tmp_path / "pred", ["ccq"])
    assert report.run["layout"] == "spacenet"
    assert {key: tile.scores["ccq"].value for key, tile in report.tiles.items()} == {
        "AOI_2_Vegas_img1": 1, "AOI_2_Vegas_img2": 0,
    }  # fmt: skip
    assert report.unmatched == ("AOI_2_Vegas_img9.csv",)
    alone = rm.score_folders(tmp_path / "pred", tmp_path / "pred/submission.csv", ["ccq"])
    assert alone.n_tiles == 3


def test_two_tables_of_one_tile_make_a_pair(tmp_path):
    for name in ("x", "y"):
        (tmp_path / f"{name}.csv").write_bytes(HEADER + name.encode() + b",LINESTRING EMPTY\n")
    report = rm.score_folders(tmp_path / "x.csv", tmp_path / "y.csv", ["ccq"])
    assert report.value("ccq") == 1
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("id,gt,pred\nmine,x.csv,y.csv\n")
    assert rm.score_folders(pairs=pairs, metrics=["ccq"]).n_tiles == 1
