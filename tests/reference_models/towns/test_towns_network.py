"""The road graphs: planar but for overpasses, on the road mask, with what towns are made of."""

import numpy as np
import pytest

from reference_models.towns import STYLES, Options
from reference_models.towns.chance import Chance
from reference_models.towns.network import town_plan
from reference_models.towns.scene import set_scene, streams_of

SEED = 5


def scene(index, **options):
    return set_scene(Options(**options), streams_of(SEED, index))


def crossings(graph):
    """Pairs of edges that cross between their ends."""
    a, b = graph.vertices[graph.edges[:, 0]], graph.vertices[graph.edges[:, 1]]
    d = b - a

    def turn(points):
        away = points[None] - a[:, None]
        return d[:, None, 0] * away[..., 1] - d[:, None, 1] * away[..., 0]

    parts = turn(a) * turn(b) < 0
    return np.argwhere(np.triu(parts & parts.T))


def pieces_of(graph):
    """How many parts the graph has."""
    parent = list(range(len(graph.vertices)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in graph.edges.tolist():
        parent[root(i)] = root(j)
    return len({root(i) for i in range(len(parent))})


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("size", "gsd"), [(320, 0.5), (160, 1.0), (96, 2.0)])
def test_graphs_lie_on_the_road_mask_and_cross_only_at_overpasses(style, size, gsd):
    """Every point of an edge is road; edges that cross without a vertex differ in level."""
    for index in range(6):
        town = scene(index, style=style, size=size, metres_per_pixel=gsd)
        graph, level = town.network.graph, town.network.level
        assert len(level) == len(graph.edges)
        road = town.is_road.reshape(size, size)
        ends = graph.vertices[graph.edges]
        for t in np.linspace(0, 1, 33):
            at = np.rint(ends[:, 0] + t * (ends[:, 1] - ends[:, 0])).astype(int)
            at = at.clip(0, size - 1)
            assert road[at[:, 1], at[:, 0]].all()
        for i, j in crossings(graph):
            assert level[i] != level[j]
        assert len(np.unique(graph.vertices, axis=0)) == len(graph.vertices)


def test_an_overpass_crosses_without_joining():
    """Its edges cross those on the ground; no vertex between its ends is on both levels."""
    found = 0
    for index in range(12):
        town = scene(index, size=400, style="suburb")
        graph, level = town.network.graph, town.network.level
        over = np.flatnonzero(level)
        if not len(over):
            assert not len(crossings(graph))
            continue
        across = crossings(graph)
        assert all(level[i] + level[j] == 1 for i, j in across)
        up = set(graph.edges[over].ravel().tolist())
        down = set(graph.edges[level == 0].ravel().tolist())
        assert len(up & down) <= 2  # where it comes down
        found += len(across) > 0
    assert found >= 2


def test_the_road_under_an_overpass_is_one_street():
    """Seen on paper: the crossing below keeps its street, the one above does not stop there."""
    for index in range(20):
        plan = town_plan(STYLES["suburb"], 190.0, streams_of(SEED, index)["plan"])
        above = [street for street in plan.streets if street.level]
        if above:
            break
    assert len(above) == 1
    assert len(above[0].spots) == 2
    ends = {street.spots[k][:2] for street in plan.streets if not street.level for k in (0, -1)}
    assert all(spot[:2] in ends for spot in above[0].spots)


def test_towns_have_dead_ends_t_and_four_way_junctions_and_roundabouts():
    """Counted over some tiles, ends at the border aside."""
    degrees = np.zeros(8, dtype=int)
    rings = bulbs = 0
    for index in range(8):
        town = scene(index, size=400, style="suburb")
        graph = town.network.graph
        inside = (np.abs(graph.vertices - 199.5) < 195).all(axis=1)
        degrees += np.bincount(graph.degrees[inside], minlength=8)
        rings += sum(not one.is_road for one in town.plan.rounds)
        bulbs += sum(one.is_road for one in town.plan.rounds)
        assert pieces_of(graph) < 12
    assert degrees[1] >= 3
    assert degrees[3] >= 10
    assert degrees[4] >= 5
    assert rings >= 3
    assert bulbs >= 10


def test_roundabouts_have_grass_inside():
    """The middle is no road, the ring around it is."""
    seen = 0
    for index in range(12):
        town = scene(index, size=400, style="suburb")
        road = town.is_road.reshape(400, 400)
        for one in town.plan.rounds:
            if one.is_road:
                continue
            x, y = (town.survey.placed([one.centre])[0] / 64).tolist()
            if 40 < x < 360 and 40 < y < 360:
                seen += 1
                assert not road[round(y), round(x)]
                ring = (one.radius + 3.5) * 2  # pixels
                assert road[round(y), round(x + ring)]
    assert seen >= 3


def test_canals_are_thin_and_meet_in_ts():
    """Ditches run into mains: no crossing of four, many ends in the fields, nothing above."""
    degrees = np.zeros(8, dtype=int)
    for index in range(5):
        town = scene(index, size=320, style="canals")
        graph = town.network.graph
        inside = (np.abs(graph.vertices - 159.5) < 155).all(axis=1)
        degrees += np.bincount(graph.degrees[inside], minlength=8)
        assert not town.network.level.any()
        assert 0.02 < town.is_road.mean() < 0.2
    assert degrees[1] >= 5
    assert degrees[3] >= 15
    assert degrees[4:].sum() <= 2  # two ditches may meet a main at one place


def test_houses_stand_off_the_road():
    """No footprint covers a pixel of road."""
    from reference_models.towns.pixels import quads

    for index in range(4):
        for style in ("suburb", "arid"):
            town = scene(index, size=320, style=style)
            houses = town.lots.houses
            small = np.flatnonzero(~town.lots.is_flat | (town.lots.height < 8))
            at = quads(houses.of(small).corners, 320).at
            assert town.is_road[at].mean() < 0.004
            assert len(small) > 10


def test_a_plan_depends_on_its_stream_alone():
    """The same stream, the same streets."""
    a, b = (town_plan(STYLES["arid"], 150.0, Chance(9)) for _ in range(2))
    assert a == b
    assert a != town_plan(STYLES["arid"], 150.0, Chance(10))
