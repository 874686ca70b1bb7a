"""The page of a public tile: a map of true, predicted, missed, invented roads, and all scores."""

from __future__ import annotations

from typing import Any

from .content import Content, Row
from .drawer import Drawer, Picture
from .markup import Html, data, joined, link, tag
from .numbers import NONE, length, value
from .page import section
from .tables import Cell, Column, table

LAYERS = {"gt": "Ground truth", "pred": "Prediction", "missed": "Missed", "invented": "Invented"}
MAP_SCRIPTS = ("tables.js", "map.js")


def tile_body(drawer: Drawer, tile: str, picture: Picture | None) -> Html:
    """Everything between header and footer."""
    content = drawer.content
    return joined([
        tag("h1", f"Tile {tile}"),
        _around(content, tile),
        _map(drawer, picture) if picture else tag("p", "The ground truth of this tile is not part "
            "of the board, so there is no map.", class_="legend"),
        section("Scores on this tile", _scores(content, tile, picture)),
    ])  # fmt: skip


def _around(content: Content, tile: str) -> Html:
    at = content.public.index(tile)
    before, after = content.public[at - 1] if at else None, content.public[at + 1 : at + 2]
    links = [link("../tiles.html", "All tiles")]
    if before:
        links.insert(0, link(f"{content.pages[before]}.html", f"Before: {before}"))
    if after:
        links.append(link(f"{content.pages[after[0]]}.html", f"Next: {after[0]}"))
    items = [tag("li", one) for one in links]
    return tag("nav", tag("ul", *items), aria_label="Tiles", class_="around")


def _map(drawer: Drawer, picture: Picture) -> Html:
    content = drawer.content
    titles = {row["submission"]: row["title"] for row in content.rows}
    choices = [
        tag("option", titles[name], value=name)
        for name in content.compared if name in picture.drawings
    ]  # fmt: skip
    width, height = picture.frame.size
    layers = [
        tag("label", tag("input", type="checkbox", checked=True, data_layer=key),
            tag("span", class_=f"key {key}"), name)
        for key, name in LAYERS.items()
    ]  # fmt: skip
    moves = {"in": ("+", "Zoom in"), "out": ("\N{MINUS SIGN}", "Zoom out"), "whole": ("Whole tile",
             None)}  # fmt: skip
    buttons = [
        tag("button", mark, type="button", data_move=key, aria_label=name)
        for key, (mark, name) in moves.items()
    ]
    drawing = tag(
        "svg", tag("rect", width=width, height=height, class_="frame"),
        *(tag("path", class_=key) for key in LAYERS), role="img", id="roads",
        aria_label="Roads of the tile", viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="xMidYMid meet",
    )  # fmt: skip
    pane = tag(
        "div", drawing, tag("div", tag("span", id="bar"), tag("span", id="bar-length"),
                            class_="bar-of-length", aria_hidden="true"),
        id="map", tabindex="0", role="application", aria_describedby="map-help",
        aria_label="Map of the tile",
    )  # fmt: skip
    chosen = [tag("label", "Submission ", tag("select", *choices, id="choice"))] if choices else []
    return tag(
        "section", tag("h2", "Map"),
        tag("div", *chosen, tag("span", *buttons, class_="moves"), class_="controls"),
        tag("fieldset", tag("legend", "Shown", class_="unseen"), *layers, class_="controls"),
        pane,
        tag("p", id="told", role="status"),
        tag("p", f"Roads match within {drawer.tolerance:g} {content.unit}. Drag or arrow keys move "
            "the map; wheel, pinch, + and - zoom; 0 shows the whole tile.", id="map-help",
            class_="legend"),
        tag("noscript", tag("p", "The map is drawn by a script of this page.")),
        *(_left_out(titles, picture)),
        data("drawings", _drawings(content, picture)),
    )  # fmt: skip


def _left_out(titles: dict[str, str], picture: Picture) -> list[Html]:
    if not picture.why_not:
        return []
    items = [tag("li", f"{titles[name]}: {why}") for name, why in picture.why_not.items()]
    return [tag("details", tag("summary", f"{len(items)} without a drawing"), tag("ul", *items))]


def _drawings(content: Content, picture: Picture) -> dict[str, Any]:
    """What the script draws; lengths are told in words."""
    unit = content.unit
    return {
        "step": picture.frame.step,
        "unit": unit,
        "gt": picture.gt,
        "of": {
            name: {
                "pred": one.pred, "missed": one.missed, "invented": one.invented,
                "told": f"Missed {length(one.missed_length, unit)} of "
                        f"{length(picture.gt_length, unit)}, invented "
                        f"{length(one.invented_length, unit)} of {length(one.pred_length, unit)}.",
            }
            for name, one in picture.drawings.items()
        },
    }  # fmt: skip


def _scores(content: Content, tile: str, picture: Picture | None) -> Html:
    metrics = content.ranking["metrics"]
    drawings = picture.drawings if picture else {}
    columns = [
        Column("Submission"), *(Column(one["key"], True, not one["lower_is_better"])
                                for one in metrics),
        Column("Length", True, True),
        *([Column("Missed", True), Column("Invented", True)] if drawings else []),
        Column("Status"),
    ]  # fmt: skip
    rows = []
    for row in content.rows:
        one = content.results[row["submission"]]["tiles"].get(tile)
        if one is None:
            continue
        cells = [_name(row)]
        cells += [_score(one, metric["key"]) for metric in metrics]
        cells.append(_length((one["pred"] or {}).get("length"), one["unit"]))
        if drawings:
            drawn = drawings.get(row["submission"])
            cells.append(_length(drawn.missed_length if drawn else None, content.unit))
            cells.append(_length(drawn.invented_length if drawn else None, content.unit))
        rows.append([*cells, Cell(one["status"])])
    if not rows:
        return tag("p", "No submission has a score here.")
    return table(f"Scores of all submissions on {tile}", columns, rows, "scores")


def _name(row: Row) -> Cell:
    to = link(f"../submissions/{row['submission']}.html", row["title"])
    return Cell(to, row["title"].lower(), "name", True)


def _score(one: dict[str, Any], key: str) -> Cell:
    score = one["scores"].get(key)
    return Cell(NONE) if score is None else Cell(value(score["value"]), score["value"])


def _length(number: float | None, unit: str | None) -> Cell:
    return Cell(NONE) if number is None else Cell(length(number, unit), round(number, 3))
