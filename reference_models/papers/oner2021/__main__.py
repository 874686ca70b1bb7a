"""Train rows of the paper's tables on synthetic towns, and write the table.

  python -m reference_models.papers.oner2021 --work work --out docs/oner2021.md --jobs 2
  python -m reference_models.papers.oner2021 --rows mse alpha-1e-3 topo-windowed alpha-1e-5 ...

Rows and seeds that are done are kept, and a run goes on from its checkpoint: stop it and start it
again as you like. The table is written when all is there.
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
from .rows import row
from .settings import TableArgs

MODULE = "reference_models.papers.oner2021"


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_page(MODULE, __doc__, TableArgs, make_table, argv)


def make_table(args: TableArgs, command: str) -> None:
    """Make what is not there, run by run, and write the table."""
    for name in args.rows.split():
        row(name)
    check_name(args.work, "--work")
    check_place(args.out)
    imported("reference_models.train")  # says how to get torch
    from .miniature import make_towns, make_unit
    from .table import markdown

    Path(args.work).mkdir(exist_ok=True)
    make_towns(args)
    make_each(partial(make_unit, args), args.units, args.jobs)
    write_bytes(Path(args.out), markdown(args, command).encode())


if __name__ == "__main__":
    sys.exit(main())
