"""What the command that makes the tables takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roadmetrics.errors import RoadMetricsError

from ...arguments import check, option
from ...graph_settings import SCALES

ROWS = ("random", "cls", "gcn", "arm", "refiner", "refiner-alone")
TITLES = {
    "random": "Random", "cls": "Cls", "gcn": "GCN", "arm": "ARM", "refiner": "refiner",
    "refiner-alone": "refiner, without search",
    "refiner-scratch": "refiner, nothing pretrained", "arm-blind": "ARM, without image",
    "refiner-blind": "refiner, without image", "arm-cross": "ARM, cross attention",
    "refiner-cross": "refiner, cross attention",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TableArgs:
    """Options of ``python -m reference_models.papers.anagnostidis2022``."""

    work: str = option("folder of towns, runs and scores; the same command goes on there",
                       metavar="DIR")  # fmt: skip
    out: str = option("file of the tables, Markdown", metavar="FILE")
    seeds: int = option("runs of each row, with seeds 0, 1, ...", 3, least=1)
    size: int = option("side of the towns' tiles, pixels", 256, least=64, most=1024)
    side: int = option("of the squares that they are cut into, without overlap", 128, least=32)
    gsd: float = option("metres a pixel", 1.0, least=0.25, most=2)
    difficulty: float = option("share of the road under trees", 0.5, least=0, most=0.9)
    n_train: int = option("tiles to train on", 500, least=1)
    n_valid: int = option("tiles to choose thresholds on", 15, least=1)
    n_test: int = option("tiles to score", 50, least=1)
    data_seed: int = option("of the tiles to train on; plus 1 and 2 the others", 2021, least=0)
    max_key_points: int = option("of a square", 48, least=2)
    max_edges: int = option("of a square", 64, least=1)
    jitter: float = option("standard deviation of key points' places, pixels", 2.0, least=0)
    between: float = option("random points on edges, as a share of the vertices", 0.3, least=0)
    elsewhere: float = option("random places, as a share of the vertices", 0.3, least=0)
    steps: int = option("of training the ARM", 2500, least=1)
    pair_steps: int = option("of training Cls and GCN", 2500, least=1)
    batch: int = option("squares a step", 16, least=1)
    lr: float = option("of ARM, Cls and GCN", 1e-3, above=0)
    units: int = option("of 64 episodes, of the refiner", 50, least=1)
    updates: int = option("steps of learning after each unit", 24, least=0)
    refiner_lr: float = option("of the refiner", 1e-3, above=0)
    simulations: int = option("of a search, in training", 16, least=1)
    drawn_by: int = option("simulations of a search when squares are scored", 64, least=1)
    scale: str = option("sizes of the networks: small, squares seen as they are; or the "
                        "paper's, squares resized to 300 pixels", "small",
                        choices=SCALES)  # fmt: skip
    device: str = option("cpu, cuda or cuda:1; auto takes a GPU if there is one", "cpu")
    jobs: int = option("runs at once, each with one thread", 1, least=1)

    def __post_init__(self) -> None:
        check(self)
        if self.size % self.side:
            raise RoadMetricsError(f"--side {self.side} must divide --size {self.size}")

    def run(self, name: str, seed: int) -> Path:
        """The folder of a run; `refiner-alone` is drawn by the run of `refiner`."""
        return Path(self.work) / "runs" / f"{name.removesuffix('-alone')}-{seed}"

    def scored(self, name: str, seed: int) -> Path:
        """The folder of what a row drew and how it was scored."""
        return Path(self.work) / "scores" / f"{name}-{seed}"

    def data(self, part: str) -> Path:
        """The folder of towns of a part: train, valid or test."""
        return Path(self.work) / "towns" / part
