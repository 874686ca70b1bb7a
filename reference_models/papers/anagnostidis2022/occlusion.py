"""Do refined graphs score above a segmentation's own where trees hide the roads, by difficulty?

  reference-models train unet --data towns --out runs/unet ...
  reference-models choose runs/unet --data valid
  python -m reference_models.papers.anagnostidis2022.occlusion --work work \
    --segmentation runs/unet --out occlusion.md --figure occlusion.png --jobs 2

ARM and refiner learn from the segmentation's predictions on towns that it has not seen; then its
predictions on the same towns under more and more trees are refined, and their gaps are closed.
What is done is kept: stop it and start it again as you like. The page is written when all is there.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from roadmetrics.cli.output import check_place
from roadmetrics.io.files import write_bytes

from ...analysis.chart import check_figure
from ...needed import imported
from ...settings import check_name
from ..page_command import make_each, run_page
from .occlusion_settings import LEARNED, OcclusionArgs

MODULE = "reference_models.papers.anagnostidis2022.occlusion"


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_page(MODULE, __doc__, OcclusionArgs, make_page, argv)


def make_page(args: OcclusionArgs, command: str) -> None:
    """Make what is not there, run by run, and write the page and the figure."""
    check_name(args.work, "--work")
    check_place(args.out)
    if args.figure:
        check_figure(args.figure)
    imported("reference_models.train_graph")  # says how to get torch
    from .occlusion_runs import (
        TRAIN,
        check_segmentation,
        draw_and_score,
        make_predictions,
        make_towns,
        train,
        units_of,
    )
    from .occlusion_table import markdown, save_figure

    check_segmentation(args)
    make_towns(args)
    make_each(partial(make_predictions, args), [TRAIN, *args.scored_parts], args.jobs)
    for name in LEARNED:  # the refiner begins with the ARM
        make_each(partial(train, args), [(name, seed) for seed in range(args.seeds)], args.jobs)
    make_each(partial(draw_and_score, args), units_of(args), args.jobs)
    write_bytes(Path(args.out), markdown(args, command).encode())
    if args.figure:
        save_figure(args)


if __name__ == "__main__":
    sys.exit(main())
