"""What a folder of small tiles costs beside one warm loop over the same files.

  python tests/bench/tiles.py                          # 10,000 of 400 px, ccq and junction
  python tests/bench/tiles.py --tiles 1000 --metric all

The loop reads both files of a tile and calls each metric, nothing else. CPU seconds of all
processes; start-up is that of the same command on one tile.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import roadmetrics as rm

SIDE = 400.0


def tile(rng: np.random.Generator, jitter: float) -> rm.RoadGraph:
    """Streets some 60 px apart, jittered, one in eight missing."""
    n = 7
    xy = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2) * 60.0 + 20.0
    index = np.arange(n * n).reshape(n, n)
    edges = np.concatenate([
        np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1),
        np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1),
    ])  # fmt: skip
    keep = rng.random(len(edges)) > 1 / 8
    return rm.RoadGraph(np.clip(xy + rng.uniform(-jitter, jitter, xy.shape), 0, SIDE), edges[keep])


def write(folder: Path, n_tiles: int) -> None:
    """Tiles of ground truth and prediction as JSON."""
    rng = np.random.default_rng(0)
    for side, jitter in (("gt", 8.0), ("pred", 10.0)):
        (folder / side).mkdir(parents=True)
        for i in range(n_tiles):
            rm.write(tile(rng, jitter), folder / side / f"tile_{i:05d}.json")


def children() -> float:
    """CPU seconds of processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def command(folder: Path, metrics: list[str], jobs: int) -> float:
    """CPU seconds of scoring a folder from the command line."""
    chosen = [part for name in metrics for part in ("--metric", name)]
    before = children()
    subprocess.run(
        [sys.executable, "-m", "roadmetrics", "score", "--gt", folder / "gt", "--pred",
         folder / "pred", "--format", "json", "--out", folder / "scores.json", "--jobs", str(jobs),
         *chosen],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return children() - before


def loop(folder: Path, metrics: list[rm.Metric]) -> float:
    """CPU seconds of reading and scoring every tile in this process, kernels warm."""
    files = sorted((folder / "gt").iterdir())
    begin = 0.0
    for k, path in enumerate([files[0], *files]):
        if k == 1:
            begin = time.process_time()
        gt, pred = rm.read(path), rm.read(folder / "pred" / path.name)
        for metric in metrics:
            metric(gt, pred)
    return time.process_time() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tiles", type=int, default=10_000)
    parser.add_argument("--metric", action="append")
    args = parser.parse_args()
    names = args.metric or ["ccq", "junction"]
    names = list(rm.METRICS) if names == ["all"] else names
    with tempfile.TemporaryDirectory() as place:
        one, many = Path(place) / "one", Path(place) / "many"
        write(one, 1)
        write(many, args.tiles)
        command(one, names, 1)  # compile
        print(f"{args.tiles} tiles, {', '.join(names)}; CPU seconds")
        for _ in range(2):
            start = command(one, names, 1)
            warm = loop(many, [rm.get(name) for name in names])
            print(f"one warm loop {warm:.1f}, start-up {start:.1f}", end="", flush=True)
            for jobs in (1, 2):
                spent = command(many, names, jobs)
                print(
                    f"; --jobs {jobs}: {spent:.1f}, less start-up {(spent - start) / warm:.2f} "
                    "of the loop", end="", flush=True,
                )  # fmt: skip
            print()


if __name__ == "__main__":
    main()
