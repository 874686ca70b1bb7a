r"""Score against search, and against time: the last part of figure 8 of the refiner's paper.

  python -m reference_models.analysis.search_budget runs/refiner --data towns/test \
    --simulations 0 4 8 16 32 64 --out budget.png

Draws the squares of a data set by a run of train-refiner, by searches of several sizes, and by what
needs no search: the best of several drawings by the rewards that the network foretells, and beams.
Scores are what the refiner is rewarded by, the mean over squares; key points are made from the
ground truth as those of the run. Seconds are processor time of one process, images and all, and
each way has as many squares side by side as it likes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray
from roadmetrics.io.files import shown

from ..arguments import check, option
from ..by_town import mean_interval, town_of
from ..command import run_module
from ..needed import imported
from ..settings import LAYOUTS
from ..task import Task
from .chart import Panel, Series, check_figure, save_chart

WAYS = ("search", "best of drawings", "beam")


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Options of ``search_budget``."""

    run: str = option("run of train-refiner", is_positional=True, metavar="RUN")
    data: str = option("folder of images and roads, see docs/training.md", metavar="DIR")
    layout: str = option("which data set the folder is", "auto", choices=LAYOUTS)
    split: str = option("part of the data set; all of the folder if not given", "", metavar="NAME")
    simulations: str = option("of a move; 0 is always among them", "0 4 8 16 32 64", metavar="N",
                              is_many=True)  # fmt: skip
    samples: str = option("drawings of which the best is taken; 0: none", "4 16 64", metavar="N",
                          is_many=True)  # fmt: skip
    beams: str = option("widths of beams; 0: none", "4 16", metavar="N", is_many=True)
    squares: int = option("the first so many; 0: all", 0, least=0)
    threads: int = option("threads of torch, 0 for its own choice", 1, least=0)
    out: str = option("the figure, .png or .svg", metavar="FILE")

    def __post_init__(self) -> None:
        check(self)

    def budgets(self) -> list[tuple[str, int]]:
        """Ways and how much of each, ascending; no search first.

        >>> args = BudgetArgs(run="r", data="d", out="o.png", simulations="4", samples="0")
        >>> args.budgets()
        [('search', 0), ('search', 4), ('beam', 4), ('beam', 16)]
        """
        found = [(WAYS[0], n) for n in sorted({0, *_numbers("--simulations", self.simulations)})]
        for way, flag, words in ((WAYS[1], "--samples", self.samples),
                                 (WAYS[2], "--beams", self.beams)):  # fmt: skip
            found += [(way, n) for n in sorted(set(_numbers(flag, words))) if n]
        return found


def _numbers(flag: str, words: str) -> list[int]:
    found = [int(word) for word in words.split() if word.isascii() and word.isdigit()]
    if len(found) != len(words.split()):
        raise RoadMetricsError(f"{flag} must be whole numbers, 0 or more, not {words!r}")
    return found


@dataclass(frozen=True, eq=False)
class Spent:
    """What one budget came to: score of each square, processor seconds a square."""

    way: str
    n: int
    scores: FloatArray
    seconds: float


def search_budget(args: BudgetArgs) -> str:
    """Write the figure; the table as text."""
    check_figure(args.out)
    budgets = args.budgets()
    imported("reference_models.train_refiner")  # says how to get torch
    tasks, towns = tasks_of_run(args)
    found = [spent(args, way, n, tasks) for way, n in budgets]
    note = f"{len(tasks)} squares; lines: 95 % over towns of the difference from no search"
    save_chart(args.out, "Score and search", note, panels(found, towns), 2)
    return "\n".join(lines(found, towns))


def tasks_of_run(args: BudgetArgs) -> tuple[list[Task], list[str]]:
    """Tasks made as those of the run's ARM, and the town of each.

    Raises RoadMetricsError for a run without search, and for data without tasks.
    """
    from ..graph_drawing import RefinerDrawer
    from ..models import set_threads
    from ..refine import open_refiner
    from ..truth_tasks import truth_tasks

    set_threads(args.threads)
    drawer = open_refiner(args.run, "cpu")
    if not isinstance(drawer, RefinerDrawer):
        raise RoadMetricsError(
            f"{shown(args.run)}: a run of train-graph has no search: give one of train-refiner"
        )
    arm = drawer.arm
    tasks = truth_tasks(replace(arm, layout=args.layout, split=args.split), args.data)
    tasks = tasks[: args.squares or None]
    if not tasks:
        raise RoadMetricsError(f"{args.data}: there is nothing to draw in it")
    return tasks, [town_of(task.id) if arm.side else task.id for task in tasks]


def spent(args: BudgetArgs, way: str, n: int, tasks: Sequence[Task]) -> Spent:
    """Draw all tasks with one budget; the first is drawn before, so that nothing is compiled."""
    from ..graph_drawing import RefinerDrawer
    from ..policy_drawing import PolicyDrawer

    if way == WAYS[0]:
        drawer: RefinerDrawer | PolicyDrawer = RefinerDrawer(args.run, "cpu", n)
    else:
        drawer = PolicyDrawer(args.run, "cpu", **{"samples" if way == WAYS[1] else "beam": n})
    drawer.many(tasks[:1])
    began = time.process_time()
    drawn = drawer.many(tasks)
    seconds = (time.process_time() - began) / len(tasks)
    scores = [task.score(edges) for task, edges in zip(tasks, drawn, strict=True)]
    return Spent(way, n, np.array(scores), seconds)


def lines(found: Sequence[Spent], towns: Sequence[str]) -> list[str]:
    """The table: score and difference from no search in points, with 95 % over towns."""
    rows = [f"{'way':18}{'n':>5} {'CPU s a square':>15} {'score':>7} {'95 %':>13} "
            f"{'above no search':>16} {'95 %':>13}"]  # fmt: skip
    for one in found:
        row = f"{one.way:18}{one.n:5} {one.seconds:15.3f} {100 * one.scores.mean():7.2f} "
        row += f"{_ends(one.scores, towns, ''):>13}"
        if one is not found[0]:
            apart = one.scores - found[0].scores
            row += f" {100 * apart.mean():+16.2f} {_ends(apart, towns, '+'):>13}"
        rows.append(row)
    return rows


def _ends(values: FloatArray, towns: Sequence[str], sign: str) -> str:
    ends = mean_interval(values, towns)
    return "" if ends is None else f"{100 * ends[0]:{sign}.2f} {100 * ends[1]:{sign}.2f}"


def panels(found: Sequence[Spent], towns: Sequence[str]) -> list[Panel]:
    """Against time, all ways; against simulations, the searches."""
    ways = [(way, [one for one in found if one.way == way]) for way in WAYS]
    every = [_series(way, some, found[0], towns) for way, some in ways if some]
    searches = ways[0][1]
    name = "points above no search"
    return [
        Panel("at equal time", "processor seconds a square", name, [], every, is_bars=False),
        Panel("by simulations", "simulations a move", name, [str(one.n) for one in searches],
              [replace(every[0], x=None)], is_bars=False),
    ]  # fmt: skip


def _series(way: str, some: Sequence[Spent], base: Spent, towns: Sequence[str]) -> Series:
    """In points above no search."""
    apart = [100 * (one.scores - base.scores) for one in some]
    ends = np.array([mean_interval(x, towns) or (np.nan, np.nan) for x in apart])
    mean = np.array([x.mean() for x in apart])
    seconds = np.array([max(one.seconds, 1e-6) for one in some])
    return Series(way, mean, ends[:, 0], ends[:, 1], seconds)


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.search_budget", __doc__ or "", BudgetArgs,
        lambda args: print(search_budget(args)),
    ))  # fmt: skip
