"""The first page: every benchmark with the head of its order."""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import MEAN_RANK
from ..board import Board
from .content import Content
from .markup import Html, joined, link, tag
from .page import paragraphs, section
from .scores import metrics_of, score_table

SHOWN = 25  # rows of a benchmark here; its own page has all


def board_body(board: Board, contents: Sequence[Content], n_reported: int) -> Html:
    """Everything between header and footer."""
    return joined([
        tag("h1", board.title),
        paragraphs(board.about),
        tag("p", link(board.url, board.url)) if board.url else None,
        *(_benchmark(content) for content in contents if content.results),
        _waiting([content for content in contents if not content.results]),
        section("Reported by papers", tag("p", link("reported.html", f"{n_reported} figures"),
                " as papers print them: not measured here.")) if n_reported else None,
    ])  # fmt: skip


def _benchmark(content: Content) -> Html:
    name = content.mark.name
    rows = content.ranking["rows"]
    lower = {one["key"]: one["lower_is_better"] for one in content.ranking["metrics"]}
    order = score_table(
        f"{content.mark.title}: the order" if len(rows) <= SHOWN else
        f"{content.mark.title}: the first {SHOWN} of {len(rows)}",
        rows[:SHOWN], metrics_of(rows, lower), id_=f"order-{name}", start=f"{name}/submissions/",
        rule="Mean rank" if content.mark.rank_by == MEAN_RANK else None,
    ) if rows else tag("p", "No submission has a rank yet.")  # fmt: skip
    more = len(list(content.every_row())) - len(rows)
    return tag(
        "section",
        tag("h2", link(f"{name}/index.html", content.mark.title)),
        tag("p", f"{len(content.mark.tiles)} tiles; {content.ranking['rule']['text']}. ",
            link(f"{name}/index.html", "All about it"), f", and {more} without a rank" * (more > 0),
            "."),
        order,
    )  # fmt: skip


def _waiting(contents: Sequence[Content]) -> Html:
    if not contents:
        return joined([])
    items = [
        tag("li", link(f"{one.mark.name}/index.html", one.mark.title),
            ": " + ("no submission yet" if one.mark.tiles else "tiles are not fixed yet"),
            f", {len(one.reported)} reported figures" * bool(one.reported))
        for one in contents
    ]  # fmt: skip
    return section("Without submissions", tag("ul", *items))
