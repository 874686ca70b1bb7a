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

import shlex
import sys
from functools import partial
from pathlib import Path

from roadmetrics.cli.output import check_place
from roadmetrics.io.files import write_bytes
from roadmetrics.parallel import mapped

from ...analysis.chart import check_figure
from ...command import run_module
from ...needed import imported
from ...settings import check_name
from .occlusion_settings import LEARNED, OcclusionArgs

MODULE = "reference_models.papers.anagnostidis2022.occlusion"


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    given = sys.argv[1:] if argv is None else argv
    command = f"python -m {MODULE} {shlex.join(given)}"
    return run_module(MODULE, __doc__, OcclusionArgs, partial(make_page, command=command), given)


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

    Path(args.work).mkdir(exist_ok=True)
    check_segmentation(args)
    make_towns(args)
    jobs = args.jobs
    # the first thing is done in this process, before the others start: nothing
    _all(mapped(partial(make_predictions, args), [None, TRAIN, *args.scored_parts], jobs))
    for name in LEARNED:  # the refiner begins with the ARM
        runs = [(name, seed) for seed in range(args.seeds)]
        _all(mapped(partial(train, args), [None, *runs], jobs))
    _all(mapped(partial(draw_and_score, args), [None, *units_of(args)], jobs))
    write_bytes(Path(args.out), markdown(args, command).encode())
    if args.figure:
        save_figure(args)


def _all(done: object) -> None:
    for _ in done:  # type: ignore[attr-defined]
        pass


if __name__ == "__main__":
    sys.exit(main())
