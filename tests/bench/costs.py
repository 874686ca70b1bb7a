"""What everything but the metrics costs: reading, mask to graph, folders, start-up; Markdown.

  python tests/bench/costs.py

All inputs are made here. Seconds are CPU seconds, the least of a few runs, those of child
processes included where there are any; wall seconds beside them where two workers share the work.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from sizes import exponent, town

import roadmetrics as rm
from roadmetrics import sample

FORMATS = ("json", "npz", "graph", "p", "geojson", "csv", "graphml", "gpkg")
SIZES = (28, 112)  # junctions a side of the towns that are read
MASKS = (400, 1024, 2048, 4096)  # pixels
RUNS = 3
CRS, CORNER = "EPSG:32610", (480_000.0, 5_450_000.0)  # somewhere on the ground


def spent(call: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """(CPU seconds with children, wall seconds), the least of some runs."""
    times = []
    for _ in range(runs):
        begin = _cpu(), time.perf_counter()
        call()
        times.append((_cpu() - begin[0], time.perf_counter() - begin[1]))
    return min(times)


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def reading() -> None:
    """A town in each format."""
    towns = [town(n, 1) for n in SIZES]
    counts = [len(g.vertices) for g in towns]
    print("\n| file | " + " | ".join(f"{n} vertices" for n in counts) + " | growth |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in FORMATS:
            cells = []
            for graph in towns:
                path = Path(folder) / f"town{len(graph.vertices)}.{suffix}"
                _write(graph, path)
                rm.read(path)
                cells.append(spent(partial(rm.read, path))[0])
            shown = " | ".join(f"{cell:.3g} s" for cell in cells)
            print(f"| `.{suffix}` | {shown} | ^{exponent(counts, cells):.2f} |", flush=True)


def _write(graph: rm.RoadGraph, path: Path) -> None:
    """In pixels where the format has no metres, on the ground where it has no others."""
    if path.suffix in (".p", ".csv"):
        graph = rm.RoadGraph(graph.vertices, graph.edges, "px")
    elif path.suffix in (".geojson", ".gpkg", ".graphml"):
        graph = rm.RoadGraph(graph.vertices + CORNER, graph.edges, "m", crs=CRS)
    if path.suffix == ".graphml":
        _write_graphml(graph, path)
    else:
        rm.write(graph, path)


def _write_graphml(graph: rm.RoadGraph, path: Path) -> None:
    """As OSMnx does."""
    import networkx as nx

    result = nx.Graph(crs=CRS)
    result.add_nodes_from((k, {"x": x, "y": y}) for k, (x, y) in enumerate(graph.vertices.tolist()))
    result.add_edges_from(graph.edges.tolist())
    nx.write_graphml(result, path)


def masks() -> None:
    """Roads four pixels wide every 60 or 70 pixels."""
    print("\n| mask to graph | CPU s | growth |\n|---|---|---|")
    times: list[float] = []
    for side in MASKS:
        array = np.zeros((side, side), dtype=bool)
        for k in range(4):
            array[20 + k :: 60, :] = array[:, 30 + k :: 70] = True
        times.append(spent(partial(rm.RoadGraph.from_mask, rm.Mask(array)))[0])
        pixels = [n * n for n in MASKS[: len(times)]]
        grown = f"^{exponent(pixels[-2:], times[-2:]):.2f} in pixels" if len(times) > 1 else ""
        print(f"| {side} x {side} px | {times[-1]:.3g} | {grown} |", flush=True)


def folders() -> None:
    """The bundled sample in one process and in two, every default."""
    folder = sample.path()
    print("\n| folder of 19 tiles, all metrics | CPU s | wall s |\n|---|---|---|")
    gt, pred = folder / "gt", folder / "pred_light"
    for jobs in (1, 2):
        cpu, wall = spent(partial(rm.score_folders, gt, pred, jobs=jobs), 2)
        print(f"| {jobs} job{'s' * (jobs > 1)} | {cpu:.3g} | {wall:.3g} |", flush=True)


def start_up() -> None:
    """Whole processes."""
    folder = sample.path()
    program = [sys.executable, "-m", "roadmetrics"]
    commands = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`roadmetrics --help`": [*program, "--help"],
        "`roadmetrics list`": [*program, "list"],
        "`roadmetrics score`, sample, warm": [
            *program, "score", "--gt", str(folder / "gt"), "--pred", str(folder / "pred_light"),
        ],
    }  # fmt: skip
    print("\n| process | CPU s | wall s |\n|---|---|---|")
    for name, command in commands.items():
        cpu, wall = spent(partial(subprocess.run, command, capture_output=True, check=True), 5)
        print(f"| {name} | {cpu:.3g} | {wall:.3g} |", flush=True)


def main() -> None:
    """All of them."""
    reading()
    masks()
    folders()
    start_up()


if __name__ == "__main__":
    main()
