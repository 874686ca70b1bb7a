r"""Ablations of the refiner, after figure 8: what search, pretraining and the image are good for.

  python -m reference_models.papers.anagnostidis2022.ablations --work work --out ablations.md \
    --figure ablations.png --jobs 2

Takes the options and the folder of the main table: its towns and runs are used, and what is missing
is trained. Fewer seeds than there will do: rows of the same seeds are compared.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from roadmetrics.cli.output import check_place
from roadmetrics.io.files import write_bytes

from ...analysis.chart import Panel, Series, check_figure, save_chart
from ...arguments import option
from ...needed import imported
from ...settings import check_name
from ..page_command import make_each, run_page
from ..paired_rows import interval, table
from .published import ABLATIONS
from .settings import TableArgs

MODULE = "reference_models.papers.anagnostidis2022.ablations"
LEFT_OUT = {
    "refiner-alone": "search", "refiner-scratch": "pretraining", "refiner-blind": "image",
    "refiner-cross": "+ attention",
}  # fmt: skip
ARMS = ("arm-blind", "arm-cross")


@dataclass(frozen=True, kw_only=True)
class AblationArgs(TableArgs):
    """Options of ``python -m reference_models.papers.anagnostidis2022.ablations``."""

    figure: str = option("the bars, .png or .svg", metavar="FILE")
    seeds: int = option("runs of each row, with seeds 0, 1, ...", 1, least=1)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_page(MODULE, __doc__, AblationArgs, make_ablations, argv)


def make_ablations(args: AblationArgs, command: str) -> None:
    """Make what is not there, run by run, and write page and figure."""
    check_name(args.work, "--work")
    check_place(args.out)
    check_figure(args.figure)
    imported("reference_models.train_graph")  # says how to get torch
    from .miniature import make_towns

    Path(args.work).mkdir(exist_ok=True)
    make_towns(args)
    make_each(partial(_make_chain, args), chains(args.seeds), args.jobs)
    write_bytes(Path(args.out), markdown(args, command).encode())
    draw(args)


def chains(seeds: int) -> list[list[tuple[str, int]]]:
    """What is made one after the other, the longest first.

    >>> chains(1)[2]
    [('arm', 0), ('refiner', 0), ('refiner-alone', 0), ('refiner-scratch', 0)]
    >>> chains(0)
    []
    """
    own = ("arm", "refiner", "refiner-alone", "refiner-scratch")
    kinds = (("arm-cross", "refiner-cross"), ("arm-blind", "refiner-blind"), own)
    return [[(name, seed) for name in kind] for kind in kinds for seed in range(seeds)]


def _make_chain(args: AblationArgs, chain: list[tuple[str, int]]) -> None:
    from .miniature import make_unit

    for unit in chain:
        make_unit(args, unit)


def markdown(args: AblationArgs, command: str) -> str:
    """The whole page."""
    from .table import difference_table, measured, row_table

    every = {name: measured(args, name) for name in ("arm", *ARMS, "refiner", *LEFT_OUT)}
    parts = [
        f"# Ablations of Anagnostidis et al. 2022 in miniature\n\nMade by `{command}`.\n",
        "Ground-truth key points, the test squares of the main table, in percent, mean over seeds "
        f"({args.seeds}).\n",
        row_table(list(every.values())),
        "## Against the refiner\nDifference in points, with the 95 % interval of a paired "
        "bootstrap over towns with their squares (seeds averaged: how seeds vary is not in it).\n",
        difference_table(every["refiner"], [every[name] for name in LEFT_OUT]),
        "The paper's changes of APLS on SpaceNet (arXiv, figure 8), in points:\n",
        table(list(LEFT_OUT.values()), [[f"{ABLATIONS[name]:+.1f}" for name in LEFT_OUT]]),
        "## Against ARM\n",
        difference_table(every["arm"], [every[name] for name in ARMS]),
    ]
    return "\n".join(parts)


def draw(args: AblationArgs) -> None:
    """Bars of the differences, with intervals, and the paper's."""
    from .table import APLS, measured

    base = measured(args, "refiner").scores
    others = [measured(args, name).scores for name in LEFT_OUT]
    series = []
    for label, k in (("reward", 0), ("APLS", APLS)):
        gaps = np.array([100 * (one.values[k] - base.values[k]) for one in others])
        ends = 100 * np.array([interval(base, one, k) or (np.nan, np.nan) for one in others])
        series.append(Series(label, gaps, ends[:, 0], ends[:, 1]))
    paper = np.array([ABLATIONS[name] for name in LEFT_OUT])
    series.append(Series("APLS in the paper (arXiv, SpaceNet)", paper))
    panel = Panel("difference from the refiner", "what is left out; + what is added",
                  "points, 95 % over towns", list(LEFT_OUT.values()), series)  # fmt: skip
    save_chart(args.figure, "Ablations", f"mean over seeds: {args.seeds}", [panel])


if __name__ == "__main__":  # as a module of its name: other processes take its functions by that
    from reference_models.papers.anagnostidis2022 import ablations as own

    sys.exit(own.main())
