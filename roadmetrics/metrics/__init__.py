"""The registry: one line a metric. Everything else finds metrics here and knows none by name."""

from ..metric import Metric
from .apls import APLS
from .ccq import CCQ
from .hm import HM
from .jct import JCT
from .junction import Junction
from .path import Path
from .subgraph import Subgraph
from .tlts import TLTS

METRICS: dict[str, type[Metric]] = {
    APLS.name: APLS,
    TLTS.name: TLTS,
    CCQ.name: CCQ,
    JCT.name: JCT,
    Junction.name: Junction,
    Path.name: Path,
    HM.name: HM,
    Subgraph.name: Subgraph,
}
