"""Draw distance maps side by side, one column a row of the paper's table (its Fig. 6).

  python -m reference_models.papers.oner2021.maps --work work --out maps.png

Dark is near a road: 0 is black, d_max white. The runs are those that the table's command left in
--work, the tiles those that it scored.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roadmetrics.cli.output import check_place
from roadmetrics.errors import RoadMetricsError
from roadmetrics.render.save import check_suffix, save
from roadmetrics.render.scene import Box, Photo, Scene, Shape, Text

from ...arguments import check, option
from ...command import run_module
from ...data import Photos, open_data
from ...data import Scene as Town
from ...data.scene import drawn
from ...losses.distance import distance_to_road
from ...needed import imported
from ...settings import RoadArgs
from .rows import row

if TYPE_CHECKING:
    from ...predict import Predictor

Bytes = npt.NDArray[np.uint8]
MODULE = "reference_models.papers.oner2021.maps"
COLUMN, GAP, HEAD = 256, 10, 34  # pixels of the picture


@dataclass(frozen=True, kw_only=True)
class MapArgs:
    """Options of ``python -m reference_models.papers.oner2021.maps``."""

    work: str = option("folder that the table's command filled", metavar="DIR")
    out: str = option("an .svg or .png file", metavar="FILE")
    rows: str = option(
        "methods that learn distances, see rows.py",
        "mse alpha-1e-5 topo-windowed alpha-1e-3", metavar="ROW", is_many=True,
    )  # fmt: skip
    tiles: str = option("of WORK/towns/test; the first two if none is named", "", metavar="ID",
                        is_many=True)  # fmt: skip
    seed: int = option("which of the runs", 0, least=0)

    def __post_init__(self) -> None:
        check(self)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_module(MODULE, __doc__, MapArgs, draw, argv)


def draw(args: MapArgs) -> None:
    """Predict the tiles with each run and write the picture; a missing run is an error."""
    check_place(args.out)
    check_suffix(args.out)
    names = args.rows.split()
    titles = ["image", "ground truth", *(row(name).title for name in names)]
    imported("reference_models.predict")  # says how to get torch
    towns = _towns(Path(args.work), args.tiles.split())
    tile = (
        max((side for town in towns for side in town.size), default=1) + 32
    )  # as the table has it
    predictors = [_predictor(args, name, tile) for name in names]
    with Photos() as photos:
        pictures = [list(_pictures(town, predictors, photos)) for town in towns]
    save(sheet(titles, [town.id for town in towns], pictures), args.out)


def _towns(work: Path, wanted: Sequence[str]) -> list[Town]:
    every = {town.id: town for town in open_data(str(work / "towns" / "test"), "towns", "")}
    for name in wanted:
        if name not in every:
            raise RoadMetricsError(f"{work / 'towns' / 'test'}: there is no tile {name}")
    return [every[name] for name in wanted or list(every)[:2]]


def _predictor(args: MapArgs, name: str, tile: int) -> Predictor:
    from ...predict import Predictor

    folder = Path(args.work) / "runs" / f"{name}-{args.seed}"
    predictor = Predictor(folder, RoadArgs(tile=tile, overlap=0))
    if not predictor.is_distance:
        raise RoadMetricsError(f"{folder}: {name} learns probabilities: name a row of distances")
    return predictor


def _pictures(town: Town, predictors: Sequence[Predictor], photos: Photos) -> Iterator[Bytes]:
    """[H, W, 3] each: the image, the true distances, and those of each run."""
    x0, y0, x1, y1 = town.bounds()
    yield np.asarray(photos.open(town.image)[y0:y1, x0:x1, :3])
    d_max = predictors[0].trained.d_max if predictors else 20.0
    width, height = town.size
    yield grey(distance_to_road(drawn(town.graph(), width, height), d_max), d_max)
    for predictor in predictors:
        margin = predictor.args.margin
        inner = slice(margin, -margin or None)
        yield grey(predictor.map(town, photos)[inner, inner], predictor.trained.d_max)


def grey(values: npt.NDArray[np.floating], d_max: float) -> Bytes:
    """[H, W, 3] bytes of distances [H, W]: 0 is black, ``d_max`` and more white.

    >>> grey(np.array([[0.0, 5.0, 30.0]]), 10.0)[0, :, 0]
    array([  0, 128, 255], dtype=uint8)
    >>> grey(np.zeros((0, 0)), 10.0).shape
    (0, 0, 3)
    """
    shares = np.clip(values / d_max, 0.0, 1.0)
    return np.repeat(np.round(shares * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def sheet(
    titles: Sequence[str], tiles: Sequence[str], pictures: Sequence[Sequence[Bytes]]
) -> Scene:
    """Titles above columns, one row of pictures a tile.

    >>> sheet(["image"], ["a"], [[np.zeros((4, 4, 3), np.uint8)]]).width
    276
    >>> len(sheet(["image"], [], []).items)
    1
    """
    shapes: list[Shape] = [
        Text(_left(k) + COLUMN / 2, 22, title, 13, "middle") for k, title in enumerate(titles)
    ]
    y = float(HEAD)
    for name, row_of in zip(tiles, pictures, strict=True):
        height = max((COLUMN * one.shape[0] / one.shape[1] for one in row_of), default=0.0)
        for k, one in enumerate(row_of):
            shapes.append(Photo(_left(k), y, COLUMN, height, one))
            shapes.append(Box(_left(k), y, COLUMN, height, rim="#bbbbbb"))
        shapes.append(Text(_left(0), y + height + 15, name, 12))
        y += height + 24
    return Scene(round(_left(len(titles))), round(y + GAP), shapes)


def _left(k: int) -> float:
    return float(GAP + k * (COLUMN + GAP))


if __name__ == "__main__":
    sys.exit(main())
