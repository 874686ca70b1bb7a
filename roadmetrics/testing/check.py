"""Run laws over a metric."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky

from ..metric import Metric
from .law import Example, Law

QUICK = (Phase.explicit, Phase.generate)


class LawBroken(AssertionError):
    """A law, and an example on which a metric breaks it."""

    def __init__(self, law: Law, metric: Metric, example: Example, why: str) -> None:
        super().__init__(f"{law.name}: {why}\n  {metric}\n  {example}")
        self.law, self.example, self.why = law, example, why


def check_law(metric: Metric, law: Law, n_examples: int = 60, *, shrink: bool = True) -> None:
    """Raise LawBroken, an AssertionError, with the smallest example found that breaks the law.

    Examples are the same at each call. ``shrink=False`` stops at the first that breaks it.
    """
    profile = settings(
        max_examples=n_examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=(*QUICK, Phase.shrink) if shrink else QUICK,
    )
    found: list[LawBroken] = []

    @profile
    @given(law.examples(metric))
    def run(example: Example) -> None:
        try:
            law.check(metric, example)
        except Exception as broken:
            found.append(LawBroken(law, metric, example, _why(broken)))
            raise found[-1] from broken

    try:
        run()
    except Flaky:  # broken once and not again: a metric with a memory or a will of its own
        raise found[-1] from None


def check_metric(metric: Metric, *, exceptions: Collection[str] = (), n_examples: int = 60) -> None:
    """Check every law but the declared ``exceptions``; one AssertionError lists all that break.

    For authors of metrics of their own: call it in a test with your metric's default.

    >>> import roadmetrics as rm
    >>> check_metric(rm.get("ccq"), exceptions={"gap", "overpass"}, n_examples=2)
    """
    from . import LAWS

    unknown = set(exceptions) - set(LAWS)
    if unknown:
        raise AssertionError(f"there are no laws {sorted(unknown)}: there are {', '.join(LAWS)}")
    broken = [
        message
        for law in LAWS.values()
        if law.name not in exceptions and law.applies(metric)
        if (message := _failure(metric, law, n_examples))
    ]
    if broken:
        raise AssertionError("\n".join([f"{metric.name} breaks {len(broken)} laws", *broken]))


def _why(error: Exception) -> str:
    message = str(error).split("\n")[0]
    return message if isinstance(error, AssertionError) else f"{type(error).__name__}: {message}"


def _failure(metric: Metric, law: Law, n_examples: int) -> str:
    try:
        check_law(metric, law, n_examples)
    except LawBroken as broken:
        return str(broken)
    return ""
