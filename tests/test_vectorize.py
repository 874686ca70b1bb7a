"""Masks to graphs: hand-drawn shapes, topology against labelled regions, speed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, label

from roadmetrics import GraphError, Mask, RoadGraph, get
from roadmetrics.vectorize import _chains, _linked, simplified, vectorize

EIGHT = np.ones((3, 3))


def mask(*rows, **tile):
    return Mask(np.array([[c == "#" for c in row] for row in rows]), **tile)


def holes_and_parts(graph):
    """Independent cycles and connected components of a graph with edges."""
    import networkx as nx

    g = nx.Graph(graph.edges.tolist())
    n_parts = nx.number_connected_components(g)
    return g.number_of_edges() - g.number_of_nodes() + n_parts, n_parts


def test_a_line_and_its_axes():
    g = vectorize(mask(".....", ".###.", "....."))
    assert g.vertices.tolist() == [[1, 1], [3, 1]]  # x is the column
    assert g.is_node.tolist() == [True, True]
    assert g.extent == (-0.5, -0.5, 4.5, 2.5)
    assert g.unit == "px"


def test_two_pixels_and_one():
    assert vectorize(mask("##")).edges.tolist() == [[0, 1]]
    assert len(vectorize(mask("#.", "..")).vertices) == 0
    assert len(vectorize(mask("#.#", "...", "#.#")).vertices) == 0


def test_origin_and_metres():
    g = vectorize(mask("###", origin=(10, 20)))
    assert g.vertices.tolist() == [[10, 20], [12, 20]]
    g = vectorize(mask("###", origin=(10, 20)).scaled(0.5))
    assert (g.unit, g.metres_per_pixel) == ("m", 0.5)
    assert g.vertices.tolist() == [[5, 10], [6, 10]]
    assert g.extent == (4.75, 9.75, 6.25, 10.25)
    assert vectorize(mask("###", unit="m")).length == 2.0
    assert mask("###").graph.length == 2.0


def test_staircase_is_no_junction():
    g = vectorize(Mask(np.kron(np.eye(6, dtype=bool), np.ones((1, 2), dtype=bool))))
    assert sorted(g.degrees.tolist()) == [1, 1]
    g = vectorize(mask("##....", ".##...", "..##..", "...##.", "....##"))
    assert sorted(g.degrees.tolist()) == [1, 1]


def test_crossings_are_one_junction():
    plus = vectorize(mask("..#..", "..#..", "#####", "..#..", "..#.."))
    assert sorted(plus.degrees.tolist()) == [1, 1, 1, 1, 4]
    assert plus.vertices[plus.degrees == 4].tolist() == [[2, 2]]
    tee = vectorize(mask("#####", "..#..", "..#.."))
    assert sorted(tee.degrees.tolist()) == [1, 1, 1, 3]
    ex = vectorize(mask("#...#", ".#.#.", "..#..", ".#.#.", "#...#"))
    assert sorted(ex.degrees.tolist()) == [1, 1, 1, 1, 4]


def test_touching_junctions_are_one_at_their_mean():
    g = vectorize(mask("..#..", "..#..", "####.", "..###", "..#..", "..#.."))
    (junction,) = np.flatnonzero(g.degrees > 2)
    assert g.degrees[junction] == 4
    x, y = g.vertices[junction]
    assert 2 <= x <= 3
    assert 2 <= y <= 3


@pytest.mark.parametrize("side", [3, 4, 12])
def test_a_ring_without_junction_stays_a_ring(side):
    ring = np.ones((side, side), dtype=bool)
    ring[1:-1, 1:-1] = False
    for tolerance in (0.0, 1.0, 100.0):
        g = vectorize(Mask(ring), simplify=tolerance)
        assert holes_and_parts(g) == (1, 1)
        assert g.degrees.tolist() == [2] * len(g.vertices)
        assert g.is_node.sum() == 1
    corners = 4 if side > 3 else 0
    if corners:
        assert vectorize(Mask(ring)).length == pytest.approx(4 * (side - 1), abs=4)


def test_loop_on_a_stem_and_double_edge_survive_any_tolerance():
    loop = np.zeros((9, 16), dtype=bool)
    loop[1, 7:14] = loop[7, 7:14] = True
    loop[1:8, 7] = loop[1:8, 13] = True
    stem = loop.copy()
    stem[4, 0:8] = True
    double = stem.copy()
    double[4, 13:16] = True
    for tolerance in (0.0, 1.0, 3.0, 1000.0):
        assert holes_and_parts(vectorize(Mask(stem), simplify=tolerance)) == (1, 1)
        g = vectorize(Mask(double), simplify=tolerance)
        assert holes_and_parts(g) == (1, 1)
        assert np.count_nonzero(g.degrees == 3) == 2


def test_simplification_keeps_pixels_within_the_tolerance():
    t = np.linspace(0, 2 * np.pi, 2000)
    array = np.zeros((80, 200), dtype=bool)
    array[np.round(40 + 30 * np.sin(t)).astype(int), np.round(10 + 28 * t).astype(int)] = True
    fine, coarse = vectorize(Mask(array), simplify=0), vectorize(Mask(array), simplify=2)
    assert len(coarse.vertices) < len(fine.vertices) / 5
    assert coarse.length == pytest.approx(fine.length, rel=0.15)
    ends = coarse.vertices[coarse.edges]
    assert max(_gap(p, ends) for p in fine.vertices) <= 2 + 1e-9


def _gap(point, ends):
    a, chord = ends[:, 0], ends[:, 1] - ends[:, 0]
    t = np.clip(((point - a) * chord).sum(1) / (chord**2).sum(1), 0, 1)
    return np.hypot(*(point - a - t[:, None] * chord).T).min()


def test_spurs_go_only_when_asked():
    rows = ["..........", "....#.....", "....#.....", "##########"]
    assert sorted(vectorize(mask(*rows)).degrees.tolist()) == [1, 1, 1, 3]
    short = vectorize(mask(*rows), min_length=3)
    assert sorted(short.degrees.tolist()) == [1, 1, 2]
    assert short.length == 9
    lone = vectorize(mask("###......", ".........", "#########"), min_length=5)
    assert holes_and_parts(lone) == (0, 2)  # a short road of its own is no spur


@pytest.mark.parametrize("options", [{"simplify": -1}, {"simplify": np.nan}, {"min_length": -1}])
def test_bad_options(options):
    with pytest.raises(GraphError, match="must be finite and not negative"):
        vectorize(mask("###"), **options)


def test_least_points():
    line = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]])
    assert simplified(line, 1.0).tolist() == [0, 3]
    assert len(simplified(line, 1.0, 1)) == 3
    assert simplified(line, 1.0, 9).tolist() == [0, 1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.9), st.sampled_from([0.0, 1.0, 5.0]))
def test_topology_of_random_masks(seed, density, tolerance):
    """Parts and holes as scipy labels them on the skeleton, whatever the tolerance.

    A hole inside a cluster of junction pixels goes into the junction, so holes may be fewer.
    """
    from skimage.morphology import skeletonize

    array = np.random.default_rng(seed).random((24, 24)) < density
    array = np.pad(binary_dilation(array, EIGHT) if density < 0.3 else array, 1)
    g = vectorize(Mask(array), simplify=tolerance)
    skeleton = skeletonize(array)
    parts, n_parts = label(skeleton, EIGHT)
    n_holes = label(~skeleton)[1] - 1
    sizes = np.bincount(parts.ravel())[1:]
    cycles, n_found = holes_and_parts(g) if len(g.edges) else (0, 0)
    assert n_found <= n_parts
    assert n_found >= np.count_nonzero(sizes > 9)
    assert cycles <= n_holes
    assert len(np.unique(g.edges)) == len(g.vertices)  # no vertex without an edge


def test_sparse_networks_keep_every_hole_and_part():
    rng = np.random.default_rng(3)
    for _ in range(10):
        array = np.zeros((200, 200), dtype=bool)
        for k in rng.choice(np.arange(10, 190, 12), 6, replace=False):
            array[k, :] = True
        for k in rng.choice(np.arange(10, 190, 12), 5, replace=False):
            array[20:170, k] = True
        thick = binary_dilation(array, EIGHT, iterations=2)
        n_holes = label(np.pad(~thick, 1, constant_values=True))[1] - 1
        for tolerance in (0.0, 1.0, 50.0):
            assert holes_and_parts(vectorize(Mask(array), simplify=tolerance))[0] >= n_holes - 2
            cycles, n_parts = holes_and_parts(vectorize(Mask(thick), simplify=tolerance))
            assert n_parts == label(thick, EIGHT)[1]
            assert cycles == label(~thick)[1] - _open_regions(thick)


def _open_regions(array):
    """Background regions that touch the border: they are no holes."""
    regions = label(~array)[0]
    border = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    return len(np.unique(border[border > 0]))


def test_same_pixels_same_graph():
    array = np.random.default_rng(7).random((60, 60)) < 0.5
    a, b = vectorize(Mask(array)), vectorize(Mask(np.asfortranarray(array)))
    assert a.digest == b.digest


def test_booleans_of_any_byte():
    """Pillow's bitmaps give booleans whose byte is 255, which crash compiled code."""
    odd = np.zeros((50, 50), dtype=np.uint8)
    odd[25, 5:45] = 255
    g = RoadGraph.from_mask(odd.view(np.bool_))
    assert g.vertices.tolist() == [[5, 25], [44, 25]]


def test_a_tile_of_2048_pixels():
    array = np.zeros((2048, 2048), dtype=bool)
    array[20::60, :] = array[:, 30::70] = True
    array |= np.eye(2048, dtype=bool)
    tile = Mask(binary_dilation(array, iterations=2))
    assert len(vectorize(tile).edges) > 1000


def test_a_full_block_of_a_skeleton_is_one_node_and_no_loop():
    thin = mask("......", ".#....", "..##..", "..##..", "....#.", "......").array
    skeleton = _linked(thin)
    chains = _chains(skeleton)
    assert len(skeleton.node_xy) == 3
    assert all(c.start != c.end for c in chains)
    assert len(chains) == 2


def test_masks_that_cannot_be_of_roads_are_refused(monkeypatch):
    """Thinning takes a pass a layer, and the skeleton much memory a pixel."""
    array = np.zeros((700, 700), dtype=bool)
    array[::70] = True
    thick = np.zeros_like(array)
    thick[30:-30, 30:-30] = True
    monkeypatch.setattr("roadmetrics.vectorize.MAX_THINNING", 1e8)
    assert len(vectorize(Mask(array)).edges) == 10
    with pytest.raises(GraphError, match="roads about 576 pixels wide in 700 x 700 pixels"):
        vectorize(Mask(thick))
    with pytest.raises(GraphError, match="roads about 576 pixels wide"):
        get("ccq:oner2021")(Mask(array), Mask(thick))
    monkeypatch.setattr("roadmetrics.vectorize.MAX_SKELETON", 6999)
    with pytest.raises(GraphError, match="the mask has 7000 pixels of centre line, above 6999"):
        vectorize(Mask(array))


def test_noise_is_refused(monkeypatch):
    monkeypatch.setattr("roadmetrics.vectorize.MAX_CHAINS", 100)
    noise = np.random.default_rng(0).random((100, 100)) < 0.5
    with pytest.raises(GraphError, match="pieces of road, above 100: is it noise"):
        RoadGraph.from_mask(noise)
