"""Which form each metric has as a term: the first that fits, else the metric itself."""

from __future__ import annotations

from ..graph import RoadGraph
from ..metric import Metric
from .apls import APLSGround
from .ccq import CCQGround
from .jct import JCTGround
from .junction import JunctionGround
from .junction_published import PublishedGround
from .path_term import PathGround
from .subgraph_term import SubgraphGround
from .terms import FullGround, Ground

FORMS: tuple[type[Ground], ...] = (
    APLSGround, JunctionGround, PublishedGround, PathGround, SubgraphGround, CCQGround, JCTGround,
)  # fmt: skip


def ground_of(metric: Metric, gt: RoadGraph) -> Ground:
    """The quickest exact form that there is for a metric with these parameters."""
    for form in FORMS:
        if form.fits(metric, gt):
            return form(metric, gt)
    return FullGround(metric, gt)
