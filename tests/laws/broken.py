"""Metrics broken on purpose, one for each way to break a law. Most are CCQ with one fault."""

from __future__ import annotations

import math
import os
import random
import warnings
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar

import numpy as np

from roadmetrics.graph import RoadGraph
from roadmetrics.metric import Counts, Metric, Preset, as_graph, assumed, parameter
from roadmetrics.metrics.ccq import CCQ, CCQCounts

MUTANTS: list[tuple[str, type[Metric]]] = []


def breaks(*laws: str) -> Any:
    """Register a class as one that these laws must catch."""

    def register(cls: type[Metric]) -> type[Metric]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        MUTANTS.extend((law, made) for law in laws)
        return made

    return register


def worse(counts: CCQCounts, share: float) -> CCQCounts:
    return replace(
        counts,
        matched_gt=counts.matched_gt * (1 - share),
        matched_pred=counts.matched_pred * (1 - share),
    )


class Mutant(CCQ):
    """CCQ; subclasses spoil the counts by a share that depends on what should not matter."""

    def spoiled(self, gt: RoadGraph, pred: RoadGraph) -> float:
        return 0.0

    def count_tile(self, gt, pred):
        counts = super().count_tile(gt, pred)
        return worse(counts, min(max(self.spoiled(as_graph(gt), as_graph(pred)), 0.0), 1.0))


@breaks("identity")
class NeverPerfect(Mutant):
    def spoiled(self, gt, pred):
        return 1e-12


@breaks("missing_tile")
class ForgetsMissingTiles(Mutant):
    def count_tile(self, gt, pred):
        counts = super().count_tile(gt, pred)
        return counts if as_graph(pred).length else replace(counts, total_gt=0.0)


@breaks("bounds")
class OverOne(CCQ):
    def combine(self, ratios):
        return {k: v * 1.1 for k, v in super().combine(ratios).items()}


@breaks("bounds")
class NaN(CCQ):
    def parts(self, counts):
        return {k: math.nan for k in self.perfect}


@breaks("bounds")
class NegativeCounts(CCQ):
    def count_tile(self, gt, pred):
        return replace(super().count_tile(gt, pred), matched_gt=-1.0)


@breaks("bounds")
class UnnamedPart(CCQ):
    def combine(self, ratios):
        return {**super().combine(ratios), "extra": 0.5}


@breaks("never_raises", "empty_rule", "counts_add")
class RaisesOnEmpty(CCQ):
    def count_tile(self, gt, pred):
        if not len(as_graph(gt).edges):
            raise ZeroDivisionError
        return super().count_tile(gt, pred)


@breaks("never_raises")
class ExplainsNaN(CCQ):
    def explain_tile(self, gt, pred):
        return {"gt_matched": np.full(1, np.nan)}


@breaks("never_raises")
class Warns(CCQ):
    def explain_tile(self, gt, pred):
        warnings.warn("division by zero", RuntimeWarning, stacklevel=2)
        return {}


@breaks("empty_rule")
class EmptyIsZero(CCQ):
    def both_empty_parts(self):
        return dict(self.failed)


@breaks("empty_rule")
class OneEmptyIsPartial(CCQ):
    failed: ClassVar = {"correctness": 1.0, "completeness": 0.0, "quality": 0.0}

    def parts(self, counts):
        one_empty = (counts.gt_length == 0) != (counts.pred_length == 0)
        return dict(self.perfect) if one_empty else super().parts(counts)


@breaks("empty_rule")
class ForgetsLengths(CCQ):
    """The empty rule stands on the last tile alone: the lengths of a sum are not kept."""

    def parts(self, counts):
        return dict(self.perfect) if counts.n_tiles > 1 else super().parts(counts)


@breaks("determinism", "no_mutation")
class ListensToGlobalRandom(Mutant):
    def spoiled(self, gt, pred):
        return np.random.rand()


@breaks("no_mutation")
class Reseeds(CCQ):
    def count_tile(self, gt, pred):
        random.seed(1)
        return super().count_tile(gt, pred)


@breaks("no_mutation")
class WritesToItsInput(CCQ):
    def count_tile(self, gt, pred):
        for tile in (gt, pred):
            array = tile.vertices if isinstance(tile, RoadGraph) else tile.array
            array.setflags(write=True)
            array[:1] = 0
        return super().count_tile(gt, pred)


@breaks("determinism")
class NeverTheSame(Mutant):
    """Draws from the system: no seed can repeat it."""

    def spoiled(self, gt, pred):
        return os.urandom(1)[0] / 256


@breaks("pickling")
class RevivesAsItsBase(CCQ):
    def __reduce__(self):
        return CCQ, ()


@breaks("pickling")
class LosesItsCounts(CCQ):
    def score(self, counts, unit=None):
        return replace(super().score(counts, unit), counts=_Volatile(**counts.as_dict()))


class _Volatile(CCQCounts):
    def __reduce__(self):
        return CCQCounts, ()


@breaks("signature")
class UnsignedField(CCQ):
    def signature(self, unit=None):
        return super().signature(unit).replace(f"draw_scale={self.draw_scale},", "")


@breaks("signature")
class NoRevision(CCQ):
    def signature(self, unit=None):
        return super().signature(unit).rpartition(",")[0]


@breaks("signature")
class NotShellSafe(CCQ):
    def signature(self, unit=None):
        return super().signature(unit).replace("=", " = ")


@breaks("signature")
class FieldOfOneValue(CCQ):
    class Only(Enum):
        ONE = "one"

    choice: Only = parameter(assumed(Only.ONE, "no choice"), "a field that nothing can change")


@breaks("preset_names")
class PresetIgnored(CCQ):
    presets: ClassVar = {"wide": Preset("eight pixels", {"slack": assumed(8.0, "test")})}

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "slack", 5.0)


@dataclass(frozen=True, kw_only=True)
class MeanCounts(CCQCounts):
    """Counts that average instead of adding."""

    def __add__(self, other):
        total = super().__add__(other)
        return replace(total, matched_gt=total.matched_gt / 2)


@breaks("counts_add")
class AveragesCounts(CCQ):
    counts_type: ClassVar[type[Counts]] = MeanCounts

    def count_tile(self, gt, pred):
        return MeanCounts(**super().count_tile(gt, pred).as_dict())


@breaks("counts_add")
class ForgetsTiles(CCQ):
    def count_tile(self, gt, pred):
        return replace(super().count_tile(gt, pred), n_tiles=3)


@breaks("round_trip", "determinism")
class RemembersObjects(Mutant):
    """An equal graph that is another object scores otherwise."""

    def spoiled(self, gt, pred):
        return 0.0 if _SEEN.setdefault(gt.digest, gt) is gt else 0.5


_SEEN: dict[str, RoadGraph] = {}


@breaks("translation")
class DependsOnPlace(Mutant):
    def spoiled(self, gt, pred):
        return float(np.abs(gt.vertices).max(initial=0.0)) / 1e5


@breaks("rotation")
class PrefersHorizontal(Mutant):
    def spoiled(self, gt, pred):
        ends = gt.vertices[gt.edges]
        return float(np.abs(ends[:, 1, 0] - ends[:, 0, 0]).sum()) / 1e5


@breaks("rotation", "reflection")
class OnlyUpwards(Mutant):
    def spoiled(self, gt, pred):
        return 0.25 if gt.vertices[:, 1].sum() > 0 else 0.0


@breaks("relabelling", "duplicates")
class DependsOnEdgeOrder(Mutant):
    def spoiled(self, gt, pred):
        return float(pred.edge_lengths[:1].sum() / max(pred.length, 1.0) / 10)


@breaks("relabelling")
class DependsOnVertexOrder(Mutant):
    def spoiled(self, gt, pred):
        return float(gt.edges[:, 0].sum() % 7) / 100


@breaks("subdivision")
class CountsVertices(Mutant):
    def spoiled(self, gt, pred):
        return len(pred.vertices) / 1e4


@breaks("doubling")
class PunishesDoubles(Mutant):
    def spoiled(self, gt, pred):
        return min(pred.length / max(gt.length, 1.0), 4.0) / 10


@breaks("unit_scaling")
class UnmarkedLength(CCQ):
    reach: float = parameter(assumed(5.0, "a length, but not marked as one"), "buffer half width")

    def count_tile(self, gt, pred):
        return replace(self, slack=self.reach)._plain(gt, pred)

    def _plain(self, gt, pred):
        return CCQ.count_tile(self, gt, pred)


@breaks("gsd")
class IgnoresUnit(CCQ):
    def _admit(self, gt, pred):
        return None


@breaks("gsd")
class KnowsMetres(Mutant):
    def spoiled(self, gt, pred):
        return 0.1 if gt.unit == "m" else 0.0


@breaks("swap")
class PredTwice(Mutant):
    def combine(self, ratios):
        return super().combine({**ratios, "correctness": ratios["correctness"] ** 2})


@breaks("tolerance")
class ShrinkingBuffer(CCQ):
    def count_tile(self, gt, pred):
        return CCQ.count_tile(replace(self, slack=20.0 / max(self.slack, 1.0)), gt, pred)


@breaks("deletion")
class LikesItShort(CCQ):
    def count_tile(self, gt, pred):
        counts = super().count_tile(gt, pred)
        return replace(counts, matched_gt=counts.total_gt / (1 + counts.total_pred))


@breaks("addition")
class RecallOfBoth(CCQ):
    def count_tile(self, gt, pred):
        counts = super().count_tile(gt, pred)
        return replace(counts, total_gt=counts.total_gt + counts.total_pred / 8)


@breaks("addition")
class RewardsLength(CCQ):
    def count_tile(self, gt, pred):
        counts = super().count_tile(gt, pred)
        return replace(counts, matched_pred=counts.total_pred - 1 / (1 + counts.total_pred))


@breaks("gap_share")
class AllOrNothing(Mutant):
    def spoiled(self, gt, pred):
        return 0.5 if len(gt.edges) != len(pred.edges) else 0.0


@breaks("shortcut")
class RecallOnly(CCQ):
    headline: ClassVar[str] = "completeness"


@breaks("crop")
class ReadsTheWindow(Mutant):
    def spoiled(self, gt, pred):
        return 0.1 if gt.extent is not None else 0.0


# CCQ itself sees neither narrow gaps nor junctions: these two laws must say so.
MUTANTS += [("gap", CCQ), ("overpass", CCQ)]
