"""RoadTracer's junction metric: its Go functions with the numbers of its main, on Vancouver.

gomapinfer's readers of OpenStreetMap are left out of the build: they need a library that nothing
here calls.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import tempfile
from pathlib import Path

from original_case import Case, Pair, vancouver
from original_go import build

import roadmetrics as rm

VARIABLE = "ROADMETRICS_ROADTRACER"
NEEDS = {
    "mitroadmaps/gomapinfer": "v0.0.0",
    "ajstarks/svgo": "v0.0.0",
    "dhconnelly/rtreego": "v1.1.0",
}
REGION = (-4096.0, -4096.0, 4096.0, 4096.0)  # r4096
UNUSED = ("mitroadmaps/gomapinfer/common/osm.go",)


def run(folder: Path, pair: Pair) -> tuple[float, float]:
    """CPU seconds of clustering and matching, and F1 of its recall and precision."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        driver = Path(__file__).with_suffix(".go")
        source = folder / "junction_metric.go"
        program = build(source, work, driver=driver, needs=NEEDS, left_out=UNUSED)
        files = [work / "truth.graph", work / "inferred.graph"]
        for path, graph in zip(files, pair, strict=True):
            path.write_text(_graph_text(graph), encoding="utf-8")
        environment = os.environ | {"GOMAXPROCS": "1"}
        told = subprocess.run(
            [program, *files], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
    spent, n_gt, n_matched, n_extra, correct, error = map(float, told)
    recall, precision = correct / n_gt, 1 - error / (n_matched + n_extra)
    return spent, 2 * recall * precision / (recall + precision)


def _graph_text(graph: rm.RoadGraph) -> str:
    """The layout that its reader takes: x y lines, a blank line, each edge in both directions."""
    places = "".join(f"{x!r} {y!r}\n" for x, y in graph.vertices.tolist())
    edges = "".join(f"{a} {b}\n{b} {a}\n" for a, b in graph.edges.tolist())
    return f"{places}\n{edges}"


def load(data: Path) -> Pair:
    """The city with the region that its main has for it."""
    gt, pred = (dataclasses.replace(g, extent=REGION) for g in vancouver(None)(data))
    return gt, pred


OURS = ("jct:roadtracer", "jct")
CASES = [Case("junction_metric.go", VARIABLE, OURS, "Vancouver", load, run, 3)]
