"""What cost most of a score: roads, junctions and the metric's own things, dearest first.

It knows no metric by name: any whose `explain` keeps the convention of `layers` can be listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .graph import FloatArray, RoadGraph, Tile
from .index import SegmentIndex, resolution
from .layers import Layer, Side, layers_of
from .metric import Metric, Score, as_graph
from .routing import Network, Places, network_of
from .snap import points_at
from .tables import Row, as_csv, as_latex, as_markdown, as_text

NEAR = 1e-6  # share of the tile's size within which a thing lies on a road


@dataclass(frozen=True)
class Cause:
    """One thing that took something off the score.

    ``what`` is "road" (a chain between junctions and ends, with all that lies on it), "junction" (a
    thing at a junction), or the metric's own word for a thing elsewhere. ``share`` is of all that
    was lost on the tile: roads are one way to cut it up, the other words together another. ``size``
    is a length in the graph's unit: of the road, or of the piece; of a point it is 0.
    """

    what: str
    side: Side
    x: float
    y: float
    size: float
    credit: float
    share: float


@dataclass(frozen=True)
class Explanation:
    """A score, and its causes by ``what``, roads first and the dearest first among each."""

    tile: str
    unit: str
    score: Score
    causes: tuple[Cause, ...]

    def top(self, n: int) -> list[Cause]:
        """The ``n`` dearest of each kind."""
        kinds = dict.fromkeys(cause.what for cause in self.causes)
        return [cause for kind in kinds for cause in [c for c in self.causes if c.what == kind][:n]]

    def render(self, form: str, top: int = 10) -> str:
        """As "table", "json", "csv", "md" or "latex"."""
        causes = self.top(top)
        if form == "json":
            return self._json(causes)
        if form == "csv":
            rows = [list(asdict(cause).values()) for cause in causes]
            return as_csv(["what", "side", "x", "y", "size", "credit", "share"], rows)
        header, rows_of_text = self._rows(causes)
        if form == "md":
            return "\n".join([as_markdown(header, rows_of_text), "", *self._notes()])
        if form == "latex":
            notes = [f"% {line}" for line in self._notes()]
            return "\n".join([as_latex(header, rows_of_text), *notes])
        return "\n\n".join([
            as_text(header, rows_of_text, group=True), "\n".join(self._notes())
        ])  # fmt: skip

    def _rows(self, causes: list[Cause]) -> tuple[Row, list[Row]]:
        header = ["what", "is", "share", "x", "y", f"size ({self.unit})", "credit"]
        said = {"gt": "missed", "pred": "invented"}
        rows = [
            [
                c.what, said[c.side], f"{100 * c.share:.3g} %", f"{c.x:.1f}", f"{c.y:.1f}",
                f"{c.size:.1f}" if c.size else "-", f"{c.credit:.2f}",
            ]
            for c in causes
        ]  # fmt: skip
        return header, rows

    def _notes(self) -> list[str]:
        parts = "  ".join(f"{k} {v:.4f}" for k, v in self.score.parts.items())
        lost = "" if self.causes else " (nothing was lost, or the metric shows no costs)"
        return [
            f"tile {self.tile}: {parts}{lost}",
            "share: of all that this tile lost; roads and the rest cut the same loss up twice",
            self.score.signature,
        ]

    def _json(self, causes: list[Cause]) -> str:
        import json

        from . import __version__

        document: dict[str, Any] = {
            "schema": 1, "roadmetrics": __version__, "tile": self.tile, "unit": self.unit,
            "value": self.score.value, "parts": dict(self.score.parts),
            "signature": self.score.signature, "causes": [asdict(cause) for cause in causes],
        }  # fmt: skip
        return json.dumps(document, indent=1, allow_nan=False)


def explain(metric: Metric, gt: Tile, pred: Tile, tile: str = "") -> Explanation:
    """The score of a tile and what cost it.

    Shares sum to 1 over the metric's own things, and over roads where all of them lie on roads.

    Raises UnitError as the metric does.

    >>> from .metrics import METRICS
    >>> road, half = (RoadGraph([(0, 0), (x, 0)], [(0, 1)]) for x in (100, 45))
    >>> for cause in explain(METRICS["ccq"](), road, half).causes:
    ...     print(cause.what, cause.side, cause.x, cause.size, round(cause.share, 6))
    road gt 50.0 100.0 1.0
    piece of road gt 75.0 50.0 1.0
    >>> explain(METRICS["ccq"](), road, road).causes
    ()
    """
    score = metric(gt, pred)
    layers = layers_of(metric.explain(gt, pred))
    if any(layer.is_costed for layer in layers):
        layers = [layer for layer in layers if layer.is_costed]
    total = sum(float(np.sum(layer.cost)) for layer in layers)
    graphs: dict[str, RoadGraph] = {"gt": as_graph(gt), "pred": as_graph(pred)}
    causes: list[Cause] = []
    if total > 0:
        for side, graph in graphs.items():
            own = [layer for layer in layers if layer.side == side]
            causes += [*_roads(graph, own, total), *_things(graph, own, total)]
    return Explanation(tile, gt.unit, score, _sorted(causes))


def _sorted(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    rank = {"road": 0, "junction": 1}
    return tuple(
        sorted(causes, key=lambda c: (rank.get(c.what, 2), c.what, -c.share, c.side, c.x, c.y))
    )


def _word(layer: Layer) -> str:
    """What a cause of this layer is called."""
    is_part = layer.is_pieces and layer.thing != "piece"
    return f"piece of {layer.thing}" if is_part else layer.thing


def _things(graph: RoadGraph, layers: list[Layer], total: float) -> Iterator[Cause]:
    """Each point and piece by itself; points at a junction are called so."""
    junctions = graph.vertices[graph.degrees > 2]
    for layer in layers:
        at_junction = _are_among(layer, junctions, 4 * resolution(graph))
        word = _word(layer)
        middle, size = layer.middle, layer.size
        for k in np.flatnonzero(layer.cost > 0):
            yield Cause(
                "junction" if at_junction[k] else word, layer.side, float(middle[k, 0]),
                float(middle[k, 1]), float(size[k]), float(layer.credit[k]),
                float(layer.cost[k]) / total,
            )  # fmt: skip


def _are_among(layer: Layer, places: FloatArray, radius: float) -> FloatArray:
    from scipy.spatial import cKDTree

    if layer.is_pieces or not len(places) or not len(layer.xy):
        return np.zeros(len(layer.xy), dtype=bool)
    gap, _ = cKDTree(places).query(layer.xy)
    near: FloatArray = gap <= radius
    return near


def _roads(graph: RoadGraph, layers: list[Layer], total: float) -> Iterator[Cause]:
    """Chains with the sum of what lies on them; a thing where chains meet is shared equally."""
    if not len(graph.edges):
        return
    network = network_of(graph)
    n = len(network.chain_length)
    cost, number, credit = np.zeros(n), np.zeros(n), np.zeros(n)
    for layer in layers:
        thing, chain = _chains_of(graph, network, layer)
        portion = 1 / np.bincount(thing, minlength=len(layer.cost))[thing]
        weight = (layer.size[thing] if layer.is_pieces else 1.0) * portion
        np.add.at(cost, chain, layer.cost[thing] * portion)
        np.add.at(number, chain, weight)
        np.add.at(credit, chain, layer.credit[thing] * weight)
    middle = points_at(graph, network, Places(np.arange(n), network.chain_length / 2))
    for k in np.flatnonzero(cost > 0):
        yield Cause(
            "road", layers[0].side, float(middle[k, 0]), float(middle[k, 1]),
            float(network.chain_length[k]), float(credit[k] / number[k]) if number[k] else 0.0,
            float(cost[k]) / total,
        )  # fmt: skip


def _chains_of(graph: RoadGraph, network: Network, layer: Layer) -> tuple[Any, Any]:
    """(thing, chain) pairs, each once: the chains that a thing lies on."""
    bounds = graph.bounds or (0.0, 0.0, 0.0, 0.0)
    radius = max(NEAR * max(bounds[2] - bounds[0], bounds[3] - bounds[1]), 8 * resolution(graph))
    near = SegmentIndex.of(graph).nearest(layer.middle, radius)
    pairs = np.stack([near.point, network.edge_chain[near.edge]], axis=1)
    unique = np.unique(pairs, axis=0)
    return unique[:, 0], unique[:, 1]
