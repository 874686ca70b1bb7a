"""Two folders to a report: pair, read, count tile by tile, aggregate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from .aggregate import total
from .bootstrap import settings
from .duplicates import duplicated_share
from .errors import PairingError, RoadMetricsError, SignatureError, UnitError
from .graph import Bounds, Mask, Tile, UnitName
from .io.files import located, shown
from .io.repairs import Repairs
from .metric import Metric, parse_with
from .metrics import METRICS
from .pair_table import pair_csv
from .pairs import Pair, Pairing, pair_paths, require
from .parallel import mapped
from .prepare import Findings, Options, own_options, read_pair
from .protocols import protocol as protocol_of
from .report import Report
from .results import TileResult, TileScore, Total
from .splits import selected

Progress = Callable[[int, int], None]  # tiles done, tiles in all
Scored = Mapping[str, Metric]  # what was asked for, and the metric that it names


def score_folders(
    gt: str | Path | None = None,
    pred: str | Path | None = None,
    metrics: Iterable[str | Metric] | None = None,
    *,
    layout: str = "auto",
    missing: str = "error",
    tiles: str | Path | None = None,
    split: str | None = None,
    pairs: str | Path | None = None,
    gsd: float | None = None,
    bounds: Bounds | None = None,
    pred_axis: Literal["xy", "yx"] = "xy",
    flip_y: bool = False,
    threshold: float | None = None,
    images: str | Path | None = None,
    unit: UnitName = "px",
    jobs: int = 1,
    progress: Progress | None = None,
    protocol: str | None = None,
) -> Report:
    """Score a folder of predictions against a folder of ground truth.

    Parameters
    ----------
    gt, pred : folders, or single files; leave both out where ``pairs`` names a table
    metrics : names, presets, signatures or Metric objects; None: every metric's default
    layout : "auto", "exact" or a published layout (see `layouts`)
    missing : "error"; "zero" scores a tile without prediction 0; "skip" leaves it out
    tiles : file with one tile id a line: score these only
    split : name of a published split of the layout (see `splits`): score its tiles only
    pairs : table ``id,gt,pred[,gsd,bounds,image]``
    gsd, bounds, pred_axis, flip_y, threshold, images, unit : see `prepare.Options`
    jobs : processes; 0 for one a core; the numbers do not depend on it
    progress : called with (tiles done, tiles in all)
    protocol : name of a paper's table (see `protocols`), instead of ``metrics``

    Raises
    ------
    PairingError, FormatError, GraphError, UnitError, SignatureError : in one line

    Examples
    --------
    >>> from roadmetrics import sample
    >>> report = score_folders(sample.path() / "gt", sample.path() / "pred_light", ["ccq"])
    >>> report.n_scored == report.n_tiles
    True
    >>> score_folders("no/such/folder", "other")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: no/such/folder: no such file or folder
    """
    paper = None if protocol is None else protocol_of(protocol)
    if paper and metrics is not None:
        raise SignatureError("give either metrics or a protocol")
    scored = named_metrics(paper.metrics if paper else metrics)
    seen = None if images is None else Path(images)
    options = Options(threshold, gsd, bounds, pred_axis, flip_y, seen, unit)
    pairing = _pairing(gt, pred, pairs, layout)
    n_ground_truth = len(pairing.pairs)
    pairing, part = selected(pairing, tiles, split, gt)
    require(pairing, missing, None if pred is None else Path(pred))
    work = partial(score_pair, options=options, metrics=scored, missing=missing)
    if jobs < 0:
        raise RoadMetricsError(f"jobs must be 0 (one a core) or more, not {jobs}")
    results = list(_reported(mapped(work, pairing.pairs, jobs), len(pairing.pairs), progress))
    _check_not_all_outside(results)
    run = {
        "gt": _text(gt), "pred": _text(pred), "metrics": list(scored), "layout": pairing.layout,
        "missing": missing, "tiles": _text(tiles), "n_ground_truth": n_ground_truth,
        "pairs": _text(pairs), "gsd": gsd,
        "bounds": None if bounds is None else list(bounds), "pred_axis": pred_axis,
        "flip_y": flip_y, "threshold": threshold, "images": _text(images),
        "unit": unit if images else None, "bootstrap": settings(),
        "split": part.to_dict() if part else None,
        "ignored": list(pairing.ignored), "protocol": protocol,
    }  # fmt: skip
    return Report(
        run=run,
        tiles={result.id: result for result in results},
        totals=_totals(scored, results),
        missing=pairing.missing,
        unmatched=pairing.unmatched,
        protocol=paper,
    )


def _check_not_all_outside(results: list[TileResult]) -> None:
    """Bounds that leave nothing of any ground truth would score a perfect 1."""
    read = [result for result in results if result.status == "ok"]
    outside = [result for result in read if any("in the bounds" in note for note in result.notes)]
    if outside and len(outside) == len(read):
        raise PairingError(f"tile {outside[0].id}: {outside[0].notes[0]} (so in every tile)")


def named_metrics(metrics: Iterable[str | Metric] | None) -> dict[str, Metric]:
    """What was asked for, by its own text; every registered default where nothing was.

    Raises SignatureError for what does not parse.
    """
    asked = list(METRICS) if metrics is None else [metrics] if isinstance(metrics, str) else metrics
    named = {str(m).strip(): m if isinstance(m, Metric) else parse_with(m, METRICS) for m in asked}
    if not named:
        raise SignatureError(f"no metric is asked for: there are {', '.join(METRICS)}")
    return named


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


def _pairing(
    gt: str | Path | None, pred: str | Path | None, pairs: str | Path | None, layout: str
) -> Pairing:
    if pairs is not None:
        if gt is not None or pred is not None:
            raise RoadMetricsError("give either a table of pairs, or ground truth and prediction")
        return pair_csv(Path(pairs))
    if gt is None or pred is None:
        raise RoadMetricsError("give both ground truth and prediction, or a table of pairs")
    return pair_paths(Path(gt), Path(pred), layout)


def _reported(
    results: Iterator[TileResult], n: int, progress: Progress | None
) -> Iterator[TileResult]:
    first: TileResult | None = None
    for done, result in enumerate(results, 1):
        if progress is not None:
            progress(done, n)
        if result.status != "skipped":
            first = first or result
            _check_unit(first, result)
        yield result


def _check_unit(first: TileResult, other: TileResult) -> None:
    if other.unit != first.unit:
        raise UnitError(
            f"tile {first.id} is in {first.unit} but tile {other.id} in {other.unit}: give "
            "the size of a pixel (--gsd METRES, or the gsd of each pair in --pairs)"
        )


def _totals(metrics: Scored, results: list[TileResult]) -> dict[str, Total]:
    counted = [result for result in results if result.status != "skipped"]
    first = counted[0]
    is_any_read = any(result.status == "ok" for result in counted)
    return {
        key: total(
            metric,
            [result.scores[key] for result in counted],
            str(first.unit),
            is_any_read=is_any_read,
        )
        for key, metric in metrics.items()
    }


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)
