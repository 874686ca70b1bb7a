"""The list of public tiles, with how submissions fare on each."""

from __future__ import annotations

from .content import Content
from .markup import Html, joined, link, tag
from .numbers import NONE, length, value
from .tables import Cell, Column, table


def tiles_body(content: Content) -> Html:
    """Everything between header and footer."""
    metrics = content.ranking["metrics"]
    ranked = [row["submission"] for row in content.ranking["rows"]]
    columns = [
        Column("Tile", is_sorted=True), Column("Length of road", True, True),
        *(Column(f"mean {one['key']}", True, one["lower_is_better"]) for one in metrics),
    ]  # fmt: skip
    rows = []
    for tile in content.public:
        found = [
            one for name in ranked if (one := content.results[name]["tiles"].get(tile)) is not None
        ]
        cells = [Cell(link(f"tiles/{content.pages[tile]}.html", tile), tile, "name", True)]
        gt = next((one["gt"].get("length") for one in found), None)
        cells.append(Cell(NONE) if gt is None else Cell(length(gt, content.unit), round(gt, 3)))
        for metric in metrics:
            values = [one["scores"][metric["key"]]["value"] for one in found]
            mean = sum(values) / len(values) if values else None
            cells.append(Cell(value(mean), None if mean is None else round(mean, 6)))
        rows.append(cells)
    n = len(content.mark.tiles) - len(content.public)
    return joined([
        tag("h1", f"Public tiles of {content.mark.title}"),
        tag("p", f"Means are over the {len(ranked)} submissions with a rank."
            + f" {n} more tiles are private." * (n > 0), class_="legend"),
        table("Public tiles", columns, rows, "tiles"),
    ])  # fmt: skip
