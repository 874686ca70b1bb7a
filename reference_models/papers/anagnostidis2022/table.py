"""The tables: means over seeds, paired bootstrap over towns, the paper's figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from roadmetrics.documents import read_document

from ..paired_rows import Scores, difference_cell, table, value_cell, verdict
from .measures import Measure, bits, fit, moved
from .miniature import SCORES
from .published import ARXIV, ICCV, brackets
from .rewarded import row_scores
from .settings import ROWS, TITLES, TableArgs

COLUMNS = ("reward", "APLS", "path F1", "junction F1", "sub-graph F1", "CCQ", "TLTS")
APLS = COLUMNS.index("APLS")
CHAIN = ("random", "cls", "gcn", "arm", "refiner")


@dataclass(frozen=True)
class Measured:
    """One row over its seeds."""

    name: str
    scores: Scores


def measured(args: TableArgs, name: str) -> Measured:
    """Read the scores of all seeds of a row."""
    documents = [read_document(args.scored(name, seed) / SCORES) for seed in range(args.seeds)]
    return Measured(name, row_scores(documents))


def markdown(args: TableArgs, command: str) -> str:
    """The whole page."""
    every = {name: measured(args, name) for name in ROWS}
    arm = every["arm"]
    parts = [
        f"# Anagnostidis et al. 2022 in miniature\n\nMade by `{command}`.\n",
        _about(args),
        "## Ground-truth key points\nMean over seeds ± standard deviation over seeds, in percent; "
        "in brackets APLS on SpaceNet in the paper's two versions (arXiv; ICCV). Reward is what "
        "the refiner is rewarded by, .35 APLS + .25 path + .25 junction + .15 sub-graph of each "
        "square by itself, and the mean of that; the other columns are the metrics' own totals, of "
        "which junction and sub-graph add up counts over squares.\n",
        row_table(list(every.values())),
        "## Against ARM\nDifference in points, with the 95 % interval of a paired bootstrap over "
        "towns with their squares (seeds averaged: how seeds vary is not in it).\n",
        difference_table(arm, [one for one in every.values() if one is not arm]),
        "## Bits per edge\nOn the test squares, mean over seeds, END not counted; a network that "
        "knows nothing pays the last column. 95 % over towns; in brackets the paper (arXiv; "
        "ICCV).\n",
        _bits(args),
        "## Rewards foretold\nR^2 of the rewards of edges on the test squares, by the number of "
        "actions ahead, mean over seeds, 95 % over towns; of five actions' sum.\n",
        _fits(args),
        "## Changed weights\nOf all weights that the refiner has from its ARM.\n",
        _moved(args),
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
        f"refiner {args.units} units of 64 episodes, {args.updates} steps after each, "
        f"{args.simulations} simulations a move, {args.drawn_by} when scored; {args.seeds} seeds.\n"
    )


def row_table(every: Sequence[Measured]) -> str:
    """Markdown: means over seeds, in brackets the paper's APLS."""
    rows = []
    for one in every:
        cells = [value_cell(one.scores, k) for k in range(len(COLUMNS))]
        cells[APLS] += brackets(one.name)
        rows.append([TITLES[one.name], *cells])
    return table(["row", *COLUMNS], rows)


def difference_table(first: Measured, others: Sequence[Measured]) -> str:
    """Markdown: the others less the first, in points."""
    return table(["row", *COLUMNS], [
        [TITLES[one.name], *(difference_cell(first.scores, one.scores, k)
                             for k in range(len(COLUMNS)))]
        for one in others
    ])  # fmt: skip


def _bits(args: TableArgs) -> str:
    rows = []
    for name in ("arm", "refiner"):
        own, other, none = (bits(args, name, key) for key in ("own", "random", "uniform"))
        rows.append([
            TITLES[name], f"{own:.2f} ({ARXIV[name].own}; {ICCV[name].own})",
            f"{other:.2f} ({ARXIV[name].random}; {ICCV[name].random})", f"{none.value:.2f}",
        ])  # fmt: skip
    return table(["row", "autoregressive order", "random order", "uniform"], rows)


def _fits(args: TableArgs) -> str:
    keys = ("1", "2", "3", "4", "5", "all", "sum")
    return table(keys, [[f"{fit(args, key):.2f}" for key in keys]])


def _moved(args: TableArgs) -> str:
    found = [moved(args, seed) for seed in range(args.seeds)]
    return table(["seed", "norm of the change, of the norm before", "tensors that changed"], [
        [str(seed), f"{100 * one['norm']:.1f} %", f"{100 * one['tensors']:.0f} %"]
        for seed, one in enumerate(found)
    ])  # fmt: skip


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
    found += [
        f"- {what} have R^2 above 0.3: {_above(fit(args, key), 0.3)}"
        for key, what in (("all", "rewards foretold one to five actions ahead"),
                          ("5", "those foretold five actions ahead"),
                          ("sum", "sums of five actions foretold"))
    ]  # fmt: skip
    own, other, none = (bits(args, "arm", key) for key in ("own", "random", "uniform"))
    found.append(
        "- ARM's bits: far fewer in its own order than uniform, more in random order: "
        f"{_yes(own.value < none.value / 2 and other.value > none.value)} "
        f"({own.value:.2f}, {none.value:.2f}, {other.value:.2f})"
    )
    own, other = (bits(args, "refiner", key) for key in ("own", "random"))
    is_alike = abs(own.value - other.value) <= 0.2 * max(own.value, other.value)
    found.append(f"- the refiner's bits are within a fifth in both orders: {_yes(is_alike)} "
                 f"({own.value:.2f}, {other.value:.2f})")  # fmt: skip
    return found


def _above(one: Measure, least: float) -> str:
    """By the interval where there is one."""
    if one.ends is None:
        return f"too few towns to say ({one:.3f})"
    low, high = one.ends
    word = "holds" if low > least else "does not hold" if high < least else "not told apart"
    return f"{word} ({one:.3f})"


def _yes(is_so: bool) -> str:
    return "holds" if is_so else "does not hold"
