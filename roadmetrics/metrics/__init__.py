"""The registry: one line a metric. Everything else finds metrics here and knows none by name."""

from ..metric import Metric
from .ccq import CCQ

METRICS: dict[str, type[Metric]] = {
    CCQ.name: CCQ,
}
