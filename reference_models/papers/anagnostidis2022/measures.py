"""Bits per edge and R^2 of rewards over seeds, from the sums of squares, with intervals over towns.

The files are those that `figures` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from roadmetrics.errors import FormatError
from roadmetrics.graph import FloatArray
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from ...by_town import ratio_interval, town_of
from .miniature import BITS, CHANGE, FIT
from .settings import TableArgs

BITS_COLUMNS = {"own": 1, "random": 2, "uniform": 3}  # after the number of edges


@dataclass(frozen=True)
class Measure:
    """Mean over seeds, and 95 % over towns; None below ten towns.

    >>> f"{Measure(1.0, (0.5, 2.0)):.1f} {Measure(0.0, None):.1f}"
    '1.0 [0.5, 2.0] 0.0'
    """

    value: float
    ends: tuple[float, float] | None

    def __format__(self, spec: str) -> str:
        told = format(self.value, spec)
        if self.ends is not None:
            told += f" [{self.ends[0]:{spec}}, {self.ends[1]:{spec}}]"
        return told


def bits(args: TableArgs, name: str, key: str) -> Measure:
    """Bits per edge of ARM or refiner: in their ``own`` or ``random`` order, or ``uniform``."""
    column = BITS_COLUMNS[key]
    documents = [_document(args, name, seed, BITS) for seed in range(args.seeds)]
    return _measured(documents, lambda sums: sums[:, column] / np.maximum(sums[:, 0], 1))


def fit(args: TableArgs, key: str) -> Measure:
    """R^2 of rewards: ``1`` to ``5`` actions ahead, of ``all``, or of the ``sum``."""
    from ...reward_fit import r_squared_of_sums

    documents = [_document(args, "refiner", seed, FIT)[key] for seed in range(args.seeds)]
    return _measured(documents, r_squared_of_sums)


def moved(args: TableArgs, seed: int) -> dict[str, float]:
    """How far the refiner's weights are from its ARM's: ``norm`` and ``tensors``, as shares."""
    found: dict[str, float] = _document(args, "refiner", seed, CHANGE)
    return found


def _measured(
    documents: list[dict[str, list[float]]], value: Callable[[FloatArray], FloatArray]
) -> Measure:
    """From the sums of each square, a document a seed."""
    squares = sorted(documents[0])
    each: list[FloatArray] = [
        np.array([one[square] for square in squares], np.float64) for one in documents
    ]
    mean = float(np.mean([value(x.sum(axis=0)[None])[0] for x in each]))
    towns = [town_of(square) for square in squares]
    return Measure(mean, ratio_interval(each, towns, lambda sums, _: value(sums)))


def _document(args: TableArgs, name: str, seed: int, file: str) -> Any:
    path = args.scored(name, seed) / file
    document = parse_json(read_bytes(path, 64 * MIB), shown(path))
    if not isinstance(document, dict) or not document:
        raise FormatError(f"{shown(path)}: not what this table writes: remove it, and start again")
    return document
