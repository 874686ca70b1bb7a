"""Tables: headings that sort, cells that carry what they are sorted by."""

from __future__ import annotations

from dataclasses import dataclass

from .markup import Html, joined, tag, text


@dataclass(frozen=True)
class Column:
    """A heading; ``is_number`` aligns cells, ``best_first`` is where a first click puts them."""

    title: str
    is_number: bool = False
    is_descending: bool = False  # the first click
    is_sorted: bool = False  # as the table comes


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and what it is sorted by: None comes last."""

    shown: str | None
    key: float | str | None = None
    kind: str | None = None  # class
    is_head: bool = False


def table(caption: str, columns: list[Column], rows: list[list[Cell]], id_: str) -> Html:
    """A table that scrolls within itself where the page is narrow."""
    head = tag("tr", *(_heading(column) for column in columns))
    body = joined(tag("tr", *map(_cell, row, columns)) for row in rows)
    title = f"{id_}-caption"
    whole = tag(
        "table", tag("caption", caption, id=title), tag("thead", head), tag("tbody", body), id=id_
    )  # fmt: skip
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_labelledby=title)


def signatures(named: dict[str, str], start: str) -> Html:
    """Full signatures, each with a button that copies it."""
    parts = []
    for k, (key, signature) in enumerate(named.items()):
        button = tag(
            "button", "Copy", tag("span", f" signature of {key}", class_="unseen"), type="button",
            class_="copy", data_from=f"{start}-{k}", hidden=True,
        )  # fmt: skip
        code = tag("code", _breakable(signature), id=f"{start}-{k}")
        parts.append(tag("div", tag("dt", key), tag("dd", code, " ", button)))
    return tag("dl", *parts, class_="signatures")


def _breakable(signature: str) -> Html:
    """A signature that is broken into lines after its commas."""
    return Html(text(signature).replace(",", ",<wbr>"))


def _heading(column: Column) -> Html:
    button = tag("button", column.title, type="button", class_="sort")
    return tag(
        "th", button, scope="col", class_="number" if column.is_number else None,
        data_first="descending" if column.is_descending else None,
        aria_sort=("descending" if column.is_descending else "ascending")
        if column.is_sorted else None,
    )  # fmt: skip


def _cell(cell: Cell, column: Column) -> Html:
    kinds = [kind for kind in (cell.kind, "number" if column.is_number else None) if kind]
    key = "" if cell.key is None and column.is_number else cell.key
    return tag(
        "th" if cell.is_head else "td", cell.shown, class_=" ".join(kinds) or None,
        data_v=key, scope="row" if cell.is_head else None,
    )  # fmt: skip
