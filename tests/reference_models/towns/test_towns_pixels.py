"""Shapes on pixels against plain whole-number arithmetic, and streams against their own record."""

import numpy as np
import pytest

from reference_models.towns.chance import Chance
from reference_models.towns.noise import softened, texture
from reference_models.towns.pixels import SUB, discs, quads, snapped
from reference_models.towns.roads import Roads
from reference_models.towns.surface import surface, touched

SIZE = 24


@pytest.fixture
def numbers():
    return np.random.default_rng(7)


def covered(cells, k):
    return set(cells.at[cells.k == k].tolist())


def pixels():
    for row in range(SIZE):
        for column in range(SIZE):
            yield row * SIZE + column, column * SUB, row * SUB


def test_the_stream_is_the_one_on_record():
    """Raw bits of PCG64 seeded by a SeedSequence: NumPy promises them for ever."""
    chance = Chance(3, 5)
    assert chance.below(1000, 5).tolist() == [136, 883, 898, 577, 690]
    assert chance.unit(2).tolist() == [0.10224720932990183, 0.28219522913770567]
    assert chance.octets(1, 4).tolist() == [[-28.0, -59.0, -30.0, 119.0]]


def test_streams_of_different_keys_differ():
    """Seed and tile are not mixed up."""
    assert Chance(0, 1).below(1 << 20, 4).tolist() != Chance(1, 0).below(1 << 20, 4).tolist()


def test_discs_are_exact(numbers):
    """A pixel is in a disc where its centre is; whole numbers decide."""
    centre = numbers.integers(-200, SIZE * SUB, (9, 2)).astype(float)
    radius = numbers.integers(1, 500, 9).astype(float)
    centre[0], radius[0] = (8 * SUB, 8 * SUB), 3 * SUB  # pixels lie on the rim
    found = discs(centre, radius, SIZE)
    for k, ((cx, cy), r) in enumerate(zip(centre.astype(int), radius.astype(int), strict=True)):
        want = {at for at, x, y in pixels() if (x - cx) ** 2 + (y - cy) ** 2 <= r * r}
        assert covered(found, k) == want
    assert len(covered(found, 0)) == 29


def test_quads_are_exact_in_either_turn(numbers):
    """Turned rectangles, corners given clockwise or not."""
    for turn in (1, -1):
        corner = numbers.integers(0, SIZE * SUB, 2)
        a, b = np.array([300, 120]), np.array([-80, 200])
        shape = np.array([corner, corner + a, corner + a + b, corner + b])[::turn]
        found = covered(quads(shape[None].astype(float), SIZE), 0)
        want = set()
        for at, x, y in pixels():
            p = np.array([x, y]) - corner
            det = a[0] * b[1] - a[1] * b[0]
            s, t = p[0] * b[1] - p[1] * b[0], a[0] * p[1] - a[1] * p[0]
            if 0 <= s <= det and 0 <= t <= det:
                want.add(at)
        assert found == want
        assert found


def test_a_sweep_is_the_union_of_its_positions():
    """Swept along a vector, a shape covers what it covers on the way."""
    shape = np.array([[[200, 200], [500, 260], [440, 560], [140, 500]]], dtype=float)
    move = np.array([[640.0, 192.0]])
    swept = covered(quads(shape, SIZE, move), 0)
    steps = [covered(quads(shape + snapped(move * t), SIZE), 0) for t in np.linspace(0, 1, 400)]
    union = set().union(*steps)
    assert union <= swept
    assert len(swept - union) <= 0.02 * len(swept)  # rounding of the positions between


def one_road(start, end, half):
    start, end = np.array([start], dtype=float), np.array([end], dtype=float)
    zero = np.zeros(1, dtype=np.int64)
    return Roads(start, end, np.array([float(half)]), zero, zero, zero, np.zeros(1), np.ones(1))


@pytest.mark.parametrize("end", [(900, 700), (900, 100), (200, 300)])
def test_a_road_is_a_capsule(end):
    """Distance to a straight piece, with whole numbers; a piece without length is a disc."""
    (ax, ay), (bx, by), half = (200, 300), end, 150
    found = surface(one_road((ax, ay), end, half), SIZE, 100.0)
    dx, dy = bx - ax, by - ay
    squared = dx * dx + dy * dy
    for at, x, y in pixels():
        along = (x - ax) * dx + (y - ay) * dy
        aside = (y - ay) * dx - (x - ax) * dy
        if 0 < along < squared:
            inside = aside * aside <= half * half * squared
        else:
            ends = ((ax, ay), end)
            inside = min((x - u) ** 2 + (y - v) ** 2 for u, v in ends) <= half * half
        assert bool(found.is_road[at]) == inside
    near = found.edge[found.near]
    assert (near <= 100).all()
    assert ((near <= 0) == found.is_road[found.near]).all()


def test_touched_tells_points_near_a_road():
    """Within a distance beyond the kerb."""
    road = one_road((0, 0), (1000, 0), 100)
    points = np.array([[500.0, 100.0], [500.0, 101.0], [1120.0, 0.0]])
    assert touched(points, road, 0.0).tolist() == [True, False, False]
    assert touched(points, road, 20.0).tolist() == [True, True, True]


def test_noise_is_neither_flat_nor_biased():
    """A texture varies; blur keeps the mean and takes away detail."""
    rough = texture(64, 4, 0.6, Chance(1))
    assert rough.shape == (64, 64)
    assert abs(float(rough.mean())) < 0.3
    assert float(rough.std()) > 0.2
    soft = softened(rough, 0.4)
    assert float(soft.mean()) == pytest.approx(float(rough.mean()), abs=1e-4)
    assert float(np.abs(np.diff(soft)).mean()) < 0.8 * float(np.abs(np.diff(rough)).mean())
