"""The table: means over seeds, paired bootstrap over tiles, the paper's figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from roadmetrics.documents import read_document
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json
from roadmetrics.protocols import protocol

from ..paired_rows import (
    Scores,
    difference_cell,
    scores_of,
    table,
    value_cell,
    verdict,
    verdict_more,
)
from .miniature import SECONDS
from .published import COLUMNS, figures
from .rows import row
from .settings import TableArgs

METRICS = protocol("oner2021").metrics
# what MSE must reach: CCQ without trees; fall of the loss in its last fifth
CLEAR, FLAT = 0.8, 0.05

CLAIMED = ("topo-global", "topo-windowed", "ce")


@dataclass(frozen=True)
class Measured:
    """One row over its seeds, a number a column of the paper's table, as fractions."""

    name: str
    scores: Scores
    clear: float  # CCQ without trees, mean over seeds
    thresholds: tuple[float, ...]
    falls: tuple[float, ...]  # of the loss in the last fifth
    seconds: float | None  # processor time of training, mean over seeds; None: not known


def measured(args: TableArgs, name: str) -> Measured:
    """Read the scores of all seeds of a row."""
    runs = [args.run(name, seed) for seed in range(args.seeds)]
    test, clear = (
        scores_of([read_document(run / part / "scores.json") for run in runs], METRICS)
        for part in ("test", "clear")
    )
    return Measured(
        name, test, mean(seed[-1] for seed in clear.of_seeds),
        tuple(float(_json(run / "threshold.json")["threshold"]) for run in runs),
        tuple(fall(_losses(run / "log.csv")) for run in runs),
        _mean_seconds([run / SECONDS for run in runs]),
    )  # fmt: skip


def _mean_seconds(paths: Sequence[Path]) -> float | None:
    if not all(path.is_file() for path in paths):
        return None
    return mean(float(_json(path)) for path in paths)


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
    jitter = f"Vertices of the roads learned from are moved by {args.label_jitter:g} px. "
    return (
        f"Synthetic towns ({args.style}, {args.size} px at {args.gsd:g} m, {args.difficulty:g} of "
        f"the road under trees): {args.n_train} tiles to train on, {args.n_valid} others to choose "
        f"thresholds on (for every row from one list, by the mean of APLS and CCQ), {args.n_test} "
        f"others scored, in pixels. {jitter if args.label_jitter else ''}"
        f"Scale {args.scale}: {o['steps']} steps of {o['batch']} crops of {o['crop']} px, Adam "
        f"{o['lr']:g}, {o['schedule']}; {args.seeds} seeds.\n\n"
        "The paper's figures are of RoadTracer (DeepGlobe where a row is not there), networks a "
        "hundred times larger, and other images: they are beside ours for signs, not for size.\n"
    )


def _scores(every: Sequence[Measured]) -> str:
    rows = []
    for one in every:
        paper = figures(row(one.name))
        cells = [
            value_cell(one.scores, k) + (f" ({paper[1][k]:.1f})" if paper else "")
            for k in range(len(COLUMNS))
        ]
        rows.append([row(one.name).title, *cells])
    return table(["row", *COLUMNS], rows)


def _differences(every: Sequence[Measured]) -> str:
    rows = []
    for one in every[1:]:
        paper = _paper_difference(every[0].name, one.name)
        cells = [
            difference_cell(every[0].scores, one.scores, k)
            + (f" ({paper[k]:+.1f})" if paper else "")
            for k in range(len(COLUMNS))
        ]
        rows.append([row(one.name).title, *cells])
    return table(["row", *COLUMNS], rows)


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
    return table(header, [
        [
            row(one.name).title, f"{100 * one.clear:.1f}",
            ", ".join(f"{100 * x:.1f}" for x in one.falls),
            ", ".join(f"{x:g}" for x in one.thresholds),
            "?" if one.seconds is None else f"{one.seconds:.0f}",
        ]
        for one in every
    ])  # fmt: skip


def _claims(every: Sequence[Measured]) -> list[str]:
    """The gates, and if MSE passes them what the paper claims, each with what was found."""
    named = {one.name: one for one in every}
    mse = named.get("mse")
    if mse is None:
        return []
    is_flat, is_good = max(mse.falls) <= FLAT, mse.clear >= CLEAR
    found = [
        f"- MSE is flat over its last fifth (falls by at most {FLAT:.0%}; the rate of learning "
        f"goes to 0 there): {_yes(is_flat)}",
        f"- MSE reaches CCQ {CLEAR:g} without trees: {_yes(is_good)}",
    ]
    others = [one for name in CLAIMED if (one := named.get(name))]
    if is_flat and is_good:
        found += [_claim(mse, one, k) for one in others for k in range(len(COLUMNS))]
        found += [
            f"- {row(one.name).title} gains more over MSE on {name} than on CCQ: "
            f"{verdict_more(mse.scores, one.scores, COLUMNS.index(name), COLUMNS.index('CCQ'))}"
            for one in others
            if one.name != "ce"
            for name in ("APLS", "TLTS")
        ]
    return ["## What holds\n", *found]


def _claim(mse: Measured, other: Measured, k: int) -> str:
    """Whether the sign of the paper's difference is seen: beyond the tiles, and in every seed."""
    paper = _paper_difference("mse", other.name)
    assert paper is not None  # both are in Table 8
    word, sign = ("above", 1) if paper[k] > 0 else ("below", -1)
    found = verdict(mse.scores, other.scores, k, sign)
    return f"- {row(other.name).title} {word} MSE on {COLUMNS[k]}: {found}"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "NO: the rows do not count"


def _losses(path: Path) -> list[float]:
    rows = read_bytes(path, 256 * MIB).decode().split()[1:]
    return [float(text.split(",")[1]) for text in rows]


def _json(path: Path) -> Any:
    return parse_json(read_bytes(path, MIB), shown(path))
