"""What each metric costs from a tile to a city, and how that grows: a table in Markdown.

  python tests/bench/sizes.py                        # towns made here
  python tests/bench/sizes.py ../shared/data         # real networks too, where they are
  python tests/bench/sizes.py ../shared/data --most 100000 --metric ccq --metric jct

Seconds are CPU seconds of one thread, the least of a few runs from fresh graphs, kernels warm: the
indexes are built each time. An exponent is that of seconds over vertices between two neighbours.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
from pathlib import Path

import numpy as np

import roadmetrics as rm

TOWNS = (7, 14, 28, 56, 112)  # junctions a side
REPEATS = 3
QUICK = 2.0  # seconds above which one run is enough
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


def pairs(data: Path | None, most: int) -> dict[str, tuple[rm.RoadGraph, rm.RoadGraph]]:
    """Ground truth and prediction by name, in growing size."""
    found = {f"town {n} x {n}": (town(n, 1), town(n, 2)) for n in TOWNS}
    if data is not None:
        folder = data / "folders/vancouver"
        city = rm.read(folder / "gt/vancouver.graph")
        guess = rm.read(next((folder / "pred_roadtracer").glob("*.graph")))
        for side in (1024, 2048, 4096):
            box = (-side / 2, -side / 2, side / 2, side / 2)
            found[f"Vancouver {side} px"] = (city.clipped(box), guess.clipped(box))
        found["Vancouver"] = (city, guess)
        wuhan = [
            rm.read(data / f"graphs/neatnet_wuhan_{x}.json") for x in ("original", "simplified")
        ]
        found["Wuhan"] = (wuhan[0], wuhan[1])
    return {name: pair for name, pair in found.items() if len(pair[0].vertices) <= most}


def seconds(metric: rm.Metric, pair: tuple[rm.RoadGraph, rm.RoadGraph]) -> tuple[float, float]:
    """CPU seconds of one call from fresh graphs, and its value."""
    best = math.inf
    for _ in range(REPEATS):
        gt, pred = (rm.RoadGraph(g.vertices, g.edges, g.unit) for g in pair)
        begin = time.process_time()
        value = metric(gt, pred).value
        best = min(best, time.process_time() - begin)
        if best > QUICK:
            break
    return best, value


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--most", type=int, default=100_000, help="vertices")
    parser.add_argument("--metric", action="append")
    args = parser.parse_args()
    names = args.metric or [*rm.METRICS, SAMPLED]
    small = town(4, 1)
    for name in names:
        rm.get(name)(small, small)
    print("| pair | vertices | " + " | ".join(f"`{name}`" for name in names) + " | MB |")
    print("|---|---|" + "---|" * (len(names) + 1))
    last: dict[str, tuple[str, float, float]] = {}
    for title, pair in pairs(args.data, args.most).items():
        n, family, cells = len(pair[0].vertices) + len(pair[1].vertices), title.split()[0], []
        for name in names:
            print(f"{title}: {name} ...", file=sys.stderr)
            spent, _ = seconds(rm.get(name), pair)
            kin, size, before = last.get(name, ("", 1.0, 1.0))
            grown = math.log(spent / before) / math.log(n / size) if kin == family else math.nan
            last[name] = (family, n, spent)
            cells.append(f"{spent:.3g} s" + (f", ^{grown:.2f}" if grown == grown else ""))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {title} | {n} | " + " | ".join(cells) + f" | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
