"""docs/metrics/laws.md, made from the laws and the declarations: `python tests/laws/table.py`."""

from __future__ import annotations

from pathlib import Path

from exceptions import EXCEPTIONS
from recorded import all_presets, load

import roadmetrics as rm
from roadmetrics.testing import LAWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics" / "laws.md"

HEAD = """# The laws that metrics obey

Made by `python tests/laws/table.py`; a test compares it with the code.

Every metric is checked on generated road graphs against the laws below, by `roadmetrics.testing`
(`check_metric` does the same for a metric of your own). Laws marked * are the contract: they hold
for every default and every preset on any graph, however wild, and nothing excuses from them. The
others hold for every default on graphs in general position with exact coordinates, except where
the definition itself breaks one. Presets follow published programs, accidents included; what that
breaks is listed, each with an example on record in `tests/laws/counterexamples.json` that a test
runs. A law that is missing from a preset's list was not seen broken, which is no proof.

None of the scores is a distance in the mathematical sense: 1 - score obeys no triangle inequality.
"""


def page() -> str:
    return "\n".join([HEAD, *_claims(), "", *_declared(), "", *_recorded()]) + "\n"


def _claims() -> list[str]:
    names = list(rm.METRICS)
    rows = [
        f"| {law.name}{'*' if law.is_universal else ''} | {law.claim} | "
        + " | ".join("no" if law.name in EXCEPTIONS.get(n, {}) else "yes" for n in names)
        + " |"
        for law in LAWS.values()
    ]
    head = ["law", "what it asks", *(f"`{n}`" for n in names)]
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *rows]


def _declared() -> list[str]:
    lines = ["## What the defaults' definitions break", ""]
    for name, rows in EXCEPTIONS.items():
        for law, declared in rows.items():
            gt, pred = declared.example.graphs
            value = rm.get(name)(gt, pred).value
            lines += [
                f"- `{name}`, {law}: {declared.reason}.",
                f"  Example: gt {_drawn(gt)}; pred {_drawn(pred)}; {value:.4f}.",
            ]
    return lines


def _recorded() -> list[str]:
    record = load()
    lines = [
        "## What presets break",
        "",
        "| preset | law | on the example on record |",
        "|---|---|---|",
    ]
    for text in all_presets():
        rows = record[text] or {"none seen": {"why": ""}}
        lines += [f"| `{text}` | {law} | {_short(row['why'])} |" for law, row in rows.items()]
    return lines


def _drawn(graph: rm.RoadGraph) -> str:
    points = [f"({x:g}, {y:g})" for x, y in graph.vertices.tolist()]
    return ", ".join(f"{points[a]}-{points[b]}" for a, b in graph.edges.tolist())


def _short(why: str) -> str:
    return why.replace("|", "/")


if __name__ == "__main__":
    PAGE.write_text(page())
