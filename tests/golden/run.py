"""Check a folder of golden values: python tests/golden/run.py FOLDER [--strict].

One line a case; exit 1 if one fails. A folder may lack files. Cases of a metric that is not
registered are skipped, or fail with --strict.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import apls_cases
import ccq_cases
import citraro_cases
import hm_cases
import jct_cases
import subgraph_cases
import topo_cases
from case import Outcome


def run_folder(folder: Path) -> Iterator[Outcome]:
    """Outcomes of every case that the folder holds."""
    yield from apls_cases.run(folder)
    yield from ccq_cases.run(folder)
    yield from citraro_cases.run(folder)
    yield from jct_cases.run(folder)
    yield from hm_cases.run(folder)
    yield from subgraph_cases.run(folder)
    yield from topo_cases.run(folder)


def main() -> int:
    """Print one line a case and a closing count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strict", action="store_true", help="a skipped case is a failure")
    parser.add_argument("--only", default="", help="only cases whose line contains this text")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    tally: Counter[str] = Counter()
    for outcome in run_folder(options.folder):
        if options.only in outcome.name:
            tally[outcome.status] += 1
            print(outcome, flush=True)
    print(f"{tally['pass']} passed, {tally['FAIL']} failed, {tally['skip']} skipped")
    return 1 if tally["FAIL"] or (options.strict and tally["skip"]) else 0


if __name__ == "__main__":
    sys.exit(main())
