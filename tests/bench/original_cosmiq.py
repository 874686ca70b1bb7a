"""CosmiQ's APLS: make_graphs and compute_apls_metric with the defaults of its command line.

Needs utm and matplotlib. Modules that it imports and this path never calls are pretended. It gets
the same nodes and polylines as ours, contracted to junctions and dead ends, with a speed on each
edge, which it refuses to do without. Its switch to sampling at 500 nodes is passed by: make_graphs
is called for the large tile too, as `apls:cosmiq` scores it.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path
from types import ModuleType

import networkx as nx
import shapely
from original_case import Case, Pair, cityscale, pretend, spacenet, timed

import roadmetrics as rm
from roadmetrics.metrics.apls.cosmiq import line_graph

VARIABLE = "ROADMETRICS_COSMIQ_APLS"
UNUSED = (
    "cv2", "osgeo", "fiona", "affine", "geopandas", "rasterio", "osmnx", "gdal", "descartes",
    "matplotlib", "matplotlib.pyplot", "matplotlib.patches", "matplotlib.collections",
    "matplotlib.path", "utm",
)  # fmt: skip


def _module(folder: Path) -> ModuleType:
    for name in UNUSED:
        try:
            with contextlib.suppress(AttributeError):
                importlib.import_module(name)
        except ImportError:
            pretend(name)
    path = str(folder / "apls")
    if path not in sys.path:
        sys.path.append(path)
    return importlib.import_module("apls")


def _networkx(graph: rm.RoadGraph, first: int) -> nx.MultiGraph:
    there = line_graph(graph, first, is_given=False)
    result = nx.MultiGraph()
    for slot, (x, y) in enumerate(there.xy.tolist()):
        result.add_node(first + slot, x=x, y=y)
    for k, (a, b) in enumerate(there.ends.tolist()):
        line = shapely.LineString(there.pool[there.first[k] : there.first[k] + there.size[k]])
        result.add_edge(
            first + a, first + b, geometry=line, length=float(there.length[k]),
            inferred_speed_mps=10.0,
        )  # fmt: skip
    return result


def run(folder: Path, pair: Pair) -> tuple[float, float]:
    """CPU seconds from graphs to scores, and APLS."""
    program = _module(folder)
    gt, pred = _networkx(pair[0], 0), _networkx(pair[1], 10**6)

    def score() -> float:
        made = program.make_graphs(
            gt, pred, weight="length", linestring_delta=50, is_curved_eps=-1, max_snap_dist=4,
            allow_renaming=True,
        )  # fmt: skip
        points, lengths = made[4:6], made[6:10]
        native_gt, native_pred, prime_gt, prime_pred = lengths
        result = program.compute_apls_metric(
            native_gt, native_pred, prime_gt, prime_pred, *points, min_path_length=0.001
        )
        return float(result[0])

    spent, value = timed(score)
    return spent, float(value)  # type: ignore[arg-type]


OURS = ("apls:cosmiq", "apls")
CASES = [
    Case("make_graphs", VARIABLE, OURS, "SpaceNet tile", spacenet, run, 3),
    Case("make_graphs", VARIABLE, OURS, "Sat2Graph tile", cityscale, run, 1),
]
