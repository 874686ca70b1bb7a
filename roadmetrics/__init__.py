"""Scores for reconstructed road networks: each number faithful, fast and signed.

Names are imported when first used, so that ``import roadmetrics`` is quick.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as in typing, which would cost --help half its time
if TYPE_CHECKING:
    from typing import Any

    from .comparison import compare
    from .comparison_report import Comparison
    from .description import DescribedPair, Description, describe
    from .description_report import describe_folders
    from .diagnosis import Diagnosis
    from .errors import (
        FormatError,
        GraphError,
        PairingError,
        RoadMetricsError,
        SignatureError,
        UnitError,
    )
    from .evaluate import score_folders
    from .examination import doctor
    from .graph import Mask, RoadGraph
    from .load import read, read_tiles, write
    from .metric import Counts, Metric, Score
    from .metrics import METRICS
    from .metrics.apls import APLS
    from .metrics.ccq import CCQ
    from .metrics.hm import HM
    from .metrics.jct import JCT
    from .metrics.junction import Junction
    from .metrics.path import Path
    from .metrics.subgraph import Subgraph
    from .metrics.tlts import TLTS
    from .report import Report
    from .rewards import RewardBatch, RewardScorer

    apls: APLS
    ccq: CCQ
    hm: HM
    jct: JCT
    junction: Junction
    path: Path
    subgraph: Subgraph
    tlts: TLTS

__version__ = "0.1.0"

_HOME = {
    "RoadMetricsError": "errors",
    "GraphError": "errors",
    "FormatError": "errors",
    "SignatureError": "errors",
    "UnitError": "errors",
    "PairingError": "errors",
    "RoadGraph": "graph",
    "Mask": "graph",
    "Metric": "metric",
    "Counts": "metric",
    "Score": "metric",
    "METRICS": "metrics",
    "read": "load",
    "read_tiles": "load",
    "write": "load",
    "score_folders": "evaluate",
    "Report": "report",
    "describe": "description",
    "Description": "description",
    "DescribedPair": "description",
    "describe_folders": "description_report",
    "compare": "comparison",
    "Comparison": "comparison_report",
    "doctor": "examination",
    "Diagnosis": "diagnosis",
    "RewardScorer": "rewards",
    "RewardBatch": "rewards",
}

__all__ = [
    "METRICS",
    "Comparison",
    "Counts",
    "DescribedPair",
    "Description",
    "Diagnosis",
    "FormatError",
    "GraphError",
    "Mask",
    "Metric",
    "PairingError",
    "Report",
    "RewardBatch",
    "RewardScorer",
    "RoadGraph",
    "RoadMetricsError",
    "Score",
    "SignatureError",
    "UnitError",
    "__version__",
    "compare",
    "describe",
    "describe_folders",
    "doctor",
    "get",
    "read",
    "read_tiles",
    "score_folders",
    "write",
]


def get(text: str) -> Metric:
    """The metric of a name or signature: ``apls``, ``apls:spacenet``, ``ccq,slack=8``.

    Raises SignatureError for an unknown name, preset, field or value.

    >>> get("ccq,slack=8").slack
    8.0
    >>> get("ccq,slack=")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.SignatureError: a metric is NAME[:PRESET][,FIELD=VALUE...], not 'ccq,slack='
    """
    from .metric import parse_with
    from .metrics import METRICS

    return parse_with(text, METRICS)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    if not name.startswith("_"):
        from .metrics import METRICS

        if name in METRICS:  # rm.apls(gt, pred): the metric's default
            return METRICS[name]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from .metrics import METRICS

    return sorted({*__all__, *METRICS})
