"""The page of one submission: what it is, its scores and signatures, its public tiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .content import Content, Row
from .histogram import histogram
from .markup import Html, joined, link, tag
from .numbers import NONE, interval, length, p_value, percent, ranks, value
from .page import downloads, facts, paragraphs, section
from .scores import badge, badges
from .tables import Cell, Column, signatures, table

WORST = 10  # tiles in a list
MOST_UNSCORED = 200  # tiles in the list of those without a score


def submission_body(content: Content, row: Row) -> Html:
    """Everything between header and footer."""
    name = row["submission"]
    result = content.results[name]
    mine = result["submission"]
    totals = result["totals"]["all"]
    is_compared = name in content.compared
    return joined([
        tag("h1", mine["title"], badges(row)),
        paragraphs(mine["description"]),
        tag("p", f"No rank: {row['why']}", class_="why") if row["why"] else None,
        *(tag("p", flag["text"], class_="why") for flag in result["flags"]
          if flag["text"] not in (row["why"] or "")),
        _told(mine),
        section("Scores", _cards(content, row)) if totals else None,
        _not_scored(result),
        _tiles(content, result, is_compared) if result["tiles"] else None,
        section("Signatures", signatures({k: t["signature"] for k, t in totals.items()}, "of"))
        if totals else None,
        _parts(result),
        _how(content, result, name),
        downloads(
            ({f"{name}.csv": "public tiles as CSV"} if result["tiles"] else {})
            | {f"{name}.json": "the whole result as JSON"}
        ),
    ])  # fmt: skip


def _told(mine: Mapping[str, Any]) -> Html:
    trained = ", ".join(mine["training_data"]) or "none declared"
    return facts([
        ("Authors", ", ".join(mine["authors"])),
        ("Date", mine["date"]),
        ("Code", link(mine["code"], mine["code"]) if mine["code"] else None),
        ("Paper", link(mine["paper"], mine["paper"]) if mine["paper"] else None),
        ("Training data", trained),
    ])  # fmt: skip


def _cards(content: Content, row: Row) -> Html:
    cards = [_rank_card(row)] if row["rank"] is not None else []
    total = content.results[row["submission"]]["totals"]["all"]
    for key, one in row["metrics"].items():
        lines = [tag("h3", key), tag("p", value(one["value"]), class_="large")]
        if one["ci95"]:
            lines.append(tag("p", interval(one["ci95"])))
        if one["rank"] is not None:
            lines.append(tag("p", f"rank {ranks(one['rank_interval']) or one['rank']}"))
        lines.append(tag("p", _versus(one), class_="below"))
        lines.append(tag("p", f"{total[key]['headline']}, {total[key]['published']} of tiles",
                         class_="below"))  # fmt: skip
        cards.append(tag("div", *lines, class_="card"))
    return tag("div", *cards, class_="cards")


def _rank_card(row: Row) -> Html:
    open_ranks = ranks(row["rank_interval"])
    return tag(
        "div", tag("h3", "Overall"),
        tag("p", f"{row['rank']}{'=' * row['is_tied']}", class_="large"),
        tag("p", f"ranks left open: {open_ranks}") if open_ranks else None, class_="card",
    )  # fmt: skip


def _versus(one: Mapping[str, Any]) -> str:
    if one["is_best"]:
        return "best"
    test = one["versus_best"]
    if test is None:
        return "not compared"
    return f"{value(test['difference'])} from the best, p {p_value(test['p_holm'])} (Holm)"


def _parts(result: Mapping[str, Any]) -> Html:
    """Every part of every metric, over all tiles and over either kind of tiles."""
    totals = result["totals"]
    if not totals["all"]:
        return joined([])
    columns = [Column("Metric"), Column("Part"), Column("Tiles"), Column("Value", True, True),
               Column("95 % interval", True)]  # fmt: skip
    rows = [
        [Cell(key, None, None, True), Cell(part), Cell(f"{tiles}, {one['n']}"),
         Cell(value(number), number), Cell(interval((one["ci95"] or {}).get(part)) or NONE)]
        for tiles, by_key in totals.items() for key, one in by_key.items()
        for part, number in one["parts"].items()
    ]  # fmt: skip
    return section("Parts of the scores", table("Parts of every metric", columns, rows, "parts"))


def _tiles(content: Content, result: Mapping[str, Any], is_compared: bool) -> Html:
    figures, lists = [], []
    for k, (key, total) in enumerate(result["totals"]["all"].items()):
        scores = {tile: one["scores"][key]["value"] for tile, one in result["tiles"].items()
                  if key in one["scores"]}  # fmt: skip
        if not scores:
            continue
        figures.append(histogram(key, list(scores.values())))
        is_lower = total["headline"] in total["lower_is_better"]
        lists.append(_worst(content, result, key, scores, is_lower, is_compared, f"worst-{k}"))
    return joined([
        section("Public tiles", tag("div", *figures, class_="figures")),
        section("Worst public tiles", tag("div", *lists, class_="figures")),
    ])  # fmt: skip


def _worst(
    content: Content, result: Mapping[str, Any], key: str, scores: Mapping[str, float],
    is_lower_better: bool, is_compared: bool, id_: str,
) -> Html:  # fmt: skip
    order = sorted(scores, key=lambda tile: (scores[tile] * (-1 if is_lower_better else 1), tile))
    name = result["submission"]["name"]
    rows = []
    for tile in order[:WORST]:
        url = f"../tiles/{content.pages[tile]}.html#{name}"
        shown: str = link(url, tile) if is_compared else tile
        status = result["tiles"][tile]["status"]
        mark = [] if status == "ok" else [" ", badge(status, "warn")]
        rows.append([Cell(joined([shown, *mark]), tile, "name", True),
                     Cell(value(scores[tile]), scores[tile])])  # fmt: skip
    columns = [Column("Tile"), Column(key, True, is_lower_better, is_sorted=True)]
    return table(f"Worst by {key}", columns, rows, id_)


def _not_scored(result: Mapping[str, Any]) -> Html:
    reasons = [tag("li", one) for one in result["reasons"]]
    tiles = result["not_scored"]
    if not reasons and not tiles:
        return joined([])
    rows = [[Cell(tile, tile, "name", True), Cell(why)] for tile, why in tiles.items()]
    found = table("Tiles that count zero", [Column("Tile"), Column("Why")],
                  rows[:MOST_UNSCORED], "not-scored") if rows else None  # fmt: skip
    more = len(rows) - MOST_UNSCORED
    return section(
        "What went wrong", tag("ul", *reasons) if reasons else None, found,
        tag("p", f"and {more} more: see the JSON") if more > 0 else None,
    )  # fmt: skip


def _how(content: Content, result: Mapping[str, Any], name: str) -> Html:
    run = content.runs.get(name)
    lengths, counts = result["lengths"]["all"], result["counts"]["all"]
    mine = result["predictions"]
    sides = [
        f"{length(lengths[side], lengths['unit'])} {word}, "
        f"{percent(lengths[f'{side}_duplicated'])} of it twice"
        for side, word in (("pred", "predicted"), ("gt", "true"))
    ]
    seconds = None if run is None else f"{run['wall_seconds']:,.0f} s, {run['started']}"
    return section("How it was scored", facts([
        ("Tiles", f"{counts['ok']} of {counts['tiles']} scored, {counts['missing']} missing, "
                  f"{counts['failed']} failed"),
        ("Road", "; ".join(sides) if counts["tiles"] else None),
        ("Predictions", f"{mine['files']} files, {mine['digest']}" if mine["digest"] else None),
        ("Archive", mine["archive"] and f"sha256:{mine['archive']}"),
        ("Ground truth", result["ground_truth"]["digest"]),
        ("Versions", ", ".join(f"{k} {v}" for k, v in result["versions"].items())),
        ("Wall time", seconds),
    ]))  # fmt: skip
