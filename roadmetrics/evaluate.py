"""Two folders to a report: pair, read, count tile by tile, aggregate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from .aggregate import total
from .bootstrap import settings
from .errors import PairingError, SignatureError
from .graph import Bounds, UnitName
from .metric import Metric, parse_with
from .metrics import METRICS
from .pair_table import pairing_of
from .pairs import Pairing, require
from .prepare import Options
from .protocols import protocol as protocol_of
from .report import Report
from .results import TileResult, Total
from .runs import Progress, Runner
from .splits import selected
from .tile_scores import Scored
from .workers import Limits


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
    jobs: int | None = None,
    engine: str = "processes",
    tile_time: float | None = None,
    tile_memory: float | None = None,
    resume: str | Path | None = None,
    shard: str | None = None,
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
    jobs : processes; 0 for one a core; None: 1, and 0 with Ray; the numbers do not depend on it
    engine : "processes" on this machine, "ray" (started here) or "ray://HOST:PORT"
    tile_time, tile_memory : seconds and MiB that a tile may take; one that takes more is scored as
        without prediction and the run goes on
    resume : log of the run: tiles that are in it are not scored again, the others are added
    shard : "2/8": only the second of eight parts of the tiles; `merge.merge` joins the documents
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
    pairing = pairing_of(gt, pred, pairs, layout)
    n_ground_truth = len(pairing.pairs)
    pairing, part = selected(pairing, tiles, split, gt)
    require(pairing, missing, None if pred is None else Path(pred))
    runner = Runner(
        options, scored, missing, jobs, Limits(tile_time, tile_memory),
        None if resume is None else Path(resume), engine,
    )  # fmt: skip
    if shard is not None:
        pairing = one_shard(pairing, shard, missing)
    results = runner.results(pairing.pairs, progress)
    _check_not_all_outside(results)
    run = {
        "gt": _text(gt), "pred": _text(pred), "metrics": list(scored), "layout": pairing.layout,
        "missing": missing, "tiles": _text(tiles), "n_ground_truth": n_ground_truth,
        "pairs": _text(pairs), "gsd": gsd,
        "bounds": None if bounds is None else list(bounds), "pred_axis": pred_axis,
        "flip_y": flip_y, "threshold": threshold, "images": _text(images),
        "unit": unit if images else None, "bootstrap": settings(),
        "split": part.to_dict() if part else None,
        "ignored": list(pairing.ignored), "protocol": protocol, "shard": shard,
        "tile_time": tile_time, "tile_memory": tile_memory,
    }  # fmt: skip
    return report_of(run, scored, results, pairing.missing, pairing.unmatched)


def report_of(
    run: Mapping[str, Any],
    metrics: Scored,
    results: Sequence[TileResult],
    missing: Sequence[str],
    unmatched: Sequence[str],
) -> Report:
    """Aggregate tiles, in the order of their ids; ``run`` as the document has it."""
    return Report(
        run=run,
        tiles={result.id: result for result in results},
        totals=_totals(metrics, results),
        missing=missing,
        unmatched=unmatched,
        protocol=protocol_of(run["protocol"]) if run["protocol"] else None,
    )


def one_shard(pairing: Pairing, shard: str, missing: str) -> Pairing:
    """Part I of N of the tiles, for ``I/N``: every Nth; tiles that are left out go to the first.

    Raises PairingError for other text, and where there are fewer tiles than parts.
    """
    i, n = shard_of(shard)
    scored = [p for p in pairing.pairs if p.pred is not None or missing != "skip"]
    if n > len(scored):
        raise PairingError(f"shard {shard}: there are {len(scored)} tiles: make at most so many")
    left_out = [p for p in pairing.pairs if p.pred is None and missing == "skip" and i == 1]
    keep = {p.id for p in (*scored[i - 1 :: n], *left_out)}
    return replace(pairing, pairs=tuple(p for p in pairing.pairs if p.id in keep))


def shard_of(text: str) -> tuple[int, int]:
    """(part, parts) of ``I/N``.

    >>> shard_of("2/8")
    (2, 8)
    >>> shard_of("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: a shard is I/N with 1 <= I <= N, such as 2/8, not ''
    """
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text, re.ASCII)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise PairingError(f"a shard is I/N with 1 <= I <= N, such as 2/8, not {text!r}")
    return int(found[1]), int(found[2])


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


def _totals(metrics: Scored, results: Sequence[TileResult]) -> dict[str, Total]:
    counted = [result for result in results if result.status != "skipped"]
    first = next((result for result in counted if result.unit), counted[0])
    is_any_read = any(result.status == "ok" for result in counted)
    return {
        key: total(
            metric,
            [result.scores[key] for result in counted],
            first.unit,
            is_any_read=is_any_read,
        )
        for key, metric in metrics.items()
    }


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)
