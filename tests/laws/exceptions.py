"""What the defaults' own definitions break, each with a reason and a drawn counterexample.

A law that is not declared here must hold. `test_exceptions.py` checks that each declared example
breaks its law still, and docs/metrics/laws.md shows them.
"""

from __future__ import annotations

from dataclasses import dataclass

from roadmetrics import RoadGraph
from roadmetrics.testing import Example


@dataclass(frozen=True)
class Declared:
    """Why a definition breaks a law, and where it does."""

    reason: str
    example: Example


def graph(vertices: object, edges: object) -> RoadGraph:
    return RoadGraph(vertices, edges)


STREET = graph([(0, 0), (128, 0)], [(0, 1)])
CUT_STREET = graph([(0, 0), (63, 0), (65, 0), (128, 0)], [(0, 1), (2, 3)])
BRIDGE = graph([(-64, -64), (64, 64), (64, -64), (-64, 64)], [(0, 1), (1, 2), (2, 3)])
CROSSROADS = graph(
    [(-64, -64), (64, 64), (64, -64), (-64, 64), (0, 0)], [(0, 4), (4, 1), (1, 2), (2, 4), (4, 3)]
)
HALF_STREET = graph([(0, 0), (64, 0)], [(0, 1)])

GAP = Example(STREET, CUT_STREET)
ROUTES = (
    "one gap cuts every route across it, however narrow: this is what the metric is made to see"
)

TWICE = Example(STREET, STREET)
RING = graph([(0, 0), (256, 0), (256, 256), (0, 256)], [(0, 1), (1, 2), (2, 3), (0, 3)])
THREE_STREETS = graph(
    [(0, 0), (128, 0), (384, 0), (512, 0), (0, 256), (512, 256), (0, 512), (512, 512)],
    [(0, 1), (1, 2), (2, 3), (4, 5), (6, 7)],
)
NO_ENDS = graph(THREE_STREETS.vertices, [(1, 2), (4, 5), (6, 7)])
BESIDE = graph([(0, 0), (512, 0), (128, 64), (384, 64)], [(0, 1), (2, 3)])

HALF_CROSSROADS = graph(CROSSROADS.vertices, [(0, 4), (4, 1), (2, 4)])
NO_ROAD = graph(STREET.vertices, [])
TWO_SIDES = graph([(0, 0), (128, 0), (128, 128), (0, 128)], [(0, 1), (2, 3)])
THREE_SIDES = graph(TWO_SIDES.vertices, [(0, 1), (1, 2), (2, 3)])

STAR = graph(
    [(0, 0), (300, 0), (0, 300), (-300, 0), (0, -300), (2000, 0), (4000, 0)],
    [(0, 1), (0, 2), (0, 3), (0, 4), (5, 6)],
)
STUB = graph([(0, 0), (60, 0), (2000, 0), (4000, 0)], [(0, 1), (2, 3)])
FEWER_STARTS = Declared(
    "walks from the prediction's own roads count for recall, too: without a stub that found next "
    "to nothing fewer of them fail",
    Example(STAR, STUB, 1),
)
LONG_STREET = graph([(0, 0), (512, 0), (1024, 0), (1536, 0)], [(0, 1), (1, 2), (2, 3)])

EXCEPTIONS: dict[str, dict[str, Declared]] = {
    "ccq": {
        "gap": Declared("a buffer bridges any gap narrower than twice its width", GAP),
        "overpass": Declared(
            "lengths near one another say nothing of what is joined", Example(BRIDGE, CROSSROADS)
        ),
    },
    "apls": {"gap_share": Declared(ROUTES, GAP)},
    "tlts": {
        "gap_share": Declared(ROUTES, GAP),
        "swap": Declared(
            "routes are those of the ground truth alone: what only the prediction has is not seen",
            Example(STREET, HALF_STREET),
        ),
    },
    "junction": {
        "doubling": Declared(
            "each node is compared once: those of a second copy are invented", TWICE
        ),
        "gap_share": Declared("a gap makes two road ends, however narrow it is", GAP),
        "tolerance": Declared(
            "a road end of one side that comes to lie on a road of the other is a road cut short "
            "there, which is worse than an end that has nothing to do with it",
            Example(graph([(0, 0), (512, 0)], [(0, 1)]), BESIDE),
        ),
        "missing_tile": Declared(
            "a ring without a junction has no node that could be missing", Example(RING, RING)
        ),
        "deletion": Declared(
            "a fragment amid a road shows two cuts; without it nothing is known of the middle",
            Example(THREE_STREETS, NO_ENDS, 11),
        ),
    },
    "path": {
        "doubling": Declared("a road explains one road: the second copy is invented", TWICE),
        "gap_share": Declared("a road cut in two joins half of its pairs of places", GAP),
        "tolerance": Declared(
            "a road that is missing borrows the ends of others within a larger radius, which then "
            "lack them",
            Example(
                graph(
                    [(0, 3.5), (266.5, 0), (512, 0), (768, 0), (0, 224), (256, 256)],
                    [(0, 1), (1, 2), (2, 3), (4, 5), (0, 4), (1, 4)],
                ),
                graph(
                    [(0, 3.5), (266.5, 0), (512, 0), (768, 0), (0, 224), (256, 256)],
                    [(1, 2), (2, 3), (4, 5), (0, 4), (1, 4)],
                ),
            ),
        ),
        "overpass": Declared(
            "roads end at junctions, so that what is joined across one is not asked",
            Example(BRIDGE, CROSSROADS),
        ),
    },
    "jct": {
        "swap": Declared(
            "F_error sets false arms against right ones of gt: it looks from one side; precision, "
            "recall and f1 do trade places",
            Example(CROSSROADS, HALF_CROSSROADS),
        ),
        "addition": Declared(
            "where neither side has a junction there is nothing to judge and all is perfect: a "
            "far road makes an empty prediction one without junctions",
            Example(STREET, NO_ROAD),
        ),
        "gap": Declared("a gap far from any junction is not seen", GAP),
        "shortcut": Declared(
            "a chord between two road ends makes no junction", Example(TWO_SIDES, THREE_SIDES)
        ),
    },
    "hm": {
        "doubling": Declared(
            "a second copy of a road is walked, too: its marbles find no free holes", TWICE
        ),
        "deletion": FEWER_STARTS,
        "gap_share": Declared("a walk ends at a gap, however narrow it is", GAP),
        "tolerance": Declared(
            "from a wider place, or with a longer radius, walks see more of what is wrong",
            Example(LONG_STREET, graph([*LONG_STREET.vertices[:3], (1536, 9)], LONG_STREET.edges)),
        ),
    },
    "subgraph": {
        "doubling": Declared("a road drawn exactly over itself is nearest twice", TWICE),
        "deletion": FEWER_STARTS,
        "gap_share": Declared("a sub-graph ends at a gap, however narrow it is", GAP),
        "tolerance": Declared(
            "a wider disc sees more of what is wrong",
            Example(
                LONG_STREET, graph([*LONG_STREET.vertices[:3], (1536, 10.5)], LONG_STREET.edges)
            ),
        ),
    },
}
