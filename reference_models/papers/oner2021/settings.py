"""What the command that makes the table takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadmetrics.errors import RoadMetricsError

from ...arguments import check, option
from .rows import SCALES

STYLES = ("suburb", "arid", "canals")


@dataclass(frozen=True, kw_only=True)
class TableArgs:
    """Options of ``python -m reference_models.papers.oner2021``."""

    rows: str = option("methods, see rows.py; the first is what the others are compared with",
                       "mse ce topo-global topo-windowed", metavar="ROW", is_many=True)  # fmt: skip
    seeds: int = option("runs of each row, with seeds 0, 1, ...", 3, least=1)
    work: str = option("folder of towns, runs and scores; the same command goes on there",
                       metavar="DIR")  # fmt: skip
    out: str = option("file of the table, Markdown", metavar="FILE")
    scale: str = option("cpu: reduced; gpu: the paper's networks and constants", "cpu",
                        choices=tuple(SCALES))  # fmt: skip
    style: str = option("of the towns", "suburb", choices=STYLES)
    size: int = option("side of the towns' tiles, pixels", 256, least=64, most=1024)
    gsd: float = option("metres a pixel", 1.0, least=0.25, most=2)
    difficulty: float = option("share of the road under trees", 0.5, least=0, most=0.9)
    n_train: int = option("tiles to train on", 200, least=1)
    n_valid: int = option("tiles to choose thresholds on", 30, least=1)
    n_test: int = option("tiles to score; again without trees", 50, least=1)
    data_seed: int = option("of the tiles to train on; plus 1 and 2 the others", 2021, least=0)
    label_jitter: float = option(
        "standard deviation by which vertices of the roads that are learned from are moved, pixels",
        0.0, least=0, most=20,
    )  # fmt: skip
    steps: int = option("instead of the scale's, 0: those", 0, least=0)
    lr: float = option("instead of the scale's, 0: that", 0.0, least=0)
    base: int = option("features of the first block, instead of the scale's, 0: those", 0, least=0)
    crop: int = option("instead of the scale's, 0: that", 0, least=0)
    batch: int = option("instead of the scale's, 0: that", 0, least=0)
    alpha: float = option("instead of the scale's, 0: that", 0.0, least=0)
    window: int = option("of topo-windowed, pixels", 64, least=1)
    jobs: int = option("runs at once, each with one thread where the scale is cpu", 1, least=1)

    def __post_init__(self) -> None:
        check(self)
        if not self.rows.split():
            raise RoadMetricsError("--rows needs one row or more")
        if (crop := self.options["crop"]) > self.size:
            raise RoadMetricsError(
                f"--size {self.size} is below the crop of {crop} pixels: give "
                f"--size {crop * 3 // 2}"
            )

    @property
    def options(self) -> Mapping[str, Any]:
        """The scale with what was given instead."""
        names = ("steps", "lr", "base", "crop", "batch", "alpha")
        given = {name: getattr(self, name) for name in names if getattr(self, name)}
        return {**SCALES[self.scale], **given, "window": self.window}

    @property
    def units(self) -> list[tuple[str, int]]:
        """Row and seed of every run, seed by seed: a table of one seed is there early."""
        return [(name, seed) for seed in range(self.seeds) for name in self.rows.split()]

    def run(self, name: str, seed: int) -> Path:
        """The folder of a run."""
        return Path(self.work) / "runs" / f"{name}-{seed}"

    def data(self, part: str) -> Path:
        """The folder of towns of a part: train, valid, test, or clear (test without trees)."""
        if part == "train" and self.label_jitter:
            part = f"train-{self.label_jitter:g}"
        return Path(self.work) / "towns" / part
