"""Hypothesis strategies: road graphs in general position, damaged copies, and wild graphs.

Coordinates are whole multiples of a power of two, so that a shift, a quarter turn or a factor of
two is exact. Graphs are jittered lattices whose cell is several times every tolerance of the metric
and as long as its spacing, so that no vertex comes near a foreign edge.
"""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from ..graph import Mask, RoadGraph, UnitName
from ..metric import Metric, Unit
from .law import Example, tolerances
from .transforms import spanning_forest, with_edges, with_gap

MAX_ROOM = 16  # a spacing beyond so many tolerances does not set the size of the graphs


class Scale(NamedTuple):
    """Lengths to draw graphs with."""

    reach: float  # the tolerance, as the metric has it
    cell: float  # power of two, at least 8 reach
    unit: UnitName


def scale_of(metric: Metric) -> Scale:
    """A scale at which the metric's lengths matter.

    >>> import roadmetrics as rm
    >>> scale_of(rm.get("ccq"))
    Scale(reach=5.0, cell=64.0, unit='px')
    """
    names = [f.name for f in dataclasses.fields(metric) if f.metadata.get("is_length")]
    lengths = [v for n in names if 0 < (v := getattr(metric, n)) < math.inf]
    near = [
        v for n in tolerances(metric) if n in names and 0 < (v := getattr(metric, n)) < math.inf
    ]
    reach = min(near or lengths or [1.0])
    span = max([v for v in lengths if v <= MAX_ROOM * reach] or [reach])
    unit: UnitName = "m" if metric.unit is Unit.M else "px"
    return Scale(float(reach), 2.0 ** math.ceil(math.log2(max(8 * reach, span))), unit)


class Lattice(NamedTuple):
    """Jittered lattice points [N, 2], the edges of the lattice, and one diagonal pair a cell."""

    points: Any  # [N, 2]
    sides: list[tuple[int, int]]
    diagonals: list[tuple[tuple[int, int], tuple[int, int]]]


def _signed(data: bytes) -> Any:
    return np.frombuffer(data, dtype=np.int8).astype(np.float64)


def _bytes(n: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=n, max_size=n)


@st.composite
def lattices(draw: st.DrawFn, scale: Scale, smallest: int = 1) -> Lattice:
    """Up to 4 by 3 points, each moved by up to an eighth of a cell."""
    columns = draw(st.integers(max(2, smallest), 4))
    rows = draw(st.integers(smallest, 3))
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    grid = np.stack([column.ravel(), row.ravel()], axis=1).astype(np.float64)
    jitter = _signed(draw(_bytes(2 * len(grid)))).reshape(-1, 2) / 1024
    number = (row * columns + column).tolist()
    sides = [side for line in number for side in pairwise(line)]
    sides += [(a, b) for low, high in pairwise(number) for a, b in zip(low, high, strict=True)]
    squares = [
        (*across, *along)
        for low, high in pairwise(number)
        for across, along in zip(pairwise(low), pairwise(high), strict=True)
    ]
    diagonals = [((a, d), (b, c)) for a, b, c, d in squares]
    return Lattice((grid + jitter) * scale.cell, sides, diagonals)


def _kept(draw: st.DrawFn, lattice: Lattice, is_planar: bool) -> list[tuple[int, int]]:
    """Three in four sides, one in four diagonals; both of a cell now and then: an overpass."""
    codes = draw(_bytes(len(lattice.sides)))
    edges = [e for e, code in zip(lattice.sides, codes, strict=True) if code % 4 != 1]
    for (up, down), code in zip(
        lattice.diagonals, draw(_bytes(len(lattice.diagonals))), strict=True
    ):
        edges += [up] * (code % 8 == 1) + [down] * (code % 8 == 2)
        edges += [] if is_planar else [up, down] * (code % 16 == 3)
    return edges


@st.composite
def road_graphs(draw: st.DrawFn, scale: Scale, is_planar: bool = False) -> RoadGraph:
    """A road graph in general position, with at least one edge."""
    lattice = draw(lattices(scale))
    edges = _kept(draw, lattice, is_planar)
    assume(edges)
    return RoadGraph(lattice.points, edges, scale.unit)


@st.composite
def damaged(draw: st.DrawFn, graph: RoadGraph, scale: Scale) -> RoadGraph:
    """A copy with edges dropped and added, and vertices moved by up to twice the reach."""
    n = len(graph.vertices)
    step = 2.0 ** math.floor(math.log2(scale.reach)) / 128
    strength = draw(st.sampled_from([0.0, 0.25, 0.5, 2.0]))
    shift = _signed(draw(_bytes(2 * n))).reshape(-1, 2) * step * strength
    codes = draw(_bytes(len(graph.edges)))
    edges = [e for e, code in zip(graph.edges.tolist(), codes, strict=True) if code % 3 != 1]
    near = _neighbours(graph.vertices, 1.6 * scale.cell)
    extra = draw(st.lists(st.sampled_from(near), max_size=2)) if near else []
    return RoadGraph(graph.vertices + shift, _pairs(edges + extra), scale.unit)


@st.composite
def pairs(draw: st.DrawFn, metric: Metric) -> Example:
    """A graph in general position and a damaged copy, either way round."""
    scale = scale_of(metric)
    gt = draw(road_graphs(scale))
    pred = draw(damaged(gt, scale))
    if draw(st.booleans()):
        gt, pred = pred, gt
    return Example(gt, pred, draw(st.integers(0, 255)))


@st.composite
def identical(draw: st.DrawFn, metric: Metric) -> Example:
    """A graph and a copy of it."""
    gt = draw(road_graphs(scale_of(metric)))
    return Example(gt, RoadGraph(gt.vertices, gt.edges, gt.unit), draw(st.integers(0, 255)))


@st.composite
def subgraphs(draw: st.DrawFn, metric: Metric) -> Example:
    """A plane graph, and the same without some of its edges; a roomy lattice."""
    scale = scale_of(metric)
    gt = draw(road_graphs(scale._replace(cell=2 * scale.cell), is_planar=True))
    codes = draw(_bytes(len(gt.edges)))
    kept = [e for e, code in zip(gt.edges.tolist(), codes, strict=True) if code % 4 != 1]
    assume(kept)
    return Example(gt, with_edges(gt, _pairs(kept)), draw(st.integers(0, 255)))


@st.composite
def gaps(draw: st.DrawFn, metric: Metric) -> Example:
    """A forest, and the same with a gap of half the reach in the middle of one edge."""
    scale = scale_of(metric)
    gt = spanning_forest(draw(road_graphs(scale)))
    edge = draw(st.integers(0, len(gt.edges) - 1))
    return Example(gt, with_gap(gt, edge, scale.reach / 2), draw(st.integers(0, 255)))


@st.composite
def shortcuts(draw: st.DrawFn, metric: Metric) -> Example:
    """A tree over a lattice, and the same with a chord that saves two edges or more."""
    scale = scale_of(metric)
    lattice = draw(lattices(scale, smallest=2))
    order = draw(st.permutations(lattice.sides))
    gt = spanning_forest(RoadGraph(lattice.points, _pairs(order), scale.unit))
    in_tree = {tuple(e) for e in gt.edges.tolist()}
    chord = next(e for e in order if e not in in_tree)
    return Example(gt, with_edges(gt, _pairs([*gt.edges.tolist(), chord])))


@st.composite
def crossings(draw: st.DrawFn, metric: Metric) -> Example:
    """Two roads that cross, joined at one end: over each other, and at a junction; or reversed."""
    scale = scale_of(metric)
    p, q, r, s = (_signed(draw(_bytes(4))) / 1024 + 1) * scale.cell
    ends = np.array([(-p, -q), (p, q), (r, -s), (-r, s), (0, 0)])
    over = RoadGraph(ends[:4], [(0, 1), (1, 2), (2, 3)], scale.unit)
    joined = RoadGraph(ends, [(0, 4), (4, 1), (1, 2), (2, 4), (4, 3)], scale.unit)
    return Example(*((joined, over) if draw(st.booleans()) else (over, joined)))


@st.composite
def wild_graphs(draw: st.DrawFn, scale: Scale) -> RoadGraph:
    """Anything that RoadGraph takes: overlaps, coincident vertices, loops, isolated vertices."""
    grid = [
        0.0,
        1e-200,
        1e-90,
        scale.reach / 2,
        scale.reach,
        -scale.reach,
        scale.cell,
        1.5 * scale.cell,
    ]
    place = st.sampled_from(grid) | st.integers(-512, 512).map(lambda k: k * scale.cell / 128)
    vertices = draw(st.lists(st.tuples(place, place), max_size=7))
    n, options = len(vertices), dict[str, Any]()
    index = st.integers(0, max(n - 1, 0))
    edges = draw(st.lists(st.tuples(index, index), max_size=10)) if n else []
    if draw(st.booleans()):
        options["is_node"] = draw(st.lists(st.booleans(), min_size=n, max_size=n))
        options["extent"] = (-scale.cell, -scale.cell, 2 * scale.cell, 2 * scale.cell)
        options["weights"] = [1.0 + k for k in range(len(edges))]
    return RoadGraph(np.array(vertices).reshape(-1, 2), _pairs(edges), scale.unit, **options)


@st.composite
def wild(draw: st.DrawFn, metric: Metric) -> Example:
    """Two wild graphs, or a wild one with itself."""
    scale = scale_of(metric)
    gt = draw(wild_graphs(scale))
    pred = draw(st.just(gt) | wild_graphs(scale))
    return Example(gt, pred, draw(st.integers(0, 255)))


@st.composite
def masks(draw: st.DrawFn, scale: Scale) -> Mask:
    """A small mask with blobs, lines and specks."""
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    bits = np.unpackbits(np.frombuffer(draw(_bytes(height * width)), dtype=np.uint8))
    array = bits[: height * width].reshape(height, width).astype(bool)
    mask = Mask(array)
    return mask.scaled(0.5) if scale.unit == "m" else mask


@st.composite
def wild_or_masks(draw: st.DrawFn, metric: Metric) -> Example:
    """Wild graphs, masks, or one of each."""
    scale = scale_of(metric)
    tile = wild_graphs(scale) | masks(scale)
    return Example(draw(tile), draw(tile), draw(st.integers(0, 255)))


def _neighbours(points: Any, radius: float) -> list[tuple[int, int]]:
    """Pairs of lattice points no farther apart than a diagonal."""
    gap = points[:, None] - points[None]  # [N, N, 2]
    first, second = np.nonzero(np.triu(np.hypot(gap[..., 0], gap[..., 1]) <= radius, 1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _pairs(edges: Any) -> Any:
    return np.array(edges, dtype=np.int64).reshape(-1, 2)
