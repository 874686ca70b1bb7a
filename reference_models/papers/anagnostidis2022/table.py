"""The tables: means over seeds, paired bootstrap over squares, the paper's figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from typing import Any

from roadmetrics.documents import read_document
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from ..paired_rows import Scores, difference_cell, scores_of, table, value_cell, verdict, weighted
from .miniature import BITS, METRICS, SCORES, WEIGHTS
from .published import ARXIV, ICCV, brackets
from .settings import ROWS, TITLES, TableArgs

COLUMNS = ("weighted", "APLS", "path F1", "junction F1", "sub-graph F1", "CCQ", "TLTS")
APLS = COLUMNS.index("APLS")
CHAIN = ("random", "cls", "gcn", "arm", "refiner")
FIT = "fit.json"


@dataclass(frozen=True)
class Measured:
    """One row over its seeds."""

    name: str
    scores: Scores


def measured(args: TableArgs, name: str) -> Measured:
    """Read the scores of all seeds of a row."""
    documents = [read_document(args.scored(name, seed) / SCORES) for seed in range(args.seeds)]
    return Measured(name, weighted(scores_of(documents, METRICS), WEIGHTS))


def markdown(args: TableArgs, command: str) -> str:
    """The whole page."""
    every = {name: measured(args, name) for name in ROWS}
    arm = every["arm"]
    parts = [
        f"# Anagnostidis et al. 2022 in miniature\n\nMade by `{command}`.\n",
        _about(args),
        "## Ground-truth key points\nMean over seeds ± standard deviation over seeds, in percent; "
        "in brackets APLS on SpaceNet in the paper's two versions (arXiv; ICCV). Weighted is what "
        "the refiner is rewarded by: .35 APLS, .25 path, .25 junction, .15 sub-graph.\n",
        _scores(list(every.values())),
        "## Against ARM\nDifference in points, with the 95 % interval of a paired bootstrap over "
        "squares (seeds averaged: how seeds vary is not in it).\n",
        _differences(arm, [one for one in every.values() if one is not arm]),
        "## Bits per edge\nOn the test squares, mean over seeds, END not counted; a network that "
        "knows nothing pays the last column. In brackets the paper (arXiv; ICCV).\n",
        _bits(args),
        "## Rewards foretold\nR^2 of the rewards of edges on the test squares, by the number of "
        "actions ahead, mean over seeds; of five actions' sum.\n",
        _fits(args),
        "## What holds\n",
        *_claims(args, every),
    ]
    return "\n".join(parts) + "\n"


def _about(args: TableArgs) -> str:
    n = (args.size // args.side) ** 2
    return (
        f"Synthetic towns (suburb, {args.size} px at {args.gsd:g} m, {args.difficulty:g} of the "
        f"road under trees), cut into squares of {args.side} px: {args.n_train * n} to train on, "
        f"{args.n_valid * n} others for the thresholds of Cls and GCN, {args.n_test * n} others "
        f"scored, in pixels. Key points: the simplified ground truth's, moved by "
        f"{args.jitter:g} px, {args.between:g} of their number on edges and {args.elsewhere:g} "
        f"anywhere. ARM {args.steps}, Cls and GCN {args.pair_steps} steps of {args.batch} squares; "
        f"refiner {args.units} units of 16 episodes, {args.updates} steps after each, "
        f"{args.simulations} simulations a move; {args.seeds} seeds.\n"
    )


def _scores(every: Sequence[Measured]) -> str:
    rows = []
    for one in every:
        cells = [value_cell(one.scores, k) for k in range(len(COLUMNS))]
        cells[APLS] += brackets(one.name)
        rows.append([TITLES[one.name], *cells])
    return table(["row", *COLUMNS], rows)


def _differences(first: Measured, others: Sequence[Measured]) -> str:
    return table(["row", *COLUMNS], [
        [TITLES[one.name], *(difference_cell(first.scores, one.scores, k)
                             for k in range(len(COLUMNS)))]
        for one in others
    ])  # fmt: skip


def _bits(args: TableArgs) -> str:
    rows = []
    for name in ("arm", "refiner"):
        own, other, none = (
            _mean_of(args, name, BITS, key)
            for key in ("bits_per_edge", "bits_per_edge_random_order", "bits_per_edge_uniform")
        )
        rows.append([
            TITLES[name], f"{own:.2f} ({ARXIV[name].own}; {ICCV[name].own})",
            f"{other:.2f} ({ARXIV[name].random}; {ICCV[name].random})", f"{none:.2f}",
        ])  # fmt: skip
    return table(["row", "autoregressive order", "random order", "uniform"], rows)


def _fits(args: TableArgs) -> str:
    keys = ("1", "2", "3", "4", "5", "all", "sum")
    return table(keys, [[f"{_mean_of(args, 'refiner', FIT, key):.3f}" for key in keys]])


def _mean_of(args: TableArgs, name: str, file: str, key: str) -> float:
    return mean(float(_json(args, name, seed, file)[key]) for seed in range(args.seeds))


def _json(args: TableArgs, name: str, seed: int, file: str) -> Any:
    path = args.scored(name, seed) / file
    return parse_json(read_bytes(path, MIB), shown(path))


def _claims(args: TableArgs, every: dict[str, Measured]) -> list[str]:
    """What the paper claims, each with what was found."""
    found = [
        f"- {TITLES[a]} below {TITLES[b]} on APLS: "
        f"{verdict(every[a].scores, every[b].scores, APLS, 1)}"
        for a, b in pairwise(CHAIN)
    ]
    refiner = every["refiner"].scores
    found.append(
        "- the refiner above its ARM on what it is rewarded by: "
        f"{verdict(every['arm'].scores, refiner, 0, 1)}"
    )
    found.append(
        "- the refiner with search above the same without, on what it is rewarded by: "
        f"{verdict(every['refiner-alone'].scores, refiner, 0, 1)}"
    )
    fit = _mean_of(args, "refiner", FIT, "all")
    found.append(f"- foretold rewards have R^2 above 0.3: {_yes(fit > 0.3)} ({fit:.3f})")
    own, other, none = (
        _mean_of(args, "arm", BITS, f"bits_per_edge{suffix}")
        for suffix in ("", "_random_order", "_uniform")
    )
    found.append(
        "- ARM's bits: far fewer in its own order than uniform, more in random order: "
        f"{_yes(own < none / 2 and other > none)} ({own:.2f}, {none:.2f}, {other:.2f})"
    )
    own, other = (
        _mean_of(args, "refiner", BITS, f"bits_per_edge{suffix}")
        for suffix in ("", "_random_order")
    )
    is_alike = abs(own - other) <= 0.2 * max(own, other)
    found.append(f"- the refiner's bits are within a fifth in both orders: {_yes(is_alike)} "
                 f"({own:.2f}, {other:.2f})")  # fmt: skip
    return found


def _yes(is_so: bool) -> str:
    return "holds" if is_so else "does not hold"
