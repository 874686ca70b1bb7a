"""How far `apls` is from the bare loop over its pairs of control points.

  python tests/bench/pair_loop.py GT PRED          # two files, such as ../shared/data/graphs/...

The bare loop has the distances from a block of points to all stops at hand: of each pair it takes
the shorter way over the two ends of a road in either network, and adds the penalty. It has no
sweeps, no points on the same road, no points with several places. Seconds are of one thread.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
from numba import njit

import roadmetrics as rm
from roadmetrics.routes import BLOCK
from roadmetrics.routing import Network, network_of
from roadmetrics.snap import control_points

N_BLOCKS = 8


@njit(cache=True, nogil=True, error_model="numpy")
def bare(own, likest, ends, others, t, rest, t2, rest2, total):  # type: ignore[no-untyped-def]
    """Add the penalties of a block of points [W] with all others [n] to total [W]."""
    width = own.shape[1]
    for j in range(len(t)):
        a, b, c, d = own[ends[j, 0]], own[ends[j, 1]], likest[others[j, 0]], likest[others[j, 1]]
        for w in range(width):
            length = min(a[w] + t[j], b[w] + rest[j])
            found = min(c[w] + t2[j], d[w] + rest2[j])
            total[w] += min(abs(found - length) / length, 1.0)


def seconds_a_pair(network: Network, other: Network, n: int) -> float:
    """Of the bare loop, with n points spread over the roads of two networks."""
    rng = np.random.default_rng(0)
    own, likest = (1.0 + rng.random((len(net.stop_vertex), BLOCK)) for net in (network, other))
    chain, other_chain = (
        np.sort(rng.integers(0, len(net.chain_length), n)) for net in (network, other)
    )
    ends, others = network.chain_stops[chain], other.chain_stops[other_chain]
    places = rng.random((4, n))
    total = np.zeros(BLOCK)
    best = np.inf
    for _ in range(N_BLOCKS):
        begin = time.process_time()
        bare(own, likest, ends, others, *places, total)
        best = min(best, time.process_time() - begin)
    return best / (n * BLOCK)


def main() -> None:
    """Measure and print."""
    os.environ["ROADMETRICS_THREADS"] = "1"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("gt")
    parser.add_argument("pred")
    args = parser.parse_args()
    metric = rm.get("apls")
    gt, pred = rm.read(args.gt), rm.read(args.pred)
    small = rm.RoadGraph([(0, 0), (500, 0)], [(0, 1)], gt.unit)
    metric(small, small)
    pairs = loop = 0.0
    for graph, other in ((gt, pred), (pred, gt)):
        n = len(control_points(graph, metric.spacing)[1])
        cost = seconds_a_pair(network_of(graph), network_of(other), n)
        pairs += n * (n - 1) / 2
        loop += cost * n * (n - 1) / 2
        print(f"{n} control points, bare loop {cost * 1e9:.2f} ns a pair")
    begin = time.process_time()
    value = metric(gt, pred).value
    spent = time.process_time() - begin
    print(f"{pairs:.3g} pairs, bare loop {loop:.1f} s; apls {value:.9f} in {spent:.1f} s: "
          f"{spent / loop:.2f} times the bare loop")  # fmt: skip


if __name__ == "__main__":
    main()
