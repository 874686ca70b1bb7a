"""What a comparison leaves: tests of methods over the same tiles, as a document and as tables."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import __version__
from .paired import settings
from .tables import Row, as_csv, as_latex, as_markdown, as_text

SCHEMA = 1
FORMATS = ("table", "json", "csv", "md", "latex")
NAMED = 5  # tiles that a message names


@dataclass(frozen=True)
class PairedTest:
    """One metric of one document against the baseline, over the same tiles.

    ``difference`` is ``value - baseline_value``, of the headline as its source publishes it.
    ``ci95`` is None below ten tiles; ``p_holm`` None where nothing else was tested.
    ``wins``: tiles on which the document is better, by more than rounding.
    """

    document: str
    metric: str
    headline: str
    lower_is_better: bool
    published: str
    baseline_value: float
    value: float
    difference: float
    ci95: tuple[float, float] | None
    p: float
    p_holm: float | None
    wins: int
    losses: int
    ties: int
    tiles: tuple[tuple[str, float, float], ...]  # id, baseline, document; largest difference first
    signature: str

    def to_dict(self, n_tiles: int) -> dict[str, Any]:
        """Plain types; ``n_tiles`` tiles of the list."""
        plain = {key: getattr(self, key) for key in self.__dataclass_fields__ if key != "tiles"}
        plain["ci95"] = None if self.ci95 is None else list(self.ci95)
        keys = ("tile", "baseline_value", "value")
        listed = [dict(zip(keys, tile, strict=True)) for tile in self.tiles[:n_tiles]]
        return plain | ({"tiles": listed} if n_tiles else {})


@dataclass(frozen=True)
class Comparison:
    """Tests of every document and metric against a baseline, over ``n`` tiles.

    ``left_out``: tiles that not all documents scored; ``not_common``: metrics likewise.
    """

    baseline: str
    tests: Sequence[PairedTest]
    n: int
    left_out: Sequence[str] = ()
    not_common: Sequence[str] = ()

    def to_dict(self, n_tiles: int = 0) -> dict[str, Any]:
        """The document, of plain types."""
        return {
            "schema": SCHEMA,
            "roadmetrics": __version__,
            "baseline": self.baseline,
            "n": self.n,
            "settings": settings(self.n) | {"family": len(self.tests), "correction": "holm"},
            "tests": [test.to_dict(n_tiles) for test in self.tests],
            "left_out": list(self.left_out),
            "not_common": list(self.not_common),
        }

    def render(self, form: str, *, per_tile: int = 0) -> str:
        """One of FORMATS, without a last newline; ``per_tile``: how many tiles a test lists."""
        if form == "json":
            return json.dumps(self.to_dict(per_tile), indent=1, allow_nan=False)
        if form == "csv":
            return as_csv(*self._csv(per_tile))
        tables = [self._table(), *([self._tiles(per_tile)] if per_tile else [])]
        notes = [*self.summary(), *dict.fromkeys(test.signature for test in self.tests)]
        if form == "table":
            return "\n\n".join([*(as_text(*table) for table in tables), "\n".join(notes)])
        if form == "md":
            listed = "\n".join(f"- {line}" for line in notes)
            return "\n\n".join([*(as_markdown(*table) for table in tables), listed])
        return "\n".join([*(as_latex(*table) for table in tables), *(f"% {n}" for n in notes)])

    def summary(self) -> list[str]:
        """How the numbers were made, and what was left out."""
        about = settings(self.n)
        how = f"all {about['permutations']}" if about["is_exact"] else str(about["permutations"])
        lines = [
            f"baseline {self.baseline}; {self.n} tiles; difference = value - baseline",
            f"p: paired permutation of tiles, two-sided, {how} swaps, seed {about['seed']}",
        ]
        if any(test.ci95 for test in self.tests):
            lines.append(
                f"95 % interval: paired bootstrap over tiles, {about['resamples']} resamples, "
                f"seed {about['seed']}"
            )
        else:
            lines.append(f"no interval: fewer than {about['min_tiles']} tiles")
        if len(self.tests) > 1:
            lines.append(f"p (Holm): corrected for all {len(self.tests)} tests of this table")
        if self.left_out:
            lines.append(f"not in every document: {few(self.left_out)}")
        if self.not_common:
            lines.append(f"metrics that not every document has: {', '.join(self.not_common)}")
        return lines

    def _table(self) -> tuple[Row, list[Row]]:
        names = _short([self.baseline, *(test.document for test in self.tests)])
        header = ["document", "metric", "baseline", "value", "difference", "95 % interval", "p",
                  "p (Holm)", "wins", "losses", "ties"]  # fmt: skip
        rows = [
            [
                names[test.document],
                test.metric + (" ↓" if test.lower_is_better else ""),
                f"{test.baseline_value:.4f}",
                f"{test.value:.4f}",
                f"{test.difference:+.4f}",
                "{:+.4f} .. {:+.4f}".format(*test.ci95) if test.ci95 else "-",
                f"{test.p:.4f}",
                "-" if test.p_holm is None else f"{test.p_holm:.4f}",
                *(str(n) for n in (test.wins, test.losses, test.ties)),
            ]
            for test in self.tests
        ]
        empty = [i for i in (5, 7) if all(row[i] == "-" for row in rows)]
        return _without(header, empty), [_without(row, empty) for row in rows]

    def _tiles(self, most: int) -> tuple[Row, list[Row]]:
        names = _short([self.baseline, *(test.document for test in self.tests)])
        rows = [
            [names[test.document], test.metric, tile, f"{a:.4f}", f"{b:.4f}", f"{b - a:+.4f}"]
            for test in self.tests
            for tile, a, b in test.tiles[:most]
        ]
        return ["document", "metric", "tile", "baseline", "value", "difference"], rows

    def _csv(self, most: int) -> tuple[Row, list[list[Any]]]:
        """A row a test, then with ``most`` a row a tile, in full precision."""
        rows: list[list[Any]] = []
        for test in self.tests:
            low, high = test.ci95 or ("", "")
            p_holm = "" if test.p_holm is None else test.p_holm
            rows.append([
                "", test.document, test.metric, test.headline, test.baseline_value, test.value,
                test.difference, low, high, test.p, p_holm, test.wins, test.losses, test.ties,
                test.signature,
            ])  # fmt: skip
            rows += [
                [tile, test.document, test.metric, test.headline, a, b, b - a, *[""] * 7,
                 test.signature]
                for tile, a, b in test.tiles[:most]
            ]  # fmt: skip
        header = ["tile", "document", "metric", "part", "baseline", "value", "difference",
                  "ci_low", "ci_high", "p", "p_holm", "wins", "losses", "ties",
                  "signature"]  # fmt: skip
        return header, rows


def _short(paths: Sequence[str]) -> dict[str, str]:
    """File names without folder and suffix where these tell the documents apart."""
    stems = {path: os.path.splitext(os.path.basename(path))[0] for path in paths}
    return stems if len(set(stems.values())) == len(stems) else {path: path for path in paths}


def _without(row: Row, columns: Sequence[int]) -> Row:
    return [cell for i, cell in enumerate(row) if i not in columns]


def few(names: Sequence[str]) -> str:
    """How many, and the first of them."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} ({', '.join(names[:NAMED])}{more})"
