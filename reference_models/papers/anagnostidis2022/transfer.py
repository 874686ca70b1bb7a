r"""Transfer: rows that learned from towns of one style draw those of others, as they are.

  python -m reference_models.papers.anagnostidis2022.transfer --work work --style arid canals \
    --out transfer.md --figure transfer.png

Takes the options and the folder of the main table, whose runs must be there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np

from roadmetrics.cli.output import check_place
from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown, write_bytes

from ...analysis.chart import Panel, Series, check_figure, save_chart
from ...arguments import option
from ...needed import imported
from ...settings import check_name
from ...towns.style import STYLES, StyleName
from ..page_command import make_each, run_page
from ..paired_rows import difference_cell, interval_cell, of_row, table
from .settings import TITLES, TableArgs

MODULE = "reference_models.papers.anagnostidis2022.transfer"
OWN = "suburb"  # the style of the towns that are learned from
ROWS = ("cls", "gcn", "arm", "refiner")


@dataclass(frozen=True, kw_only=True)
class TransferArgs(TableArgs):
    """Options of ``python -m reference_models.papers.anagnostidis2022.transfer``."""

    style: str = option(f"other styles than {OWN}", "arid canals", metavar="STYLE", is_many=True)
    n_style: int = option("tiles of each of them", 25, least=1)
    figure: str = option("the bars, .png or .svg", metavar="FILE")

    def __post_init__(self) -> None:
        super().__post_init__()
        others = [name for name in STYLES if name != OWN]
        for name in self.style.split():
            if name not in others:
                raise RoadMetricsError(f"--style must be of {', '.join(others)}, not {name!r}")

    @property
    def styles(self) -> list[StyleName]:
        """Each once."""
        return [name for name in get_args(StyleName) if name in self.style.split()]


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_page(MODULE, __doc__, TransferArgs, make_transfer, argv)


def make_transfer(args: TransferArgs, command: str) -> None:
    """Make the towns, draw and score them, and write page and figure."""
    check_name(args.work, "--work")
    check_place(args.out)
    check_figure(args.figure)
    imported("reference_models.train_graph")  # says how to get torch
    from .miniature import SCORES, check_run, make_part

    for name, seed in _rows(args):
        path = args.scored(name, seed) / SCORES
        if not path.is_file():
            raise RoadMetricsError(f"{shown(path)}: no such file: make the main table first")
        check_run(args, name, seed)
    for style in args.styles:
        # after the seeds of train, valid and test
        make_part(args, f"test-{style}", args.n_style, args.data_seed + 3, style)
    units = [(style, name, seed) for name, seed in reversed(_rows(args)) for style in args.styles]
    make_each(partial(make_unit, args), units, args.jobs)
    write_bytes(Path(args.out), markdown(args, command).encode())
    draw(args)


def _rows(args: TransferArgs) -> list[tuple[str, int]]:
    return [(name, seed) for name in ROWS for seed in range(args.seeds)]


def make_unit(args: TransferArgs, unit: tuple[StyleName, str, int]) -> None:
    """Draw and score the towns of a style by one row with one seed, if that is not done."""
    from ...truth_tasks import truth_tasks
    from ..told import say
    from .miniature import SCORES, drawer_of, graph_args, score

    style, name, seed = unit
    out = args.scored(f"{name}-{style}", seed)
    if (out / SCORES).is_file():
        return
    say(f"{name}, seed {seed}: {style}")
    tasks = truth_tasks(graph_args(args, "arm", seed), str(args.data(f"test-{style}")))
    score(tasks, drawer_of(args, name, seed).many(tasks), out, args.side)


def markdown(args: TransferArgs, command: str) -> str:
    """The whole page."""
    from .table import COLUMNS, measured

    every = {
        (name, style): measured(args, name if style == OWN else f"{name}-{style}").scores
        for name in ROWS for style in (OWN, *args.styles)
    }  # fmt: skip
    styles = [OWN, *args.styles]
    parts = [
        f"# Transfer to other towns\n\nMade by `{command}`.\n",
        f"Rows of the main table, which learned from towns of style {OWN}, draw squares of "
        f"{args.n_style} tiles of each other style without any further training; ground-truth key "
        f"points. In percent, mean over seeds ({args.seeds}), 95 % over towns with all their "
        "squares.\n",
    ]
    for k, column in enumerate(COLUMNS[:2]):
        cells = [[TITLES[name], *(interval_cell(every[name, style], k) for style in styles)]
                 for name in ROWS]  # fmt: skip
        parts += [f"## {column}\n", table(["row", *styles], cells)]
    cells = [[column, *(difference_cell(every["arm", style], every["refiner", style], k)
                        for style in styles)]
             for k, column in enumerate(COLUMNS[:2])]  # fmt: skip
    parts += ["## The refiner above its ARM\nIn points, paired.\n", table(["", *styles], cells)]
    return "\n".join(parts)


def draw(args: TransferArgs) -> None:
    """Bars by style, a panel for the reward and one for APLS."""
    from .table import COLUMNS

    styles = [OWN, *args.styles]
    panels = [
        Panel(column, "style of the towns", "percent, 95 % over towns", styles,
              [_series(args, name, styles, k) for name in ROWS])
        for k, column in enumerate(COLUMNS[:2])
    ]  # fmt: skip
    note = f"learned from {OWN}; {args.n_style} tiles of each other style; seeds: {args.seeds}"
    save_chart(args.figure, "Transfer", note, panels, 2)


def _series(args: TransferArgs, name: str, styles: Sequence[str], k: int) -> Series:
    from .table import measured

    rows = [measured(args, name if style == OWN else f"{name}-{style}").scores for style in styles]
    ends = 100 * np.array([of_row(one, k) or (np.nan, np.nan) for one in rows])
    return Series(TITLES[name], np.array([100 * one.values[k] for one in rows]), *ends.T)


if __name__ == "__main__":  # as a module of its name: other processes take its functions by that
    from reference_models.papers.anagnostidis2022 import transfer as own

    sys.exit(own.main())
