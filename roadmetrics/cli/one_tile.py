"""Options of the verbs that look at single tiles, and the reading of them."""

from __future__ import annotations

import argparse

from .output import UsageError
from .score import add_layout, add_tiles

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from ..graph import Tile
    from ..pairs import Pair
    from ..prepare import Options


def add_sources(parser: argparse.ArgumentParser, *, preds: bool = False) -> None:
    """Add --gt, --pred (several with ``preds``), --tile, --layout and how files become tiles."""
    what = parser.add_argument_group("what")
    what.add_argument("--gt", metavar="PATH", required=True, help="ground truth: folder or file")
    what.add_argument("--pred", metavar="PATH", required=True,
                      action="append" if preds else "store",
                      help="prediction: folder or file" + (", several with --sheet" * preds),
                      )  # fmt: skip
    what.add_argument("--tile", metavar="ID", action="append" if preds else "store",
                      help="which tile of the folders" + (", several with --sheet" * preds),
                      )  # fmt: skip
    how = parser.add_argument_group("how files become tiles")
    add_layout(how)
    add_tiles(how)


def pairs_of(args: argparse.Namespace, pred: str) -> dict[str, Pair]:
    """Every tile of the ground truth with its prediction in ``pred``, by id."""
    from pathlib import Path

    from ..pairs import pair_paths

    return {pair.id: pair for pair in pair_paths(Path(args.gt), Path(pred), args.layout).pairs}


def chosen(pairs: dict[str, Pair], tile: str | None, gt: str) -> Pair:
    """The pair of a tile; the only one where none is named.

    Raises UsageError where several could be meant, PairingError for an unknown or unpaired one.
    """
    from ..errors import PairingError
    from ..pairs import closest

    if tile is None and len(pairs) > 1:
        names = ", ".join(list(pairs)[:10]) + (", ..." if len(pairs) > 10 else "")
        raise UsageError(f"say which tile (--tile ID) of the {len(pairs)} in {gt}: {names}")
    key = next(iter(pairs)) if tile is None else tile
    if key not in pairs:
        raise PairingError(f"{gt}: there is no tile {key!r}{closest(key, pairs)}")
    if pairs[key].pred is None:
        raise PairingError(f"tile {key}: it has no prediction")
    return pairs[key]


def options_of(args: argparse.Namespace) -> Options:
    """What `add_tiles` asked for."""
    from pathlib import Path

    from ..prepare import Options

    return Options(
        args.threshold, args.gsd, args.bounds, args.pred_axis, args.flip_y,
        Path(args.images) if args.images else None, args.unit,
    )  # fmt: skip


def read_tile(args: argparse.Namespace, pair: Pair) -> tuple[Tile, Tile]:
    """Ground truth and prediction as `score` would see them; notes go to standard error."""
    from ..io.repairs import told
    from ..prepare import Findings, read_pair
    from .output import say

    seen = Findings()
    tiles = read_pair(pair, options_of(args), seen)
    for note in [*seen.notes, told(seen.gt), told(seen.pred)]:
        if note:
            say(f"tile {pair.id}: {note}")
    return tiles
