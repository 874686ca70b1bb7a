"""The default: both graphs clustered alike, matched by likeness; no order decides anything."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...errors import RoadMetricsError
from ...graph import Bounds, FloatArray, RoadGraph
from ...index import SLACK, resolution
from ...routing import Network, Places, network_of, pop, push
from ...snap import points_at
from ...sorting import order_of
from .counts import Clusters, Judged, LongArray, Matches, is_inside

WALK = 2.0  # a cluster reaches so many radii by road, as RoadTracer's of the ground truth
QUARTER = 1e-9  # cosine from which two directions are within a quarter turn, whatever the rounding
MAX_SEEN = 100_000_000  # stops met while clustering: beyond, the radius fits another unit
MAX_PAIRS = 10_000_000


def judge(
    gt: RoadGraph,
    pred: RoadGraph,
    cluster_radius: float,
    angle_dist: float,
    match_dist: float,
    frame: Bounds | None,
) -> Judged:
    """Clusters of both, matched one to one; each side counts its own inside the frame."""
    a, b = (clusters_of(graph, cluster_radius, angle_dist) for graph in (gt, pred))
    return Judged(a, b, match(a, b, match_dist), is_inside(a.xy, frame), is_inside(b.xy, frame))


def clusters_of(graph: RoadGraph, cluster_radius: float, angle_dist: float) -> Clusters:
    """Junctions around those with most others near them, and the roads that leave them.

    Raises RoadMetricsError where the radius takes in so many junctions that the unit must be wrong.
    """
    graph = drawn_once(graph)
    network = network_of(graph)
    owner, leaders = _lead(graph, network, cluster_radius)
    xy = _middles(graph.vertices[network.stop_vertex], owner, leaders)
    place, cluster = _arm_places(network, owner, angle_dist)
    arms = points_at(graph, network, place) - xy[cluster]
    is_arm = np.hypot(*arms.T) > resolution(graph)  # a road that comes back has no direction
    cluster, arms = cluster[is_arm], arms[is_arm]
    by_cluster = np.argsort(cluster, kind="stable")
    led = np.flatnonzero(owner >= 0)
    by_owner = led[np.argsort(owner[led], kind="stable")]
    return Clusters(
        xy,
        _ptr(cluster, len(xy)),
        arms[by_cluster],
        _ptr(owner[led], len(xy)),
        network.stop_vertex[by_owner],
    )


def drawn_once(graph: RoadGraph) -> RoadGraph:
    """The graph with edges of the same ends made one, and edges without length drawn together.

    Vertices that merely share a place, as a bridge's may, stay apart.
    """
    n = len(graph.vertices)
    if not len(graph.edges) or _is_each_apart(graph.vertices):
        return graph
    place = _place_ids(graph.vertices)
    ends = np.sort(place[graph.edges], axis=1)
    flip = place[graph.edges[:, 0]] > place[graph.edges[:, 1]]
    edges = np.where(flip[:, None], graph.edges[:, ::-1], graph.edges).astype(np.int64)
    is_point = ends[:, 0] == ends[:, 1]
    proper = edges[~is_point]
    _, first, which = np.unique(
        ends[~is_point, 0] * n + ends[~is_point, 1], return_index=True, return_inverse=True
    )
    twin = proper[first[which]]  # the first edge with the same ends
    same = np.concatenate([edges[is_point], np.stack([proper, twin], axis=2).reshape(-1, 2)])
    if (same[:, 0] == same[:, 1]).all():
        return graph
    merged = _merged(same, n)
    return RoadGraph(graph.vertices, merged[graph.edges], graph.unit)


def match(gt: Clusters, pred: Clusters, match_dist: float) -> Matches:
    """One to one, best first: f_correct - f_error - distance / match_dist.

    Raises RoadMetricsError where too many pairs are near each other.
    """
    order = np.argsort(pred.xy[:, 0], kind="stable")
    x, reach = pred.xy[order, 0], match_dist * SLACK
    first = np.searchsorted(x, gt.xy[:, 0] - reach)
    last = np.searchsorted(x, gt.xy[:, 0] + reach, side="right")
    n_near = int(np.sum(last - first))  # by their x alone
    if n_near > MAX_PAIRS:
        raise RoadMetricsError(
            f"jct: more than {MAX_PAIRS:,} pairs of junctions lie within {match_dist:g}: lower "
            "match_dist, or check the unit"
        )
    pair, value = np.zeros((n_near, 2), dtype=np.int64), np.zeros((n_near, 4))
    n = _compare(
        gt.xy, pred.xy, order, first, last, reach,
        gt.arm_ptr, _unit(gt.arms), pred.arm_ptr, _unit(pred.arms), pair, value,
    )  # fmt: skip
    pair, (distance, unlike, found_gt, found_pred) = pair[:n], value[:n].T
    far = distance / match_dist if match_dist > 0 else distance
    a, b = gt.xy[pair[:, 0]], pred.xy[pair[:, 1]]
    rank = np.lexsort((
        *pair.T, a[:, 1], a[:, 0], (a + b)[:, 1], (a + b)[:, 0],
        np.round(unlike, 9), -np.round((found_gt + found_pred) - 1.0 - far, 9),
    ))  # fmt: skip
    taken = rank[_first_free(pair[rank], len(gt.xy), len(pred.xy))]
    gt_index, pred_index = pair[taken].T
    return Matches(gt_index, pred_index, found_gt[taken], 1.0 - found_pred[taken])


def _lead(graph: RoadGraph, network: Network, radius: float) -> tuple[LongArray, LongArray]:
    """Cluster of each stop [K], -1 where it is no junction, and the stop that leads each."""
    degree, xy = graph.degrees[network.stop_vertex], graph.vertices[network.stop_vertex]
    junctions = np.flatnonzero(degree >= 3)
    net = network.ptr, network.arc_stop, network.arc_length, xy, degree >= 3, float(radius)
    n, heap = len(xy), len(network.arc_stop) + 1  # a walk passes each arc once at most
    room = np.full(n, np.inf), np.empty(n, np.int64), np.empty(heap), np.empty(heap, np.int64)
    size, spread = np.full(len(junctions), -1), np.zeros(len(junctions))
    _sizes(net, junctions, room, size, spread)
    if len(junctions) and size[-1] < 0:
        raise RoadMetricsError(
            f"jct: too many junctions lie within {radius:g} of each other: lower cluster_radius, "
            "or check the unit"
        )
    order = np.lexsort((junctions, *xy[junctions].T[::-1], spread, -size))
    owner = np.full(n, -1)
    return owner, _claim(net, junctions[order], room, owner)


def _middles(places: FloatArray, owner: LongArray, leaders: LongArray) -> FloatArray:
    """[K, 2] mean place of each cluster's junctions.

    Of two junctions that see only each other neither leads by right: the mean does not care.
    """
    led = np.flatnonzero(owner >= 0)
    offsets = places[led] - places[leaders][owner[led]]
    size = np.bincount(owner[led], minlength=len(leaders))
    sums = [np.bincount(owner[led], offsets[:, k], minlength=len(leaders)) for k in (0, 1)]
    middles: FloatArray = places[leaders] + np.stack(sums, axis=1) / size[:, None]
    return middles


def _arm_places(network: Network, owner: LongArray, angle_dist: float) -> tuple[Places, LongArray]:
    """Where the direction of each arm is taken, and the cluster it leaves."""
    length = network.chain_length
    chains, clusters, offsets = [], [], []
    for side in (0, 1):
        here, there = (owner[network.chain_stops[:, k]] for k in (side, 1 - side))
        is_inner = (here == there) & (length <= 2 * angle_dist * SLACK)
        is_stub = (there < 0) & (length * SLACK < angle_dist)
        chain = np.flatnonzero((here >= 0) & ~is_inner & ~is_stub)
        along = np.minimum(angle_dist, length[chain])
        chains.append(chain)
        clusters.append(here[chain])
        offsets.append(length[chain] - along if side else along)
    return Places(np.concatenate(chains), np.concatenate(offsets)), np.concatenate(clusters)


def _is_each_apart(vertices: FloatArray) -> bool:
    """Whether it is plain that no two vertices coincide: one number of each differs."""
    mixed = np.sort(vertices[:, 0] * 0.7548776662466927 + vertices[:, 1])
    return bool((mixed[1:] != mixed[:-1]).all())


def _place_ids(vertices: FloatArray) -> LongArray:
    """[N] number of each vertex's place: coincident vertices share one."""
    order = np.lexsort(vertices.T)
    is_new = np.ones(len(order), dtype=np.int64)
    is_new[1:] = (vertices[order[1:]] != vertices[order[:-1]]).any(axis=1)
    ids = np.empty(len(order), dtype=np.int64)
    ids[order] = np.cumsum(is_new) - 1
    return ids


def _merged(same: LongArray, n: int) -> LongArray:
    """[n] for each vertex one that stands for all that are the same."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(same), dtype=np.int8), (same[:, 0], same[:, 1])), shape=(n, n))
    _, component = connected_components(links, directed=False)
    _, first = np.unique(component, return_index=True)
    merged: LongArray = first[component].astype(np.int64)
    return merged


def _ptr(group: LongArray, n: int) -> LongArray:
    ptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(group, minlength=n), out=ptr[1:])
    return ptr


def _unit(arms: FloatArray) -> FloatArray:
    unit: FloatArray = arms / np.hypot(*arms.T)[:, None]
    return unit


@njit(cache=True, nogil=True)
def _walk(net, source, room):  # type: ignore[no-untyped-def]
    """Note the junctions around one in ``found``; ``dist`` is inf everywhere, before and after.

    Returns how many there are and how many stops were met.
    """
    ptr, arc_stop, arc_length, xy, is_junction, radius = net
    dist, found, keys, nodes = room
    limit, close = WALK * radius * SLACK, radius / SLACK
    dist[source] = 0.0
    n, size = 0, push(keys, nodes, np.int64(0), 0.0, source)
    while size > 0:
        key, stop = keys[0], nodes[0]
        size = pop(keys, nodes, size)
        if key > dist[stop]:
            continue
        found[n] = stop
        n += 1
        for a in range(ptr[stop], ptr[stop + 1]):
            reached = key + arc_length[a]
            if reached <= limit and reached < dist[arc_stop[a]]:
                dist[arc_stop[a]] = reached
                size = push(keys, nodes, size, reached, arc_stop[a])
    n_near = 0
    for k in range(n):
        stop = found[k]
        dist[stop] = np.inf
        gap = np.hypot(xy[stop, 0] - xy[source, 0], xy[stop, 1] - xy[source, 1])
        if is_junction[stop] and (gap < close or stop == source):
            found[n_near] = stop
            n_near += 1
    return n_near, n


@njit(cache=True, nogil=True)
def _sizes(net, junctions, room, size, spread):  # type: ignore[no-untyped-def]
    """How many junctions lie around each, and the sum of their distances; -1 where too many do."""
    xy, found = net[3], room[1]
    total = 0
    for k in range(len(junctions)):
        source = junctions[k]
        n, n_met = _walk(net, source, room)
        total += n_met
        if total > MAX_SEEN:
            break
        gaps = np.empty(n)
        for i in range(n):
            gaps[i] = np.hypot(xy[found[i], 0] - xy[source, 0], xy[found[i], 1] - xy[source, 1])
        size[k] = n
        for i in order_of(gaps):  # sorted: the sum has the same bits in any order
            spread[k] += gaps[i]


@njit(cache=True, nogil=True)
def _claim(net, order, room, owner):  # type: ignore[no-untyped-def]
    """Cluster of each stop in ``owner``, junctions taken in this order; returns the leaders."""
    found = room[1]
    leaders = np.empty(len(order), np.int64)
    n_clusters = 0
    for source in order:
        if owner[source] >= 0:
            continue
        n = _walk(net, source, room)[0]
        for k in range(n):
            if owner[found[k]] < 0:
                owner[found[k]] = n_clusters
        leaders[n_clusters] = source
        n_clusters += 1
    return leaders[:n_clusters]


@njit(cache=True, nogil=True)
def _found(arms, others):  # type: ignore[no-untyped-def]
    """Share of arms [n, 2] that have another within a quarter turn, and how unlike they are."""
    n, unlike = 0, 0.0
    for k in range(len(arms)):
        best = -1.0
        for j in range(len(others)):
            best = max(best, arms[k, 0] * others[j, 0] + arms[k, 1] * others[j, 1])
        n += best > QUARTER
        unlike += 1.0 - best
    return n / max(len(arms), 1), unlike


@njit(cache=True, nogil=True)
def _compare(  # type: ignore[no-untyped-def]
    gt_xy, xy, order, first, last, radius, gt_ptr, gt_arms, ptr, arms, pair, value
):
    """Fill pair [n, 2] and value [n, 4] of those that may match; returns n.

    Values are distance, unlikeness of arms, share of gt's arms found, share of pred's arms found.
    """
    n = 0
    for i in range(len(gt_xy)):
        own = gt_arms[gt_ptr[i] : gt_ptr[i + 1]]
        x, y = gt_xy[i, 0], gt_xy[i, 1]
        for k in range(first[i], last[i]):
            j = order[k]
            distance = np.hypot(xy[j, 0] - x, xy[j, 1] - y)
            if distance > radius:
                continue
            there = arms[ptr[j] : ptr[j + 1]]
            found_own, unlike_own = _found(own, there)
            found_there, unlike_there = _found(there, own)
            if len(own) == 0 and len(there) == 0:
                found_own = found_there = 1.0
            if (found_own + found_there) - 1.0 > QUARTER:
                pair[n, 0], pair[n, 1] = i, j
                value[n, 0], value[n, 1] = distance, unlike_own + unlike_there
                value[n, 2], value[n, 3] = found_own, found_there
                n += 1
    return n


@njit(cache=True, nogil=True)
def _first_free(pair, n_gt, n_pred):  # type: ignore[no-untyped-def]
    """[n] whether each pair, in order, is the first of both its clusters."""
    is_taken = np.zeros(len(pair), np.bool_)
    gt_used, pred_used = np.zeros(n_gt, np.bool_), np.zeros(n_pred, np.bool_)
    for k in range(len(pair)):
        i, j = pair[k, 0], pair[k, 1]
        if not gt_used[i] and not pred_used[j]:
            is_taken[k] = gt_used[i] = pred_used[j] = True
    return is_taken
