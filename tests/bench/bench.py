"""All benchmarks: metrics by size, everything else, and published programs where they are named.

  python tests/bench/bench.py [--most VERTICES]

ROADMETRICS_BENCH_DATA names a folder of real networks, ROADMETRICS_METRICS_DELIN,
ROADMETRICS_COSMIQ_APLS, ROADMETRICS_ROADTRACER and ROADMETRICS_SAT2GRAPH checkouts of the programs
to compare with. Without them there are towns made here, and no comparison.
"""

from __future__ import annotations

import os

for _variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = "1"  # before anything reads them

import argparse

import costs
import originals
import sizes

import roadmetrics as rm


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=sizes.MOST, help="vertices of the ground truth")
    args = parser.parse_args()
    print("## Metrics\n")
    sizes.measure([*rm.METRICS, sizes.SAMPLED], args.most)
    print("\n## Everything else")
    costs.main()
    if originals.named():
        print("\n## Published programs\n")
        originals.compare()


if __name__ == "__main__":
    main()
