"""Fuzz every reader: python tests/fuzz/fuzz.py --seconds 3600 --seed 1 [--format json] [--jobs 2].

Damaged files of each format are parsed in worker processes. Anything but a tile or a
RoadMetricsError of one line within 5 s and 1 GiB is a failure: its bytes and the reason go to
--saved, and the exit code is 1. The same seed gives the same inputs, by format and number;
`--show FORMAT:NUMBER` writes one of them to standard output.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited by the workers
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from fuzz_formats import formats
from fuzz_session import TITLE, fuzz, total
from fuzz_worker import Inputs


def main() -> int:
    args = _arguments()
    if args.show:
        name, _, index = args.show.partition(":")
        sys.stdout.buffer.write(Inputs(name, args.seed)[int(index)])
        return 0
    args.saved.mkdir(parents=True, exist_ok=True)
    names = args.format or list(formats())
    share = args.seconds * args.jobs / len(names)
    tallies = []
    print(TITLE)
    for tally in fuzz(names, args.seed, args.saved, share, args.inputs, args.jobs):
        tallies.append(tally)
        print(tally.row(), flush=True)
    whole = total(tallies)
    print(whole.row())
    if whole.failed:
        print(f"{whole.failed} failures: see {args.saved}", file=sys.stderr)
    return 1 if whole.failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="of the whole run (default 60)")
    parser.add_argument("--inputs", type=int, default=sys.maxsize, help="at most, a format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", action="append", choices=list(formats()))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--saved", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--show", metavar="FORMAT:NUMBER")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
