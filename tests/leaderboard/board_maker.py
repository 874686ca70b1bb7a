"""Small boards: a benchmark of a few towns of known streets, and submissions to it."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from leaderboard.benchmark import Benchmark, tiles_csv
from leaderboard.board import Board
from leaderboard.pinning import pin
from leaderboard.submission import write_template
from roadmetrics import RoadGraph, write
from roadmetrics.metric import parse_with
from roadmetrics.metrics import METRICS

OWN_BOARD = Path(__file__).resolve().parents[2] / "leaderboard" / "board"


def town(seed: int) -> RoadGraph:
    """A crooked grid of streets, 400 m wide."""
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(5), np.arange(5)), axis=-1) * 100.0
    xy = np.round(xy + rng.normal(0, 12, xy.shape), 2)
    rows = [xy[i].tolist() for i in range(5)]
    columns = [xy[:, j].tolist() for j in range(5)]
    return RoadGraph.from_lines([*rows, *columns], "m")


def jittered(graph: RoadGraph, seed: int, size: float, drop: float = 0.0) -> RoadGraph:
    """Every vertex moved, some edges left out."""
    rng = np.random.default_rng([seed, 1])
    moved = graph.vertices + rng.normal(0, size, graph.vertices.shape)
    kept = graph.edges[rng.random(len(graph.edges)) >= drop]
    return replace(graph, vertices=np.round(moved, 2), edges=kept, is_node=None)


class Maker:
    """A board in a folder, with one benchmark `towns`, and submissions to it."""

    def __init__(self, folder: Path, metrics=("ccq",), n=4, n_private=0,
                 ranking='by = "mean rank"', limits=""):  # fmt: skip
        self.folder, self.n = folder, n
        self.ids = [f"town{i:02d}" for i in range(n)]
        home = folder / "benchmarks" / "towns"
        (home / "gt").mkdir(parents=True)
        for i, key in enumerate(self.ids):
            write(town(i), home / "gt" / f"{key}.json")
        (folder / "board.toml").write_text('schema = 1\ntitle = "Test"\n')
        keyed = {text.split(",")[0].split(":")[0]: text for text in metrics}
        full = {key: parse_with(text, METRICS).signature("m") for key, text in keyed.items()}
        lines = [f'{key} = "{text}"' for key, text in full.items()]
        self.text = (
            'schema = 1\nname = "towns"\nversion = 1\ntitle = "Towns"\nabout = "Streets."\n'
            '[licence]\nground_truth = "CC0-1.0"\ntext = "made up"\n'
            '[ground_truth]\nsource = "board"\ndigest = ""\nlayout = "exact"\n'
            '[reading]\nunit = "m"\n[metrics]\n' + "\n".join(lines)
            + f"\n[ranking]\n{ranking}\n[limits]\n{limits}\n"
        )  # fmt: skip
        (home / "benchmark.toml").write_text(self.text)
        parts = {key: "private" if i < n_private else "public" for i, key in enumerate(self.ids)}
        (home / "tiles.csv").write_bytes(tiles_csv(parts))
        pin(Benchmark.read(home), home / "gt")

    @property
    def board(self) -> Board:
        return Board.read(self.folder)

    @property
    def mark(self) -> Benchmark:
        return self.board.benchmark("towns")

    def submit(self, name: str, predictions=None, **extra: str) -> Path:
        """A submission folder; ``predictions`` by file name: a graph, bytes, or None for none."""
        folder = self.folder / "submissions" / "towns" / name
        write_template(folder, "2026-11-21", name.title(), ("A. Author",), ("none",))
        if extra:
            path = folder / "submission.toml"
            lines = "".join(f"{key} = {value}\n" for key, value in extra.items())
            path.write_text(path.read_text().replace("[predictions]", f"{lines}[predictions]"))
        for file, tile in (predictions or {}).items():
            path = folder / "predictions" / file
            path.write_bytes(tile) if isinstance(tile, bytes) else write(tile, path)
        return folder

    def good(self, size: float = 2.0, drop: float = 0.0) -> dict[str, RoadGraph]:
        """A prediction of every tile."""
        return {
            f"{key}.json": jittered(town(i), i, size, drop) for i, key in enumerate(self.ids)
        }  # fmt: skip

    def submission(self, name: str):
        return self.board.submission("towns", name)
