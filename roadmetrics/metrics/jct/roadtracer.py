"""RoadTracer's junction metric, step by step, over vertices in ascending order.

Source: mitroadmaps/roadtracer@fb6019a, junction_metric.go, and Follow of
mitroadmaps/gomapinfer@4e3dcc9, common/graph_algo.go. The program walks maps of Go, whose order is
chance; in ascending order of vertices it gives one of its values. Its walk never takes an edge
twice, so the order of edges in the file matters, as it does there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

from ...graph import BoolArray, Bounds, FloatArray, RoadGraph
from ...routing import incidence
from ...sorting import first_above, first_from
from .counts import Clusters, Judged, LongArray, Matches, is_inside

GT_WALK, PRED_WALK = 2.0, 3.0  # reach of a cluster by road, in cluster radii (:108, :204)
Scratch = tuple[npt.NDArray[Any], ...]  # see Walker.scratch

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
    lead, ptr, members = _gt_members(
        walker.net, walker.scratch(), walker.is_junction, GT_WALK * cluster_radius, cluster_radius
    )
    return _with_arms(walker, lead, ptr, members, angle_dist)


def pred_clusters(
    graph: RoadGraph, cluster_radius: float, angle_dist: float, context: FloatArray
) -> Clusters:
    """Junctions by the nearest place of ``context`` [C, 2], as far as roads join them (:157-253).

    Without any context the program stops with an error; here each junction stands alone then.
    """
    walker = Walker(graph)
    junctions, ptr, centres = _groups(graph.vertices, walker.is_junction, context)
    lead, members_ptr, members = _pred_members(
        walker.net, walker.scratch(), junctions, ptr, centres, PRED_WALK * cluster_radius
    )
    return _with_arms(walker, lead, members_ptr, members, angle_dist)


def _with_arms(
    walker: Walker, lead: LongArray, ptr: LongArray, members: LongArray, angle_dist: float
) -> Clusters:
    """Clusters named after their leading vertex, members lead .. in ``ptr``."""
    scratch, is_stop = walker.scratch(), walker.is_junction.copy()
    arm_ptr, ends = _arms(walker.net, scratch, is_stop, ptr, members, float(angle_dist))
    places = walker.net[0][lead]
    return Clusters(places, arm_ptr, ends - np.repeat(places, np.diff(arm_ptr), 0), ptr, members)


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
        n = len(graph.vertices)
        ptr, edge = incidence(graph)
        vertex = np.repeat(np.arange(n), graph.degrees)
        step = graph.vertices[graph.edges[:, 0]] - graph.vertices[graph.edges[:, 1]]
        length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])  # as there, no hypot
        self.is_junction: BoolArray = graph.degrees >= 3
        self.net = (
            graph.vertices.copy(), ptr, graph.edges[edge].sum(axis=1) - vertex, edge, length[edge]
        )  # fmt: skip

    def scratch(self) -> Scratch:
        """Room for walks: edges and vertices last visited, a stack, and what is found."""
        n, m = len(self.is_junction), len(self.net[2]) // 2
        stack = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64), np.zeros(m + 1)
        visited = np.zeros(m, dtype=np.int64), np.zeros(n, dtype=np.int64)
        return *visited, *stack, np.zeros(n, dtype=np.int64), np.zeros((m, 2))


def _groups(
    places: FloatArray, is_junction: BoolArray, context: FloatArray
) -> tuple[LongArray, LongArray, FloatArray]:
    """Junctions by the first of the context's nearest places, in its order; (them, ptr, places)."""
    junctions = np.flatnonzero(is_junction)
    if not len(junctions) or not len(context):
        return junctions, np.arange(len(junctions) + 1), places[junctions]
    nearest = _first_nearest(places[junctions], context)
    order = np.argsort(nearest, kind="stable")
    which, start = np.unique(nearest[order], return_index=True)
    return junctions[order], np.append(start, len(junctions)), context[which]


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
def _gt_members(net, scratch, is_junction, reach, radius):  # type: ignore[no-untyped-def]
    """(leading vertex [K], ptr [K + 1], members) of clusters around junctions, ascending."""
    xy, n = net[0], len(is_junction)
    seen, never = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    lead, members = np.empty(n, np.int64), [np.int64(0) for _ in range(0)]
    ptr, k, source = np.zeros(n + 1, np.int64), 0, np.empty(1, np.int64)
    for vertex in range(n):
        if seen[vertex] or not is_junction[vertex]:
            continue
        source[0] = vertex
        n_reached, _ = _follow(net, scratch, source, reach, never, k + 1)
        for v in scratch[5][:n_reached]:
            dx, dy = xy[v, 0] - xy[vertex, 0], xy[v, 1] - xy[vertex, 1]
            if is_junction[v] and np.sqrt(dx * dx + dy * dy) < radius:
                seen[v] = True
                members.append(v)
        _ascend(members, ptr[k])
        lead[k], ptr[k + 1] = vertex, len(members)
        k += 1
    return lead[:k].copy(), ptr[: k + 1].copy(), np.array(members)


@njit(cache=True, nogil=True)
def _pred_members(net, scratch, junctions, group_ptr, centres, reach):  # type: ignore[no-untyped-def]
    """As _gt_members: of each group what roads join to the first of its nearest, others alone."""
    xy, n = net[0], len(junctions)
    never, visited = np.zeros(len(xy), np.bool_), scratch[1]
    lead, members = np.empty(n, np.int64), np.empty(n, np.int64)
    ptr, k, at, source = np.zeros(n + 1, np.int64), 0, 0, np.empty(1, np.int64)
    for g in range(len(centres)):
        group, least = junctions[group_ptr[g] : group_ptr[g + 1]], np.inf
        for v in group:
            dx, dy = xy[v, 0] - centres[g, 0], xy[v, 1] - centres[g, 1]
            distance = np.sqrt(dx * dx + dy * dy)
            if distance < least:
                source[0], least = v, distance
        _follow(net, scratch, source, reach, never, g + 1)
        lead[k] = source[0]
        for v in group:
            if visited[v] == g + 1:
                members[at] = v
                at += 1
        k += 1
        ptr[k] = at
        for v in group:
            if visited[v] != g + 1:
                lead[k], members[at] = v, v
                at, k = at + 1, k + 1
                ptr[k] = at
    return lead[:k].copy(), ptr[: k + 1].copy(), members[:at].copy()


@njit(cache=True, nogil=True)
def _arms(net, scratch, is_stop, ptr, members, distance):  # type: ignore[no-untyped-def]
    """(ptr [K + 1], places [A, 2]) at that distance, or junctions of no such cluster met before."""
    arm_ptr, found = np.zeros(len(ptr), np.int64), [(0.0, 0.0) for _ in range(0)]
    for k in range(len(ptr) - 1):
        own = members[ptr[k] : ptr[k + 1]]
        for v in own:
            is_stop[v] = False
        _, n_ends = _follow(net, scratch, own, distance, is_stop, k + 1)
        for v in own:
            is_stop[v] = True
        found += [(scratch[6][i, 0], scratch[6][i, 1]) for i in range(n_ends)]
        arm_ptr[k + 1] = len(found)
    places = np.empty((len(found), 2))
    for i in range(len(found)):
        places[i, 0], places[i, 1] = found[i]
    return arm_ptr, places


@njit(cache=True, nogil=True)
def _ascend(values, first):  # type: ignore[no-untyped-def]
    """Sort a list from ``first`` on, a few values."""
    for i in range(first + 1, len(values)):
        value, j = values[i], i
        while j > first and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@njit(cache=True, nogil=True)
def _follow(net, scratch, sources, distance, is_stop, visit):  # type: ignore[no-untyped-def]
    """Fill ``reached`` and ``ends``, walking depth first, no edge twice; returns their numbers."""
    xy, ptr, arc_vertex, arc_edge, arc_length = net
    edge_visit, vertex_visit, stack_vertex, stack_arc, stack_rest, reached, ends = scratch
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
