"""Counterexamples of presets on record: `python tests/laws/recorded.py` finds them anew."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import roadmetrics as rm
from roadmetrics.testing import LAWS, Example, LawBroken, check_law

FILE = Path(__file__).with_name("counterexamples.json")
N_EXAMPLES = 40


def all_presets() -> list[str]:
    return [f"{name}:{preset}" for name, cls in rm.METRICS.items() for preset in cls.presets]


def metric_of(text: str) -> rm.Metric:
    """The metric of a preset; one that draws draws 20, which is no part of any law."""
    metric = rm.get(text)
    drawn = [name for name in ("n_routes", "n_starts") if hasattr(metric, name)]
    return dataclasses.replace(metric, **dict.fromkeys(drawn, 20))


def load() -> dict[str, dict[str, dict[str, Any]]]:
    """{preset: {law: {"why", "gt", "pred", "pick"}}}."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def encode(example: Example) -> dict[str, Any]:
    return {"gt": _graph(example.gt), "pred": _graph(example.pred), "pick": example.pick}


def decode(record: dict[str, Any]) -> Example:
    gt, pred = (rm.RoadGraph(**record[side]) for side in ("gt", "pred"))
    return Example(gt, pred, record["pick"])


def _graph(graph: Any) -> dict[str, Any]:
    optional = {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name in ("is_node", "weights", "extent")
        if (value := getattr(graph, name)) is not None
    }
    vertices, edges = graph.vertices.tolist(), graph.edges.tolist()
    return {"vertices": vertices, "edges": edges, "unit": graph.unit, **optional}


def find(text: str) -> dict[str, dict[str, Any]]:
    """Smallest counterexample of each law that a preset breaks."""
    metric, found = metric_of(text), {}
    for law in LAWS.values():
        if not law.applies(metric):
            continue
        try:
            check_law(metric, law, N_EXAMPLES)
        except LawBroken as broken:
            print(text, str(broken)[:400], file=sys.stderr, flush=True)
            if law.is_universal:
                print(text, law.name, "IS UNIVERSAL", file=sys.stderr, flush=True)
            else:
                found[law.name] = {"why": broken.why, **encode(broken.example)}
    return found


def save(record: dict[str, dict[str, Any]]) -> None:
    lines = [f"{json.dumps(k)}: {_rows(record[k])}" for k in all_presets() if k in record]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main(texts: list[str]) -> None:
    record = {text: rows for text, rows in load().items() if text in all_presets()}
    for text in texts or all_presets():
        record[text] = find(text)
        save(record)


def _rows(rows: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in rows.items()) + "}"


if __name__ == "__main__":
    main(sys.argv[1:])
