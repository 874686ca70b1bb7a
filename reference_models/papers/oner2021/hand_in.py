"""Hand the rows of a table in to a board's synthetic-towns: one submission a row, of one seed.

  python -m reference_models.papers.oner2021.hand_in --work work --board BOARD --date 2026-11-21
  leaderboard check synthetic-towns unet-mse --board BOARD

The rows' test towns must be those of the benchmark: the digest of their manifest stands there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from ...arguments import check, option
from ...command import run_module
from ..hand_in import Entry, hand_in
from .rows import Row, row

MODULE = "reference_models.papers.oner2021.hand_in"
PAPER = "https://arxiv.org/abs/2009.07011"


@dataclass(frozen=True, kw_only=True)
class HandInArgs:
    """Options of ``python -m reference_models.papers.oner2021.hand_in``."""

    work: str = option("folder that the table's command filled", metavar="DIR")
    board: str = option("folder of the board", metavar="DIR")
    date: str = option("of the submissions, such as 2026-11-21", metavar="DAY")
    benchmark: str = option("of the board", "synthetic-towns", metavar="NAME")
    rows: str = option("methods, see rows.py", "mse ce topo-global topo-windowed",
                       metavar="ROW", is_many=True)  # fmt: skip
    seed: int = option("which of the runs", 0, least=0)

    def __post_init__(self) -> None:
        check(self)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_module(MODULE, __doc__, HandInArgs, hand_in_rows, argv)


def hand_in_rows(args: HandInArgs) -> None:
    """Write a submission for every row; a row that is not trained is an error."""
    for one in map(row, args.rows.split()):
        run = Path(args.work) / "runs" / f"{one.name}-{args.seed}"
        folder = hand_in(
            Path(args.board), args.benchmark, entry(one, run, args), run / "test" / "pred",
            Path(args.work) / "towns" / "test",
        )  # fmt: skip
        print(shown(folder), file=sys.stderr)


def entry(one: Row, run: Path, args: HandInArgs) -> Entry:
    """What the submission of a row says, from the options of its run."""
    name = submission_name(one)
    held = parse_json(read_bytes(run / "run.json", MIB), shown(run / "run.json"))["args"]
    part = Path(held["data"]).name
    train = Path(args.work) / "towns" / part / "manifest.json"
    moved = f" Vertices of the roads learned from were moved: {part}." if part != "train" else ""
    towns = parse_json(read_bytes(train, 64 * MIB), shown(train))
    description = (
        f"A miniature of a row of Oner et al. 2021: {held['net']} of "
        f"{held['base'] or 'the usual'} features in the first block, {held['steps']} steps of "
        f"{held['batch']} crops of {held['crop']} pixels, seed {args.seed}.{moved} What several "
        "seeds give: docs/oner2021.md."
    )
    data = f"synthetic towns, seed {towns['seed']}, {len(towns['tiles'])} tiles"
    return Entry(name, f"{one.title} (miniature)", description, args.date, PAPER, [data])


def submission_name(one: Row) -> str:
    """The network first, then the row.

    >>> [submission_name(row(name)) for name in ("mse", "dru", "dru-topo-windowed", "linknet")]
    ['unet-mse', 'dru', 'dru-topo-windowed', 'linknet']
    """
    return one.name if one.name.startswith(one.net) else f"{one.net}-{one.name}"


if __name__ == "__main__":
    sys.exit(main())
