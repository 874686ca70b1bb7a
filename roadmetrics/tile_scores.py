"""One tile: both files read, every metric counted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .duplicates import duplicated_share
from .errors import RoadMetricsError
from .graph import Mask, Tile
from .io.files import located, shown
from .io.repairs import Repairs
from .metric import Metric
from .pairs import Pair
from .prepare import Findings, Options, own_options, read_pair
from .results import TileResult, TileScore

Scored = Mapping[str, Metric]  # what was asked for, and the metric that it names


def score_pair(pair: Pair, options: Options, metrics: Scored, missing: str) -> TileResult:
    """Read one tile and count every metric on it."""
    if pair.pred is None and missing == "skip":
        return TileResult(pair.id, "skipped", {"path": str(pair.gt)}, None)
    begin = time.perf_counter()
    seen = Findings()
    gt, pred = read_pair(pair, options, seen)
    bounds, gsd = own_options(pair, options)
    is_read = pair.pred is not None
    scores = {
        name: _tile_score(name, metric, pair.id, gt, pred, is_read)
        for name, metric in metrics.items()
    }
    return TileResult(
        id=pair.id,
        status="ok" if is_read else "missing",
        gt=described(gt, pair.gt, seen.gt),
        pred=described(pred, pair.pred, seen.pred) if pair.pred else None,
        unit=gt.unit,
        extent=gt.extent,
        gsd=gsd,
        bounds=bounds,
        notes=tuple(seen.notes),
        seconds=time.perf_counter() - begin,
        scores=scores,
    )


def described(tile: Tile, path: Path, repairs: Repairs) -> dict[str, Any]:
    """What the document says about a tile; a mask's lengths are those of its vectors."""
    repaired = {"repairs": dict(repairs)} if repairs else {}
    if isinstance(tile, Mask):
        with located(shown(path)):  # a mask that cannot be of roads
            graph = tile.graph
        return {"path": str(path), "kind": "mask", "shape": list(tile.array.shape),
                "pixels": tile.n_pixels, "length": graph.length,
                "duplicated": duplicated_share(graph), **repaired}  # fmt: skip
    return {"path": str(path), "kind": "graph", "vertices": len(tile.vertices),
            "edges": len(tile.edges), "length": tile.length,
            "duplicated": duplicated_share(tile), **repaired}  # fmt: skip


def _tile_score(
    name: str, metric: Metric, tile: str, gt: Tile, pred: Tile, is_read: bool
) -> TileScore:
    try:
        counts = metric.count(gt, pred)
    except RoadMetricsError as error:
        rule = str(error).removeprefix(f"{metric.name}: ")
        raise type(error)(f"tile {tile}: {name}: {rule}") from None
    parts = metric.parts(counts) if is_read else dict(type(metric).failed)
    errors = metric.standard_errors(counts) if is_read else {}
    return TileScore(parts[type(metric).headline], parts, counts, errors)
