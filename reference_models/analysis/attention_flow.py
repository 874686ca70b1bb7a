r"""How much an edge attends to each one before it: figure 9 of the refiner's paper.

  python -m reference_models.analysis.attention_flow runs/arm --data towns --out attention.png

Transformer II reads the edges that the run draws. Of the state that chose an edge's second end, the
shares of the inputs are found by rollout or flow (Abnar and Zuidema 2020), the two tokens of an
edge together. A panel shows one edge in red, and those before it by their share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray
from roadmetrics.render.save import save
from roadmetrics.render.scene import Box, Scene, Text

from ..arguments import option
from ..command import run_module
from ..needed import imported
from ..task import Task
from .attention_flow_maths import METHODS, by_edge, place_of
from .chart import check_figure
from .run_options import RunArgs
from .square import NEW, Pairs, Square

SIDE, GAP, HEAD, TOP, FOOT = 300.0, 16.0, 44.0, 40.0, 40.0
COLUMNS = 3
RAMP = ((0xFF, 0xF7, 0xBC), (0xFE, 0x99, 0x29), (0x66, 0x25, 0x06))  # pale, orange, brown
LATER = "#666666"
MOST = 5  # earlier edges that a line of text names


@dataclass(frozen=True, kw_only=True)
class AttentionArgs(RunArgs):
    """Options of ``attention_flow``."""

    by: str = option("how layers are put together: maximum flow, or their product (rollout)",
                     "flow", choices=tuple(sorted(METHODS)))  # fmt: skip
    panels: int = option("edges that are shown, spread over the episode", 6, least=1, most=60)
    out: str = option("the figure, .png or .svg", metavar="FILE")


class Attended(NamedTuple):
    """Shares of what an edge attends to; they add up to 1."""

    edge: int  # number in the order of drawing
    image: float
    own: float  # its first end
    earlier: FloatArray  # [edge]


def attention_flow(args: AttentionArgs) -> str:
    """Write the figure; the shares as text."""
    check_figure(args.out)
    trained: Any = imported("reference_models.analysis.trained")
    seen = trained.opened(args)
    edges = seen.drawer.in_order(seen.task)
    chosen = chosen_edges(len(edges), max(len(seen.task.start), 1), args.panels)
    if not chosen:
        raise RoadMetricsError(
            f"{seen.task.id}: the run draws {len(edges)} edges, none of them after another: give "
            "another --tile"
        )
    found = attended(trained.attention_of(seen, edges), chosen, args.by)
    save(picture(seen.task, edges, found, args.by), args.out)
    return "\n".join([f"{seen.task.id}: {len(edges)} edges, {args.by}", *_lines(edges, found)])


def chosen_edges(n: int, first: int, most: int) -> list[int]:
    """Up to ``most`` of the edges ``first`` to n - 1, the last among them, as even as it goes.

    >>> chosen_edges(5, 1, 2), chosen_edges(3, 1, 6), chosen_edges(1, 1, 6), chosen_edges(9, 1, 1)
    ([1, 4], [1, 2], [], [8])
    """
    count = min(most, max(n - first, 0))
    spread = np.linspace(n - 1, first, count) if count else np.zeros(0)
    return sorted({round(k) for k in spread.tolist()})


def attended(layers: Sequence[FloatArray], edges: Sequence[int], by: str) -> list[Attended]:
    """Shares for each of the edges from layers [T + 1, T + 1], see `attention_flow_maths`."""
    found = []
    for edge in edges:
        n = place_of(edge) + 1  # what comes later is not read
        shares = METHODS[by]([layer[:n, :n] for layer in layers], n - 1)
        found.append(Attended(edge, *by_edge(shares, edge)))
    return found


def picture(task: Task, edges: Pairs, found: Sequence[Attended], by: str) -> Scene:
    """A panel for each edge; its colours go from 0 to the greatest share of an edge before it."""
    columns = min(COLUMNS, len(found))
    width = max(round(columns * (SIDE + GAP) + GAP), 640)
    shapes: list[Any] = [Text(GAP, 26, f"attention of {task.id}, by {by}", 17)]
    for k, one in enumerate(found):
        x = GAP + (k % columns) * (SIDE + GAP)
        y = TOP + (k // columns) * (SIDE + HEAD + 8) + HEAD
        shapes += _panel(task, edges, one, (x, y))
    foot = TOP + math.ceil(len(found) / columns) * (SIDE + HEAD + 8)
    return Scene(width, round(foot + FOOT), [*shapes, *_scale(GAP, foot + 8)])


def _panel(task: Task, edges: Pairs, one: Attended, corner: tuple[float, float]) -> list[Any]:
    (x, y), top = corner, float(one.earlier.max())
    square = Square(task, x, y, SIDE)
    square.edges(edges[one.edge + 1 :], LATER, 1.2)
    for k in np.argsort(one.earlier, kind="stable").tolist():  # the greatest share on top
        share = float(one.earlier[k]) / max(top, 1e-12)
        square.edges(edges[k], colour_of(share), 2.0 + 6.0 * share, "#444444")
    square.edges(edges[one.edge], NEW, 4.0, "#ffffff")
    square.points(bold=edges[one.edge].tolist())
    i, j = edges[one.edge].tolist()
    what = (
        f"image {one.image:.0%}, first end {one.own:.0%}, edges before {one.earlier.sum():.0%}, "
        f"at most {top:.0%}"
    )
    return [
        *square.shapes(), Text(x, y - 24, f"edge {one.edge + 1} of {len(edges)}: {i}-{j}", 14),
        Text(x, y - 8, what, 11, colour="#555555"),
    ]  # fmt: skip


def colour_of(share: float) -> str:
    """Pale for 0, brown for 1.

    >>> colour_of(0.0), colour_of(0.5), colour_of(1.0)
    ('#fff7bc', '#fe9929', '#662506')
    """
    low = min(int(share * 2), 1)
    rest = min(share, 1.0) * 2 - low
    pairs = zip(RAMP[low], RAMP[low + 1], strict=True)
    return "#" + "".join(f"{round(a + rest * (b - a)):02x}" for a, b in pairs)


def _scale(x: float, y: float) -> list[Any]:
    """The colours from 0 to the greatest share, and what the others mean."""
    shapes: list[Any] = [Text(x, y + 12, "share of an edge:  0", 12)]
    start, n = x + 128, 40
    shapes += [Box(start + 3 * k, y, 3.5, 14, fill=colour_of(k / (n - 1))) for k in range(n)]
    shapes.append(Text(start + 3 * n + 8, y + 12, "the most in the panel", 12))
    for k, (name, colour) in enumerate((("the edge itself", NEW), ("drawn later", LATER))):
        at = start + 3 * n + 160 + 130 * k
        shapes += [Box(at, y + 5, 24, 4, fill=colour), Text(at + 32, y + 12, name, 12)]
    return shapes


def _lines(edges: Pairs, found: Sequence[Attended]) -> list[str]:
    """A line for each edge: its shares, and the earlier edges that have most."""
    lines = []
    for one in found:
        most = np.argsort(-one.earlier, kind="stable")[:MOST].tolist()
        named = " ".join(f"{_name(edges, k)} {one.earlier[k]:.4f}" for k in most)
        lines.append(
            f"{_name(edges, one.edge)}: image {one.image:.4f}  first end {one.own:.4f}  "
            f"edges before {one.earlier.sum():.4f}: {named}"
        )
    return lines


def _name(edges: Pairs, k: int) -> str:
    """Number of the edge, from 1, and its key points."""
    return f"{k + 1} ({edges[k, 0]}-{edges[k, 1]})"


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.attention_flow", __doc__ or "", AttentionArgs,
        lambda args: print(attention_flow(args)),
    ))  # fmt: skip
