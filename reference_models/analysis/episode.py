r"""An episode as pictures, edge by edge: figures 16 and 17 of the refiner's paper.

  python -m reference_models.analysis.episode runs/refiner --data towns --out episode.png

Each panel shows what is drawn by then, the newest edges in red, the ground truth faint below, and
the weighted score of `roadmetrics.rewards`. Moves are those of `refine`: without noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from roadmetrics.graph import FloatArray
from roadmetrics.render.legend import legend, line_entry
from roadmetrics.render.save import save
from roadmetrics.render.scene import Scene, Text
from roadmetrics.rewards import RewardScorer

from ..arguments import option
from ..command import run_module
from ..needed import imported
from ..task import Task
from .chart import check_figure
from .run_options import RunArgs
from .square import DRAWN, NEW, TRUTH, Pairs, Square

SIDE, GAP, HEAD, TOP = 250.0, 14.0, 26.0, 46.0
COLUMNS = 4


@dataclass(frozen=True, kw_only=True)
class EpisodeArgs(RunArgs):
    """Options of ``episode``."""

    panels: int = option("most panels", 8, least=2, most=60)
    out: str = option("the figure, .png or .svg", metavar="FILE")


def episode(args: EpisodeArgs) -> str:
    """Write the figure; score by edge as text."""
    check_figure(args.out)
    trained: Any = imported("reference_models.analysis.trained")
    seen = trained.opened(args)
    edges = seen.drawer.in_order(seen.task)
    n_start = len(seen.task.start)
    scores = scores_of(seen.task, edges[n_start:])
    save(picture(seen.task, edges, scores, args.panels), args.out)
    lines = [f"{seen.task.id}: {len(edges) - n_start} edges drawn, {n_start} to begin with"]
    lines.append(f"{'start':>10}  {scores[0]:.4f}")
    for k, (i, j) in enumerate(edges[n_start:].tolist(), start=1):
        lines.append(f"{k:4} {i:2}-{j:<2}  {scores[k]:.4f}  {scores[k] - scores[k - 1]:+.4f}")
    return "\n".join(lines)


def scores_of(task: Task, edges: Pairs) -> FloatArray:
    """[M + 1] the weighted score at the start and after each of the edges [M, 2]."""
    scorer = RewardScorer(task.patch().gt)
    scorer.reset(task.key_points, task.start)
    found = [scorer.score]
    for i, j in edges.tolist():
        scorer.add_edge(i, j)
        found.append(scorer.score)
    return np.array(found)


def stops(n: int, most: int) -> list[int]:
    """How many edges of n the panels show: none first, all last, as even as it goes.

    >>> stops(3, 8), stops(20, 5), stops(0, 8)
    ([0, 1, 2, 3], [0, 5, 10, 15, 20], [0])
    """
    return sorted({round(k) for k in np.linspace(0, n, min(most, n + 1)).tolist()})


def picture(task: Task, edges: Pairs, scores: FloatArray, most: int) -> Scene:
    """Panels of the episode; ``edges`` begin with those of the task's start."""
    n_start = len(task.start)
    shown = stops(len(edges) - n_start, most)
    columns = min(COLUMNS, len(shown))
    width = round(columns * (SIDE + GAP) + GAP)
    shapes: list[Any] = [Text(GAP, 26, f"episode of {task.id}", 17)]
    before = 0
    for k, n in enumerate(shown):
        x = GAP + (k % columns) * (SIDE + GAP)
        y = TOP + (k // columns) * (SIDE + HEAD + 8) + HEAD
        square = Square(task, x, y, SIDE)
        square.truth()
        square.edges(edges[: n_start + before], DRAWN, 2.4, "#ffffff")
        new = edges[n_start + before : n_start + n]
        square.edges(new, NEW, 3.2, "#ffffff")
        square.points(bold=new.ravel().tolist())
        what = f"{n} edge{'s' * (n != 1)}" if n else "start"
        shapes += [*square.shapes(), Text(x, y - 7, f"{what}: score {scores[n]:.3f}", 14)]
        before = n
    foot = TOP + math.ceil(len(shown) / columns) * (SIDE + HEAD + 8)
    entries = [line_entry("ground truth", TRUTH, 5.0, "#777777"),
               line_entry("drawn before", DRAWN, 2.4, None),
               line_entry("drawn since the panel before", NEW, 3.2, None)]  # fmt: skip
    marks, height = legend(entries, GAP, foot, max(width, 700) - 2 * GAP)
    return Scene(max(width, 700), round(foot + height + 10), [*shapes, *marks])


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.episode", __doc__ or "", EpisodeArgs,
        lambda args: print(episode(args)),
    ))  # fmt: skip
