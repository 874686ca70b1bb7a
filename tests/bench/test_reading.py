"""What reading a file and making a town cost, against a plain loop of the same run.

CPU seconds, the least of some runs; ratios are held in `make bench` alone.
"""

import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest

import roadmetrics as rm
from reference_models.towns import make_tile
from roadmetrics.io.adjacency import read_adjacency
from roadmetrics.io.roadtracer import read_roadtracer

FOLDERS = Path(
    os.environ.get("ROADMETRICS_SHARED", Path(__file__).resolve().parents[2] / "../shared")
) / "data/folders"  # fmt: skip
N = 16_000


def least(run):
    """CPU seconds of the quickest of five runs."""
    spent = []
    for _ in range(5):
        begin = time.process_time()
        run()
        spent.append(time.process_time() - begin)
    return min(spent)


def plain_parse():
    """Every number of a city's text by float(), the yardstick."""
    return [[float(word) for word in line.split()] for line in city().decode().splitlines()]


def city():
    vertices = "".join(f"{i * 1.37:.6f} {i % 997:.6f}\n" for i in range(N))
    edges = "".join(f"{i} {i + 1}\n{i + 1} {i}\n" for i in range(N - 1))
    return (vertices + "\n" + edges).encode()


def hold(benchmark, run, most):
    """Run it; in a benchmark it takes at most so many times what the yardstick takes."""
    run()
    benchmark.pedantic(run, rounds=1)
    if benchmark.enabled:
        yardstick, own = least(plain_parse), least(run)
        print(f"\n{own * 1e3:.0f} ms, yardstick {yardstick * 1e3:.0f} ms: {own / yardstick:.1f}")
        assert own <= most * yardstick


def test_a_city(benchmark):
    data = city()
    assert len(read_roadtracer(data, "a.graph").edges) == N - 1
    hold(benchmark, lambda: read_roadtracer(data, "a.graph"), 3)


def test_a_megabyte_of_protocol_0(benchmark):
    points = [tuple(p) for p in np.random.default_rng(0).integers(0, 2048, (6000, 2))]
    town = {p: [points[i - 1], points[(i + 1) % 6000]] for i, p in enumerate(points)}
    data = pickle.dumps(town, 0)
    assert len(data) > 1_000_000
    assert len(read_adjacency(data, "a.p").edges) > 5900
    hold(benchmark, lambda: read_adjacency(data, "a.p"), 30)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("vancouver/pred_roadtracer/vancouver.0.25_0.25.newreconnect.graph", 3),
        ("cityscale/pred_sat2graph/8.p", 30),
    ],
)
def test_published_files(benchmark, name, most):
    path = FOLDERS / name
    if not path.is_file():
        pytest.skip(f"no {path}: published files")
    hold(benchmark, lambda: rm.read(path), most)


def test_a_tile_of_400_pixels(benchmark):
    """The target is 150 ms where the yardstick takes 62."""
    hold(benchmark, lambda: make_tile(0, 0), 2.4)
