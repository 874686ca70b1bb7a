"""What the command of the occlusion experiment takes, and where it keeps things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roadmetrics.errors import RoadMetricsError

from ...arguments import check, option
from ...towns.options import MOST_DIFFICULTY

ROWS = ("segmentation", "gaps", "arm", "refiner", "arm-kept", "refiner-kept", "bound")
LEARNED = ("arm", "refiner")  # a run for each seed
SEEDED = (*LEARNED, "arm-kept", "refiner-kept")  # rows by them; the latter keep dead ends
TITLES = {
    "segmentation": "segmentation", "gaps": "gap closing", "arm": "ARM", "refiner": "refiner",
    "arm-kept": "ARM, dead ends kept", "refiner-kept": "refiner, dead ends kept",
    "bound": "all true edges of the key points",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OcclusionArgs:
    """Options of ``python -m reference_models.papers.anagnostidis2022.occlusion``."""

    work: str = option("folder of towns, runs and scores; the same command goes on there",
                       metavar="DIR")  # fmt: skip
    segmentation: str = option("run of reference-models train, with its threshold; towns of its "
                               "size of a pixel", metavar="RUN")  # fmt: skip
    out: str = option("file of the page, Markdown", metavar="FILE")
    figure: str = option("score by difficulty, .png or .svg", "", metavar="FILE")
    seeds: int = option("runs of ARM and refiner, with seeds 0, 1, ...", 3, least=1)
    size: int = option("side of the towns' tiles, pixels", 256, least=64, most=1024)
    side: int = option("of the squares that are learned from and of the patches refined", 128,
                       least=32)  # fmt: skip
    overlap: int = option("pixels that patches share when tiles are refined", 32, least=0)
    gsd: float = option("metres a pixel", 1.0, least=0.25, most=2)
    learned: str = option("shares of the road under trees in the tiles to train on, as many tiles "
                          "of each", ".3 .5 .7", metavar="SHARE", is_many=True)  # fmt: skip
    difficulties: str = option("shares of the road under trees in the tiles to score, the same "
                               "towns each time", ".1 .3 .5 .7 .9", metavar="SHARE",
                               is_many=True)  # fmt: skip
    n_train: int = option("tiles to train on, in all", 501, least=1)
    n_test: int = option("tiles to score, of each difficulty", 50, least=1)
    data_seed: int = option("of the tiles to train on; plus 1, 2, ... of each further share", 2031,
                            least=0)  # fmt: skip
    test_seed: int = option("of the tiles to score; at .5, 256 px and 1 m that of synthetic-towns",
                            2023, least=0)  # fmt: skip
    max_key_points: int = option("of a square", 48, least=2)
    max_edges: int = option("of a square", 96, least=1)
    steps: int = option("of training the ARM", 6000, least=1)
    batch: int = option("squares a step", 16, least=1)
    lr: float = option("of the ARM", 1e-3, above=0)
    units: int = option("of 64 episodes, of the refiner", 40, least=1)
    updates: int = option("steps of learning after each unit", 24, least=0)
    refiner_lr: float = option("of the refiner", 1e-3, above=0)
    curriculum: float = option("share of the units in which the prediction's own graph is what is "
                               "rewarded", 0.2, least=0, most=1)  # fmt: skip
    simulations: int = option("of a search, in training", 16, least=1)
    drawn_by: int = option("simulations of a search when tiles are refined", 64, least=1)
    jobs: int = option("runs at once, each with one thread", 1, least=1)

    def __post_init__(self) -> None:
        check(self)
        if self.side > self.size:
            raise RoadMetricsError(f"--side {self.side} is above --size {self.size}")
        if self.overlap >= self.side:
            raise RoadMetricsError(f"--overlap {self.overlap} must be below --side {self.side}")
        shares(self.difficulties, "--difficulties")
        if (n := len(shares(self.learned, "--learned"))) > self.n_train:
            raise RoadMetricsError(f"--n-train {self.n_train} tiles are none for {n} shares")
        if self.test_seed in self.train_seeds:
            raise RoadMetricsError(
                f"--test-seed {self.test_seed} is one of the tiles to train on: give another"
            )

    @property
    def train_seeds(self) -> range:
        """The seed of each part of the towns to train on."""
        return range(self.data_seed, self.data_seed + len(self.learned.split()))

    @property
    def scored_parts(self) -> dict[str, float]:
        """Name and difficulty of the folders of towns to score."""
        return {f"test-{d:g}": d for d in shares(self.difficulties, "--difficulties")}

    @property
    def learned_parts(self) -> dict[str, float]:
        """Name and difficulty of the folders that the towns to train on are put together from."""
        return {f"train-{d:g}": d for d in shares(self.learned, "--learned")}

    def data(self, part: str) -> Path:
        """The folder of towns of a part."""
        return Path(self.work) / "towns" / part

    def pred(self, part: str) -> Path:
        """What the segmentation predicted on a part."""
        return Path(self.work) / "predictions" / part

    def maps(self, part: str) -> Path:
        """The segmentation's maps of a part."""
        return Path(self.work) / "maps" / part

    def run(self, name: str, seed: int) -> Path:
        """The folder of the run that a row is drawn by."""
        return Path(self.work) / "runs" / f"{name.removesuffix('-kept')}-{seed}"

    def scored(self, name: str, seed: int, part: str) -> Path:
        """What a row drew on a part, and how it was scored; rows without a run have no seed."""
        row = f"{name}-{seed}" if name in SEEDED else name
        return Path(self.work) / "scores" / row / part


def shares(text: str, flag: str) -> list[float]:
    """Different shares from 0 to 0.9, ascending; else RoadMetricsError.

    >>> shares(".1 .3", "--difficulties")
    [0.1, 0.3]
    >>> shares("", "--difficulties")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: --difficulties must be ascending shares up to 0.9, not ''
    """
    try:
        found = [float(word) for word in text.split()]
    except ValueError:
        found = []
    is_rising = found == sorted(set(found))
    if not found or not is_rising or not (found[0] >= 0 and found[-1] <= MOST_DIFFICULTY):
        raise RoadMetricsError(f"{flag} must be ascending shares up to {MOST_DIFFICULTY:g}, "
                               f"not {text!r}")  # fmt: skip
    return found
