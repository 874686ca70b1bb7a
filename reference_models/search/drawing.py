"""A search tree as a picture: what figure 11 of Anagnostidis et al. 2022 shows, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from roadmetrics.errors import RoadMetricsError

from .tree import Rule, Tree, walked

WIDE, HIGH, EDGE = 58.0, 86.0, 34.0  # pixels between leaves, between levels, around the tree
FONT = 'font-family="sans-serif" text-anchor="middle"'


def draw_tree(tree: Tree, row: int = 0, *, most: int = 60, rule: Rule | None = None) -> str:
    """SVG of the ``most`` nodes of one row that were visited most.

    In a node: how often it was visited, and the mean return from there; on the way to it: the
    action (a key point or END) and its Q. Area grows with visits, colour from the least Q to the
    greatest. Raises RoadMetricsError for a row that was not searched.

    >>> import numpy as np
    >>> from reference_models.search.tree import tree_of
    >>> tree = tree_of(np.ones((1, 2), bool), np.array([-1]), np.array([4]), 0)
    >>> draw_tree(tree)
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: row 0: there is no search to draw
    >>> tree.visits[0, 0] = 1
    >>> draw_tree(tree).count("<circle")
    1
    """
    if not 0 <= row < len(tree.left) or tree.visits[row, 0] == 0:
        raise RoadMetricsError(f"row {row}: there is no search to draw")
    nodes = _chosen(tree, row, max(most, 1))
    children = {node: [c for c in _children(tree, row, node) if c in nodes] for node in nodes}
    places = _places(children)
    width = 2 * EDGE + max(x for x, _ in places.values())
    height = 2 * EDGE + max(y for _, y in places.values())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for node in sorted(children):
        lines += [
            _way(tree, row, c, places[node], places[c], rule or Rule()) for c in children[node]
        ]
    lines += [_circle(tree, row, node, places[node]) for node in sorted(children)]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _chosen(tree: Tree, row: int, most: int) -> set[int]:
    """The nodes visited most, older ones first: a parent comes before its children."""
    visits = tree.visits[row]
    used = [node for node in range(len(visits)) if visits[node] > 0]
    return set(sorted(used, key=lambda node: (-visits[node], node))[:most])


def _children(tree: Tree, row: int, node: int) -> list[int]:
    """By action."""
    found, child = [], int(tree.newest[row, node])
    while child >= 0:
        found.append(child)
        child = int(tree.sibling[row, child])
    return sorted(found, key=lambda c: tree.action[row, c])


def _places(children: Mapping[int, Sequence[int]]) -> dict[int, tuple[float, float]]:
    """x, y of each node: leaves side by side, a parent over the middle of its children."""
    places: dict[int, tuple[float, float]] = {}
    n_leaves = 0
    stack = [(0, 0, False)]
    while stack:
        node, depth, is_done = stack.pop()
        below = children[node]
        if below and not is_done:
            stack.append((node, depth, True))
            stack += [(c, depth + 1, False) for c in reversed(below)]
            continue
        if below:
            x = (places[below[0]][0] + places[below[-1]][0]) / 2
        else:
            x, n_leaves = EDGE + WIDE * n_leaves, n_leaves + 1
        places[node] = (x, EDGE + HIGH * depth)
    return places


def _way(
    tree: Tree,
    row: int,
    node: int,
    start: tuple[float, float],
    end: tuple[float, float],
    rule: Rule,
) -> str:
    action = int(tree.action[row, node])
    name = "END" if action == tree.open.shape[2] - 1 else str(action)
    x, y = end[0], end[1] - _radius(tree, row, node) - 4.0
    return (
        f'<path d="M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}" stroke="#999"/>'
        f'<text x="{x:.1f}" y="{y:.1f}" {FONT} font-size="10" fill="#333" stroke="#fff" '
        f'stroke-width="3" paint-order="stroke"><tspan font-weight="bold">{name}</tspan> '
        f"{walked(tree, rule, row, node):+.3f}</text>"
    )


def _circle(tree: Tree, row: int, node: int, place: tuple[float, float]) -> str:
    visits, mean = tree.visits[row, node], tree.total[row, node] / tree.visits[row, node]
    line = 3 if tree.is_over[row, node] else 1
    return (
        f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{_radius(tree, row, node):.1f}" '
        f'fill="{_colour(tree, row, node)}" stroke="#333" stroke-width="{line}"/>'
        f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" {FONT} font-size="10">{visits}</text>'
        f'<text x="{place[0]:.1f}" y="{place[1] + 10:.1f}" {FONT} font-size="8">{mean:.3f}</text>'
    )


def _radius(tree: Tree, row: int, node: int) -> float:
    return 14.0 + 11.0 * math.sqrt(tree.visits[row, node] / tree.visits[row, 0])


def _colour(tree: Tree, row: int, node: int) -> str:
    """From pale (the least Q of the tree) to blue (the greatest); white at the root."""
    low, high = float(tree.low[row]), float(tree.high[row])
    if node == 0 or not high > low:
        return "#fff"
    share = min(max((walked(tree, Rule(), row, node) - low) / (high - low), 0.0), 1.0)
    ends = ((0xF2, 0xF2, 0xEC), (0x8F, 0xBF, 0xE8))
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in zip(*ends, strict=True))
