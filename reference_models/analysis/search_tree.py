r"""The search tree of one move: figure 11 of the refiner's paper.

  python -m reference_models.analysis.search_tree runs/refiner --data towns --step 6 --out tree.svg

Below the tree stands the square with its key points numbered as in the tree, the edges drawn by
then and, where one waits for its second end, the first end in red; beside it what the search says
of the actions at the root. Moves are counted from 0; a move is one key point, or END.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import write_bytes
from roadmetrics.render.scene import Scene, Text
from roadmetrics.render.svg import svg_text

from ..arguments import option
from ..command import run_module
from ..needed import imported
from ..task import Task
from .chart import check_figure
from .run_options import RunArgs
from .square import DRAWN, Square

SIDE, GAP, TOP = 620.0, 30.0, 44.0
TABLE, LINE = 330.0, 19.0  # width, height of a line
ROWS = 28  # of the table, at most


@dataclass(frozen=True, kw_only=True)
class TreeArgs(RunArgs):
    """Options of ``search_tree``."""

    step: int = option("the move, counted from 0", least=0)
    nodes: int = option("most nodes that are drawn, those visited most", 40, least=1)
    out: str = option("the figure, .svg", metavar="FILE")


def search_tree(args: TreeArgs) -> str:
    """Write the figure; visits, prior and Q of the root's actions as text."""
    check_figure(args.out)
    if Path(args.out).suffix.lower() != ".svg":
        raise RoadMetricsError(f"{args.out}: a search tree is written as .svg")
    if args.simulations == 0:
        raise RoadMetricsError("--simulations 0: without simulations there is no tree")
    trained: Any = imported("reference_models.analysis.trained")
    drawing: Any = imported("reference_models.search.drawing")
    seen = trained.opened(args)
    found, before = trained.search_at(seen, args.step)
    rule = seen.drawer.search.rule
    tree = drawing.draw_tree(found.tree, most=args.nodes, rule=rule)
    table = rows_of(found)
    title = (
        f"{seen.task.id}, move {args.step}: {seen.drawer.search.n_simulations} simulations, "
        f"value {float(found.values[0]):.4f}"
    )
    write_bytes(Path(args.out), figure(title, tree, below(seen.task, before, table)).encode())
    return "\n".join([title, *(" ".join(f"{word:>8}" for word in row) for row in table)])


def rows_of(found: Any) -> list[list[str]]:
    """Action, visits, prior and Q of the actions at the root: a head, and those by visits, prior.

    Actions without a visit are left out.
    """
    visits, prior, q = found.visits[0], found.prior[0], found.q[0]
    order = np.lexsort((-prior, -visits))
    rows = [["action", "visits", "prior", "Q"]]
    for action in order[visits[order] > 0].tolist():
        name = "END" if action == len(visits) - 1 else str(action)
        rows.append([name, str(visits[action]), f"{prior[action]:.3f}", f"{q[action]:+.4f}"])
    return rows


def below(task: Task, before: list[int], table: list[list[str]]) -> Scene:
    """The square with numbered key points, and the table beside it."""
    square = Square(task, GAP, GAP, SIDE)
    square.truth(8.0)
    square.edges(np.array(before[: len(before) // 2 * 2], np.int64), DRAWN, 3.0, "#ffffff")
    square.points(3.5, bold=before[-1:] if len(before) % 2 else ())
    square.numbers(13.0)
    shapes = square.shapes()
    x, y = SIDE + 2 * GAP, GAP + 14
    for k, row in enumerate(table[: ROWS + 1]):
        for column, word in enumerate(row):
            at = x + 70 + 82 * column
            shapes.append(Text(at, y + LINE * k, word, 14, "end", "#222222" if k else "#777777"))
    if len(table) > ROWS + 1:
        text = f"and {len(table) - ROWS - 1} more"
        shapes.append(Text(x + 16, y + LINE * (ROWS + 1), text, 13))
    note = "yellow: ground truth; blue: drawn; red: waits for the second end of its edge"
    shapes.append(Text(GAP, SIDE + 2 * GAP + 8, note, 13, colour="#555555"))
    return Scene(round(SIDE + TABLE + 3 * GAP), round(SIDE + 3 * GAP + 4), shapes)


def figure(title: str, tree: str, scene: Scene) -> str:
    """One SVG: title, the tree as `draw_tree` gave it, the scene below."""
    wide, high = size_of(tree)
    width, height = max(wide, scene.width), TOP + high + scene.height
    shift = (width - wide) / 2
    head = Text(GAP, 28, title, 18)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        svg_text(Scene(round(width), round(TOP), [head])),
        f'<g transform="translate({shift:g} {TOP:g})">', tree.rstrip(), "</g>",
        f'<g transform="translate(0 {TOP + high:g})">', svg_text(scene), "</g>",
        "</svg>\n",
    ])  # fmt: skip


def size_of(svg: str) -> tuple[float, float]:
    """Width and height that an SVG says of itself.

    >>> size_of('<svg width="40" height="20">')
    (40.0, 20.0)
    """
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert found is not None
    return float(found[1]), float(found[2])


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.search_tree", __doc__ or "", TreeArgs,
        lambda args: print(search_tree(args)),
    ))  # fmt: skip
