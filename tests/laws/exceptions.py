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
}
