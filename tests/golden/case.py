"""One line a case: what was expected, what came out, and whether that passes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import roadmetrics as rm


@dataclass(frozen=True)
class Outcome:
    """The result of one case."""

    name: str
    expected: str
    got: str
    tolerance: str
    status: str  # pass, FAIL or skip

    def __str__(self) -> str:
        if self.status == "skip":
            return f"{self.name}: skip ({self.got})"
        return (
            f"{self.name}: expected {self.expected}, got {self.got}, "
            f"tol {self.tolerance}, {self.status}"
        )


def skipped(name: str, reason: str) -> Outcome:
    """A case that cannot run yet."""
    return Outcome(name, "", reason, "", "skip")


class Absent(Exception):
    """A file that a case needs is not in the folder."""


def attempt(name: str, check: Callable[[], Outcome]) -> Outcome:
    """The outcome of one check: skipped where a file is absent, FAIL where it raises."""
    try:
        return check()
    except Absent as absent:
        return skipped(name, f"{absent} is absent")
    except Exception as error:  # one broken case must not hide the others
        return Outcome(name, "", f"{type(error).__name__}: {error}", "", "FAIL")


def existing(path: Path) -> Path:
    """The path; raises Absent where there is no such file."""
    if not path.is_file():
        raise Absent(path.name)
    return path


def compare(
    name: str,
    expected: Mapping[str, float],
    got: Mapping[str, float],
    tolerance: float | Mapping[str, float],
    *,
    exact: Mapping[str, tuple[float, float]] | None = None,
) -> Outcome:
    """Pass where every expected number is met, and every ``exact`` pair is equal."""
    limit = {k: tolerance if isinstance(tolerance, float) else tolerance[k] for k in expected}
    bad = [k for k in expected if not abs(expected[k] - got[k]) <= limit[k]]
    wrong = [f"{k} {b} for {a}" for k, (a, b) in (exact or {}).items() if a != b]
    shown = f"{max(limit.values(), default=0.0):.3g}"
    status = "FAIL" if bad or wrong else "pass"
    text = _text({k: got[k] for k in expected}) + "".join(f" [{w}]" for w in wrong)
    return Outcome(name, _text(expected), text, shown, status)


def within(
    name: str, low: Mapping[str, float], high: Mapping[str, float], got: Mapping[str, float]
) -> Outcome:
    """Pass where every number lies in its range."""
    bad = [k for k in low if not low[k] <= got[k] <= high[k]]
    expected = " ".join(f"{k}=[{low[k]:.6f}, {high[k]:.6f}]" for k in low)
    shown = _text({k: got[k] for k in low})
    return Outcome(name, expected, shown, "range", "FAIL" if bad else "pass")


def read_json(path: Path) -> Any:
    """The file, or None where the folder lacks it."""
    return json.loads(path.read_text()) if path.exists() else None


def read_graph(path: Path, *, scale: float = 1.0, is_row_column: bool = False) -> rm.RoadGraph:
    """A golden graph: polylines become chains of vertices, ``nodes`` are marked as nodes."""
    data = json.loads(existing(path).read_text())
    xy = np.array(data["nodes"], dtype=float).reshape(-1, 2).tolist()
    n_nodes = len(xy)
    edges: list[tuple[int, int]] = []
    weights: list[float] = []
    polylines = data.get("polylines") or [None] * len(data["edges"])
    lengths = data.get("lengths") or [None] * len(data["edges"])
    for (a, b), line, length in zip(data["edges"], polylines, lengths, strict=True):
        line = _oriented(line, xy[a], xy[b])
        inner = line[1:-1]
        ids = [a, *range(len(xy), len(xy) + len(inner)), b]
        xy.extend(inner)
        pieces = list(itertools.pairwise(ids))
        size = [float(np.hypot(*np.subtract(xy[p], xy[q]))) for p, q in pieces]
        total = sum(size)
        edges.extend(pieces)
        weights.extend(size if length is None else (length * s / (total or 1.0) for s in size))
    vertices = np.array(xy, dtype=float).reshape(-1, 2) * scale
    return rm.RoadGraph(
        vertices[:, ::-1] if is_row_column else vertices,
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        "m",
        is_node=np.arange(len(xy)) < n_nodes,
        weights=np.array(weights) if data.get("lengths") else None,
    )


def read_lines(path: Path, scale: float) -> rm.RoadGraph:
    """The polylines alone, joined where their points agree: what a scorer of WKT lines reads."""
    data = json.loads(existing(path).read_text())
    straight = [[data["nodes"][a], data["nodes"][b]] for a, b in data["edges"]]
    lines = data.get("polylines") or straight
    pairs = zip(lines, straight, strict=True)
    scaled = [(np.array(line or ends, dtype=float) * scale).tolist() for line, ends in pairs]
    return rm.RoadGraph.from_lines(scaled, "m")


def _oriented(line: list[Any] | None, start: list[float], end: list[float]) -> list[Any]:
    """The polyline from start to end; some files give it the other way round."""
    if line is None:
        return [start, end]
    forth = np.hypot(*np.subtract(line[0], start)) + np.hypot(*np.subtract(line[-1], end))
    back = np.hypot(*np.subtract(line[-1], start)) + np.hypot(*np.subtract(line[0], end))
    return line if forth <= back else line[::-1]


def _text(values: Mapping[str, float]) -> str:
    return " ".join(f"{k}={v:.12g}" for k, v in values.items())
