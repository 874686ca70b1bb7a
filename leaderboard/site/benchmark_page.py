"""The page of one benchmark: the order, what has no place in it, what papers report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..benchmark import MEAN_RANK
from .content import Content
from .markup import Html, joined, link, tag
from .page import downloads, facts, paragraphs, section
from .reported_page import reported_table
from .scores import metrics_of, score_table
from .tables import signatures


def benchmark_body(content: Content) -> Html:
    """Everything between header and footer."""
    mark = content.mark
    return joined([
        tag("h1", mark.title),
        paragraphs(mark.about),
        _facts(content),
        _order(content),
        _unranked(content),
        joined(_other(group, k) for k, group in enumerate(content.ranking["others"])),
        _reported(content),
        section("Signatures", tag("p", "All settings that a value depends on. Values of different "
                "signatures cannot be compared."), signatures(dict(mark.signatures), "own")),
    ])  # fmt: skip


def _facts(content: Content) -> Html:
    mark, parts = content.mark, list(content.mark.tiles.values())
    tiles = f"{len(parts)}"
    if mark.is_private:
        tiles += f", {parts.count('private')} of them private: only sums of those are shown"
    web = None if mark.url is None else link(mark.url, mark.url)
    to_tiles = joined([tiles, " (", link("tiles.html", "list of the public ones"), ")"])
    return facts([
        ("Version", str(mark.version)),
        ("Tiles", (to_tiles if content.public else tiles) if parts else None),
        ("Order", content.ranking["rule"]["text"] if content.ranking["rows"] else None),
        ("Ground truth", joined([f"{mark.licence}: ", mark.licence_text])),
        ("Data", web),
        ("Made by", None if mark.made_by is None else tag("code", mark.made_by)),
        ("Protocol", mark.protocol),
    ])  # fmt: skip


def _order(content: Content) -> Html:
    rows = content.ranking["rows"]
    if not rows:
        waits = "Nothing can be submitted yet: the tiles and the ground truth are not fixed."
        what = "No submission has a rank yet." if content.mark.tiles else waits
        return section("Order", tag("p", what))
    parts = [part for part in ("public", "private") if part in content.mark.parts]
    whole = score_table(
        "Submissions in order", rows, metrics_of(rows, _directions(content)), id_="order",
        rule="Mean rank" if content.mark.rank_by == MEAN_RANK else None, parts=parts,
    )  # fmt: skip
    files = {
        "ranking.csv": "table as CSV",
        "ranking.json": "with tests against the best, as JSON",
    }
    return section("Order", whole, _legend(content.ranking["statistics"]), downloads(files))


def _legend(statistics: Mapping[str, Any]) -> Html:
    n, level = statistics["tiles"], f"{100 * statistics['level']:g} %"
    if not statistics["has_intervals"]:
        text = f"Over {n} tiles: below {statistics['min_tiles']} there are no intervals."
        return tag("p", text, class_="legend")
    return tag(
        "p",
        f"Below a value: its {level} bootstrap interval over {n} tiles. Below a rank: the ranks "
        "that the tiles leave open. ",
        tag("b", "\N{ALMOST EQUAL TO} best"),
        ": a paired permutation test, corrected by Holm over all submissions, does not tell it "
        "from the best. Length ratio: predicted by true length of road. Drawn twice: share of the "
        "prediction's length that runs alongside itself.",
        class_="legend",
    )


def _unranked(content: Content) -> Html:
    rows = content.ranking["unranked"]
    if not rows:
        return joined([])
    found = score_table("Submissions without a rank, and why", rows,
                        metrics_of(rows, _directions(content)), id_="unranked")  # fmt: skip
    return section("Without a rank", found)


def _other(group: Mapping[str, Any], k: int) -> Html:
    rows = group["rows"]
    lower = {key: False for key in group["signatures"]}
    return section(
        f"Not comparable: {group['why']}",
        score_table(f"Results of version {group['benchmark_version']}, {group['why']}", rows,
                    metrics_of(rows, lower), id_=f"other-{k}"),
        signatures(dict(group["signatures"]), f"other-{k}"),
    )  # fmt: skip


def _reported(content: Content) -> Html:
    if not content.reported:
        return joined([])
    return section(
        "Reported by papers, not measured here",
        tag("p", "Figures as papers print them. Nobody here has seen these predictions; settings "
            "and test sets may differ from the ones above.", class_="unmeasured"),
        reported_table(content.reported, "reported"),
    )  # fmt: skip


def _directions(content: Content) -> dict[str, bool]:
    return {one["key"]: one["lower_is_better"] for one in content.ranking["metrics"]}
