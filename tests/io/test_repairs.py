"""What readers drop and writers merge is counted."""

from __future__ import annotations

import json
import pickle
from collections import Counter

import numpy as np
import pytest

from roadmetrics.errors import FormatError
from roadmetrics.graph import RoadGraph
from roadmetrics.io.repairs import collected, repaired
from roadmetrics.load import read, write

POSITIONS = [[0, 0], [3, 4], [9, 9]]


def repairs_of(path):
    found = Counter()
    read(path, repairs=found)
    return dict(found)


def test_nothing_is_counted_outside_of_the_block():
    repaired("things dropped", 3)
    with collected() as repairs:
        repaired("things dropped", 0)
    assert not repairs


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_loops_and_repeats_of_vertex_formats(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    edges = [[0, 1], [1, 0], [0, 1], [2, 2]]
    if suffix == ".json":
        path.write_text(json.dumps({"nodes": POSITIONS, "edges": edges}))
    else:
        np.savez(path, vertices=np.array(POSITIONS, float), edges=np.array(edges))
    assert repairs_of(path) == {"self loops dropped": 1, "repeated edges dropped": 2}


def test_mirrored_edges_of_a_graph_file_are_no_repeats(tmp_path):
    path = tmp_path / "a.graph"
    path.write_text("0 0\n3 4\n9 9\n\n0 1\n1 0\n0 1\n2 2\n")
    assert repairs_of(path) == {"self loops dropped": 1, "repeated edges dropped": 1}


def test_mirrored_neighbours_of_a_pickle_are_no_repeats(tmp_path):
    path = tmp_path / "a.p"
    path.write_bytes(pickle.dumps({(0, 0): [(3, 4), (0, 0)], (3, 4): [(0, 0)]}))
    assert repairs_of(path) == {"self loops dropped": 1}


def test_heights_and_missing_geometry_of_geojson(tmp_path):
    path = tmp_path / "a.geojson"
    line = {"type": "LineString", "coordinates": [[8, 47, 400], [8.001, 47, 401]]}
    features = [{"type": "Feature", "geometry": g} for g in (line, None)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert repairs_of(path) == {"heights dropped": 2, "features without geometry skipped": 1}


@pytest.mark.parametrize("suffix", [".csv", ".p", ".geojson"])
def test_a_writer_tells_what_its_format_merges(tmp_path, suffix):
    unit = "m" if suffix == ".geojson" else "px"
    graph = RoadGraph(
        [(5e5, 5e6), (5e5, 5e6), (5e5 + 9, 5e6)], [(0, 2), (1, 2)], unit,
        crs="EPSG:32632" if unit == "m" else None,
    )  # fmt: skip
    found = Counter()
    write(graph, tmp_path / f"a{suffix}", repairs=found)
    assert found == {"coincident points merged": 1}
    assert len(read(tmp_path / f"a{suffix}").vertices) == 2


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".gpkg"])
def test_points_without_an_edge_are_counted(tmp_path, suffix):
    unit, crs = ("px", None) if suffix == ".csv" else ("m", "EPSG:32632")
    graph = RoadGraph([(5e5, 5e6), (5e5 + 9, 5e6), (5e5, 5e6 + 7)], [(0, 1)], unit, crs=crs)
    found = Counter()
    write(graph, tmp_path / f"a{suffix}", repairs=found)
    assert found == {"points without an edge left out": 1}


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263"])
@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_what_could_not_be_read_back_is_not_written(tmp_path, suffix, crs):
    with pytest.raises(FormatError, match=r"degrees|foot"):
        write(RoadGraph([(0, 0), (1, 1)], [(0, 1)], "m", crs=crs), tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


def test_a_pickle_reads_back_exactly(tmp_path):
    graph = RoadGraph([(0.1, 7), (1 / 3, -2), (5, 5)], [(0, 1)])
    write(graph, tmp_path / "a.pickle")
    assert read(tmp_path / "a.pickle").digest == graph.digest
    raw = pickle.loads((tmp_path / "a.pickle").read_bytes())
    assert raw == {(7, 0.1): [(-2, 1 / 3)], (-2, 1 / 3): [(7, 0.1)], (5, 5): []}
