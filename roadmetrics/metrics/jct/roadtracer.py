"""RoadTracer's junction metric, step by step, over vertices in ascending order.

Source: mitroadmaps/roadtracer@fb6019a, junction_metric.go, and Follow of
mitroadmaps/gomapinfer@4e3dcc9, common/graph_algo.go. The program walks maps of Go, whose order is
chance; in ascending order of vertices it gives one of its values. Its walk never takes an edge
twice, so the order of edges in the file matters, as it does there.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from ...graph import BoolArray, Bounds, FloatArray, RoadGraph
from ...routing import incidence
from ...sorting import first_above, first_from
from .counts import Clusters, Judged, LongArray, Matches, clusters_from, is_inside

GT_WALK, PRED_WALK = 2.0, 3.0  # reach of a cluster by road, in cluster radii (:108, :204)
TIE = 1e-9  # cluster places that differ less in distance are compared as the program does


def judge(
    gt: RoadGraph,
    pred: RoadGraph,
    cluster_radius: float,
    angle_dist: float,
    match_dist: float,
    frame: Bounds | None,
) -> Judged:
    """Clusters of both, matched as the program does; each match counts, wherever pred's lies."""
    region = gt.extent or pred.extent
    a = gt_clusters(in_region(gt, region), cluster_radius, angle_dist)
    b = pred_clusters(in_region(pred, region), cluster_radius, angle_dist, a.xy)
    gt_counts, pred_counts = is_inside(a.xy, frame), is_inside(b.xy, frame)
    matches = match(a, b, match_dist, gt_counts)
    pred_counts[matches.pred] = True
    return Judged(a, b, matches, gt_counts, pred_counts)


def in_region(graph: RoadGraph, region: Bounds | None) -> RoadGraph:
    """The vertices inside, and the edges with both ends inside; no edge is cut."""
    keep = is_inside(graph.vertices, region)
    if keep.all():
        return graph
    position = np.cumsum(keep) - 1
    edges = graph.edges[keep[graph.edges].all(axis=1)]
    return RoadGraph(graph.vertices[keep], position[edges], graph.unit)


def gt_clusters(graph: RoadGraph, cluster_radius: float, angle_dist: float) -> Clusters:
    """A cluster around each junction that no earlier one took; clusters may overlap (:84-155)."""
    walker = Walker(graph)
    seen = np.zeros(len(graph.vertices), dtype=bool)
    xy, arms, members = [], [], []
    for vertex in np.flatnonzero(walker.is_junction).tolist():
        if seen[vertex]:
            continue
        near = walker.reached(vertex, GT_WALK * cluster_radius)
        is_close = _distance(graph.vertices[near], graph.vertices[vertex]) < cluster_radius
        near = near[is_close & walker.is_junction[near]]
        seen[near] = True
        xy.append(graph.vertices[vertex])
        members.append(near)
        arms.append(walker.ends(near, angle_dist) - graph.vertices[vertex])
    return clusters_from(xy, arms, members)


def pred_clusters(
    graph: RoadGraph, cluster_radius: float, angle_dist: float, context: FloatArray
) -> Clusters:
    """Junctions by the nearest place of ``context`` [C, 2], as far as roads join them (:157-253).

    Without any context the program stops with an error; here each junction stands alone then.
    """
    walker = Walker(graph)
    members, lead = [], []
    groups = _groups(graph.vertices, np.flatnonzero(walker.is_junction), context)
    for vertices, centre in groups:
        first = vertices[np.argmin(_distance(graph.vertices[vertices], centre))]
        near = walker.reached(int(first), PRED_WALK * cluster_radius)
        is_near = np.isin(vertices, near)
        members += [vertices[is_near], *vertices[~is_near, None]]
        lead += [first, *vertices[~is_near]]
    places = [graph.vertices[vertex] for vertex in lead]
    arms = [
        walker.ends(each, angle_dist) - place for each, place in zip(members, places, strict=True)
    ]
    return clusters_from(places, arms, members)


def match(gt: Clusters, pred: Clusters, match_dist: float, gt_counts: BoolArray) -> Matches:
    """Each gt cluster that counts takes the best one left, in order (:300-360)."""
    order = np.argsort(pred.xy[:, 0], kind="stable")
    found, f_correct, f_error = _take_best(
        gt.xy, gt.arm_ptr, _angles(gt), gt_counts,
        pred.xy, pred.arm_ptr, _angles(pred), order, pred.xy[order, 0].copy(), float(match_dist),
    )  # fmt: skip
    is_matched = found >= 0
    return Matches(
        np.flatnonzero(is_matched), found[is_matched], f_correct[is_matched], f_error[is_matched]
    )


class Walker:
    """Walks along the roads of one graph."""

    def __init__(self, graph: RoadGraph) -> None:
        n, m = len(graph.vertices), len(graph.edges)
        ptr, edge = incidence(graph)
        vertex = np.repeat(np.arange(n), graph.degrees)
        step = graph.vertices[graph.edges[:, 0]] - graph.vertices[graph.edges[:, 1]]
        length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])  # as there, no hypot
        self.is_junction: BoolArray = graph.degrees >= 3
        self._net = (
            graph.vertices.copy(), ptr, graph.edges[edge].sum(axis=1) - vertex, edge, length[edge]
        )  # fmt: skip
        self._visit = 0
        self._visited = np.zeros(m, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self._stack = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64), np.zeros(m + 1)
        self._found = np.zeros(n, dtype=np.int64), np.zeros((m, 2))

    def reached(self, vertex: int, distance: float) -> LongArray:
        """Vertices met within a distance, ascending."""
        n, _ = self._follow(np.array([vertex]), distance, np.zeros(len(self.is_junction), bool))
        return np.sort(self._found[0][:n])

    def ends(self, vertices: LongArray, distance: float) -> FloatArray:
        """[n, 2] places at that distance, or junctions other than ``vertices`` met before."""
        is_stop = self.is_junction
        is_stop[vertices] = False
        _, n = self._follow(vertices, distance, is_stop)
        is_stop[vertices] = True
        return self._found[1][:n].copy()

    def _follow(self, vertices: LongArray, distance: float, is_stop: BoolArray) -> tuple[int, int]:
        self._visit += 1
        counts: tuple[int, int] = _follow(
            *self._net, vertices, float(distance), is_stop,
            self._visit, *self._visited, *self._stack, *self._found,
        )  # fmt: skip
        return counts


def _groups(
    places: FloatArray, junctions: LongArray, context: FloatArray
) -> list[tuple[LongArray, FloatArray]]:
    """Junctions by the first of the context's nearest places, in its order, with that place."""
    if not len(junctions):
        return []
    if not len(context):
        return [(junctions[k : k + 1], places[junctions[k]]) for k in range(len(junctions))]
    nearest = _first_nearest(places[junctions], context)
    order = np.argsort(nearest, kind="stable")
    which, start = np.unique(nearest[order], return_index=True)
    parts = np.split(junctions[order], start[1:])
    return [(part, context[k]) for part, k in zip(parts, which, strict=True)]


def _first_nearest(points: FloatArray, context: FloatArray) -> LongArray:
    """[n] index of the nearest of the context, the first of equally near ones."""
    unique, first = np.unique(context, axis=0, return_index=True)
    tree = cKDTree(unique)
    distance, found = tree.query(points, k=2)
    nearest = first[np.minimum(found[:, 0], len(first) - 1)]
    is_close = distance[:, 1] <= distance[:, 0] * (1 + TIE)  # inf where there is one only
    for k in np.flatnonzero(is_close).tolist():
        some = np.sort(first[tree.query_ball_point(points[k], distance[k, 0] * (1 + TIE))])
        if len(some):
            nearest[k] = some[np.argmin(_distance(context[some], points[k]))]
    result: LongArray = nearest.astype(np.int64)
    return result


def _distance(points: FloatArray, place: FloatArray) -> FloatArray:
    step = points - place
    distance: FloatArray = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    return distance


def _angles(clusters: Clusters) -> FloatArray:
    angles: FloatArray = np.arctan2(clusters.arms[:, 1], clusters.arms[:, 0])
    return angles


@njit(cache=True, nogil=True)
def _follow(  # type: ignore[no-untyped-def]
    xy, ptr, arc_vertex, arc_edge, arc_length, sources, distance, is_stop,
    visit, edge_visit, vertex_visit, stack_vertex, stack_arc, stack_rest, reached, ends
):  # fmt: skip
    """Fill ``reached`` and ``ends``, walking depth first, no edge twice; returns their numbers."""
    n_reached = n_ends = 0
    for source in sources:
        depth = 0
        stack_vertex[0], stack_arc[0], stack_rest[0] = source, ptr[source], distance
        while depth >= 0:
            v, k, rest = stack_vertex[depth], stack_arc[depth], stack_rest[depth]
            if vertex_visit[v] != visit:
                vertex_visit[v] = visit
                reached[n_reached] = v
                n_reached += 1
            if k == ptr[v + 1]:
                depth -= 1
                continue
            stack_arc[depth] = k + 1
            if edge_visit[arc_edge[k]] == visit:
                continue
            edge_visit[arc_edge[k]] = visit
            w, size = arc_vertex[k], arc_length[k]
            if rest <= size or is_stop[w]:
                along = (min(rest, size) / size) if size > 0.0 else 0.0
                ends[n_ends, 0] = xy[v, 0] + (xy[w, 0] - xy[v, 0]) * along
                ends[n_ends, 1] = xy[v, 1] + (xy[w, 1] - xy[v, 1]) * along
                n_ends += 1
            else:
                depth += 1
                stack_vertex[depth], stack_arc[depth] = w, ptr[w]
                stack_rest[depth] = rest - size
    return n_reached, n_ends


@njit(cache=True, nogil=True)
def _lacking(angles, others):  # type: ignore[no-untyped-def]
    """How many angles have none of the others within a quarter turn, strictly."""
    n = 0
    for angle in angles:
        is_lacking = True
        for other in others:
            gap = abs(angle - other)
            if gap > np.pi:
                gap = 2 * np.pi - gap
            if gap < np.pi / 2:
                is_lacking = False
                break
        n += is_lacking
    return n


@njit(cache=True, nogil=True)
def _take_best(  # type: ignore[no-untyped-def]
    gt_xy, gt_ptr, gt_angles, gt_counts, xy, ptr, angles, order, sorted_x, radius
):
    """(pred cluster or -1, f_correct, f_error) of each gt cluster."""
    n = len(gt_xy)
    found, f_correct, f_error = np.full(n, -1), np.zeros(n), np.zeros(n)
    is_used = np.zeros(len(xy), np.bool_)
    for i in range(n):
        own = gt_angles[gt_ptr[i] : gt_ptr[i + 1]]
        if not gt_counts[i] or len(own) == 0:
            continue
        best = -np.inf
        reach = radius * (1 + 1e-9) + 1e-9
        for k in range(
            first_from(sorted_x, gt_xy[i, 0] - reach), first_above(sorted_x, gt_xy[i, 0] + reach)
        ):
            j = order[k]
            dx, dy = xy[j, 0] - gt_xy[i, 0], xy[j, 1] - gt_xy[i, 1]
            distance = np.sqrt(dx * dx + dy * dy)
            there = angles[ptr[j] : ptr[j + 1]]
            if is_used[j] or distance > radius or len(there) == 0:
                continue
            correct = 1.0 - _lacking(own, there) / len(own)
            error = _lacking(there, own) / len(there)
            if correct - error <= 0:
                continue
            score = correct - error - (distance / radius if radius > 0 else 0.0)
            if score > best or (score == best and j < found[i]):
                best = score
                found[i], f_correct[i], f_error[i] = j, correct, error
        if found[i] >= 0:
            is_used[found[i]] = True
    return found, f_correct, f_error
