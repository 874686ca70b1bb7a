"""The registry: one line a metric. Everything else finds metrics here and knows none by name."""

from ..metric import Metric
from .apls import APLS
from .ccq import CCQ
from .tlts import TLTS

METRICS: dict[str, type[Metric]] = {
    APLS.name: APLS,
    TLTS.name: TLTS,
    CCQ.name: CCQ,
}
