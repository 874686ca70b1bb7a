"""The table: means over seeds, paired bootstrap over tiles, the paper's figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from roadmetrics.documents import Document, read_document
from roadmetrics.graph import FloatArray
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json
from roadmetrics.paired import features, headlines, resampled_sums
from roadmetrics.protocols import protocol

from .miniature import SECONDS
from .published import COLUMNS, figures
from .rows import row
from .settings import TableArgs

PAPER = protocol("oner2021")
CLEAR, FLAT = (
    0.8,
    0.05,
)  # what MSE must reach: CCQ without trees; fall of the loss in its last fifth

CLAIMED = ("topo-global", "topo-windowed", "ce")


@dataclass(frozen=True)
class Measured:
    """One row over its seeds, a number a column of the paper's table, as fractions.

    ``resampled``: [columns, B], the mean over seeds for each resample of tiles, the same resamples
    for every row; None below ten tiles.
    """

    name: str
    values: tuple[float, ...]
    of_seeds: tuple[tuple[float, ...], ...]  # [seeds][columns]
    resampled: FloatArray | None
    clear: float  # CCQ without trees, mean over seeds
    thresholds: tuple[float, ...]
    falls: tuple[float, ...]  # of the loss in the last fifth
    seconds: float  # processor time of training, mean over seeds


def measured(args: TableArgs, name: str) -> Measured:
    """Read the scores of all seeds of a row."""
    runs = [args.run(name, seed) for seed in range(args.seeds)]
    documents = [read_document(run / "test" / "scores.json") for run in runs]
    of_seeds = tuple(tuple(_values([one])[0]) for one in documents)
    values, resampled = _values(documents)
    clear = [_values([read_document(run / "clear" / "scores.json")])[0][-1] for run in runs]
    return Measured(
        name, tuple(values), of_seeds, resampled, mean(clear),
        tuple(float(_json(run / "threshold.json")["threshold"]) for run in runs),
        tuple(fall(_losses(run / "log.csv")) for run in runs),
        mean(float(_json(run / SECONDS)) for run in runs),
    )  # fmt: skip


def _values(documents: Sequence[Document]) -> tuple[list[float], FloatArray | None]:
    """Of each column the mean over documents, and the same for resampled tiles.

    Numbers whose sums tell a headline (`paired.features`) are averaged over documents: the mean of
    per-tile scores is the mean over seeds, pooled counts are pooled over seeds.
    """
    values, drawn = [], []
    for column in PAPER.columns:
        records = [one.record(column.metric) for one in documents]
        metric, tiles = records[0].metric, sorted(records[0].tiles)
        each = [features(metric, [record.tiles[t] for t in tiles]) for record in records]
        x: FloatArray = np.mean(each, axis=0)  # [tiles, K]
        values.append(float(headlines(metric, x.sum(axis=0)[None], len(tiles))[0]))
        sums = resampled_sums(x)
        if sums is not None:
            drawn.append(headlines(metric, sums, len(tiles)))
    return values, np.array(drawn) if drawn else None


def fall(losses: Sequence[float]) -> float:
    """By which share the loss falls from the first to the second half of its last fifth.

    >>> fall([9.0] * 8 + [2.0, 1.0]), fall([])
    (0.5, 0.0)
    """
    tail = losses[len(losses) - len(losses) // 5 :]
    if len(tail) < 2:
        return 0.0
    half = len(tail) // 2
    return 1 - mean(tail[half:]) / mean(tail[:half])


def markdown(args: TableArgs, command: str) -> str:
    """The whole page."""
    every = [measured(args, name) for name in args.rows.split()]
    parts = [
        f"# Oner et al. 2021 in miniature\n\nMade by `{command}`.\n",
        _about(args),
        "## Scores\nMean over seeds ± standard deviation over seeds, in percent; in brackets what "
        "the paper prints.\n",
        _scores(every),
        f"## Against {row(every[0].name).title}\nDifference in points, with the 95 % interval of "
        "a paired bootstrap over tiles (seeds averaged: how seeds vary is not in it); in brackets "
        "the paper's difference, where "
        "one of its tables has both.\n",
        _differences(every),
        "## What was asked of the rows\n",
        _checks(every),
        *_claims(every),
    ]
    return "\n".join(parts) + "\n"


def _about(args: TableArgs) -> str:
    o = args.options
    return (
        f"Synthetic towns ({args.style}, {args.size} px at {args.gsd:g} m, {args.difficulty:g} of "
        f"the road under trees): {args.n_train} tiles to train on, {args.n_valid} others to choose "
        f"thresholds on (for every row from one list, by the mean of APLS and CCQ), {args.n_test} "
        f"others scored, in pixels. Scale {args.scale}: {o['steps']} steps of {o['batch']} crops "
        f"of {o['crop']} px, Adam {o['lr']:g}, {o['schedule']}; {args.seeds} seeds.\n\n"
        "The paper's figures are of RoadTracer (DeepGlobe where a row is not there), networks a "
        "hundred times larger, and other images: they are beside ours for signs, not for size.\n"
    )


def _scores(every: Sequence[Measured]) -> str:
    lines = [_line(["row", *COLUMNS]), _line(["---"] * (1 + len(COLUMNS)))]
    for one in every:
        paper = figures(row(one.name))
        cells = []
        for k, value in enumerate(one.values):
            spread = [seed[k] for seed in one.of_seeds]
            more = f" ± {100 * stdev(spread):.1f}" if len(spread) > 1 else ""
            cells.append(f"{100 * value:.1f}{more}" + (f" ({paper[1][k]:.1f})" if paper else ""))
        lines.append(_line([row(one.name).title, *cells]))
    return "\n".join(lines) + "\n"


def _differences(every: Sequence[Measured]) -> str:
    lines = [_line(["row", *COLUMNS]), _line(["---"] * (1 + len(COLUMNS)))]
    for one in every[1:]:
        paper = _paper_difference(every[0].name, one.name)
        cells = []
        for k in range(len(COLUMNS)):
            text = f"{100 * (one.values[k] - every[0].values[k]):+.1f}"
            if (ends := interval(every[0], one, k)) is not None:
                text += f" [{100 * ends[0]:+.1f}, {100 * ends[1]:+.1f}]"
            cells.append(text + (f" ({paper[k]:+.1f})" if paper else ""))
        lines.append(_line([row(one.name).title, *cells]))
    return "\n".join(lines) + "\n"


def interval(first: Measured, other: Measured, k: int) -> tuple[float, float] | None:
    """95 % of the differences of a column over resampled tiles; None below ten tiles."""
    if first.resampled is None or other.resampled is None:
        return None
    low, high = np.quantile(other.resampled[k] - first.resampled[k], [0.025, 0.975])
    return float(low), float(high)


def _paper_difference(first: str, other: str) -> list[float] | None:
    """From two cells of one table and data set, RoadTracer's before others."""
    from .published import FIGURES

    ours = {cell[:2]: FIGURES[cell] for cell in row(first).cells}
    theirs = {cell[:2]: FIGURES[cell] for cell in row(other).cells}
    common = sorted(ours.keys() & theirs.keys(), key=lambda key: (key[1] != "RoadTracer", key))
    if not common:
        return None
    return [b - a for a, b in zip(ours[common[0]], theirs[common[0]], strict=True)]


def _checks(every: Sequence[Measured]) -> str:
    header = ["row", "CCQ without trees", "fall of the loss in the last fifth, %", "thresholds",
              "processor seconds a run"]  # fmt: skip
    lines = [_line(header), _line(["---"] * len(header))]
    lines += [
        _line([
            row(one.name).title, f"{100 * one.clear:.1f}",
            ", ".join(f"{100 * x:.1f}" for x in one.falls),
            ", ".join(f"{x:g}" for x in one.thresholds), f"{one.seconds:.0f}",
        ])
        for one in every
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _claims(every: Sequence[Measured]) -> list[str]:
    """The gates, and if MSE passes them what the paper claims, each with what was found."""
    named = {one.name: one for one in every}
    mse = named.get("mse")
    if mse is None:
        return []
    is_flat, is_good = max(mse.falls) <= FLAT, mse.clear >= CLEAR
    found = [
        f"- MSE is flat over its last fifth (falls by at most {FLAT:.0%}): {_yes(is_flat)}",
        f"- MSE reaches CCQ {CLEAR:g} without trees: {_yes(is_good)}",
    ]
    others = [one for name in CLAIMED if (one := named.get(name))]
    if is_flat and is_good:
        found += [_claim(mse, one, k) for one in others for k in range(len(COLUMNS))]
    return ["## What holds\n", *found]


def _claim(mse: Measured, other: Measured, k: int) -> str:
    """Whether the sign of the paper's difference is seen: beyond the tiles, and in every seed."""
    paper = _paper_difference("mse", other.name)
    assert paper is not None  # both are in Table 8
    word, sign = ("above", 1) if paper[k] > 0 else ("below", -1)
    gaps = [sign * (b[k] - a[k]) for a, b in zip(mse.of_seeds, other.of_seeds, strict=True)]
    n = sum(gap > 0 for gap in gaps)
    return (
        f"- {row(other.name).title} {word} MSE on {COLUMNS[k]}: "
        f"{_verdict(interval(mse, other, k), sign, n, len(gaps))} ({n} of {len(gaps)} seeds)"
    )


def _verdict(ends: tuple[float, float] | None, sign: int, n_with: int, n_seeds: int) -> str:
    """In words, from the interval over tiles and the seeds that have the paper's sign.

    >>> _verdict((0.01, 0.2), 1, 3, 3), _verdict((0.01, 0.2), 1, 2, 3), _verdict(None, 1, 3, 3)
    ('holds', 'not told apart', 'too few tiles to say')
    >>> _verdict((0.01, 0.2), -1, 0, 3)
    'does not hold, the other way'
    """
    if ends is None:
        return "too few tiles to say"
    is_with = ends[0] > 0 if sign > 0 else ends[1] < 0
    is_against = ends[1] < 0 if sign > 0 else ends[0] > 0
    if is_with and n_with == n_seeds:
        return "holds"
    return "does not hold, the other way" if is_against and n_with == 0 else "not told apart"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "NO: the rows do not count"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _losses(path: Path) -> list[float]:
    rows = read_bytes(path, 256 * MIB).decode().split()[1:]
    return [float(text.split(",")[1]) for text in rows]


def _json(path: Path) -> Any:
    return parse_json(read_bytes(path, MIB), shown(path))
