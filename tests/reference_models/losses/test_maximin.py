"""Pairs at the bottleneck between regions: brute force, what must be conserved, and symmetries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from reference_models.losses import maximin, topo_weights
from roadmetrics.errors import RoadMetricsError

SYMMETRIES = [
    (turns, is_flipped) for turns in range(4) for is_flipped in (False, True)
]  # of the square


def turned(array, symmetry):
    turns, is_flipped = symmetry
    return np.ascontiguousarray(np.rot90(np.fliplr(array) if is_flipped else array, turns))


def pairs_of(sizes):
    return sum(int(n) * (int(n) - 1) // 2 for n in sizes)


@st.composite
def maps(draw, values="distinct", most=9):
    """A map [H, W], its dilated road, and a window."""
    height, width = draw(st.integers(1, most)), draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if values == "distinct":
        pred = rng.permutation(height * width).reshape(height, width).astype(np.float32) - 3.5
    else:
        pred = rng.integers(-1, 3, (height, width)).astype(np.float32)
    road = rng.random((height, width)) < draw(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]))
    return pred, road, draw(st.sampled_from([None, 1, 2, 3, 5, 64]))


def brute(pred, road):
    """w and v of one window, value by value: what is joined at a level and was not above it."""
    labels = ndimage.label(~road)[0]
    same = labels.ravel()[:, None] == labels.ravel()
    is_ground = labels.ravel() > 0
    ground = is_ground[:, None] & is_ground
    result = []
    for pinned, counted in (
        (np.where(road, pred, np.inf), ground & ~same),
        (np.where(road, -np.inf, pred), ground & same),
    ):
        weights = np.zeros(pred.shape, int)
        before = np.eye(pred.size, dtype=bool)
        for level in np.unique(pinned)[::-1]:
            parts = ndimage.label(pinned >= level)[0].ravel()
            joined = (parts[:, None] == parts) & (parts > 0) | before
            weights[pinned == level] += np.triu(joined & ~before & counted).sum()
            before = joined
        result.append(weights)
    return result


@given(maps(most=6))
def test_brute_force(case):
    """Every pair is counted where it belongs."""
    pred, road, _ = case
    expected = brute(pred, road)
    w, v = topo_weights(pred, road, None)
    assert w.tolist() == expected[0].tolist()
    assert v.tolist() == expected[1].tolist()


@pytest.mark.parametrize("values", ["distinct", "equal"])
def test_no_pair_is_lost(values):
    """Each window's w sums to the pairs of two regions, its v to those inside one."""

    @given(maps(values))
    def check(case):
        pred, road, window = case
        w, v = topo_weights(pred, road, window)
        assert (w >= 0).all()
        assert (v >= 0).all()
        assert not w[~road].any()
        assert not v[road].any()
        side = window or max(pred.shape)
        for y in range(0, pred.shape[0], side):
            for x in range(0, pred.shape[1], side):
                here = np.s_[y : y + side, x : x + side]
                labels = ndimage.label(~road[here])[0]
                sizes = np.bincount(labels.ravel())[1:]
                assert v[here].sum() == pairs_of(sizes)
                assert w[here].sum() == pairs_of([sizes.sum()]) - pairs_of(sizes)

    check()


@given(maps("equal"))
def test_windows_are_images_of_their_own(case):
    """Windowed weights are those of the windows, cut out."""
    pred, road, window = case
    side = window or max(pred.shape)
    whole = topo_weights(pred, road, window)
    for y in range(0, pred.shape[0], side):
        for x in range(0, pred.shape[1], side):
            here = np.s_[y : y + side, x : x + side]
            for part, all_ in zip(topo_weights(pred[here], road[here], None), whole, strict=True):
                assert part.tolist() == all_[here].tolist()


@given(maps(), st.sampled_from(SYMMETRIES))
def test_turned_and_flipped(case, symmetry):
    """The weights of a turned image are the turned weights."""
    pred, road, _ = case
    expected = [turned(x, symmetry) for x in topo_weights(pred, road, None)]
    got = topo_weights(turned(pred, symmetry), turned(road, symmetry), None)
    assert [x.tolist() for x in got] == [x.tolist() for x in expected]


@given(maps("equal"), st.sampled_from(SYMMETRIES))
def test_equal_values_keep_their_sums(case, symmetry):
    """Which of equal pixels is credited depends on the reading order; their sum does not."""
    pred, road, _ = case
    got = topo_weights(turned(pred, symmetry), turned(road, symmetry), None)
    for a, b in zip(topo_weights(pred, road, None), got, strict=True):
        for level in np.unique(pred):
            assert a[pred == level].sum() == b[turned(pred, symmetry) == level].sum()


@given(maps("equal"), st.integers(0, 2**32 - 1), st.sampled_from(["f2", "f4", "f8", "i2", "i8"]))
def test_only_the_order_counts(case, seed, kind):
    """A strictly increasing map of the values changes nothing, in any type."""
    pred, road, window = case
    levels = np.unique(pred)
    steps = np.random.default_rng(seed).integers(1, 9, len(levels)).cumsum() - 20
    other = steps[np.searchsorted(levels, pred)].astype(kind)
    if kind == "f8":
        other = 1e9 + other * 1e-6  # alike in float32
    for a, b in zip(
        topo_weights(pred, road, window), topo_weights(other, road, window), strict=True
    ):
        assert a.tolist() == b.tolist()


def test_threads_change_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    pred, road = rng.normal(size=(3, 50, 41)).astype(np.float32), rng.random((3, 50, 41)) < 0.4
    results = []
    for n in (1, 3):
        monkeypatch.setenv("ROADMETRICS_THREADS", str(n))
        results.append([x.tolist() for x in topo_weights(pred, road, 16)])
    assert results[0] == results[1]
    alone = [topo_weights(p, r, 16)[0].tolist() for p, r in zip(pred, road, strict=True)]
    assert results[0][0] == alone


def test_a_dead_end_is_seen_in_windows_alone():
    """A road that ends parts no regions of the image; in the windows it crosses it does."""
    road = np.zeros((16, 16), bool)
    road[:12, 5] = True
    pred = np.random.default_rng(0).random((16, 16))
    assert topo_weights(pred, road, None)[0].sum() == 0
    # above: two windows of 8 x 8, of which the left is cut into 5 and 2 columns
    assert topo_weights(pred, road, 8)[0].sum() == 40 * 16


def test_long_sorts_agree_with_short_ones():
    """Values that differ in each of the three digits, of both signs, and zeros of both."""
    values = np.array([0.0, -0.0, 1e-30, -1e-30, 1.0, 1.0000001, -7.5, 3e38, 65504.0, 2.0])
    pred = values.astype(np.float32)[None]
    road = np.zeros(pred.shape, bool)
    _, v = topo_weights(pred, road, None)
    expected = np.zeros(10, int)
    for i in range(10):
        for j in range(i + 1, 10):
            run = pred[0, i : j + 1]
            lowest = np.flatnonzero(run == run.min())
            expected[i + lowest[-1]] += 1  # of equal ones the first in reading order is the higher
    assert v[0].tolist() == expected.tolist()


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (2, 0, 5), (0, 3, 3)])
def test_nothing(shape):
    w, v = topo_weights(np.zeros(shape), np.zeros(shape), 4)
    assert w.shape == v.shape == shape


def test_one_pixel():
    assert [x.tolist() for x in topo_weights([[3.0]], [[1]])] == [[[0]], [[0]]]


@pytest.mark.parametrize(
    ("pred", "road", "window", "says"),
    [
        (np.zeros((3, 4)), np.zeros((4, 3)), 64, r"\(3, 4\).*\(4, 3\)"),
        (np.zeros(3), np.zeros(3), 64, r"\[\.\.\., H, W\]"),
        (np.full((2, 2), np.nan), np.zeros((2, 2)), 64, "NaN"),
        (np.full((2, 2), np.inf), np.zeros((2, 2)), 64, "infinity"),
        (np.zeros((2, 2), complex), np.zeros((2, 2)), 64, "complex"),
        (np.zeros((2, 2)), np.zeros((2, 2)), 0, "window"),
        (np.zeros((2, 2)), np.zeros((2, 2)), -64, "window"),
    ],
)
def test_bad_input(pred, road, window, says):
    with pytest.raises(RoadMetricsError, match=says) as caught:
        topo_weights(pred, road, window)
    assert "\n" not in str(caught.value)


def test_a_run_is_asked_once():
    """The table of neighbours: one side of each run on the ring, corners alone never."""
    assert maximin.ONE_A_RUN[0] == 0
    assert maximin.ONE_A_RUN[0b10101010] == 0  # corners
    assert maximin.ONE_A_RUN[0b01010101] == 0b1111  # sides that nothing joins
    assert [int(maximin.ONE_A_RUN[255]).bit_count()] == [1]
    assert maximin.ONE_A_RUN[0b10000011] == 0b0001  # north with both its corners
