"""What a road network looks like in numbers, and how far a prediction's look is from the truth's.

References
----------
S. Anagnostidis et al., "Mastering Spatial Graph Prediction of Road Networks", ICCV 2023
(arXiv:2210.00828), figures 2 and 7: the statistics; bins and distances are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np

from .duplicates import TOLERANCE, duplicated_length
from .errors import GraphError, UnitError
from .graph import FloatArray, Mask, RoadGraph, Tile
from .shapes import SAMPLERS, junctions

_DOUBLING = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 2560.0)
EDGES: dict[str, tuple[float, ...]] = {
    "junction_angle_deg": tuple(float(x) for x in range(0, 181, 15)),
    "nearby_angle_deg": tuple(float(x) for x in range(0, 91, 10)),
    "degree": tuple(x + 0.5 for x in range(9)),
    "junction_dist": _DOUBLING,
    "segment_length": _DOUBLING,
}
AREA = 1e6  # junctions per square kilometre, or per million square pixels


@dataclass(frozen=True, eq=False)
class Description:
    """Counts, lengths and samples of one graph, or of many pooled with `pooled`.

    ``area`` is that of the extent where it is known, else of the box around the vertices;
    ``samples`` are sorted arrays by the names of `EDGES`. All in ``unit``.
    """

    unit: str
    n_tiles: int = 0
    n_vertices: int = 0
    n_edges: int = 0
    n_junctions: int = 0  # degree above 2
    n_endpoints: int = 0  # degree 1
    n_components: int = 0  # that have a road
    length: float = 0.0
    duplicated_length: float = 0.0
    area: float = 0.0
    samples: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def duplicated(self) -> float:
        """Share of the length that runs alongside another road of the graph: 0 to below 1."""
        return self.duplicated_length / self.length if self.length else 0.0

    @property
    def junctions_per_area(self) -> float:
        """Junctions per square kilometre (unit m) or per million square pixels; 0 without area."""
        return AREA * self.n_junctions / self.area if self.area else 0.0

    def histogram(self, name: str) -> list[int]:
        """How many samples fall between the EDGES of a distribution; the last bin is open above.

        A sample on an edge belongs to the bin above it. Zeros where there is no sample.
        """
        edges = EDGES[name]
        place = np.searchsorted(edges[1:-1], self.samples.get(name, np.zeros(0)), side="right")
        return [int(n) for n in np.bincount(place, minlength=len(edges) - 1)]

    def to_dict(self) -> dict[str, Any]:
        """Plain types, finite numbers."""
        return {
            "unit": self.unit,
            **{key: getattr(self, key) for key in NUMBERS},
            "duplicated_tolerance": TOLERANCE,
            "distributions": {name: self._distribution(name) for name in EDGES},
        }

    def _distribution(self, name: str) -> dict[str, Any]:
        sample = self.samples.get(name, np.zeros(0))
        return {
            "n": len(sample),
            "mean": float(np.mean(sample)) if len(sample) else None,
            "median": float(np.median(sample)) if len(sample) else None,
            "edges": list(EDGES[name]),
            "histogram": self.histogram(name),
        }


NUMBERS = (
    "n_tiles", "n_vertices", "n_edges", "n_junctions", "n_endpoints", "n_components", "length",
    "duplicated", "area", "junctions_per_area",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class DescribedPair:
    """Ground truth and prediction side by side."""

    gt: Description
    pred: Description

    @property
    def length_ratio(self) -> float | None:
        """Predicted by true length; None where there is no true road."""
        return self.pred.length / self.gt.length if self.gt.length else None

    @property
    def distances(self) -> dict[str, float | None]:
        """Wasserstein-1 distance by distribution, in the sample's own unit.

        0 where neither side has a sample; None where only one has, for then there is none.
        """
        return {name: _distance(self.gt.samples, self.pred.samples, name) for name in EDGES}

    def to_dict(self) -> dict[str, Any]:
        """Plain types, finite numbers."""
        return {
            "gt": self.gt.to_dict(),
            "pred": self.pred.to_dict(),
            "length_ratio": self.length_ratio,
            "wasserstein": self.distances,
        }


@overload
def describe(gt: Tile) -> Description: ...
@overload
def describe(gt: Tile, pred: Tile) -> DescribedPair: ...
def describe(gt: Tile, pred: Tile | None = None) -> Description | DescribedPair:
    """Statistics of a graph (or of a mask's graph); with a prediction, of both and how they differ.

    Raises GraphError for what is neither graph nor mask, UnitError where the units differ.

    >>> square = RoadGraph([(0, 0), (90, 0), (90, 90), (0, 90)], [(0, 1), (1, 2), (2, 3), (0, 2)])
    >>> about = describe(square)
    >>> about.n_junctions, about.n_endpoints, about.n_components, about.junctions_per_area
    (1, 1, 1, 123.45679012345678)
    >>> describe(square, square).distances["segment_length"], describe(square, square).length_ratio
    (0.0, 1.0)
    >>> describe(RoadGraph([], [])).histogram("degree")
    [0, 0, 0, 0, 0, 0, 0, 0]
    """
    if pred is None:
        return _described(gt)
    pair = DescribedPair(_described(gt), _described(pred))
    if pair.gt.unit != pair.pred.unit:
        raise UnitError(
            f"the ground truth is in {pair.gt.unit} and the prediction in {pair.pred.unit}: give "
            "the size of a pixel (--gsd METRES, or graph.scaled)"
        )
    if pair.gt.area > 0:  # densities compare over one area
        return replace(pair, pred=replace(pair.pred, area=pair.gt.area))
    return pair


def pooled(every: Sequence[Description]) -> Description:
    """One description of all tiles: sums, and the samples of all; raises GraphError for none.

    Raises UnitError where tiles differ in unit.
    """
    if not every:
        raise GraphError("there is no graph to describe")
    units = sorted({one.unit for one in every})
    if len(units) > 1:
        raise UnitError("some tiles are in px and some in m: give the size of a pixel (--gsd)")
    whole = ("n_tiles", "n_vertices", "n_edges", "n_junctions", "n_endpoints", "n_components")
    return Description(
        unit=units[0],
        **{key: sum(getattr(one, key) for one in every) for key in whole},
        length=math.fsum(one.length for one in every),
        duplicated_length=math.fsum(one.duplicated_length for one in every),
        area=math.fsum(one.area for one in every),
        samples={
            name: np.sort(np.concatenate([one.samples[name] for one in every])) for name in EDGES
        },
    )


def _described(tile: Tile) -> Description:
    if not isinstance(tile, (RoadGraph, Mask)):
        raise GraphError(f"describe takes a RoadGraph or a Mask, not {type(tile).__name__}")
    graph = tile if isinstance(tile, RoadGraph) else tile.graph
    box = graph.extent or graph.bounds
    return Description(
        unit=graph.unit,
        n_tiles=1,
        n_vertices=len(graph.vertices),
        n_edges=len(graph.edges),
        n_junctions=len(junctions(graph)),
        n_endpoints=int(np.sum(graph.degrees == 1)),
        n_components=_n_components(graph),
        length=graph.length,
        duplicated_length=duplicated_length(graph),
        area=(box[2] - box[0]) * (box[3] - box[1]) if box else 0.0,
        samples={name: np.sort(sampler(graph)) for name, sampler in SAMPLERS.items()},
    )


def _n_components(graph: RoadGraph) -> int:
    """Connected pieces of road; vertices without an edge are none."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(graph.vertices)
    if not len(graph.edges):
        return 0
    a, b = graph.edges.T
    links = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    n_all, _ = connected_components(links, directed=False)
    return int(n_all) - int(np.sum(graph.degrees == 0))


def _distance(
    gt: Mapping[str, FloatArray], pred: Mapping[str, FloatArray], name: str
) -> float | None:
    from scipy.stats import wasserstein_distance

    a, b = gt[name], pred[name]
    if not len(a) and not len(b):
        return 0.0
    return float(wasserstein_distance(a, b)) if len(a) and len(b) else None
