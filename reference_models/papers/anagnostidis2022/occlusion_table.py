"""The page of the experiment: scores by difficulty, paired bootstrap over towns, a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from roadmetrics.documents import read_document

from ...analysis.chart import Panel, Series, save_chart
from ..paired_rows import Scores, difference_cell, of_row, table, value_cell, verdict
from .miniature import SCORES
from .occlusion_settings import ROWS, SEEDED, TITLES, OcclusionArgs
from .rewarded import row_scores
from .segmented import about_run

COLUMNS = ("reward", "APLS", "path F1", "junction F1", "sub-graph F1", "CCQ", "TLTS")
DRAWN = COLUMNS[:6]  # panels of the figure
FIRST = "segmentation"
MEAN = "mean"
ByPart = Mapping[str, Scores]  # by part of the towns, and of all


def measured(args: OcclusionArgs, name: str) -> dict[str, Scores]:
    """The scores of a row by part of the towns, and the mean over parts.

    A row without runs counts as the same for every seed. Resamples of towns are the same for all
    parts, as all have the same towns.
    """
    found = {
        part: row_scores([
            read_document(args.scored(name, seed, part) / SCORES) for seed in range(args.seeds)
        ], str)
        for part in args.scored_parts
    }  # fmt: skip
    return {**found, MEAN: mean_of(list(found.values()))}


def mean_of(parts: Sequence[Scores]) -> Scores:
    """The mean over parts, resample by resample.

    >>> two = [Scores((0.5,), ((0.4,), (0.6,)), None), Scores((0.7,), ((0.8,), (0.6,)), None)]
    >>> [round(seed[0], 9) for seed in mean_of(two).of_seeds]
    [0.6, 0.6]
    """
    drawn = [one.resampled for one in parts if one.resampled is not None]
    return Scores(
        tuple(np.mean([one.values for one in parts], axis=0).tolist()),
        tuple(map(tuple, np.mean([one.of_seeds for one in parts], axis=0).tolist())),
        np.mean(drawn, axis=0) if len(drawn) == len(parts) else None,
    )


def markdown(args: OcclusionArgs, command: str) -> str:
    """The whole page."""
    every = {name: measured(args, name) for name in ROWS}
    parts = [
        f"# A segmentation refined, under trees\n\nMade by `{command}`.\n",
        _about(args),
        "## Scores by share of the road under trees\nMean over seeds ± standard deviation over "
        "seeds, in percent; below it the difference from the segmentation in points, with the 95 % "
        "interval of a paired bootstrap over towns (seeds averaged: how seeds vary is not in it). "
        "The last column is the mean over the shares. Reward, a mean over tiles, is what the "
        "refiner is rewarded by: .35 APLS, .25 path, .25 junction, .15 sub-graph. The last row "
        "knows the ground truth: no choice of edges between these key points gives much more, but "
        "for what was taken out first.\n",
        *(f"### {column}\n\n{_scores(args, every, k)}" for k, column in enumerate(COLUMNS)),
        "## What holds\n",
        _claims(args, every),
        _widens(args, every["refiner"], every[FIRST]),
    ]
    return "\n".join(parts) + "\n"


def _about(args: OcclusionArgs) -> str:
    about = about_run(args.segmentation)
    towns = about["towns"]
    learned = (
        f"{towns['tiles']} towns of seed {towns['seed']}, {towns['difficulty']:g} of the road "
        "under trees"
        if towns
        else "towns whose manifest was not found"
    )
    return (
        f"The segmentation: {about['net']}, {about['loss']}, {about['steps']} steps, learned from "
        f"{learned}. Synthetic towns (suburb, {args.size} px at {args.gsd:g} m): {args.n_train} to "
        f"train on (seeds {args.train_seeds[0]} to {args.train_seeds[-1]}, as many of each share "
        f"under trees: {', '.join(args.learned.split())}), cut into squares of {args.side} px; "
        f"{args.n_test} to score (seed {args.test_seed}), the same towns at every share, scored "
        "whole, in pixels. Key points and starting edges are the segmentation's, in training on "
        f"towns that it did not learn from. ARM {args.steps} steps of {args.batch} squares; "
        f"refiner {args.units} units of 64 episodes, {args.updates} steps after each, "
        f"{args.simulations} simulations a move, {args.drawn_by} when tiles are refined, the first "
        f"{args.curriculum:g} of the units rewarded by the prediction; tiles refined in "
        f"patches that share {args.overlap} px; {args.seeds} seeds. Dead ends and small components "
        "lose their edges first, as in training, but not in the rows that keep them: such starts "
        "were not learned from.\n"
    )


def _scores(args: OcclusionArgs, every: Mapping[str, ByPart], k: int) -> str:
    rows = []
    for name in ROWS:
        cells = []
        for part in (*args.scored_parts, MEAN):
            one = every[name][part]
            cell = value_cell(one if name in SEEDED else _once(one), k)
            if name != FIRST:
                cell += f"<br>{difference_cell(every[FIRST][part], one, k)}"
            cells.append(cell)
        rows.append([TITLES[name], *cells])
    return table(["row", *(f"{d:g}" for d in args.scored_parts.values()), MEAN], rows)


def _once(scores: Scores) -> Scores:
    """Without the repetitions for seeds, over which a row without runs does not vary."""
    return replace(scores, of_seeds=scores.of_seeds[:1])


def _claims(args: OcclusionArgs, every: Mapping[str, ByPart]) -> str:
    """What was asked, each with what was found at every share."""
    rows = [
        [f"{TITLES[b]} above {TITLES[a]} on {COLUMNS[k]}",
         *(verdict(every[a][part], every[b][part], k, 1) for part in (*args.scored_parts, MEAN))]
        for b, a, columns in (
            ("refiner", FIRST, (0, 1)), ("arm", FIRST, (0,)), ("refiner", "arm", (0,)),
            ("refiner-kept", FIRST, (0, 1)), ("refiner-kept", "arm-kept", (0,)),
            ("refiner", "gaps", (0,)), ("refiner-kept", "gaps", (0,)), ("gaps", FIRST, (0,)),
        )
        for k in columns
    ]  # fmt: skip
    return table(["claim", *(f"{d:g}" for d in args.scored_parts.values()), MEAN], rows)


def _widens(args: OcclusionArgs, refined: ByPart, first: ByPart) -> str:
    """Whether the refiner gains more over the segmentation at the highest share than the lowest."""
    (low, a), *_, (high, b) = [*args.scored_parts.items(), *args.scored_parts.items()]
    less, more = (gain(first[part], refined[part]) for part in (low, high))
    return (
        f"The refiner gains more over the segmentation at {b:g} than at {a:g}, reward: "
        f"{verdict(less, more, 0, 1)}, {difference_cell(less, more, 0)} points."
    )


def gain(first: Scores, other: Scores) -> Scores:
    """What one row has more than another, by seed and by resample.

    >>> gain(Scores((0.5,), ((0.5,),), None), Scores((0.75,), ((0.75,),), None)).values
    (0.25,)
    """
    drawn = None
    if first.resampled is not None and other.resampled is not None:
        drawn = other.resampled - first.resampled
    return Scores(
        tuple(np.subtract(other.values, first.values).tolist()),
        tuple(map(tuple, np.subtract(other.of_seeds, first.of_seeds).tolist())),
        drawn,
    )


def save_figure(args: OcclusionArgs) -> None:
    """Draw scores against the share of the road under trees."""
    every = {name: measured(args, name) for name in ROWS}
    labels = [f"{d:g}" for d in args.scored_parts.values()]
    panels = [
        Panel(
            column, "share of the road under trees", "%, 95 % over towns", labels,
            [_series(TITLES[name], [every[name][part] for part in args.scored_parts], k)
             for name in ROWS],
            is_bars=False, has_zero=False,
        )
        for k, column in enumerate(DRAWN)
    ]  # fmt: skip
    note = f"{args.n_test} towns, the same at every share; mean over {args.seeds} seeds"
    save_chart(args.figure, "A segmentation refined, under trees", note, panels)


def _series(label: str, parts: Sequence[Scores], k: int) -> Series:
    ends = np.array([of_row(one, k) or (np.nan, np.nan) for one in parts])
    values = np.array([one.values[k] for one in parts])
    return Series(label, 100 * values, 100 * ends[:, 0], 100 * ends[:, 1])
