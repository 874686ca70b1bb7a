"""RoadGraph and Mask: what they refuse, what they guarantee, what they derive."""

import dataclasses
import pickle

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmetrics import GraphError, Mask, RoadGraph
from roadmetrics.testing import strategies, transforms
from roadmetrics.testing.strategies import Scale

SCALE = Scale(5.0, 64.0, "px")
GRAPHS = strategies.wild_graphs(SCALE)
BOX = (-40.0, -24.5, 56.25, 72.0)

SQUARE = [(0, 0), (4, 0), (4, 3), (0, 3)]


def length_inside(graph, box, n=4000):
    """Length of the part of each edge inside a box, by many small steps."""
    t = (np.arange(n) + 0.5) / n
    ends = graph.vertices[graph.edges]
    places = ends[:, :1] + t[None, :, None] * (ends[:, 1:] - ends[:, :1])
    low, high = np.array(box[:2]), np.array(box[2:])
    inside = ((places >= low) & (places <= high)).all(axis=2).mean(axis=1)
    return float((inside * graph.edge_lengths).sum())


class TestRefused:
    @pytest.mark.parametrize(
        ("vertices", "edges", "message"),
        [
            ([(0, 0, 0)], [], r"vertices must have shape \(N, 2\), not \(1, 3\)"),
            ([1, 2], [], r"vertices must have shape \(N, 2\), not \(2,\)"),
            ([(0, 0), (np.nan, 1)], [], r"vertex 1 is \(nan, 1.0\): coordinates must be finite"),
            ([(np.inf, 0)], [], "vertex 0"),
            ([(0, 1e13)], [], "below 1e12"),
            ([("a", "b")], [], r"vertices must be an \(N, 2\) array of numbers"),
            ([(0, 0), (1,)], [], r"vertices must be an \(N, 2\) array of numbers"),
            ([(0, 0)], [(0, 1)], "edge 0 refers to vertex 1 but there are 1 vertices"),
            ([(0, 0), (1, 1)], [(0, 1), (0, -1)], "edge 1 refers to vertex -1"),
            ([(0, 0), (1, 1)], [(0.0, 1.0)], "edges must be integers, not float64"),
            ([(0, 0), (1, 1)], [(0, 1, 0)], r"edges must have shape \(M, 2\), not \(1, 3\)"),
            ([], [(0, 1)], "edge 0 refers to vertex 1 but there are 0 vertices"),
        ],
    )
    def test_arrays(self, vertices, edges, message):
        with pytest.raises(GraphError, match=message) as caught:
            RoadGraph(vertices, edges)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"unit": "feet"}, "unit 'feet' is not one of px, m"),
            ({"metres_per_pixel": 0}, "metres_per_pixel must be a positive number"),
            ({"metres_per_pixel": np.nan}, "metres_per_pixel"),
            ({"extent": (0, 0, 0, 1)}, "bounds must be finite with x0 < x1"),
            ({"extent": (0, 0, 1)}, "bounds must be x0,y0,x1,y1"),
            ({"extent": (0, 0, 1, np.inf)}, "bounds must be finite"),
            ({"is_node": [True]}, "is_node has 1 entries for 4 vertices"),
            ({"weights": [1.0, 2.0]}, "weights"),
            ({"weights": [-1.0]}, "weight"),
            ({"weights": [np.nan]}, "weight"),
        ],
    )
    def test_what_belongs_to_the_tile(self, options, message):
        with pytest.raises(GraphError, match=message):
            RoadGraph(SQUARE, [(0, 1)], **options)

    def test_a_pixel_size_for_metres(self):
        with pytest.raises(GraphError, match="in metres already"):
            RoadGraph(SQUARE, [(0, 1)], "m").scaled(0.5)

    @pytest.mark.parametrize("size", [0, -1, np.nan, np.inf])
    def test_no_pixel_size(self, size):
        with pytest.raises(GraphError, match="positive"):
            RoadGraph(SQUARE, [(0, 1)]).scaled(size)


class TestInvariants:
    @given(GRAPHS)
    def test_edges_are_simple_sorted_and_in_range(self, graph):
        a, b = graph.edges.T
        assert (a < b).all()
        assert (b < len(graph.vertices)).all()
        assert len({*map(tuple, graph.edges.tolist())}) == len(graph.edges)
        assert (graph.vertices.dtype, graph.edges.dtype) == (np.float64, np.int32)

    @given(GRAPHS)
    def test_arrays_are_read_only_also_when_derived(self, graph):
        arrays = [graph.vertices, graph.edges, graph.edge_lengths, graph.degrees]
        arrays += [a for a in (graph.is_node, graph.weights) if a is not None]
        for array in arrays:
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0

    @given(GRAPHS)
    def test_pickle_keeps_everything_but_what_is_derived(self, graph):
        digest, length = graph.digest, graph.length
        twin = pickle.loads(pickle.dumps(graph))
        assert (twin.digest, twin.length) == (digest, length)
        assert not twin.vertices.flags.writeable
        assert "digest" not in graph.__getstate__()

    @given(GRAPHS)
    def test_replace_makes_an_equal_graph(self, graph):
        assert dataclasses.replace(graph).digest == graph.digest

    @given(GRAPHS)
    def test_degrees_and_lengths(self, graph):
        assert graph.degrees.sum() == 2 * len(graph.edges)
        ends = graph.vertices[graph.edges]
        assert np.allclose(graph.edge_lengths, np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))
        assert graph.length == pytest.approx(graph.edge_lengths.sum())

    @given(GRAPHS)
    def test_networkx_and_back(self, graph):
        back = RoadGraph.from_networkx(graph.to_networkx(), graph.unit)
        assert np.array_equal(back.vertices, graph.vertices)
        assert {*map(tuple, back.edges.tolist())} == {*map(tuple, graph.edges.tolist())}

    def test_the_input_is_copied(self):
        vertices, edges = np.array(SQUARE, dtype=float), np.array([(0, 1)])
        graph = RoadGraph(vertices, edges)
        vertices[0], edges[0] = 9, (2, 3)
        assert graph.vertices[0].tolist() == [0, 0]
        assert graph.edges.tolist() == [[0, 1]]
        assert vertices.flags.writeable

    def test_fields_are_frozen(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            RoadGraph([], []).unit = "m"

    def test_repeated_edges_keep_the_first_place_and_the_least_weight(self):
        graph = RoadGraph(SQUARE, [(2, 1), (0, 1), (1, 2), (3, 3)], weights=[5, 7, 4, 1])
        assert graph.edges.tolist() == [[1, 2], [0, 1]]
        assert graph.weights.tolist() == [4, 7]

    def test_identity_is_equality_and_hash(self):
        a, b = RoadGraph(SQUARE, [(0, 1)]), RoadGraph(SQUARE, [(0, 1)])
        assert a != b
        assert len({a, b, a}) == 2

    @pytest.mark.parametrize("empty", [[], (), np.zeros((0, 2)), np.zeros(0)])
    def test_empty(self, empty):
        graph = RoadGraph(empty, empty)
        assert (graph.length, graph.bounds, graph.vertices.shape, graph.edges.shape) == (
            0.0, None, (0, 2), (0, 2))  # fmt: skip
        assert repr(graph) == "RoadGraph(0 vertices, 0 edges, 0.0 px)"


class TestDigest:
    CHANGES = [
        {"vertices": [(0, 0), (4, 0), (4, 3), (0, 4)]},
        {"edges": [(0, 1), (1, 3)]},
        {"edges": [(1, 2), (0, 1)]},
        {"unit": "m"},
        {"metres_per_pixel": 0.5},
        {"extent": (0, 0, 9, 9)},
        {"is_node": [True, True, False, True]},
        {"weights": [1.0, 2.0]},
    ]

    @pytest.mark.parametrize("change", CHANGES)
    def test_changes_with_everything_a_metric_can_see(self, change):
        options = {"vertices": SQUARE, "edges": [(0, 1), (1, 2)]}
        assert RoadGraph(**{**options, **change}).digest != RoadGraph(**options).digest

    def test_is_the_same_for_both_zeros(self):
        assert RoadGraph([(0.0, 0.0)], []).digest == RoadGraph([(-0.0, 0.0)], []).digest


class TestScaled:
    def test_scales_all_that_has_a_length(self):
        graph = RoadGraph(SQUARE, [(0, 1), (1, 2)], extent=(0, 0, 8, 8), weights=[4, 3])
        metres = graph.scaled(0.5)
        assert (metres.unit, metres.metres_per_pixel, metres.length) == ("m", 0.5, 3.5)
        assert metres.extent == (0, 0, 4, 4)
        assert metres.weights.tolist() == [2, 1.5]


class TestClipped:
    @given(GRAPHS)
    def test_keeps_the_length_inside(self, graph):
        clipped = graph.clipped(BOX)
        assert clipped.length == pytest.approx(length_inside(graph, BOX), abs=0.5)
        assert clipped.extent == BOX
        if len(clipped.vertices):
            x0, y0, x1, y1 = clipped.bounds
            assert x0 >= BOX[0]
            assert y0 >= BOX[1]
            assert x1 <= BOX[2]
            assert y1 <= BOX[3]

    @given(GRAPHS)
    def test_twice_is_once(self, graph):
        once = graph.clipped(BOX)
        assert once.clipped(BOX).digest == once.digest

    @given(GRAPHS)
    def test_to_everything_changes_nothing_but_the_extent(self, graph):
        box = (-1e4, -1e4, 1e4, 1e4)
        assert dataclasses.replace(graph.clipped(box), extent=graph.extent).digest == graph.digest

    @given(GRAPHS, st.integers(-8, 8), st.integers(-8, 8))
    def test_commutes_with_translation(self, graph, dx, dy):
        shift = (64.0 * dx, 64.0 * dy)
        window = tuple(b + s for b, s in zip(BOX, shift * 2, strict=True))
        there = transforms.moved(graph, shift).clipped(window)
        here = transforms.moved(graph.clipped(BOX), shift)
        assert there.edges.tolist() == here.edges.tolist()
        assert np.allclose(there.vertices, here.vertices, atol=1e-9)

    @given(GRAPHS)
    def test_two_halves_make_the_whole(self, graph):
        low = graph.clipped((-1e4, -1e4, 10.3, 1e4)).length
        high = graph.clipped((10.3, -1e4, 1e4, 1e4)).length
        assert low + high == pytest.approx(graph.length)

    def test_an_edge_through_the_box_keeps_its_middle_and_its_share_of_weight(self):
        graph = RoadGraph([(0, 0), (10, 0)], [(0, 1)], weights=[20.0])
        part = graph.clipped((2, -1, 5, 1))
        assert part.vertices.tolist() == [[2, 0], [5, 0]]
        assert part.weights.tolist() == pytest.approx([6])

    def test_an_edge_along_the_side_stays(self):
        assert RoadGraph([(0, 0), (10, 0)], [(0, 1)]).clipped((0, 0, 10, 5)).length == 10

    def test_an_edge_that_touches_a_corner_goes(self):
        part = RoadGraph([(-1, 1), (1, -1)], [(0, 1)]).clipped((0, 0, 5, 5))
        assert (part.length, len(part.edges)) == (0, 0)

    @pytest.mark.parametrize("box", [(0, 0, 0, 5), (5, 0, 0, 5), (0, 0, np.nan, 5), (0, 1), None])
    def test_no_box(self, box):
        with pytest.raises(GraphError, match="bounds must be"):
            RoadGraph(SQUARE, []).clipped(box)


class TestFromLines:
    def test_joins_where_coordinates_are_equal(self):
        graph = RoadGraph.from_lines([[(0, 0), (1, 0), (2, 0)], [(1, 0), (1, 5)]], "m")
        assert (len(graph.vertices), len(graph.edges), graph.unit) == (4, 3, "m")
        assert graph.degrees.tolist() == [1, 3, 1, 1]

    def test_a_single_point_is_a_vertex_without_a_road(self):
        graph = RoadGraph.from_lines([[(3, 4)]])
        assert (len(graph.vertices), len(graph.edges)) == (1, 0)


class TestFromNetworkx:
    @pytest.mark.parametrize("names", [("pos",), ("x", "y")])
    def test_reads_positions(self, names):
        g = nx.Graph()
        for k, (x, y) in enumerate(SQUARE):
            g.add_node(f"n{k}", **({"pos": (x, y)} if names == ("pos",) else {"x": x, "y": y}))
        nx.add_path(g, ["n0", "n1", "n2"])
        assert RoadGraph.from_networkx(g).length == 7.0

    def test_no_position_is_refused(self):
        g = nx.Graph()
        g.add_node("a")
        with pytest.raises(GraphError, match="a"):
            RoadGraph.from_networkx(g)


class TestMask:
    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.zeros(3, bool), r"two dimensions, not shape \(3,\)"),
            (np.zeros((2, 2, 3), bool), "two dimensions"),
            (np.zeros((2, 2)), "boolean, not float64: threshold it first"),
            (np.zeros((2, 2), np.uint8), "boolean, not uint8"),
        ],
    )
    def test_refused(self, array, message):
        with pytest.raises(GraphError, match=message):
            Mask(array)

    def test_copies_and_freezes(self):
        array = np.eye(3, dtype=bool)
        mask = Mask(array)
        array[:] = False
        assert mask.n_pixels == 3
        with pytest.raises(ValueError, match="read-only"):
            mask.array[0, 0] = False
        assert not pickle.loads(pickle.dumps(mask)).array.flags.writeable

    def test_extent_is_half_a_pixel_around_the_centres(self):
        assert Mask(np.zeros((3, 5), bool)).extent == (-0.5, -0.5, 4.5, 2.5)
        assert Mask(np.zeros((3, 5), bool), origin=(10, 20)).extent == (9.5, 19.5, 14.5, 22.5)

    def test_clipping_keeps_pixels_whose_centres_are_inside(self):
        mask = Mask(np.arange(20).reshape(4, 5) % 2 == 0)
        part = mask.clipped((1, 1, 3, 2))
        assert part.array.tolist() == mask.array[1:3, 1:4].tolist()
        assert part.origin == (1, 1)
        assert part.clipped((1, 1, 3, 2)).digest == part.digest
        assert mask.clipped((0.1, 0.1, 0.9, 0.9)).array.size == 0
        assert mask.clipped((-9, -9, 99, 99)).digest == mask.digest
        assert mask.clipped((50, 50, 99, 99)).n_pixels == 0

    def test_digest_tells_shape_unit_size_and_origin_apart(self):
        array = np.zeros((2, 6), bool)
        masks = [
            Mask(array), Mask(array.reshape(3, 4)), Mask(array, "m"), Mask(array, origin=(1, 0)),
            Mask(array, metres_per_pixel=2.0), Mask(~array),
        ]  # fmt: skip
        assert len({m.digest for m in masks}) == len(masks)
        assert Mask(array).digest == Mask(array.copy()).digest

    def test_scaled_keeps_the_pixels(self):
        mask = Mask(np.eye(3, dtype=bool)).scaled(0.5)
        assert (mask.unit, mask.metres_per_pixel, mask.n_pixels) == ("m", 0.5, 3)
        with pytest.raises(GraphError, match="in metres already"):
            mask.scaled(0.5)

    def test_a_mask_is_a_graph_in_its_own_unit(self):
        line = np.zeros((5, 11), bool)
        line[2] = True
        mask = Mask(line)
        assert mask.graph.unit == "px"
        assert mask.graph.length == pytest.approx(10)
        assert mask.scaled(0.5).graph.unit == "m"
        assert mask.scaled(0.5).graph.length == pytest.approx(5)
        assert RoadGraph.from_mask(line).digest == mask.graph.digest
        assert mask.graph is mask.graph


def test_masks_from_arrays():
    """Booleans and 0 with one other value are masks; a map needs its threshold."""
    array = np.zeros((5, 20))
    array[2] = 0.7
    array[3, 4] = 0.2
    with pytest.raises(GraphError, match="give threshold="):
        RoadGraph.from_mask(array)
    assert RoadGraph.from_mask(array, threshold=0.5).length == 19
    assert RoadGraph.from_mask((array > 0.5).astype(np.uint8) * 255).length == 19
    assert RoadGraph.from_mask(np.zeros((5, 5))).length == 0


def test_what_is_no_tile_is_refused():
    """A metric says what it takes."""
    import roadmetrics as rm

    with pytest.raises(GraphError, match="prediction must be a RoadGraph or a Mask, not NoneType"):
        rm.apls(RoadGraph([], []), None)
