"""The report of one run: its document (a contract), and the same numbers as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from . import __version__, paper_table
from .io.repairs import Repairs, told
from .lengths import Lengths
from .protocols import Protocol
from .results import TileResult, Total, errors_dict
from .splits import told as told_split
from .tables import Row, as_csv, as_latex, as_markdown, as_text, folded

SCHEMA = 1
WIDTH = 100  # of a terminal
TILE_COLUMNS = 5  # metrics side by side in a table of tiles
FORMATS = ("table", "json", "csv", "md", "latex")


@dataclass(frozen=True)
class Report:
    """Tiles and totals of one run, by id and by the metric as it was asked for.

    ``missing``: tiles without prediction; ``unmatched``: predictions without ground truth.
    With a ``protocol`` every table but JSON is that paper's.
    """

    run: Mapping[str, Any]
    tiles: Mapping[str, TileResult]
    totals: Mapping[str, Total]
    missing: Sequence[str] = ()
    unmatched: Sequence[str] = ()
    protocol: Protocol | None = None

    @property
    def n_tiles(self) -> int:
        """Tiles of ground truth that were asked for."""
        return len(self.tiles)

    @property
    def n_scored(self) -> int:
        """Tiles whose prediction was read."""
        return sum(tile.status == "ok" for tile in self.tiles.values())

    @property
    def lengths(self) -> Lengths:
        """Length of road on both sides, and how much of it runs twice."""
        return Lengths.of([t for t in self.tiles.values() if t.status != "skipped"])

    def repairs(self) -> str:
        """What readers dropped or repaired, over all tiles; empty where nothing."""
        sides = {"ground truth": "gt", "predictions": "pred"}
        parts = [f"{name}: {text}" for name, side in sides.items() if (text := self._told(side))]
        return "; ".join(parts)

    def _told(self, side: str) -> str:
        every = Repairs()
        tiles = 0
        for tile in self.tiles.values():
            repairs = (getattr(tile, side) or {}).get("repairs", {})
            every.update(repairs)
            tiles += bool(repairs)
        return f"{told(every)} in {tiles} of {self.n_tiles} tiles" if tiles else ""

    def value(self, metric: str) -> float:
        """Headline of a metric as its source publishes it; KeyError for one that was not asked."""
        return self.totals[metric].value

    def to_dict(self) -> dict[str, Any]:
        """The document, of plain types: see README."""
        return {
            "schema": SCHEMA,
            "roadmetrics": __version__,
            "run": dict(self.run),
            "tiles": {key: tile.to_dict() for key, tile in self.tiles.items()},
            "total": {key: _total_dict(total) for key, total in self.totals.items()},
            "missing": list(self.missing),
            "unmatched": list(self.unmatched),
            "lengths": self.lengths.to_dict(),
            **(
                {"protocol": paper_table.as_document(self.protocol, self.totals)}
                if self.protocol
                else {}
            ),
        }

    def to_json(self) -> str:
        """The document as JSON; numbers are finite."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def render(self, form: str, *, per_tile: bool = False) -> str:
        """One of ``table``, ``json``, ``csv``, ``md``, ``latex``, without a last newline."""
        if form == "json":
            return self.to_json()
        render = {
            "table": self.table, "csv": self.csv, "md": self.markdown, "latex": self.latex,
        }[form]  # fmt: skip
        return render(per_tile=per_tile)

    def table(self, *, per_tile: bool = False) -> str:
        """Aligned text for a terminal: every part, then what was scored, then the signatures."""
        if self.protocol:
            tables = folded(*self._paper_table(per_tile), WIDTH)
            blocks = [as_text(*table) for table in tables]
        else:
            blocks = [as_text(*self._total_table(), group=True)]
            blocks += [as_text(*table) for table in self._tile_tables(per_tile)]
        return "\n\n".join([*blocks, "\n".join(self.summary()), "\n".join(self._signatures())])

    def markdown(self, *, per_tile: bool = False) -> str:
        """The tables in Markdown, then the summary and the signatures as a list."""
        blocks = [as_markdown(*table) for table in self._tables(per_tile)]
        notes = [*self.summary(), *(f"`{line}`" for line in self._signatures())]
        return "\n\n".join([*blocks, "\n".join(f"- {line}" for line in notes)])

    def latex(self, *, per_tile: bool = False) -> str:
        """A booktabs tabular (more with ``per_tile``), the signatures as comments."""
        blocks = [as_latex(*table) for table in self._tables(per_tile)]
        notes = [f"% {line}" for line in (*self.summary(), *self._signatures())]
        return "\n".join([*blocks, *notes])

    def csv(self, *, per_tile: bool = False) -> str:
        """One row a metric and part in full precision; ``tile`` is empty for the totals.

        With a protocol: the paper's row.
        """
        if self.protocol:
            return as_csv(*self._paper_table(per_tile, has_errors=False))
        rows = [
            [
                "", "", key, name, total.mean[name] if total.published == "mean" else
                total.pooled[name] if total.published == "pooled" else total.mean_parts[name],
                total.published, total.mean[name], total.pooled[name], total.mean_parts[name],
                *(total.ci95[name] if total.ci95 else ("", "")), total.n, total.signature,
            ]
            for key, total in self.totals.items() for name in _ordered(total)
        ]  # fmt: skip
        if per_tile:
            rows += [
                [tile.id, tile.status, key, name, score.parts[name], *[""] * 7,
                 self.totals[key].signature]
                for tile in self.tiles.values() for key, score in tile.scores.items()
                for name in _ordered(self.totals[key])
            ]  # fmt: skip
            rows += [
                [tile.id, tile.status, *[""] * 11]
                for tile in self.tiles.values() if not tile.scores
            ]  # fmt: skip
        return as_csv(_CSV_HEADER, rows)

    def summary(self) -> list[str]:
        """What was scored: tiles, missing ones, total lengths, unit and pixel size."""
        lost = f", missing {len(self.missing)} ({self._missing_rule()})" if self.missing else ""
        failed = sum(tile.status == "failed" for tile in self.tiles.values())
        lost += f", failed {failed} (scored as without prediction)" if failed else ""
        lines = [f"scored {self.n_scored} of {self.n_tiles} tiles{lost}"]
        counted = [tile for tile in self.tiles.values() if tile.status != "skipped"]
        lengths = ", ".join(f"{name} {_length(counted, name)}" for name in ("gt", "pred"))
        sizes = sorted({tile.gsd for tile in counted if tile.gsd is not None})
        size = f"gsd {' to '.join(f'{g:g}' for g in sizes[:: max(len(sizes) - 1, 1)])} m"
        size = size if sizes else "no gsd given"
        lines.append(f"total length: {lengths}; unit {counted[0].unit}, {size}")
        lines.append(self.lengths.line())
        return lines + self._choices(counted)

    def _choices(self, counted: Sequence[TileResult]) -> list[str]:
        """Lines for whatever else was chosen and changes the numbers."""
        lines = []
        if self.run.get("tiles"):
            lines.append(f"split: {self.run['tiles']}, of {self.run['n_ground_truth']} tiles")
        if shard := self.run.get("shard"):
            lines.append(f"shard {shard}: join all with roadmetrics merge")
        if split := self.run.get("split"):
            lines.append(told_split(split))
        boxes = {tile.bounds for tile in counted if tile.bounds is not None}
        if len(boxes) == 1:
            lines.append("bounds: " + ",".join(f"{value:g}" for value in boxes.pop()))
        elif boxes:
            lines.append("bounds: by tile")
        turned = [
            "predictions read as y, x" if self.run.get("pred_axis") == "yx" else "",
            "predictions flipped in y" if self.run.get("flip_y") else "",
            f"threshold {self.run['threshold']:g}" if self.run.get("threshold") else "",
        ]
        return lines + [line for line in turned if line]

    def _missing_rule(self) -> str:
        return {"zero": "scored 0", "skip": "left out"}.get(str(self.run.get("missing")), "error")

    def _signatures(self) -> list[str]:
        return [total.signature for total in self.totals.values()]

    def _total_table(self) -> tuple[Row, list[Row]]:
        rows: list[Row] = []
        for key, total in self.totals.items():
            for name in _ordered(total):
                ways = {
                    "mean": total.mean, "pooled": total.pooled, "mean_parts": total.mean_parts,
                }  # fmt: skip
                interval = "{:.4f} .. {:.4f}".format(*total.ci95[name]) if total.ci95 else "-"
                error = total.standard_errors.get(name)
                rows.append([
                    key,
                    name + (" ↓" if name in total.lower_is_better else ""),
                    f"{ways[total.published][name]:.4f}",
                    "-" if error is None else f"± {error:.4f}",
                    total.published,
                    interval,
                    f"{total.mean[name]:.4f}",
                    f"{total.pooled[name]:.4f}",
                ])  # fmt: skip
        shown = [
            True, True, True, any(total.standard_errors for total in self.totals.values()), True,
            any(total.ci95 for total in self.totals.values()), True, True,
        ]  # fmt: skip
        header, *kept = (list(compress(row, shown)) for row in (_HEADER, *rows))
        return header, kept

    def _tables(self, per_tile: bool) -> list[tuple[Row, list[Row]]]:
        if self.protocol:
            return [self._paper_table(per_tile)]
        return [self._total_table(), *self._tile_tables(per_tile)]

    def _paper_table(self, per_tile: bool, *, has_errors: bool = True) -> tuple[Row, list[Row]]:
        assert self.protocol
        method = paper_table.method_name(self.run.get("pred"))
        tiles = self.tiles if per_tile else {}
        return paper_table.rows(self.protocol, method, self.totals, tiles, has_errors=has_errors)

    def _tile_tables(self, per_tile: bool) -> list[tuple[Row, list[Row]]]:
        """Values by tile, a few metrics a table; lengths stand in the first."""
        if not per_tile:
            return []
        keys = list(self.totals)
        groups = [keys[k : k + TILE_COLUMNS] for k in range(0, len(keys), TILE_COLUMNS)]
        return [self._tile_table(group, k == 0) for k, group in enumerate(groups)]

    def _tile_table(self, keys: Sequence[str], has_lengths: bool) -> tuple[Row, list[Row]]:
        sides = ("gt", "pred") if has_lengths else ()
        rows = [
            [
                tile.id,
                tile.status,
                *(_length([tile], side) for side in sides),
                *(f"{tile.scores[key].value:.4f}" if tile.scores else "-" for key in keys),
            ]
            for tile in self.tiles.values()
        ]
        return ["tile", "status", *sides, *keys], rows


_HEADER = ["metric", "part", "value", "draws", "as", "95 % interval", "mean", "pooled"]
_CSV_HEADER = [
    "tile", "status", "metric", "part", "value", "published", "mean", "pooled", "mean_parts",
    "ci_low", "ci_high", "n", "signature",
]  # fmt: skip


def _ordered(total: Total) -> list[str]:
    """Part names, the headline first."""
    return sorted(total.mean, key=lambda name: name != total.headline)


def _length(tiles: Sequence[TileResult], name: str) -> str:
    """Total length in km or px; masks count as their vectors."""
    sides = [side for tile in tiles if (side := getattr(tile, name)) and "length" in side]
    total = sum(side["length"] for side in sides)
    unit = tiles[0].unit if tiles else None
    if not sides:
        return "-"
    return f"{total / 1000:.2f} km" if unit == "m" else f"{total:.0f} px"


def _total_dict(total: Total) -> dict[str, Any]:
    return {
        "value": total.value,
        "published": total.published,
        "mean": dict(total.mean),
        "pooled": dict(total.pooled),
        "mean_parts": dict(total.mean_parts),
        "ci95": None if total.ci95 is None else {k: list(v) for k, v in total.ci95.items()},
        **errors_dict(total.standard_errors),
        "n": total.n,
        "signature": total.signature,
    }
