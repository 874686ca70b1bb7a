"""The laws that every metric obeys, and Hypothesis strategies for road graphs.

Needs ``hypothesis`` (``pip install roadmetrics[dev]``). Authors of metrics call `check_metric`:
each law is checked on generated graphs, and the smallest example that breaks one is shown.
``LAWS`` maps the name of each law to its `Law`; `Law.claim` says what it asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import contract, invariances, ordering, strategies
from .check import LawBroken, check_law, check_metric
from .law import Example, Law, tolerances

__all__ = ["LAWS", "Example", "Law", "LawBroken", "check_law", "check_metric"]


def _law(check: Callable[[Any, Example], None], examples: Any, **options: Any) -> Law:
    claim = (check.__doc__ or "").strip().splitlines()[0]
    return Law(check.__name__, claim, check, examples, **options)


_UNIVERSAL = [
    _law(contract.bounds, strategies.wild_or_masks, is_universal=True),
    _law(contract.never_raises, strategies.wild_or_masks, is_universal=True),
    _law(contract.determinism, strategies.wild_or_masks, is_universal=True),
    _law(contract.no_mutation, strategies.wild_or_masks, is_universal=True),
    _law(contract.pickling, strategies.wild_or_masks, is_universal=True),
    _law(contract.signature, strategies.wild, is_universal=True),
    _law(contract.preset_names, strategies.wild, is_universal=True),
]
_DEFAULT = [
    _law(contract.counts_add, strategies.wild_or_masks),
    _law(contract.round_trip, strategies.wild),
    _law(ordering.identity, strategies.identical),
    _law(ordering.empty_rule, strategies.identical),
    _law(ordering.missing_tile, strategies.identical),
    _law(invariances.translation, strategies.pairs),
    _law(invariances.rotation, strategies.pairs),
    _law(invariances.reflection, strategies.pairs),
    _law(invariances.relabelling, strategies.pairs),
    _law(invariances.subdivision, strategies.pairs),
    _law(invariances.duplicates, strategies.pairs),
    _law(invariances.doubling, strategies.pairs),
    _law(invariances.unit_scaling, strategies.pairs),
    _law(invariances.gsd, strategies.pairs),
    _law(invariances.swap, strategies.pairs),
    _law(invariances.crop, strategies.pairs),
    _law(ordering.tolerance, strategies.pairs, applies=lambda metric: bool(tolerances(metric))),
    _law(ordering.deletion, strategies.subgraphs),
    _law(ordering.addition, strategies.pairs),
    _law(ordering.gap, strategies.gaps),
    _law(ordering.gap_share, strategies.gaps),
    _law(ordering.shortcut, strategies.shortcuts),
    _law(ordering.overpass, strategies.crossings),
]
LAWS: dict[str, Law] = {law.name: law for law in [*_UNIVERSAL, *_DEFAULT]}
