"""What `validate` found, as text for people and as a document for programs."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import __version__
from .io.files import shown
from .listing import Finding, rule_of
from .tables import Row, as_text
from .validate import Validation

SCHEMA = 1
FORMATS = ("table", "json")
EXAMPLES = 5  # of a group in the text; the document has all


def as_document(found: Validation) -> dict[str, Any]:
    """Plain types, finite numbers."""
    return {
        "schema": SCHEMA,
        "roadmetrics": __version__,
        "folder": found.folder,
        "against": found.against,
        "layout": found.layout,
        "ok": found.is_fine,
        "n_tiles": found.n_tiles,
        "n_read": len(found.tiles),
        "wrong": _grouped(found.wrong),
        "notes": _grouped(found.notes),
        "repairs": {what: dict(files) for what, files in found.repairs.items()},
        "ignored": _grouped(found.ignored),
        "summary": _summary(found),
        "tiles": {key: asdict(facts) for key, facts in found.tiles.items()},
    }


def render(found: Validation, form: str) -> str:
    """One of FORMATS, without a last newline."""
    if form == "json":
        return json.dumps(as_document(found), indent=1, allow_nan=False)
    layout = f"layout {found.layout}" + (f", against {found.against}" if found.against else "")
    blocks = [f"{shown(found.folder)}: {layout}"]
    for title, findings in (("wrong", found.wrong), ("to look at", found.notes)):
        if findings:
            lines = _group_lines(findings, found.folder)
            blocks.append("\n".join([f"{title}: {len(findings)}", *lines]))
    if found.repairs:
        blocks.append("\n".join(["repaired in reading", *_repair_lines(found)]))
    if found.ignored:
        lines = _group_lines(found.ignored, found.folder)
        blocks.append("\n".join([f"not read: {len(found.ignored)}", *lines]))
    blocks.append(_summary_text(found))
    return "\n\n".join(blocks)


def _grouped(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """By rule, the most frequent first."""
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.rule, []).append(one)
    return [
        {"rule": rule, "n": len(group), "places": [[one.place, one.text] for one in group]}
        for rule, group in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def _group_lines(findings: Sequence[Finding], folder: str) -> list[str]:
    """Each rule with its count, then the first places, by their name in the folder."""
    lines = []
    for group in _grouped(findings):
        n, places = group["n"], group["places"]
        rule, text = group["rule"], places[0][1]
        rule = text if n == 1 and rule_of(text) == rule else rule
        lines.append(f"  {n} x {shown(rule)}")
        for place, text in places[:EXAMPLES]:
            parts = [_in_folder(place, folder), "" if text == rule else text]
            if any(parts):
                lines.append("      " + ": ".join(shown(part) for part in parts if part))
        if n > EXAMPLES:
            lines.append(f"      and {n - EXAMPLES} more")
    return lines


def _in_folder(place: str, folder: str) -> str:
    """A path as the folder's own name for it."""
    return place.removeprefix(shown(folder).rstrip("/") + "/")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _repair_lines(found: Validation) -> list[str]:
    lines = []
    for what, files in found.repairs.items():
        first = list(files.items())[:EXAMPLES]
        names = ", ".join(f"{_in_folder(name, found.folder)} ({n})" for name, n in first)
        more = f" and {len(files) - EXAMPLES} more" if len(files) > EXAMPLES else ""
        lines.append(f"  {what}: {sum(files.values())}, in {_tiles(len(files))}: {names}{more}")
    return lines


def _tiles(n: int) -> str:
    return "1 tile" if n == 1 else f"{n} tiles"


def _summary(found: Validation) -> dict[str, Any]:
    every = list(found.tiles.values())
    masks = [one for one in every if one.shape]
    return {
        "formats": dict(Counter(one.format for one in every)),
        "kinds": dict(Counter(one.kind for one in every)),
        "units": dict(Counter(one.unit for one in every)),
        "crs": dict(Counter(one.crs or "none" for one in every)),
        "sizes": dict(Counter("{} x {}".format(*(one.shape or ())) for one in masks)),
        **{name: _spread([getattr(one, name) for one in every])
           for name in ("vertices", "edges", "length")},
    }  # fmt: skip


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"min": min(values), "median": statistics.median(values), "max": max(values),
            "sum": sum(values)}  # fmt: skip


def _summary_text(found: Validation) -> str:
    about = _summary(found)
    lines = [f"read {len(found.tiles)} of {_tiles(found.n_tiles)}"]
    for name in ("formats", "units", "crs", "sizes"):
        if about[name]:
            counts = ", ".join(f"{shown(key)} ({n})" for key, n in about[name].items())
            lines.append(f"{name}: {counts}")
    rows: list[Row] = [
        [name, *(_number(about[name][key]) for key in ("min", "median", "max", "sum"))]
        for name in ("vertices", "edges", "length") if about[name]
    ]  # fmt: skip
    if rows:
        lines += ["", as_text(["", "min", "median", "max", "sum"], rows)]
    verdict = "nothing is wrong" if found.is_fine else f"wrong: {len(found.wrong)}, listed above"
    return "\n".join([*lines, "", verdict])
