"""Sat2Graph's TOPO (Python 2) and APLS (Go).

TOPO is read from the checkout and four things are replaced in its text before it runs on Python 3:
dict.iteritems, xrange, keys()[k] and the module sets; drawing is pretended. SAM-Road's copy, which
runs as it is, gives the same numbers. Needs hopcroftkarp. The Go program runs as published, in one
process; reading two JSON files (0.2 s) is in its time.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from original_case import Case, Pair, child_seconds, cityscale, pretend, timed
from original_go import build

import roadmetrics as rm

VARIABLE = "ROADMETRICS_SAT2GRAPH"
TOP, LEFT, METRE = 41.0, -71.0, 1 / 111111.0  # main.py's place on the globe
RADIUS, STEP, MATCH = 0.00300, 0.00005, 0.00010  # main.py's degrees
SPELLINGS = {
    r"\.iteritems\(\)": ".items()",
    r"\bxrange\(": "range(",
    r"from sets import Set": "Set = set",
    r"(\w+)\.keys\(\)\[(\d)\]": r"list(\1.keys())[\2]",
}


def _place(x: float, y: float) -> tuple[float, float]:
    return TOP - x * METRE, LEFT + y * METRE / math.cos(math.radians(TOP))


def _module(folder: Path, name: str) -> Any:
    text = (folder / f"{name}.py").read_text(encoding="utf-8")
    for old, new in SPELLINGS.items():
        text = re.sub(old, new, text)
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, str(folder / f"{name}.py"), "exec"), module.__dict__)
    return module


def _road_graph(kind: Any, graph: rm.RoadGraph) -> Any:
    """As main.py builds it from a pickle; rows are y here."""
    result = kind.RoadGraph()
    place = [_place(y, x) for x, y in graph.vertices.tolist()]
    for a, b in graph.edges.tolist():
        result.addEdge(a, *place[a], b, *place[b])
        result.addEdge(b, *place[b], a, *place[a])
    result.ReverseDirectionLink()
    result.nodeScore.update(dict.fromkeys(result.nodes, 100))
    result.edgeScore.update(dict.fromkeys(result.edges, 100))
    return result


def run_topo(folder: Path, pair: Pair) -> tuple[float, float]:
    """CPU seconds from its graphs to the result, and F1 of precision and overall recall."""
    pretend("showTOPO")
    graph, topo = (_module(folder / "metrics/topo", name) for name in ("graph", "topo"))
    gt, pred = (_road_graph(graph, side) for side in pair)
    lats, lons = zip(*[*gt.nodes.values(), *pred.nodes.values()], strict=True)
    region = [
        min(lats) - 300 * METRE, LEFT - 500 * METRE, TOP + 300 * METRE, max(lons) + 500 * METRE,
    ]  # fmt: skip
    gt.region = pred.region = region
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "topo.txt"

        def score() -> None:
            starts = topo.TOPOGenerateStartingPoints(
                gt, region=region, image="NULL", check=False, direction=False, metaData=None
            )
            paired = topo.TOPOGeneratePairs(pred, gt, starts, threshold=0.00010, region=region)
            topo.TOPOWithPairs(
                pred, gt, paired, starts, r=RADIUS, step=STEP, threshold=MATCH,
                outputfile=str(out), one2oneMatching=True, metaData=None,
            )  # fmt: skip

        spent, _ = timed(score)
        last = re.search(r"precision=(\S+) overall-recall=(\S+)", out.read_text())
        assert last is not None
        precision, recall = map(float, last.groups())
    return spent, 2 * precision * recall / (precision + recall)


def run_apls(folder: Path, pair: Pair) -> tuple[float, float]:
    """CPU seconds of the whole program, and APLS."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = folder / "metrics/apls/main.go"
        program = build(source, work, needs={"dhconnelly/rtreego": "v1.1.0"})
        files = [work / "gt.json", work / "prop.json"]
        for path, graph in zip(files, pair, strict=True):
            place = [_place(y, x) for x, y in graph.vertices.tolist()]
            path.write_text(json.dumps([place, graph.edges.tolist()]), encoding="utf-8")
        (work / "debug").mkdir()
        before = child_seconds()
        command = [program, *files, work / "out.txt"]
        environment = os.environ | {"GOMAXPROCS": "1"}
        subprocess.run(command, cwd=work, env=environment, capture_output=True, check=True)
        return child_seconds() - before, float((work / "out.txt").read_text().split()[2])


CASES = [
    Case("topo", VARIABLE, ("hm:sat2graph", "hm"), "Sat2Graph tile", cityscale, run_topo),
    Case("apls main.go", VARIABLE, ("apls:sat2graph", "apls"), "Sat2Graph tile", cityscale,
         run_apls),
]  # fmt: skip
