"""What commands take that look at how a trained run draws one square. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from ..arguments import check, option


@dataclass(frozen=True, kw_only=True)
class RunArgs:
    """The run and the square that it draws."""

    run: str = option("run of train-graph arm or of train-refiner", is_positional=True,
                      metavar="RUN")  # fmt: skip
    data: str = option("folder of images and roads, see docs/training.md", metavar="DIR")
    tile: str = option("an image of it, or one of the squares that it is cut into; the first if "
                       "not given", "", metavar="ID")  # fmt: skip
    init: str = option("predictions of the images, ID.json: key points and starting edges come "
                       "from them; none: from the ground truth", "", metavar="DIR")  # fmt: skip
    simulations: int = option("of each move of a run of train-refiner; -1: as in training; 0: the "
                              "policy alone", -1, least=-1)  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
