"""Published programs and ours on the same input in the same run: a table in Markdown.

  ROADMETRICS_BENCH_DATA=../shared/data ROADMETRICS_METRICS_DELIN=~/metrics_delin \
    python tests/bench/originals.py --only opt_p --only opt_j

Nothing of theirs is here: each program is run from a checkout that a variable names, and left out
where none does. Both sides are warm and get one thread. Seconds are CPU seconds; theirs leave out
imports and reading, ours include every index, built anew from fresh graphs, the least of three.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

for _variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = "1"  # before anything reads them

import original_cosmiq
import original_delin
import original_roadtracer
import original_sat2graph
from original_case import Case, checkout
from sizes import DATA, seconds

import roadmetrics as rm

MODULES = original_delin, original_cosmiq, original_roadtracer, original_sat2graph
CASES = [case for module in MODULES for case in module.CASES]
HEAD = "| original | input | original, CPU s | value | ours | CPU s | value | times |"


def rows(case: Case) -> Iterator[str]:
    """One line for each of ours."""
    folder, data = checkout(case.source), checkout(DATA)
    if folder is None or data is None:
        print(f"{case.name}: left out; set {case.source} and {DATA}", file=sys.stderr)
        return
    pair = case.load(data)
    runs = [case.theirs(folder, pair) for _ in range(case.repeats)]
    spent, value = min(runs)
    for spec in case.ours:
        metric = rm.get(spec)
        metric(*pair)  # compile
        here, score = seconds(metric, pair)
        yield (
            f"| `{case.name}` | {case.where} | {spent:.3g} | {value:.4f} | `{spec}` | {here:.3g} "
            f"| {score:.4f} | {spent / here:.0f} |"
        )


def named() -> bool:
    """Whether the environment names any of theirs."""
    return any(checkout(case.source) for case in CASES)


def compare(names: list[str] | None = None, inputs: list[str] | None = None) -> None:
    """Print the table; of some originals, on some inputs."""
    print(HEAD + "\n|" + "---|" * HEAD.count(" |"))
    for case in CASES:
        if (not names or case.name in names) and (not inputs or case.where in inputs):
            for row in rows(case):
                print(row, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", action="append", help="a name in the first column")
    parser.add_argument("--input", action="append", help="a name in the second column")
    args = parser.parse_args()
    compare(args.only, args.input)


if __name__ == "__main__":
    main()
