"""Train the rows with ground-truth key points on synthetic towns, and write the tables.

  python -m reference_models.papers.anagnostidis2022 --work work --out tables.md --jobs 2

Rows and seeds that are done are kept, and a run goes on from its checkpoint: stop it and start it
again as you like. The tables are written when all is there.
"""

from __future__ import annotations

import json
import shlex
import sys
from functools import partial
from pathlib import Path

from roadmetrics.cli.output import check_place
from roadmetrics.io.files import write_bytes
from roadmetrics.parallel import mapped

from ...command import run_module
from ...needed import imported
from ...settings import check_name
from .settings import ROWS, TableArgs

MODULE = "reference_models.papers.anagnostidis2022"


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    given = sys.argv[1:] if argv is None else argv
    command = f"python -m {MODULE} {shlex.join(given)}"
    return run_module(MODULE, __doc__, TableArgs, partial(make_tables, command=command), given)


def make_tables(args: TableArgs, command: str) -> None:
    """Make what is not there, run by run, and write the tables."""
    check_name(args.work, "--work")
    check_place(args.out)
    imported("reference_models.train_graph")  # says how to get torch
    from .miniature import make_towns, make_unit
    from .table import markdown

    Path(args.work).mkdir(exist_ok=True)
    make_towns(args)
    first = [(name, seed) for seed in range(args.seeds) for name in ROWS if name[:7] != "refiner"]
    later = [("refiner", seed) for seed in range(args.seeds)]
    alone = [("refiner-alone", seed) for seed in range(args.seeds)]
    for units in (first, later, alone):  # each begins with runs of those before
        # the first thing is done in this process, before the others start: nothing
        for _ in mapped(partial(make_unit, args), [None, *units], args.jobs):
            pass
    seeds = list(range(args.seeds))
    for _ in mapped(partial(make_figures, args), [None, *seeds], args.jobs):
        pass
    write_bytes(Path(args.out), markdown(args, command).encode())


def make_figures(args: TableArgs, seed: int | None) -> None:
    """Bits of ARM and refiner, and how well rewards are foretold, of one seed. None: nothing."""
    if seed is None:
        return
    from ...reward_fit import reward_fit
    from ...truth_tasks import truth_tasks
    from .miniature import graph_args, make_bits
    from .table import FIT

    for name in ("arm", "refiner"):
        make_bits(args, name, seed)
    path = args.scored("refiner", seed) / FIT
    if not path.is_file():
        tasks = truth_tasks(graph_args(args, "arm", seed), str(args.data("test")))
        found = reward_fit(args.run("refiner", seed), tasks, seed)
        write_bytes(path, (json.dumps(found, indent=1) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
