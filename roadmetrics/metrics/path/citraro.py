"""metrics_delin's OPT-P, step by step, on Python's own random stream.

Source: lcit/metrics_delin@30f1ad9, path_based/path_connectivity_metric.py. Followed although they
look like slips: chains that come when nothing is left are not counted, a route has few edges
however short they are, a node numbered 0 keeps its edges, and nodes that were put into edges late
may stay. Ours: places near a chain are found by an index, and a chain never raises.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass

from ...graph import RoadGraph
from ...snap import check_spacing
from .explained import INTERRUPTION
from .ordered import OrderedGraph, Point, cleaned, random_chains
from .rest import Edge, Rest

Candidate = tuple[float, int]  # squared distance, node; the first of a list is "unmatched"
UNMATCHED: Candidate = (0.0, -1)


@dataclass(frozen=True)
class Program:
    """The program's numbers."""

    existing_dist: float
    snap_dist: float
    piece: float
    corridor: float
    max_hops: int

    def count(self, gt: RoadGraph, pred: RoadGraph, seed: int) -> dict[str, float]:
        """Sums of the scores of random chains of both sides, of their squares, and their number."""
        sums: dict[str, float] = {"n_drawn": 1}
        stream = random.Random(seed)  # noqa: S311  (the program's own generator)
        for side, graph, other in (("gt", gt, pred), ("pred", pred, gt)):
            h = cleaned(graph).copy()
            chains = random_chains(h.copy(), stream)
            # the program stops at an empty graph with zeros: here the chains there are score 0
            scores = self._scores(h, other, chains) if len(other.edges) else [0.0] * len(chains)
            sums[f"matched_{side}"] = sum(scores)
            sums[f"total_{side}"] = float(len(scores))
            sums[f"squares_{side}"] = sum(score * score for score in scores)
        return sums

    def chain_scores(
        self, graph: RoadGraph, other: RoadGraph, chains: list[list[int]]
    ) -> list[float]:
        """Scores of given chains, those that came before nothing was left."""
        return self._scores(cleaned(graph).copy(), other, chains)

    def _scores(self, h: OrderedGraph, other: RoadGraph, chains: list[list[int]]) -> list[float]:
        chains = [chain for chain in chains if len(chain) > 1]
        paths = [self._cut([h.place[n] for n in chain]) for chain in chains]
        rest = Rest(cleaned(other).copy(), other, self.snap_dist, paths)
        scores = []
        for k, path in enumerate(paths):
            if not rest.graph.n_edges:
                break
            scores.append(self._score(k, path, rest))
        return scores

    def _cut(self, places: list[Point]) -> list[Point]:
        """break_down_segments: halved until no piece is longer than ``piece``."""
        length = sum(_squared(a, b) ** 0.5 for a, b in itertools.pairwise(places))
        check_spacing(length, self.piece)
        limit = self.piece * self.piece if self.piece else float("inf")
        path, ahead = [places[0]], places[:0:-1]
        while ahead:
            (ax, ay), (bx, by) = path[-1], ahead[-1]
            if _squared(path[-1], ahead[-1]) > limit:
                ahead.append((0.5 * (ax + bx), 0.5 * (ay + by)))
            else:
                path.append(ahead.pop())
        return path

    def _score(self, k: int, path: list[Point], rest: Rest) -> float:
        """Match one chain to what is left, use it up, and give the chain's score."""
        candidates = self._candidates(k, path, rest)
        routes = [
            self._routes(rest.graph, path[i - 1 : i + 1], candidates[i - 1])
            for i in range(1, len(path))
        ]
        states = _likest(path, candidates, routes)
        steps = [_squared(a, b) ** 0.5 for a, b in itertools.pairwise(path)]
        joined: list[list[int]] = []  # nodes of each joined run, in order
        runs, total = [0.0], 0.0
        is_open = False
        for i, step in enumerate(steps):
            a, b = candidates[i][states[i]][1], candidates[i + 1][states[i + 1]][1]
            is_joined = b in routes[i].get(a, {})
            if is_joined and not is_open:
                joined.append([])
                runs.append(0.0)
            if is_joined:
                joined[-1] += [a, *_walk(routes[i][a], b)]
                runs[-1] += step
            total += step
            is_open = is_joined
        rest.use(joined)
        return sum(run * run for run in runs) / (total * total)

    def _candidates(self, k: int, path: list[Point], rest: Rest) -> list[list[Candidate]]:
        """get_candidate_path_node_positions_5_nogpu: feet on edges become nodes of the graph."""
        graph = rest.graph
        found: list[list[Candidate]] = [[UNMATCHED] for _ in path]
        near = [(graph.rank(*edge), points) for edge, points in rest.near(k)]
        newest = max(graph.near)
        for (_, _, first, last), points in sorted(near):
            feet = _feet(path, points, graph.place[first], graph.place[last], self.snap_dist)
            newest = self._put(rest, (first, last), feet, found, newest)
        return found

    def _put(
        self,
        rest: Rest,
        edge: Edge,
        feet: list[tuple[float, int, float, Point]],
        found: list[list[Candidate]],
        newest: int,
    ) -> int:
        """Give each foot on an edge a node, a new one where none is near; returns the newest."""
        limit, graph = self.existing_dist**2, rest.graph
        before, end = edge[0], graph.place[edge[1]]
        chain = [edge[0]]
        i = 0
        while i < len(feet) and _squared(feet[i][3], end) > limit:
            _, point, gap, foot = feet[i]
            if _squared(foot, graph.place[before]) > limit:
                newest += 1
                graph.add_node(newest, foot)
                graph.add_edge(before, newest)
                before = newest
                chain.append(newest)
            found[point].append((gap, before))
            i += 1
        for _, point, gap, _ in feet[i:]:
            found[point].append((gap, edge[1]))
        if len(chain) > 1:
            graph.add_edge(before, edge[1])
            rest.divide(edge, [*chain, edge[1]])
        return newest

    def _routes(
        self, graph: OrderedGraph, segment: list[Point], starts: Iterable[Candidate]
    ) -> dict[int, dict[int, int]]:
        """From each node: what it reaches in ``max_hops`` inside the corridor, and from where."""
        inside: dict[int, bool] = {}

        def is_inside(node: int) -> bool:
            if node not in inside:
                _, _, gap = _foot(graph.place[node], *segment)
                inside[node] = gap < self.corridor**2
            return inside[node]

        routes: dict[int, dict[int, int]] = {}
        for _, start in starts:
            if start >= 0 and start not in routes and is_inside(start):
                came = routes[start] = {start: -1}
                level = [start]
                for _ in range(self.max_hops):
                    following = []
                    for node in level:
                        for other in sorted(graph.near[node], key=graph.age.__getitem__):
                            if other not in came and is_inside(other):
                                came[other] = node
                                following.append(other)
                    level = following
        return routes


def _feet(
    path: list[Point], points: list[int], start: Point, end: Point, snap_dist: float
) -> list[tuple[float, int, float, Point]]:
    """(parameter, point, squared distance, foot) on an edge nearer than snap_dist, in order."""
    feet = []
    for point in points:
        along, foot, gap = _foot(path[point], start, end)
        if gap < snap_dist**2:
            feet.append((along, point, gap, foot))
    return sorted(feet)


def _foot(point: Point, start: Point, end: Point) -> tuple[float, Point, float]:
    """closest_points_on_edges: parameter, place and squared distance."""
    dx, dy = start[0] - end[0], start[1] - end[1]
    size = dx**2 + dy**2
    along = 0.0
    if size > 0.0:
        along = ((-point[0] + start[0]) * dx + (-point[1] + start[1]) * dy) / size
    along = min(max(along, 0.0), 1.0)
    foot = (start[0] - dx * along, start[1] - dy * along)
    return along, foot, _squared(point, foot)


def _likest(
    path: list[Point], candidates: list[list[Candidate]], routes: list[dict[int, dict[int, int]]]
) -> list[int]:
    """viterbi_2: the candidate of each point, the first of equal ones."""
    cost = [gap for gap, _ in candidates[0]]
    back: list[list[int]] = []
    for i in range(1, len(path)):
        penalty = _squared(path[i], path[i - 1]) * INTERRUPTION
        reached = [routes[i - 1].get(node, {}) for _, node in candidates[i - 1]]
        new, chosen = [], []
        for gap, node in candidates[i]:
            total = [
                c + (0.0 if node in to else penalty) for c, to in zip(cost, reached, strict=True)
            ]
            best = min(total)
            chosen.append(total.index(best))
            new.append(gap + best)
        back.append(chosen)
        cost = new
    states = [cost.index(min(cost))]
    for chosen in reversed(back):
        states.append(chosen[states[-1]])
    return states[::-1]


def _walk(came: dict[int, int], node: int) -> list[int]:
    """The nodes from where a search began to ``node``."""
    walk = [node]
    while came[walk[-1]] >= 0:
        walk.append(came[walk[-1]])
    return walk[::-1]


def _squared(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
