"""Write the baselines of nauru-damage: ``python leaderboard/board/baselines.py BOARD``.

Both strengths of damage are the bundled sample's; the others show what metrics do with nothing, and
with the ground truth drawn twice, the second time two metres beside the first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from leaderboard.submission import write_template
from roadmetrics import read, sample, write
from roadmetrics.graph import RoadGraph

BENCHMARK, DATE = "nauru-damage", "2026-11-21"
BESIDE = 2.0  # metres, in x and in y


def nothing(_: str, truth: RoadGraph) -> RoadGraph:
    """No road at all."""
    return RoadGraph([], [], truth.unit, crs=truth.crs, extent=truth.extent)


def twice(_: str, truth: RoadGraph) -> RoadGraph:
    """Every road, and every road again beside it."""
    n = len(truth.vertices)
    beside = np.round(truth.vertices + BESIDE, 2)
    return replace(
        truth, vertices=np.vstack([truth.vertices, beside]),
        edges=np.vstack([truth.edges, truth.edges + n]), is_node=None,
    )  # fmt: skip


def damaged(folder: str) -> Callable[[str, RoadGraph], RoadGraph]:
    """The sample's damaged copy."""

    def of(name: str, _: RoadGraph) -> RoadGraph:
        found = read(sample.path() / folder / name)
        assert isinstance(found, RoadGraph)
        return found

    return of


BASELINES: dict[str, tuple[str, str, Callable[[str, RoadGraph], RoadGraph]]] = {
    "light-damage": ("Light damage", "Seeded damage of strength 0.25.", damaged("pred_light")),
    "strong-damage": ("Strong damage", "Seeded damage of strength 1.", damaged("pred_heavy")),
    "empty": ("Nothing", "No road in any tile.", nothing),
    "truth-twice": (
        "Ground truth drawn twice",
        "The ground truth, and a copy of it 2 m to the side: what metrics miss that count no road "
        "twice. It is a copy, so it has no rank.",
        twice,
    ),
}


def make(board: Path) -> None:
    """Write a submission for each baseline."""
    for name, (title, description, predict) in BASELINES.items():
        folder = board / "submissions" / BENCHMARK / name
        write_template(folder, DATE, title, ("The roadmetrics authors",), ("none",))
        text = (folder / "submission.toml").read_text()
        extra = f'description = "{description}"\nbaseline = true\n'
        (folder / "submission.toml").write_text(text.replace("\n[pred", f"{extra}\n[pred"))
        for path in sorted((sample.path() / "gt").glob("*.json")):
            truth = read(path)
            assert isinstance(truth, RoadGraph)
            write(predict(path.name, truth), folder / "predictions" / path.name)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
