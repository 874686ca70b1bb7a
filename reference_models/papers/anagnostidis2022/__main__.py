"""Train the rows with ground-truth key points on synthetic towns, and write the tables.

  python -m reference_models.papers.anagnostidis2022 --work work --out tables.md --jobs 2

Rows and seeds that are done are kept, and a run goes on from its checkpoint: stop it and start it
again as you like. The tables are written when all is there.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from roadmetrics.cli.output import check_place
from roadmetrics.io.files import write_bytes

from ...needed import imported
from ...settings import check_name
from ..page_command import make_each, run_page
from .settings import TableArgs

MODULE = "reference_models.papers.anagnostidis2022"


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_page(MODULE, __doc__, TableArgs, make_tables, argv)


def make_tables(args: TableArgs, command: str) -> None:
    """Make what is not there, run by run, and write the tables."""
    check_name(args.work, "--work")
    check_place(args.out)
    imported("reference_models.train_graph")  # says how to get torch
    from .miniature import make_towns
    from .table import markdown

    Path(args.work).mkdir(exist_ok=True)
    make_towns(args)
    make_each(partial(make_chain, args), chains(args.seeds), args.jobs)
    write_bytes(Path(args.out), markdown(args, command).encode())


def chains(seeds: int) -> list[list[tuple[str, int]]]:
    """What is made one after the other, as one begins with another's run; the longest first.

    >>> chains(1)[:2]
    [[('arm', 0), ('refiner', 0), ('refiner-alone', 0)], [('gcn', 0)]]
    >>> chains(0)
    []
    """
    long = [[(name, k) for name in ("arm", "refiner", "refiner-alone")] for k in range(seeds)]
    return long + [[(name, k)] for name in ("gcn", "cls", "random") for k in range(seeds)]


def make_chain(args: TableArgs, chain: list[tuple[str, int]]) -> None:
    """Make the units of a chain, and what is measured of a refiner beside its scores."""
    from .figures import make_figures
    from .miniature import make_unit

    for unit in chain:
        make_unit(args, unit)
        if unit[0] == "refiner":
            make_figures(args, unit[1])


if __name__ == "__main__":  # as a module of its name: other processes take its functions by that
    from reference_models.papers.anagnostidis2022 import __main__ as own

    sys.exit(own.main())
