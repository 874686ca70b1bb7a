r"""Scores, or gains, by junctions and length of segments: figure 10 of the refiner's paper.

  python -m reference_models.analysis.by_structure --gt towns/graphs --metric apls \
    --scores segmentation=a.json refiner=b.json --against segmentation --out structure.png

Junctions (degree above 2) and mean length of segments are those of each tile's ground truth. With
``--against LABEL`` what is shown is how much each other method is above that one, tile by tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roadmetrics.description import describe
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray, RoadGraph

from ..arguments import check, option
from ..command import run_module
from .binned import Binned, binned, edges_of, lines_of, panel_of, same_tiles, tile_scores
from .chart import check_figure, save_chart
from .folders import graphs_of, labelled


@dataclass(frozen=True, kw_only=True)
class StructureArgs:
    """Options of ``by_structure``."""

    gt: str = option("folder of true graphs", metavar="DIR")
    scores: str = option("score documents, each with a label", metavar="LABEL=FILE", is_many=True)
    metric: str = option("which of their metrics", "apls", metavar="METRIC")
    against: str = option("show gains over the method of this label", "", metavar="LABEL")
    bins: int = option("number of bins, of as many tiles each", 4, least=1)
    gsd: float = option("metres per pixel of graphs in pixels that do not say", 0.0, least=0)
    out: str = option("the figure, .png or .svg", metavar="FILE")

    def __post_init__(self) -> None:
        check(self)


def by_structure(args: StructureArgs) -> str:
    """Write the figure; the numbers as text."""
    check_figure(args.out)
    paths = labelled(args.scores.split(), "--scores")
    scores = {label: tile_scores(path, args.metric) for label, path in paths.items()}
    graphs = graphs_of(Path(args.gt), args.gsd)
    kinds = structure(graphs)
    tiles = same_tiles(scores, next(iter(kinds.values())))
    values = {label: np.array([held[tile] for tile in tiles]) for label, held in scores.items()}
    values = gains(values, args.against)
    shown, lines = [], []
    unit = next(iter(graphs.values())).unit
    what = f"gain over {args.against}" if args.against else "mean"
    for name, about in kinds.items():
        x = np.array([about[tile] for tile in tiles])
        edges = edges_of(x, "", args.bins)
        methods: dict[str, Binned] = {k: binned(x, y, edges) for k, y in values.items()}
        shown.append(panel_of(name, f"{name} of a tile" + f", {unit}" * ("length" in name),
                              f"{what}, 95 % over tiles", edges, methods,
                              has_zero=bool(args.against)))  # fmt: skip
        lines += lines_of(name, edges, methods)
    save_chart(args.out, f"{args.metric} by structure", f"{len(tiles)} tiles", shown)
    return "\n".join(lines)


def structure(graphs: Mapping[str, RoadGraph]) -> dict[str, dict[str, float]]:
    """Of each tile: its junctions, and the mean length of its segments (0 without roads)."""
    about = {name: describe(graph) for name, graph in graphs.items()}
    lengths = {name: one.samples["segment_length"] for name, one in about.items()}
    return {
        "junctions": {name: float(one.n_junctions) for name, one in about.items()},
        "segment length": {k: float(v.mean()) if len(v) else 0.0 for k, v in lengths.items()},
    }


def gains(values: Mapping[str, FloatArray], against: str) -> dict[str, FloatArray]:
    """What each method is above that of a label, or the values themselves without one.

    >>> gains({"a": np.array([0.5]), "b": np.array([0.75])}, "a")
    {'b': array([0.25])}
    >>> gains({}, "")
    {}
    """
    if not against:
        return dict(values)
    if against not in values or len(values) < 2:
        raise RoadMetricsError(
            f"--against {against}: it must be one of two labels or more of --scores"
        )
    return {label: y - values[against] for label, y in values.items() if label != against}


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.by_structure", __doc__ or "", StructureArgs,
        lambda args: print(by_structure(args)),
    ))  # fmt: skip
