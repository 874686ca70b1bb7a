"""Mask to graph: thin, trace, simplify; deterministic, loops and double edges kept.

Thinning is scikit-image's ``skeletonize`` (Zhang and Suen 1984, doi:10.1145/357994.358023);
simplification is Ramer 1972, doi:10.1016/S0146-664X(72)80017-0.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import GraphError
from .graph import BoolArray, FloatArray, Mask, RoadGraph

Ints = npt.NDArray[np.int64]
MAX_SKELETON = 4_000_000  # pixels; each takes some 400 bytes
MAX_CHAINS = 100_000  # pieces of road between ends and junctions; each takes 0.1 ms
MAX_THINNING = 2e10  # pixels times half the thickest road, of which thinning makes 3e8 a second
BLOCK = 64  # pixels, by which thickness is guessed


class Chain(NamedTuple):
    """A run of skeleton pixels between two nodes; a loop where both are one."""

    start: int  # node
    end: int  # node
    inner: list[int]  # skeleton pixels between


class Skeleton(NamedTuple):
    """The pixels of a thinned mask and how they touch."""

    xy: FloatArray  # [K, 2] column, row, in row-major order
    neighbours: list[list[int]]  # [K] linked pixels, ascending
    node_of: list[int]  # [K] node of an end or junction pixel, -1 for the others
    node_xy: list[tuple[float, float]]  # centre of each junction, end or loop anchor


def vectorize(mask: Mask, *, simplify: float = 1.0, min_length: float = 0.0) -> RoadGraph:
    """The centre lines of a mask.

    The mask is thinned to lines of one pixel. A diagonal step counts only where no 4-connected
    path makes the same step, so that a staircase is no junction; touching junction pixels are one
    junction, at their mean. Runs of pixels between ends and junctions become polylines, a loop
    without a junction starts at its first pixel. Parts of a single pixel have no length and are
    dropped.

    Parameters
    ----------
    mask : road pixels; a mask in metres gives a graph in metres
    simplify : most that a pixel's centre may lie off the line, in pixels; 0 keeps all bends
    min_length : dead ends off a junction that are shorter, in pixels, are dropped

    Raises
    ------
    GraphError : a negative or non-finite parameter; a mask so full that it cannot be one of roads

    Examples
    --------
    >>> array = np.zeros((5, 9), dtype=bool)
    >>> array[2, 1:8] = True
    >>> g = vectorize(Mask(array))
    >>> g.vertices.tolist(), g.edges.tolist()
    ([[1.0, 2.0], [7.0, 2.0]], [[0, 1]])
    >>> vectorize(Mask(np.zeros((0, 0), dtype=bool)))
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    for name, value in (("simplify", simplify), ("min_length", min_length)):
        if not 0 <= value < np.inf:
            raise GraphError(f"{name} must be finite and not negative, not {value}")
    skeleton = _linked(_thinned(mask.array))
    chains = _chains(skeleton)
    if len(chains) > MAX_CHAINS:
        raise GraphError(
            f"the mask falls into {len(chains)} pieces of road, above {MAX_CHAINS}: is it noise? "
            "raise the threshold, or cut it into tiles"
        )
    chains = _without_spurs(chains, skeleton, min_length)
    return _graph(mask, skeleton, chains, simplify)


def _thinned(array: BoolArray) -> BoolArray:
    """[H + 2, W + 2] skeleton with an empty border."""
    if not array.any():
        return np.zeros((2, 2), dtype=np.bool_)
    from skimage.morphology import skeletonize

    check_thickness(array)
    thin: BoolArray = skeletonize(np.pad(array, 1))
    n_thin = np.count_nonzero(thin)
    if n_thin > MAX_SKELETON:
        raise GraphError(
            f"the mask has {n_thin} pixels of centre line, above {MAX_SKELETON}: cut it into tiles"
        )
    return thin


def check_thickness(array: BoolArray) -> None:
    """Raise GraphError for a mask that would take minutes to thin, one layer of pixels a pass.

    >>> check_thickness(np.ones((100, 100), dtype=bool))
    >>> check_thickness(np.ones((0, 0), dtype=bool))
    """
    if array.size * np.sqrt(array.size) / 2 <= MAX_THINNING:
        return
    from scipy.ndimage import distance_transform_cdt

    height, width = (n // BLOCK * BLOCK for n in array.shape)
    blocks = array[:height, :width].reshape(height // BLOCK, BLOCK, -1, BLOCK)
    is_full = np.pad(blocks.all(axis=(1, 3)), 1)
    half = BLOCK * int(distance_transform_cdt(is_full).max()) - BLOCK // 2
    if array.size * half > MAX_THINNING:
        raise GraphError(
            f"the mask has roads about {2 * half} pixels wide in {array.shape[0]} x "
            f"{array.shape[1]} pixels: cut it into tiles (or are road and background exchanged?)"
        )


def _links(thin: BoolArray) -> tuple[Ints, Ints]:
    """Pairs of touching pixels, as flat indices; no diagonal beside a 4-connected path."""
    flat, width = thin.ravel(), thin.shape[1]
    at = np.flatnonzero(flat)
    right, below = flat[at + 1], flat[at + width]  # the border is empty: no wrap
    left = flat[at - 1]
    steps = (
        (1, right),
        (width, below),
        (width + 1, flat[at + width + 1] & ~right & ~below),
        (width - 1, flat[at + width - 1] & ~left & ~below),
    )
    first = np.concatenate([at[hit] for _, hit in steps])
    second = np.concatenate([at[hit] + step for step, hit in steps])
    return first, second


def _linked(thin: BoolArray) -> Skeleton:
    """Pixels with their links, ends and junctions found."""
    at = np.flatnonzero(thin)
    rows, columns = np.divmod(at, thin.shape[1])
    xy = np.stack([columns, rows], axis=1) - 1.0  # the border
    first, second = (np.searchsorted(at, side) for side in _links(thin))
    neighbours, degree = _neighbours(first, second, len(at))
    is_junction = (degree >= 3) | _in_block(thin)[rows, columns]
    node_of, n_nodes = _nodes(is_junction, degree == 1, first, second)
    is_node = node_of >= 0
    count = np.bincount(node_of[is_node], minlength=n_nodes)
    x, y = (np.bincount(node_of[is_node], xy[is_node, k], n_nodes) / count for k in (0, 1))
    node_xy = list(zip(x.tolist(), y.tolist(), strict=True))
    return Skeleton(xy, neighbours, node_of.tolist(), node_xy)


def _neighbours(first: Ints, second: Ints, n: int) -> tuple[list[list[int]], Ints]:
    """Linked pixels of each pixel, ascending, and how many."""
    source, target = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((target, source))
    degree = np.bincount(source, minlength=n)
    stops = np.cumsum(degree).tolist()
    flat = target[order].tolist()
    return [flat[a:b] for a, b in pairwise([0, *stops])], degree


def _nodes(
    is_junction: BoolArray, is_end: BoolArray, first: Ints, second: Ints
) -> tuple[Ints, int]:
    """[K] node of each pixel, -1 for none, by first pixel; linked junction pixels share one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(is_junction)
    node_of = np.full(n, -1, dtype=np.int64)
    is_node = is_junction | is_end
    if not is_node.any():
        return node_of, 0
    joined = is_junction[first] & is_junction[second]
    ones = np.ones(np.count_nonzero(joined), dtype=np.int8)
    links = coo_array((ones, (first[joined], second[joined])), shape=(n, n))
    _, label = connected_components(links, directed=False)
    labels, node_of[is_node] = np.unique(label[is_node], return_inverse=True)
    return node_of, len(labels)


def _in_block(thin: BoolArray) -> BoolArray:
    """Pixels of full 2 x 2 blocks: their cycle of four links encloses nothing."""
    corner = thin[:-1, :-1] & thin[1:, :-1] & thin[:-1, 1:] & thin[1:, 1:]
    block = np.zeros_like(thin)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            block[rows, columns] |= corner
    return block


def _chains(skeleton: Skeleton) -> list[Chain]:
    """Every run between nodes once, by its first pixel; then the loops without a node."""
    neighbours, node_of = skeleton.neighbours, skeleton.node_of
    is_walked = [False] * len(node_of)
    chains: list[Chain] = []
    for pixel, node in enumerate(node_of):
        if node < 0:
            continue
        for step in neighbours[pixel]:
            other = node_of[step]
            if other < 0 and not is_walked[step]:
                inner, end = _walk(skeleton, pixel, step, is_walked)
                chains.append(Chain(node, node_of[end], inner))
            elif other > node:  # an end right beside a junction, or two ends
                chains.append(Chain(node, other, []))
    for pixel, node in enumerate(node_of):
        if node < 0 and not is_walked[pixel] and len(neighbours[pixel]) == 2:
            anchor = len(skeleton.node_xy)
            x, y = skeleton.xy[pixel].tolist()
            skeleton.node_xy.append((x, y))
            node_of[pixel] = anchor
            inner, _ = _walk(skeleton, pixel, neighbours[pixel][0], is_walked)
            chains.append(Chain(anchor, anchor, inner))
    return chains


def _walk(
    skeleton: Skeleton, previous: int, pixel: int, is_walked: list[bool]
) -> tuple[list[int], int]:
    """Pixels from ``pixel`` on until one belongs to a node, and that one."""
    inner = []
    while skeleton.node_of[pixel] < 0:
        is_walked[pixel] = True
        inner.append(pixel)
        a, b = skeleton.neighbours[pixel]
        previous, pixel = pixel, b if a == previous else a
    return inner, pixel


def _line(chain: Chain, skeleton: Skeleton) -> FloatArray:
    """[L, 2] the chain's points, nodes included."""
    ends = np.array([skeleton.node_xy[chain.start], skeleton.node_xy[chain.end]])
    return np.concatenate([ends[:1], skeleton.xy[chain.inner], ends[1:]])


def _without_spurs(chains: list[Chain], skeleton: Skeleton, min_length: float) -> list[Chain]:
    if min_length == 0:
        return chains
    degree = Counter(node for c in chains for node in (c.start, c.end))

    def is_spur(chain: Chain) -> bool:
        low, high = sorted((degree[chain.start], degree[chain.end]))
        return low == 1 and high > 1 and _length(_line(chain, skeleton)) < min_length

    return [c for c in chains if not is_spur(c)]


def _length(line: FloatArray) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _graph(mask: Mask, skeleton: Skeleton, chains: list[Chain], simplify: float) -> RoadGraph:
    """Simplified chains as edges: nodes first, then shape points."""
    twins = Counter(frozenset((c.start, c.end)) for c in chains)
    used = sorted({node for c in chains for node in (c.start, c.end)})
    index = {node: i for i, node in enumerate(used)}
    points = [skeleton.node_xy[node] for node in used]
    edges: list[tuple[int, int]] = []
    for chain in chains:
        line = _line(chain, skeleton)
        is_loop = chain.start == chain.end
        n_least = 2 if is_loop else int(twins[frozenset((chain.start, chain.end))] > 1)
        if len(chain.inner) < n_least:
            continue  # a loop of one pixel beside its junction: a dead end that encloses nothing
        kept = line[simplified(line, simplify, n_least)[1:-1]]
        ids = [index[chain.start], *range(len(points), len(points) + len(kept)), index[chain.end]]
        points.extend(map(tuple, kept.tolist()))
        edges.extend(pairwise(ids))
    return _built(mask, points, edges, len(used))


def _built(
    mask: Mask, points: list[tuple[float, float]], edges: list[tuple[int, int]], n_nodes: int
) -> RoadGraph:
    tile: dict[str, Any] = {
        "extent": mask.extent if mask.array.size else None,
        "is_node": np.arange(len(points)) < n_nodes,
    }
    vertices = np.array(points, dtype=np.float64).reshape(-1, 2) + np.array(mask.origin)
    pairs = np.array(edges, dtype=np.int32).reshape(-1, 2)
    if mask.unit == "m" and mask.metres_per_pixel is None:
        return RoadGraph(vertices, pairs, "m", **tile)
    graph = RoadGraph(vertices, pairs, "px", **tile, metres_per_pixel=mask.metres_per_pixel)
    if mask.unit == "m" and mask.metres_per_pixel is not None:
        return graph.scaled(mask.metres_per_pixel)
    return graph


def simplified(line: FloatArray, tolerance: float, n_least: int = 0) -> Ints:
    """Indices of the points of a line [L, 2] that Ramer's rule keeps, both ends included.

    A point farther than ``tolerance`` from the chord splits the line. The first ``n_least`` splits
    are made whatever their distance, so that a loop keeps two points between its ends.

    >>> simplified(np.array([[0, 0], [1, 0.1], [2, 0], [3, 4]]), 1.5).tolist()
    [0, 2, 3]
    >>> simplified(np.zeros((0, 2)), 1.0).tolist()
    []
    """
    if len(line) <= 2:
        return np.arange(len(line))
    kept = {0, len(line) - 1}
    parts = [(0, len(line) - 1)]
    while parts:
        a, b = parts.pop()
        if b - a < 2:
            continue
        off = _off_chord(line[a : b + 1])
        worst = int(np.argmax(off))
        if off[worst] > tolerance or len(kept) - 2 < n_least:
            middle = a + 1 + worst
            kept.add(middle)
            shorter, longer = sorted(((a, middle), (middle, b)), key=lambda p: p[1] - p[0])
            parts += [shorter, longer]  # the longer part is split next: it has points to give
    return np.array(sorted(kept), dtype=np.int64)


def _off_chord(line: FloatArray) -> FloatArray:
    """[L - 2] distance of the inner points from the segment between the ends."""
    start, chord, inner = line[0], line[-1] - line[0], line[1:-1] - line[0]
    length2 = float(chord @ chord)
    t = np.clip(inner @ chord / length2, 0.0, 1.0) if length2 > 0 else np.zeros(len(inner))
    gap: FloatArray = np.hypot(*(line[1:-1] - start - t[:, None] * chord).T)
    return gap
