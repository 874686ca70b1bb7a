"""The order of a benchmark's submissions, computed from results: rankings/BENCHMARK.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadmetrics.bootstrap import MIN_TILES
from roadmetrics.documents import SAME
from roadmetrics.io.files import shown
from roadmetrics.paired import settings

from . import schema, statistics
from .benchmark import MEAN_RANK, Benchmark
from .board import Board, Result
from .counts import records_of
from .errors import BoardError, Problems
from .statistics import Column
from .store import read_json
from .totals import DIGITS

ALPHA = 1 - statistics.LEVEL
Row = dict[str, Any]


def load_ranking(board: Board, name: str) -> dict[str, Any]:
    """The order as its file has it where that fits the results, else computed.

    Raises BoardError where it is out of date and private counts would be needed to compute it.
    """
    path = board.ranking_path(name)
    if path.is_file():
        raw, _ = read_json(path)
        schema.require(raw, "ranking", shown(path))
        if _fits(raw, board, name):
            found: dict[str, Any] = raw
            return found
    if _needs_private(board.benchmark(name)):
        raise BoardError(
            f"{shown(path)}: it does not fit the results: where the private counts are, call "
            f"leaderboard rank {name} --private DIR"
        )
    return rank(board, name)


def rank(board: Board, name: str, private: str | Path | None = None) -> dict[str, Any]:
    """Compute the order; ``private`` is the folder of the private tiles' counts.

    Raises BoardError for a result that is wrong, and where private counts are needed and are not
    there or belong to another result.
    """
    mark = board.benchmark(name)
    results = {one: board.result(name, one) for one in board.result_names(name)}
    same = {one: r for one, r in results.items() if not _why_other(mark, r)}
    part = mark.rank_part if mark.rank_part in mark.parts else "all"
    why = {one: why_unranked(board, mark, r) for one, r in same.items()}
    ranked = {one: r for one, r in same.items() if why[one] is None}
    tiles = mark.parts[part]
    records = {one: records_of(mark, r, one, tiles, private) for one, r in ranked.items()}
    columns = {
        key: statistics.column(metric, {one: records[one][key] for one in ranked})
        for key, metric in mark.metrics.items()
    }
    _check_totals(mark, part, ranked, columns)
    order = _Order(mark, part, ranked, columns)
    n = len(tiles)
    return {
        "schema": 1,
        "kind": "leaderboard ranking",
        "benchmark": {"name": mark.name, "version": mark.version, "digest": mark.digest},
        "part": part,
        "rule": {"by": mark.rank_by, "copies": mark.copies, "text": rule_text(mark, part)},
        "statistics": {"tiles": n, "level": statistics.LEVEL, "has_intervals": n >= MIN_TILES,
                       **settings(n)},
        "metrics": order.metrics(),
        "rows": order.rows(),
        "unranked": [_plain_row(r, why[one], part) for one, r in same.items() if why[one]],
        "others": _others(mark, {one: r for one, r in results.items() if one not in same}),
    }  # fmt: skip


def _check_totals(
    mark: Benchmark, part: str, ranked: Mapping[str, Result], columns: Mapping[str, Column]
) -> None:
    """What is shown is what the order is made from; sums with private tiles are rounded."""
    most = 10.0**-DIGITS if mark.is_private and part != "public" else SAME
    for key, one in columns.items():
        for name, value in one.values.items():
            told = ranked[name].raw["totals"][part][key]["value"]
            if abs(told - value) > most:
                raise BoardError(
                    f"results/{mark.name}/{name}.json: its tiles give {key} {value:.9g}, it says "
                    f"{told:.9g}: score it again"
                )


def why_unranked(board: Board, mark: Benchmark, result: Result) -> str | None:
    """Why a result has no rank; None where it has one."""
    raw = result.raw
    folder = board.submission_folder(mark.name, raw["submission"]["name"])
    if not folder.is_dir():
        return "withdrawn: its submission is gone"
    try:
        withdrawn = board.submission(mark.name, raw["submission"]["name"]).withdrawn
    except Problems as problems:  # one submission never stops the order of the others
        return f"its submission.toml is wrong: {problems.found[0]}"
    if withdrawn:
        return f"withdrawn: {withdrawn}"
    if raw["status"] != "ok":
        reason = f": {raw['reasons'][0]}" if raw["reasons"] else ""
        return f"{raw['status']}{reason}"
    copied = [flag["text"] for flag in raw["flags"] if flag["flag"] == "copied"]
    if copied and mark.copies == "unranked":
        return f"copied: {copied[0]}"
    return None


def rule_text(mark: Benchmark, part: str) -> str:
    """The rule in words."""
    over = {"all": "all tiles", "public": "the public tiles", "private": "the private tiles"}[part]
    if mark.rank_by == MEAN_RANK:
        return f"by the mean of the ranks in {', '.join(mark.metrics)}, over {over}"
    return f"by {mark.rank_by}, over {over}"


@dataclass(frozen=True)
class _Order:
    mark: Benchmark
    part: str
    ranked: Mapping[str, Result]
    columns: Mapping[str, Column]

    def metrics(self) -> list[Row]:
        return [
            {"key": key, "headline": type(one.metric).headline,
             "lower_is_better": one.is_lower_better, "published": one.metric.aggregation,
             "signature": self.mark.signatures[key], "best": one.best}
            for key, one in self.columns.items()
        ]  # fmt: skip

    def rows(self) -> list[Row]:
        """Rows in order: by rank, then by name."""
        if not self.ranked:
            return []
        rows = {name: _plain_row(r, None, self.part) for name, r in self.ranked.items()}
        for key, one in self.columns.items():
            for name, found in _of_metric(one).items():
                rows[name]["metrics"][key] |= found
        score = self._score()
        for name, found in self._placed(score).items():
            rows[name] |= found
        for part in (p for p in ("public", "private") if p in self.mark.parts):
            of_part = _score_by(self.mark.rank_by, _goodness_of(part, self.mark, self.ranked))
            for name, place in statistics.ranks(_better(of_part, self.mark)).items():
                shown_score = abs(of_part[name])
                rows[name]["parts"][part] = {"rank": place, "score": shown_score}
        return sorted(rows.values(), key=lambda row: (row["rank"], row["submission"]))

    def _score(self) -> dict[str, float]:
        if self.mark.rank_by == MEAN_RANK:
            return statistics.mean_rank([one.goodness for one in self.columns.values()])
        return dict(self.columns[self.mark.rank_by].values)

    def _placed(self, score: Mapping[str, float]) -> dict[str, Row]:
        """Rank, tie, interval and score of every submission."""
        if self.mark.rank_by == MEAN_RANK:
            is_lower = True
            draws = statistics.mean_rank_draws(list(self.columns.values()))
        else:
            one = self.columns[self.mark.rank_by]
            is_lower, draws = one.is_lower_better, one.draws
        good = {name: -value if is_lower else value for name, value in score.items()}
        places = _places(good, draws, is_lower)
        return {name: place | {"score": score[name]} for name, place in places.items()}


def _places(good: Mapping[str, float], draws: Any, is_lower: bool) -> dict[str, Row]:
    places = statistics.ranks(good)
    intervals: Mapping[str, Any] = {}
    if draws is not None:
        turned = {name: -draw if is_lower else draw for name, draw in draws.items()}
        intervals = statistics.rank_intervals(good, turned)
    taken = list(places.values())
    return {
        name: {
            "rank": place,
            "is_tied": taken.count(place) > 1,
            "rank_interval": list(intervals[name]) if name in intervals else None,
        }
        for name, place in places.items()
    }


def _of_metric(one: Column) -> dict[str, Row]:
    """What the tests say of every submission in one metric."""
    versus = statistics.against_best(one)
    best = one.best
    found = _places(one.goodness, one.draws, one.is_lower_better)
    for name, row in found.items():
        test = versus.get(name)
        row["is_best"] = name in best
        row["is_not_worse"] = test is None or name in best or test.p_holm > ALPHA
        row["versus_best"] = test and {
            "best": test.best, "difference": test.difference,
            "ci95": None if test.ci95 is None else list(test.ci95),
            "p": test.p, "p_holm": test.p_holm,
        }  # fmt: skip
    return found


def _plain_row(result: Result, why: str | None, part: str) -> Row:
    """A row as its result tells it, without a place."""
    raw, mine = result.raw, result.raw["submission"]
    totals = raw["totals"].get(part, raw["totals"]["all"])
    lengths = raw["lengths"].get(part, raw["lengths"]["all"])
    ratios = ("ratio", "pred_duplicated", "gt_duplicated", "is_flagged")
    return {
        "submission": mine["name"], "title": mine["title"], "authors": mine["authors"],
        "date": mine["date"], "baseline": mine["baseline"], "status": raw["status"],
        "result": result.digest, "rank": None, "is_tied": False, "rank_interval": None,
        "score": None, "why": why, "flags": [flag["flag"] for flag in raw["flags"]],
        "lengths": {key: lengths[key] for key in ratios} if totals else None,
        "parts": {},
        "metrics": {
            key: {
                "value": one["value"],
                "ci95": one["ci95"] and one["ci95"][one["headline"]],
                "rank": None, "is_tied": False, "rank_interval": None, "is_best": False,
                "is_not_worse": False, "versus_best": None,
            }
            for key, one in totals.items()
        },
    }  # fmt: skip


def _goodness_of(
    part: str, mark: Benchmark, ranked: Mapping[str, Result]
) -> dict[str, dict[str, float]]:
    """By metric and submission, from the published totals of a part."""
    found = {}
    for key, metric in mark.metrics.items():
        cls = type(metric)
        sign = -1.0 if cls.headline in cls.lower_is_better else 1.0
        found[key] = {
            name: sign * r.raw["totals"][part][key]["value"] for name, r in ranked.items()
        }
    return found


def _score_by(by: str, goodness: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Mean ranks, or the goodness in one metric."""
    if by == MEAN_RANK:
        return statistics.mean_rank(list(goodness.values()))
    return dict(goodness[by])


def _better(score: Mapping[str, float], mark: Benchmark) -> dict[str, float]:
    return {k: -v if mark.rank_by == MEAN_RANK else v for k, v in score.items()}


def _why_other(mark: Benchmark, result: Result) -> str:
    """Why a result stands in a table of its own; empty where it does not."""
    raw = result.raw
    if raw["benchmark"]["version"] != mark.version:
        return f"scored by version {raw['benchmark']['version']} of the benchmark"
    if raw["ground_truth"]["digest"] != mark.truth_digest:
        return "scored against another ground truth"
    totals = raw["totals"]["all"]
    if raw["status"] != "failed":
        if {key: one["signature"] for key, one in totals.items()} != dict(mark.signatures):
            return "scored by other signatures"
        if raw["counts"]["all"]["tiles"] != len(mark.tiles):
            return "scored on other tiles"
    return ""


def _others(mark: Benchmark, results: Mapping[str, Result]) -> list[Row]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for result in results.values():
        totals = result.raw["totals"]["all"]
        signatures = {key: one["signature"] for key, one in totals.items()}
        key = (_why_other(mark, result), result.raw["benchmark"]["version"],
               tuple(signatures.items()))  # fmt: skip
        groups.setdefault(key, []).append(_plain_row(result, key[0], "all"))
    return [
        {"why": why, "benchmark_version": version, "signatures": dict(signatures), "rows": rows}
        for (why, version, signatures), rows in groups.items()
    ]


def _needs_private(mark: Benchmark) -> bool:
    return mark.is_private and mark.rank_part != "public"


def _fits(raw: Mapping[str, Any], board: Board, name: str) -> bool:
    """Whether an order was computed from the benchmark and the results as they are."""
    mark = board.benchmark(name)
    if raw["benchmark"]["digest"] != mark.digest:
        return False
    every: Sequence[Row] = [*raw["rows"], *raw["unranked"]]
    told = {row["submission"]: row["why"] for row in every}
    digests = {row["submission"]: row["result"] for row in every}
    for group in raw["others"]:
        digests |= {row["submission"]: row["result"] for row in group["rows"]}
    results = {one: board.result(name, one) for one in board.result_names(name)}
    if digests != {one: r.digest for one, r in results.items()}:
        return False
    return all(why_unranked(board, mark, results[one]) == why for one, why in told.items())
