"""To and from networkx: the one place where its graphs come in and go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import GraphError
from .graph import RoadGraph, UnitName

if TYPE_CHECKING:
    import networkx


def from_networkx(graph: networkx.Graph[Any], unit: UnitName, **tile: Any) -> RoadGraph:
    """See `RoadGraph.from_networkx`."""
    index = {node: i for i, node in enumerate(graph.nodes)}
    vertices = [_position(node, data) for node, data in graph.nodes(data=True)]
    edges = [(index[a], index[b]) for a, b in graph.edges()]
    return RoadGraph(
        np.array(vertices, dtype=np.float64).reshape(-1, 2),
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        unit,
        **tile,
    )


def to_networkx(graph: RoadGraph) -> networkx.Graph[int]:
    """See `RoadGraph.to_networkx`."""
    import networkx as nx

    result: networkx.Graph[int] = nx.Graph(unit=graph.unit, crs=graph.crs)
    for i, (x, y) in enumerate(graph.vertices.tolist()):
        result.add_node(i, pos=(x, y), x=x, y=y)
    for (a, b), length in zip(graph.edges.tolist(), graph.edge_lengths.tolist(), strict=True):
        result.add_edge(a, b, length=length)
    return result


def _position(node: Any, data: dict[str, Any]) -> tuple[float, float]:
    try:
        x, y = data["pos"] if "pos" in data else (data["x"], data["y"])
        return float(x), float(y)
    except (KeyError, TypeError, ValueError):
        raise GraphError(f"node {node!r} has no position: give it pos=(x, y), or x and y") from None
