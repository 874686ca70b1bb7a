"""Is one method better than another: differences of headlines over the same tiles."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .comparison_report import Comparison, PairedTest, few
from .documents import Document, MetricRecord, read_document
from .errors import PairingError
from .graph import FloatArray
from .paired import TIE, features, headlines, holm, p_value, resampled_sums, swapped_sums
from .signature_diff import difference, in_words


def compare(
    documents: Sequence[str | Path],
    *,
    baseline: str | Path | None = None,
    metrics: Sequence[str] | None = None,
    common_tiles: bool = False,
) -> Comparison:
    """Compare documents that ``roadmetrics score`` wrote, each with the first or ``baseline``.

    Parameters
    ----------
    documents : paths; a ``baseline`` that is not among them joins them
    metrics : which of the common metrics, as they were asked for; None: all
    common_tiles : leave out tiles that not every document scored, instead of refusing

    Raises
    ------
    FormatError : a file is no such document
    PairingError : metrics, tiles or ground truths differ, in one line that says how

    Examples
    --------
    >>> compare([])
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: give at least two documents to compare
    """
    paths = [Path(path) for path in documents]
    if baseline is not None:
        paths = [Path(baseline), *(path for path in paths if path != Path(baseline))]
    if len(paths) < 2:
        raise PairingError("give at least two documents to compare")
    if len(set(paths)) < len(paths):
        raise PairingError("one document is given twice")
    read = [read_document(path) for path in paths]
    keys, not_common = _common_metrics(read, metrics)
    tiles, left_out = _common_tiles(read, common_tiles)
    records = [{key: one.record(found) for key, found in ks.items()}
               for one, ks in zip(read, keys, strict=True)]  # fmt: skip
    tests = _tests([one.name for one in read], records, tiles)
    return Comparison(read[0].name, tests, len(tiles), left_out, not_common)


def _common_metrics(
    read: Sequence[Document], asked: Sequence[str] | None
) -> tuple[list[dict[str, str]], list[str]]:
    """For each document the key of each common metric, by the baseline's key; and the others."""
    first = read[0]
    for key in asked or ():
        for one in read:
            if key not in one.signatures:
                known = ", ".join(one.signatures)
                raise PairingError(f"{one.name}: it has no metric {key!r}, it has {known}")
    by_signature = [{text: key for key, text in one.signatures.items()} for one in read]
    wanted = {key: first.signatures[key] for key in asked or first.signatures}
    common = [key for key, text in wanted.items() if all(text in known for known in by_signature)]
    for key, one in itertools.product(wanted, read):
        if key not in common and one.signatures.get(key, wanted[key]) != wanted[key]:
            how = in_words(difference(wanted[key], one.signatures[key]))
            raise PairingError(
                f"{first.name} and {one.name}: {key} differs in {how}: score both alike, or "
                "choose others with --metric"
            )
    if not common:
        lists = "; ".join(f"{one.name}: {', '.join(one.signatures)}" for one in read)
        raise PairingError(f"no metric is common to all documents: {lists}{_nearest(read)}")
    every = dict.fromkeys(key for one in read for key in one.signatures)
    keys = [{key: known[wanted[key]] for key in common} for known in by_signature]
    used = {found for one in keys for found in one.values()}
    return keys, [] if asked else [key for key in every if key not in used]


def _nearest(read: Sequence[Document]) -> str:
    """The end of a message: in what two signatures of one metric differ, if any are of one."""
    for one in read[1:]:
        for a, b in itertools.product(read[0].signatures.values(), one.signatures.values()):
            if a.split(",")[0] == b.split(",")[0] and a != b:
                return f"; {a.split(',')[0]} differs in {in_words(difference(a, b))}"
    return ""


def _common_tiles(read: Sequence[Document], is_asked: bool) -> tuple[list[str], list[str]]:
    """Tiles that every document scored, and the others; PairingError unless those are allowed."""
    sets = [set(one.scored) for one in read]
    common = set.intersection(*sets)
    others = sorted(set.union(*sets) - common)
    if others and not is_asked:
        for one, theirs in zip(read[1:], sets[1:], strict=True):
            for a, b, lost in ((read[0], one, sets[0] - theirs), (one, read[0], theirs - sets[0])):
                if lost:
                    raise PairingError(
                        f"{a.name} scores tiles that {b.name} does not: {few(sorted(lost))}: "
                        "score both alike, or compare the others with --common-tiles"
                    )
    if not common:
        raise PairingError("no tile is scored in every document")
    tiles = [tile for tile in read[0].scored if tile in common]
    for tile, other in itertools.product(tiles, read[1:]):
        _check_truth(tile, read[0], other)
    return sorted(tiles), others


def _check_truth(tile: str, a: Document, b: Document) -> None:
    ours, theirs = a.truths[tile], b.truths[tile]
    for key, value in ours.items():
        if value != theirs[key]:
            raise PairingError(
                f"tile {tile}: the ground truth is not the same: {key} is {value} in {a.name} "
                f"but {theirs[key]} in {b.name}: score both against one"
            )


def _tests(
    names: Sequence[str], records: Sequence[Mapping[str, MetricRecord]], tiles: Sequence[str]
) -> list[PairedTest]:
    """Every document after the first against the first; one set of resamples for all."""
    keys = list(records[0])
    blocks = [[_features(one[key], tiles) for key in keys] for one in records]
    cuts = np.cumsum([block.shape[1] for block in blocks[0]])[:-1]
    joined = [np.hstack(row) for row in blocks]
    resampled = resampled_sums(np.hstack(joined))
    drawn = [] if resampled is None else np.split(resampled, len(names), axis=1)
    tests = []
    for i in range(1, len(names)):
        first, second = (_split(sums, cuts) for sums in swapped_sums(joined[0], joined[i]))
        for k, key in enumerate(keys):
            metric, n = records[0][key].metric, len(tiles)
            a, b = (headlines(metric, sums[k], n) for sums in (first, second))
            interval = None
            if drawn:
                low, high = (headlines(metric, _split(drawn[j], cuts)[k], n) for j in (0, i))
                interval = _interval(high - low)
            tests.append(_test(
                names[i], key, records[0][key], records[i][key], tiles, a, b, interval
            ))  # fmt: skip
    if len(tests) < 2:
        return tests
    corrected = holm([test.p for test in tests])
    return [replace(test, p_holm=p) for test, p in zip(tests, corrected, strict=True)]


def _test(
    name: str,
    key: str,
    ours: MetricRecord,
    theirs: MetricRecord,
    tiles: Sequence[str],
    swapped: FloatArray,
    other: FloatArray,
    ci95: tuple[float, float] | None,
) -> PairedTest:
    cls = type(ours.metric)
    is_lower = cls.headline in cls.lower_is_better
    both = [
        (tile, ours.tiles[tile].parts[cls.headline], theirs.tiles[tile].parts[cls.headline])
        for tile in tiles
    ]
    gain = [(a - b if is_lower else b - a) for _, a, b in both]
    listed = sorted((row for row in both if abs(row[2] - row[1]) > TIE),
                    key=lambda row: (-abs(row[2] - row[1]), row[0]))  # fmt: skip
    return PairedTest(
        document=name,
        metric=key,
        headline=cls.headline,
        lower_is_better=is_lower,
        published=ours.metric.aggregation,
        baseline_value=float(swapped[0]),
        value=float(other[0]),
        difference=float(other[0] - swapped[0]),
        ci95=ci95,
        p=p_value(other - swapped),
        p_holm=None,
        wins=sum(g > TIE for g in gain),
        losses=sum(g < -TIE for g in gain),
        ties=sum(abs(g) <= TIE for g in gain),
        tiles=tuple(listed),
        signature=ours.signature,
    )


def _features(record: MetricRecord, tiles: Sequence[str]) -> FloatArray:
    return features(record.metric, [record.tiles[tile] for tile in tiles])


def _split(sums: FloatArray, cuts: Any) -> list[FloatArray]:
    return np.split(sums, cuts, axis=1)


def _interval(differences: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(differences, [0.025, 0.975])
    return float(low), float(high)
