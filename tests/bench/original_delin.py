"""metrics_delin's OPT-J, OPT-P, OPT-G, holes and marbles, and too long too short.

Runs as published on today's networkx and numpy; needs rdp, scikit-learn and matplotlib. Its folder
is imported as a package, whatever the checkout is called. Python's generator is seeded before each
call: the program seeds only a part of its draws.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import networkx as nx
import numpy as np
from original_case import Case, Pair, timed, vancouver

import roadmetrics as rm

VARIABLE = "ROADMETRICS_METRICS_DELIN"
TLTS = 0  # the share of correct routes in what toolong_tooshort gives


def _package(folder: Path) -> ModuleType:
    if "metrics_delin" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "metrics_delin", folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules["metrics_delin"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["metrics_delin"]


def _networkx(graph: rm.RoadGraph) -> nx.Graph:
    result = nx.Graph()
    for k, (x, y) in enumerate(graph.vertices.tolist()):
        result.add_node(k, pos=(x, y))
    result.add_edges_from(graph.edges.tolist())
    return result


def _run(function: str, value: Callable[[Any], float]) -> Callable[[Path, Pair], Any]:
    def run(folder: Path, pair: Pair) -> tuple[float, float]:
        program = getattr(_package(folder), function)
        graphs = [_networkx(graph) for graph in pair]
        random.seed(0)
        np.random.seed(0)
        spent, result = timed(lambda: program(*graphs))
        return spent, float(value(result))

    return run


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


def _case(function: str, metric: str, side: int, value: Callable[[Any], float], n: int) -> Case:
    return Case(
        function, VARIABLE, (f"{metric}:citraro2020", metric), f"Vancouver {side} px",
        vancouver(side), _run(function, value), n,
    )  # fmt: skip


CASES = [
    _case("opt_j", "junction", 2048, lambda r: r[0], 3),
    _case("opt_j", "junction", 4096, lambda r: r[0], 2),
    _case("opt_p", "path", 2048, lambda r: _f1(r[4], r[5]), 2),
    _case("opt_g", "subgraph", 2048, lambda r: r[0], 1),
    _case("holes_marbles", "hm", 2048, lambda r: r[0], 1),
    _case("toolong_tooshort", "tlts", 2048, lambda r: r[TLTS], 1),
]
