r"""Scores by how much of the road is hidden: figure 6 of the refiner's paper.

  python -m reference_models.analysis.by_difficulty --towns towns --metric apls \
    --scores segmentation=a.json refiner=b.json --out difficulty.png

The difficulty of a tile is the share of its road under trees, which the manifest of
``reference-models synth`` tells. Scores are documents of ``roadmetrics score --out``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roadmetrics.errors import FormatError
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from ..arguments import check, option
from ..command import run_module
from .binned import binned, edges_of, lines_of, panel_of, same_tiles, tile_scores
from .chart import check_figure, save_chart
from .folders import labelled


@dataclass(frozen=True, kw_only=True)
class DifficultyArgs:
    """Options of ``by_difficulty``."""

    towns: str = option("folders that reference-models synth wrote", metavar="DIR", is_many=True)
    scores: str = option("score documents, each with a label", metavar="LABEL=FILE", is_many=True)
    metric: str = option("which of their metrics", "apls", metavar="METRIC")
    edges: str = option("edges of the bins of difficulty", "0,.1,.3,.5,1", metavar="LIST")
    out: str = option("the figure, .png or .svg", metavar="FILE")

    def __post_init__(self) -> None:
        check(self)


def by_difficulty(args: DifficultyArgs) -> str:
    """Write the figure; the numbers as text."""
    check_figure(args.out)
    about: dict[str, float] = {}
    for folder in args.towns.split():
        about |= difficulties(Path(folder))
    paths = labelled(args.scores.split(), "--scores")
    scores = {label: tile_scores(path, args.metric) for label, path in paths.items()}
    tiles = same_tiles(scores, about)
    x = np.array([about[tile] for tile in tiles])
    edges = edges_of(x, args.edges, 4)
    methods = {
        label: binned(x, np.array([held[tile] for tile in tiles]), edges)
        for label, held in scores.items()
    }
    panel = panel_of(args.metric, "share of the road under trees", "mean, 95 % over tiles",
                     edges, methods)  # fmt: skip
    save_chart(args.out, f"{args.metric} by difficulty", f"{len(tiles)} tiles", [panel])
    return "\n".join(lines_of("difficulty", edges, methods))


def difficulties(folder: Path) -> dict[str, float]:
    """The share of road under trees by tile; FormatError for a folder that synth did not write."""
    path = folder / "manifest.json"
    document = parse_json(read_bytes(path, 64 * MIB), shown(path))
    try:
        return {row["id"]: float(row["difficulty"]) for row in document["tiles"]}
    except (KeyError, TypeError, ValueError):
        raise FormatError(f"{shown(path)}: not the manifest of reference-models synth") from None


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.by_difficulty", __doc__ or "", DifficultyArgs,
        lambda args: print(by_difficulty(args)),
    ))  # fmt: skip
