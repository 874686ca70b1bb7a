"""RoadGraph and Mask: what every reader returns and every metric takes."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from .errors import GraphError

if TYPE_CHECKING:
    import networkx

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
Bounds = tuple[float, float, float, float]  # x0, y0, x1, y1
UnitName = Literal["px", "m"]

UNITS: tuple[UnitName, ...] = ("px", "m")
MAX_COORDINATE = 1e12  # beyond it a float64 cannot hold a tenth of a millimetre
MIN_COORDINATE = 1e-100  # nearer to 0 it is 0: squares of differences must not vanish
MIN_PIXEL, MAX_PIXEL = 1e-6, 1e6  # metres; beyond, the size of a pixel is a slip


@dataclass(frozen=True, eq=False, repr=False)
class RoadGraph:
    """An undirected road network of straight edges.

    A curve is a chain of vertices of degree 2. Roads that cross without a common vertex do not
    join. The constructor copies its arrays, drops self loops and repeated edges (the first stays,
    with the smallest of their weights), sorts each row of ``edges`` and sets every array read-only.

    Parameters
    ----------
    vertices : (N, 2) array of x, y
    edges : (M, 2) array of vertex indices
    unit : "px" or "m", the unit of the coordinates
    crs : coordinate reference system that the metres belong to, e.g. "EPSG:32611"
    metres_per_pixel : size of a pixel, where known
    extent : (x0, y0, x1, y1) of the tile, where known
    is_node : (N,) bool, vertices that the source calls nodes; the others are shape points
    weights : (M,) lengths that the source gives for the edges, in the unit of the coordinates

    Raises
    ------
    GraphError : wrong shape, non-finite coordinate, index out of range, unknown unit

    Examples
    --------
    >>> g = RoadGraph([(0, 0), (3, 4), (3, 4)], [(1, 0), (0, 1), (2, 2)], unit="m")
    >>> g
    RoadGraph(3 vertices, 1 edges, 5.0 m)
    >>> RoadGraph([], []).length
    0.0
    """

    vertices: FloatArray  # [N, 2]
    edges: IntArray  # [M, 2]
    unit: UnitName = "px"
    _: KW_ONLY
    crs: str | None = None
    metres_per_pixel: float | None = None
    extent: Bounds | None = None
    is_node: BoolArray | None = None  # [N]
    weights: FloatArray | None = None  # [M]

    if TYPE_CHECKING:  # what the constructor takes is wider than what it keeps

        def __init__(
            self,
            vertices: npt.ArrayLike,
            edges: npt.ArrayLike,
            unit: UnitName = "px",
            *,
            crs: str | None = None,
            metres_per_pixel: float | None = None,
            extent: Bounds | None = None,
            is_node: npt.ArrayLike | None = None,
            weights: npt.ArrayLike | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        vertices = _vertex_array(self.vertices)
        raw = _edge_array(self.edges, len(vertices))
        keep, first_of = _unique_edges(raw)
        _check_unit(self.unit)
        values: dict[str, Any] = {
            "vertices": vertices,
            "edges": np.sort(raw[keep], axis=1).astype(np.int32),
            "metres_per_pixel": _positive("metres_per_pixel", self.metres_per_pixel),
            "extent": _checked_extent(self.extent),
            "is_node": _flag_array(self.is_node, len(vertices)),
            "weights": _weight_array(self.weights, len(raw), first_of, len(keep)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._freeze()

    def _freeze(self) -> None:
        for array in (self.vertices, self.edges, self.is_node, self.weights):
            if array is not None:
                array.setflags(write=False)

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in _STATE}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._freeze()  # a pickled array comes back writable

    def __repr__(self) -> str:
        n, m = len(self.vertices), len(self.edges)
        return f"RoadGraph({n} vertices, {m} edges, {self.length:.1f} {self.unit})"

    @cached_property
    def edge_lengths(self) -> FloatArray:
        """[M] straight length of each edge, in the graph's unit."""
        ends = self.vertices[self.edges]  # [M, 2, 2]
        lengths: FloatArray = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
        lengths.setflags(write=False)
        return lengths

    @cached_property
    def length(self) -> float:
        """Total length of all edges, in the graph's unit; 0.0 where there is no road."""
        return float(np.sum(self.edge_lengths))

    @cached_property
    def degrees(self) -> IntArray:
        """[N] number of edges at each vertex."""
        degrees = np.bincount(self.edges.ravel(), minlength=len(self.vertices)).astype(np.int32)
        degrees.setflags(write=False)
        return degrees

    @cached_property
    def bounds(self) -> Bounds | None:
        """(x0, y0, x1, y1) of the vertices; None without vertices."""
        if not len(self.vertices):
            return None
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def digest(self) -> str:
        """Hex digest of everything that a metric can see: equal graphs, equal digests."""
        state = hashlib.blake2b(digest_size=16)
        for array in (self.vertices + 0.0, self.edges, self.is_node, self.weights):
            state.update(b"|" if array is None else np.ascontiguousarray(array).tobytes())
        state.update(repr((self.unit, self.metres_per_pixel, self.extent)).encode())
        return state.hexdigest()

    def scaled(self, metres_per_pixel: float) -> RoadGraph:
        """This graph in metres, given the size of a pixel; a graph in metres is refused.

        >>> RoadGraph([(0, 0), (10, 0)], [(0, 1)]).scaled(0.5).length
        5.0
        >>> RoadGraph([], []).scaled(0.5)
        RoadGraph(0 vertices, 0 edges, 0.0 m)
        """
        if self.unit == "m":
            raise GraphError("the graph is in metres already: a pixel size does not apply")
        k = _size_of_pixel(metres_per_pixel)
        return replace(
            self,
            vertices=self.vertices * k,
            unit="m",
            metres_per_pixel=k,
            extent=None if self.extent is None else _scale_bounds(self.extent, k),
            weights=None if self.weights is None else self.weights * k,
        )

    def clipped(self, bounds: Bounds) -> RoadGraph:
        """The part inside ``bounds`` (x0, y0, x1, y1, edges of the box included).

        An edge that leaves the box ends on its side in a new vertex; a weight shrinks with its
        edge. Vertices outside are dropped; the order of what stays is kept.

        >>> RoadGraph([(0, 0), (10, 0)], [(0, 1)]).clipped((2, -1, 5, 1)).length
        3.0
        >>> RoadGraph([], []).clipped((0, 0, 1, 1)).length
        0.0
        """
        from .geometry import clip_segments

        box = _checked_bounds(bounds)
        ends = self.vertices[self.edges]  # [M, 2, 2]
        low, high = clip_segments(ends[:, 0], ends[:, 1], box)
        kept = np.flatnonzero(high > low)
        return _rebuild_clipped(self, box, kept, low[kept], high[kept])

    @classmethod
    def from_lines(
        cls, lines: Iterable[Sequence[Sequence[float]]], unit: UnitName = "px", **tile: Any
    ) -> RoadGraph:
        """Join polylines where they share a coordinate exactly; ``tile`` as in the constructor.

        >>> RoadGraph.from_lines([[(0, 0), (1, 0)], [(1, 0), (1, 2)]]).length
        3.0
        >>> RoadGraph.from_lines([]).length
        0.0
        """
        index: dict[tuple[float, float], int] = {}
        edges: list[tuple[int, int]] = []
        for k, line in enumerate(lines):
            points = _number_array(f"line {k}", line, np.float64)
            if points.size and (points.ndim != 2 or points.shape[1] != 2):
                raise GraphError(f"line {k} must have shape (K, 2), not {points.shape}")
            ids = [index.setdefault((x, y), len(index)) for x, y in points.tolist()]
            edges.extend(itertools.pairwise(ids))
        return cls(_pairs(list(index)), _pairs(edges, np.int64), unit, **tile)

    @classmethod
    def from_networkx(
        cls, graph: networkx.Graph[Any], unit: UnitName = "px", **tile: Any
    ) -> RoadGraph:
        """Read a networkx graph whose nodes hold ``pos`` (or ``x`` and ``y``).

        Raises GraphError for a node without a position. An empty graph gives an empty RoadGraph.
        """
        from .networkx_border import from_networkx

        return from_networkx(graph, unit, **tile)

    def to_networkx(self) -> networkx.Graph[int]:
        """A networkx graph: nodes hold ``pos``, ``x``, ``y``; edges hold ``length``."""
        from .networkx_border import to_networkx

        return to_networkx(self)

    @classmethod
    def from_mask(
        cls, mask: Mask | npt.ArrayLike, *, threshold: float | None = None, **options: Any
    ) -> RoadGraph:
        """Vectorize a mask: thin, trace, simplify; ``options`` as of `vectorize.vectorize`.

        An array may be boolean, or hold 0 and one other value; any other array is a map that needs
        ``threshold``: pixels of at least that value are road. Raises GraphError without it.

        >>> import numpy as np
        >>> RoadGraph.from_mask(np.eye(9, dtype=np.uint8) * 255).length
        11.313708498984761
        >>> RoadGraph.from_mask(np.zeros((4, 4))).length
        0.0
        """
        from .vectorize import vectorize

        if not isinstance(mask, Mask):
            mask = Mask(_road_pixels(_number_array("a mask", mask, None), threshold))
        return vectorize(mask, **options)


_STATE = tuple(name for name in RoadGraph.__dataclass_fields__ if name != "_")


def adopted(
    vertices: FloatArray, edges: IntArray, weights: FloatArray | None, unit: UnitName, **tile: Any
) -> RoadGraph:
    """A graph that keeps arrays which are as the constructor would make them.

    They are neither copied nor checked: `io.mapped.flaw` does that for files that are mapped.
    """
    is_node = _flag_array(tile.pop("is_node", None), len(vertices))
    arrays = {"vertices": vertices, "edges": edges, "weights": weights, "is_node": is_node}
    return _with(RoadGraph([], [], unit, **tile), arrays)


def labelled(graph: RoadGraph, unit: UnitName, crs: str | None) -> RoadGraph:
    """The same arrays, not copied, under another unit and crs."""
    return _with(graph, {"unit": unit, "crs": crs})


def _with(graph: RoadGraph, values: dict[str, Any]) -> RoadGraph:
    result = object.__new__(RoadGraph)
    result.__setstate__({**graph.__getstate__(), **values})
    return result


@dataclass(frozen=True, eq=False, repr=False)
class Mask:
    """A tile of road pixels; the centre of pixel (row, column) is the point x=column, y=row.

    Parameters
    ----------
    array : (H, W) bool
    unit : "px", or "m" once `scaled`: then the metric sees lengths in metres
    metres_per_pixel : size of a pixel, where known
    origin : (x, y) of the centre of pixel (0, 0), in pixels

    Raises
    ------
    GraphError : not two-dimensional, not boolean

    Examples
    --------
    >>> import numpy as np
    >>> Mask(np.eye(3, dtype=bool))
    Mask(3 x 3, 3 road pixels)
    >>> Mask(np.zeros((2, 2), dtype=bool)).n_pixels
    0
    """

    array: BoolArray  # [H, W]
    unit: UnitName = "px"
    _: KW_ONLY
    metres_per_pixel: float | None = None
    origin: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        array = _number_array("a mask", self.array, None)
        if array.ndim != 2:
            raise GraphError(f"a mask has two dimensions, not shape {array.shape}")
        if array.dtype != np.bool_:
            raise GraphError(f"a mask is boolean, not {array.dtype}: threshold it first")
        _check_unit(self.unit)
        size = _positive("metres_per_pixel", self.metres_per_pixel)
        object.__setattr__(self, "metres_per_pixel", size)
        # a boolean whose byte is not 0 or 1 (Pillow makes them) crashes compiled code
        object.__setattr__(self, "array", np.ascontiguousarray(array.view(np.uint8) != 0))
        self.array.setflags(write=False)

    def __getstate__(self) -> dict[str, Any]:
        return {k: self.__dict__[k] for k in self.__dataclass_fields__ if k != "_"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.array.setflags(write=False)

    def __repr__(self) -> str:
        height, width = self.array.shape
        return f"Mask({height} x {width}, {self.n_pixels} road pixels)"

    @cached_property
    def n_pixels(self) -> int:
        """Number of road pixels."""
        return int(np.count_nonzero(self.array))

    @property
    def extent(self) -> Bounds:
        """(x0, y0, x1, y1) of the pixel area, in pixels."""
        (height, width), (x, y) = self.array.shape, self.origin
        return x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5

    @cached_property
    def digest(self) -> str:
        """Hex digest of pixels, unit and pixel size."""
        state = hashlib.blake2b(np.packbits(self.array).tobytes(), digest_size=16)
        state.update(
            repr((self.array.shape, self.unit, self.metres_per_pixel, self.origin)).encode()
        )
        return state.hexdigest()

    @cached_property
    def graph(self) -> RoadGraph:
        """The mask vectorized with the default settings, once; what graph metrics see."""
        return RoadGraph.from_mask(self)

    def scaled(self, metres_per_pixel: float) -> Mask:
        """The same pixels, with lengths in metres from here on."""
        if self.unit == "m":
            raise GraphError("the mask is in metres already: a pixel size does not apply")
        return replace(self, unit="m", metres_per_pixel=_size_of_pixel(metres_per_pixel))

    def clipped(self, bounds: Bounds) -> Mask:
        """The pixels whose centres lie inside ``bounds`` (in pixels)."""
        x0, y0, x1, y1 = _checked_bounds(bounds)
        (height, width), (ox, oy) = self.array.shape, self.origin
        left, top = max(int(np.ceil(x0 - ox)), 0), max(int(np.ceil(y0 - oy)), 0)
        right = min(int(np.floor(x1 - ox)) + 1, width)
        bottom = min(int(np.floor(y1 - oy)) + 1, height)
        part = self.array[top : max(bottom, top), left : max(right, left)]
        return replace(self, array=part, origin=(ox + left, oy + top))


Tile = RoadGraph | Mask


def _number_array(name: str, values: Any, dtype: Any) -> npt.NDArray[Any]:
    """A fresh array of numbers; raises GraphError for anything else, ragged rows too."""
    try:
        array = np.array(values)
        if array.dtype.kind not in "biuf":  # no text, no complex numbers, no objects
            raise TypeError(f"{array.dtype} is no kind of number")
        return array if dtype is None else array.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())
        shape = {"vertices": "an (N, 2) array", "edges": "an (M, 2) array"}.get(name, "an array")
        raise GraphError(f"{name} must be {shape} of numbers: {reason}") from None


def _road_pixels(array: npt.NDArray[Any], threshold: float | None) -> npt.NDArray[Any]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise GraphError("a map of probabilities must be finite")
    if threshold is not None:
        if not isinstance(threshold, (int, float, np.number)):
            raise GraphError(f"threshold must be a number, not {threshold!r}")
        return np.asarray(array >= threshold)
    if array.dtype == np.bool_:
        return array
    values = np.unique(array)
    if len(values) > 2 or (len(values) and values[0] != 0 and len(values) == 2):
        raise GraphError(
            f"an array of {len(values)} different values is no mask: give threshold=, the value "
            "from which a pixel is road"
        )
    return np.asarray(array != 0)


def _pairs(rows: Sequence[Any], dtype: Any = np.float64) -> npt.NDArray[Any]:
    return np.array(rows, dtype=dtype).reshape(-1, 2)


def _vertex_array(vertices: npt.ArrayLike) -> FloatArray:
    array = _number_array("vertices", vertices, np.float64)
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise GraphError(f"vertices must have shape (N, 2), not {array.shape}")
    bad = ~(np.abs(array) <= MAX_COORDINATE).all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        x, y = array[row]
        raise GraphError(f"vertex {row} is ({x}, {y}): coordinates must be finite, below 1e12")
    return np.ascontiguousarray(np.where(np.abs(array) < MIN_COORDINATE, 0.0, array))


def _edge_array(edges: npt.ArrayLike, n_vertices: int) -> npt.NDArray[np.int64]:
    array = _number_array("edges", edges, None)
    if array.size == 0:
        return np.zeros((0, 2), dtype=np.int64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise GraphError(f"edges must have shape (M, 2), not {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise GraphError(f"edges must be integers, not {array.dtype}")
    bad = (array < 0).any(axis=1) | (array >= n_vertices).any(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        worst = int(array[row].min() if array[row].min() < 0 else array[row].max())
        raise GraphError(f"edge {row} refers to vertex {worst} but there are {n_vertices} vertices")
    return array.astype(np.int64)


def _unique_edges(
    raw: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows to keep, and for each row of ``raw`` its position among them (-1: a self loop)."""
    low, high = raw.min(axis=1, initial=2**62), raw.max(axis=1, initial=-1)
    proper = np.flatnonzero(low != high)
    keys = low[proper] * (high.max(initial=0) + 1) + high[proper]  # sorts faster than rows
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    first_of = np.full(len(raw), -1, dtype=np.int64)
    first_of[proper] = rank[inverse.reshape(-1)]
    return proper[first[order]], first_of


def _weight_array(
    weights: npt.ArrayLike | None, n_raw: int, first_of: npt.NDArray[np.int64], n_kept: int
) -> FloatArray | None:
    if weights is None:
        return None
    array = _number_array("weights", weights, np.float64).reshape(-1)
    if len(array) != n_raw:
        raise GraphError(f"there are {len(array)} weights for {n_raw} edges")
    if not (np.isfinite(array) & (array >= 0)).all():
        raise GraphError("weights must be finite and not negative")
    smallest = np.full(n_kept, np.inf)
    proper = first_of >= 0
    np.minimum.at(smallest, first_of[proper], array[proper])
    return smallest


def _flag_array(flags: npt.ArrayLike | None, n: int) -> BoolArray | None:
    if flags is None:
        return None
    array = _number_array("is_node", flags, np.bool_).reshape(-1)
    if len(array) != n:
        raise GraphError(f"is_node has {len(array)} entries for {n} vertices")
    return array


def _check_unit(unit: Any) -> None:
    if unit not in UNITS:
        raise GraphError(f"unit {unit!r} is not one of {', '.join(UNITS)}")


def _positive(name: str, value: Any) -> float | None:
    """The number as a float, None as None."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise GraphError(f"{name} must be a positive number, not {value!r}")
    if not MIN_PIXEL <= number <= MAX_PIXEL:
        raise GraphError(f"{name} must lie from {MIN_PIXEL:g} to {MAX_PIXEL:g}, not {value!r}")
    return number


def _size_of_pixel(value: Any) -> float:
    size = _positive("metres_per_pixel", value)
    if size is None:
        raise GraphError("metres_per_pixel must be a positive number, not None")
    return size


def _checked_bounds(bounds: Sequence[float]) -> Bounds:
    try:
        x0, y0, x1, y1 = (float(value) for value in bounds)
    except (TypeError, ValueError, OverflowError):
        raise GraphError(f"bounds must be x0,y0,x1,y1, not {bounds!r}") from None
    if not (np.isfinite([x0, y0, x1, y1]).all() and x0 < x1 and y0 < y1):
        raise GraphError(f"bounds must be finite with x0 < x1 and y0 < y1, not {bounds!r}")
    return x0, y0, x1, y1


def _checked_extent(extent: Bounds | None) -> Bounds | None:
    return None if extent is None else _checked_bounds(extent)


def _scale_bounds(bounds: Bounds, k: float) -> Bounds:
    x0, y0, x1, y1 = bounds
    return x0 * k, y0 * k, x1 * k, y1 * k


def _rebuild_clipped(
    graph: RoadGraph, box: Bounds, kept: npt.NDArray[Any], low: FloatArray, high: FloatArray
) -> RoadGraph:
    """Graph of the parts [low, high] of the kept edges; ends at 0 or 1 stay where they were."""
    x0, y0, x1, y1 = box
    v, n = graph.vertices, len(graph.vertices)
    inside = (v[:, 0] >= x0) & (v[:, 0] <= x1) & (v[:, 1] >= y0) & (v[:, 1] <= y1)
    a, b = graph.edges[kept].T
    start, end = v[a], v[b]
    cut_low, cut_high = np.flatnonzero(low > 0), np.flatnonzero(high < 1)
    span = end - start
    new = np.concatenate([
        start[cut_low] + low[cut_low, None] * span[cut_low],
        start[cut_high] + high[cut_high, None] * span[cut_high],
    ])  # fmt: skip
    new = np.clip(new, (x0, y0), (x1, y1))
    edges = np.stack([a, b], axis=1).astype(np.int64)
    edges[cut_low, 0] = n + np.arange(len(cut_low))
    edges[cut_high, 1] = n + len(cut_low) + np.arange(len(cut_high))
    used = np.concatenate([inside, np.ones(len(new), dtype=bool)])
    position = np.cumsum(used) - 1
    is_node, weights = graph.is_node, graph.weights
    if is_node is not None:
        is_node = np.concatenate([is_node, np.ones(len(new), dtype=bool)])[used]
    return replace(
        graph,
        vertices=np.concatenate([v, new])[used],
        edges=position[edges],
        extent=box,
        is_node=is_node,
        weights=None if weights is None else weights[kept] * (high - low),
    )
