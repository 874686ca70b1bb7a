"""What each metric costs from a tile to a city, and how that grows: a table in Markdown.

  python tests/bench/sizes.py                          # towns made here
  ROADMETRICS_BENCH_DATA=../shared/data python tests/bench/sizes.py --most 100000 --metric ccq

Seconds are CPU seconds of one thread, the least of several runs from fresh graphs, kernels warm:
the indexes are built each time. ``^`` is the exponent of seconds over vertices since the row above;
the row "fit" has that of the straight line through all rows of one kind.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import roadmetrics as rm

Pair = tuple[rm.RoadGraph, rm.RoadGraph]

DATA = "ROADMETRICS_BENCH_DATA"  # folder of the real networks
TOWNS = (7, 14, 28, 56, 112)  # junctions a side
CROPS = (400, 1024, 2048, 4096)  # pixels
MOST = 30_000  # vertices of the ground truth; Wuhan has 83 thousand, its split version a million
MOST_RUNS, ENOUGH = 15, 0.5  # runs go on until they took so many seconds
SAMPLED = "apls,sources=500"


def town(n: int, seed: int) -> rm.RoadGraph:
    """A grid of n x n junctions 60 m apart, moved by some metres, one street in eight missing."""
    place, missing = np.random.default_rng(0), np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2) * 60.0
    xy += place.uniform(-8, 8, xy.shape)
    index = np.arange(n * n).reshape(n, n)
    across = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    down = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    edges = np.concatenate([across, down])
    return rm.RoadGraph(xy, edges[missing.random(len(edges)) > 1 / 8], "m")


def data_folder() -> Path | None:
    """The folder of real networks, None where none is named."""
    name = os.environ.get(DATA)
    if name and not Path(name).is_dir():
        raise SystemExit(f"{DATA}={name}: no such folder")
    return Path(name) if name else None


@cache
def vancouver(data: Path) -> Pair:
    """RoadTracer's city against its output, in pixels."""
    folder = data / "folders/vancouver"
    pred = next((folder / "pred_roadtracer").glob("*.graph"))
    return rm.read(folder / "gt/vancouver.graph"), rm.read(pred)


def crop(pair: Pair, side: int) -> Pair:
    """A square of the middle."""
    box = (-side / 2, -side / 2, side / 2, side / 2)
    return pair[0].clipped(box), pair[1].clipped(box)


def wuhan(data: Path, name: str) -> Pair:
    """Wuhan, or the same cut into short pieces, against its simplification."""
    return rm.read(data / "graphs" / name), rm.read(data / "graphs/neatnet_wuhan_simplified.json")


def inputs(data: Path | None, most: int) -> dict[str, Callable[[], Pair]]:
    """How to load ground truth and prediction, by name, in growing size; kinds by first word."""
    found: dict[str, Callable[[], Pair]] = {
        f"town {n} x {n}": lambda n=n: (town(n, 1), town(n, 2))  # type: ignore[misc]
        for n in TOWNS
        if n * n <= most
    }
    if data is None:
        return found
    for side in CROPS:
        found[f"Vancouver {side} px"] = lambda side=side: crop(vancouver(data), side)  # type: ignore[misc]
    found["Vancouver"] = lambda: vancouver(data)
    for name, file, size in (
        ("Wuhan", "neatnet_wuhan_original.json", 83_000),
        ("Wuhan every 7.5 m", "scale_wuhan_densified_7m5.npz", 994_000),
    ):
        if size <= most:
            found[name] = lambda file=file: wuhan(data, file)  # type: ignore[misc]
    return found


def seconds(metric: rm.Metric, pair: Pair) -> tuple[float, float]:
    """CPU seconds of one call from fresh graphs, the least of some, and its value."""
    best, total = math.inf, 0.0
    for _ in range(MOST_RUNS):
        gt, pred = (dataclasses.replace(g) for g in pair)
        begin = time.process_time()
        value = metric(gt, pred).value
        spent = time.process_time() - begin
        best, total = min(best, spent), total + spent
        if total > ENOUGH:
            break
    return best, value


def exponent(sizes: list[int], spent: list[float]) -> float:
    """Slope of the straight line through the logarithms; nan of a single point."""
    x, y = np.log(sizes), np.log(spent)
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum()) if len(sizes) > 1 else math.nan


def fits(rows: dict[str, tuple[int, list[float]]], width: int) -> list[str]:
    """A line for each kind of at least three rows."""
    lines = []
    for kind in dict.fromkeys(title.split()[0] for title in rows):
        own = [row for title, row in rows.items() if title.split()[0] == kind]
        if len(own) > 2:
            sizes = [n for n, _ in own]
            cells = [f"^{exponent(sizes, [s[k] for _, s in own]):.2f}" for k in range(width)]
            lines.append(f"| {kind}, fit | | " + " | ".join(cells) + " | |")
    return lines


def measure(names: list[str], most: int) -> None:
    """Print the table."""
    small = town(4, 1)
    for name in names:
        rm.get(name)(small, small)  # compile
    print("| pair | vertices | " + " | ".join(f"`{name}`" for name in names) + " | MB |")
    print("|---|---|" + "---|" * (len(names) + 1))
    rows: dict[str, tuple[int, list[float]]] = {}
    before = ""
    for title, load in inputs(data_folder(), most).items():
        pair, spent, cells = load(), [], []
        n = len(pair[0].vertices) + len(pair[1].vertices)
        is_kin = before.split(" ")[0] == title.split()[0]
        for k, name in enumerate(names):
            print(f"{title}: {name} ...", file=sys.stderr)
            spent.append(seconds(rm.get(name), pair)[0])
            size, old = rows[before] if is_kin else (n, spent)
            cells.append(
                f"{spent[k]:.3g} s"
                + (f", ^{exponent([size, n], [old[k], spent[k]]):.2f}" if is_kin else "")
            )
        rows[title], before = (n, spent), title
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {title} | {n} | " + " | ".join(cells) + f" | {peak:.0f} |", flush=True)
    print("\n".join(fits(rows, len(names))), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--most", type=int, default=MOST, help="vertices of the ground truth")
    parser.add_argument("--metric", action="append")
    args = parser.parse_args()
    measure(args.metric or [*rm.METRICS, SAMPLED], args.most)


if __name__ == "__main__":
    main()
