"""Read every file of a folder and say all that is wrong with it, at once.

Exit code 3 where anything would stop `score`: files that cannot be read, two files of one tile, a
folder in the folder. What may be meant (an empty tile, a mixture of units) is listed beside it and
changes nothing. With --against the folder holds predictions: tiles without one are wrong, too.

  roadmetrics validate gt/
  roadmetrics validate pred/ --against gt/
  roadmetrics validate gt/ --layout cityscale --jobs 0 --out gt.json
"""

from __future__ import annotations

import argparse

from .numbers import count, share
from .output import ProgressLine, UsageError, check_place, deliver, processes
from .score import add_layout, form_of

HELP = "say everything that is wrong with a folder"
WRONG = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``validate``."""
    parser.add_argument("folder", metavar="FOLDER", help="ground truth or predictions")
    parser.add_argument("--against", metavar="GT",
                        help="the ground truth that FOLDER predicts: pair the names, too",
                        )  # fmt: skip
    add_layout(parser)
    parser.add_argument("--threshold", type=share, metavar="P",
                        help="probability from which a pixel is road (default 0.5)")  # fmt: skip
    parser.add_argument("--format", choices=["table", "json"],
                        help="default: by the suffix of --out, else a table on a terminal, "
                        "json elsewhere")  # fmt: skip
    parser.add_argument("--out", metavar="FILE", help="write there instead of standard output")
    parser.add_argument("--jobs", type=count, default=1, metavar="N",
                        help="processes, 0 for one a core (default 1)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Look the folder through, print, and tell whether anything is wrong."""
    check_place(args.out)
    form = args.format or form_of(args.out)
    if form not in ("table", "json"):
        raise UsageError(f"--out {args.out}: validate writes .txt and .json")
    from ..validate import validate_folder
    from ..validation_report import render
    from .compiling import announce_compiling

    announce_compiling()
    found = validate_folder(
        args.folder, layout=args.layout, threshold=args.threshold, against=args.against,
        jobs=processes(args.jobs), progress=ProgressLine("read"),
    )  # fmt: skip
    deliver(render(found, form), args.out)
    return 0 if found.is_fine else WRONG
