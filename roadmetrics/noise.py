"""How metrics answer to growing damage of the ground truth, one kind at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .aggregate import total
from .errors import RoadMetricsError
from .graph import RoadGraph, Tile
from .metric import Metric, as_graph
from .noise_kinds import KINDS, Kind
from .parallel import mapped
from .results import TileScore
from .tables import Row, as_csv, as_latex, as_markdown, as_text

Scored = Mapping[str, Metric]  # what was asked for, and the metric that it names
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Curve:
    """One kind of damage: the values of each metric at strength 0 and each of ``strengths``."""

    kind: Kind
    unit: str  # "%" of shares, or the graphs' unit
    strengths: tuple[float, ...]  # from 0, as shares or lengths
    values: Mapping[str, tuple[float, ...]]

    def labels(self) -> list[str]:
        """The strengths as text, with their unit."""
        factor = 100 if self.unit == "%" else 1
        return [f"{factor * strength:g} {self.unit}" for strength in self.strengths]


@dataclass(frozen=True)
class NoiseStudy:
    """Curves of all kinds; each value is over all tiles and draws, as the metric's source does."""

    curves: tuple[Curve, ...]
    signatures: Mapping[str, str]
    n_tiles: int
    draws: int
    seed: int
    unit: str

    def render(self, form: str) -> str:
        """As "table", "json", "csv", "md" or "latex"."""
        if form == "json":
            return self._json()
        if form == "csv":
            return self._csv()
        header, rows = self._rows()
        notes = self.notes()
        if form == "md":
            return "\n".join([as_markdown(header, rows), "", *notes])
        if form == "latex":
            return "\n".join([as_latex(header, rows), *(f"% {line}" for line in notes)])
        return "\n\n".join([as_text(header, rows, group=True), "\n".join(notes)])

    def notes(self) -> list[str]:
        """What the strengths mean, what was scored, and the signatures."""
        words = [f"{c.kind.name}: {c.kind.what} ({c.unit})" for c in self.curves]
        tiles = f"{self.n_tiles} tile{'s' * (self.n_tiles != 1)}"
        run = f"{tiles}, {self.draws} draw{'s' * (self.draws != 1)} each, seed {self.seed}"
        return [*words, f"{run}; 1 unit is 1 {self.unit}", *self.signatures.values()]

    def _rows(self) -> tuple[Row, list[Row]]:
        rows = [
            [c.kind.name, label, *(f"{c.values[name][k]:.4f}" for name in self.signatures)]
            for c in self.curves
            for k, label in enumerate(c.labels())
        ]
        return ["damage", "strength", *self.signatures], rows

    def _csv(self) -> str:
        header = ["damage", "what", "unit", "strength", "metric", "value", "signature"]
        rows = [
            [c.kind.name, c.kind.what, self._csv_unit(c), strength, name, values[k],
             self.signatures[name]]
            for c in self.curves for name, values in c.values.items()
            for k, strength in enumerate(c.strengths)
        ]  # fmt: skip
        return as_csv(header, rows)

    @staticmethod
    def _csv_unit(curve: Curve) -> str:
        return "share" if curve.unit == "%" else curve.unit

    def _json(self) -> str:
        import json

        from . import __version__

        document: dict[str, Any] = {
            "schema": 1, "roadmetrics": __version__,
            "run": {"tiles": self.n_tiles, "draws": self.draws, "seed": self.seed,
                    "unit": self.unit},
            "metrics": dict(self.signatures),
            "damages": {
                c.kind.name: {"what": c.kind.what, "unit": self._csv_unit(c),
                              "strengths": list(c.strengths),
                              "values": {name: list(v) for name, v in c.values.items()}}
                for c in self.curves
            },
        }  # fmt: skip
        return json.dumps(document, indent=1, allow_nan=False)


def study(
    tiles: Mapping[str, Tile],
    metrics: Scored,
    *,
    kinds: Sequence[Kind] = KINDS,
    draws: int = 1,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> NoiseStudy:
    """Damage each tile, score it against itself, and aggregate as each metric's source does.

    Masks are vectorized first. The numbers depend on neither ``jobs`` nor the order of the tiles.
    Raises RoadMetricsError without a tile, for tiles of two units, and what a metric raises.

    >>> from .metrics import METRICS
    >>> road = RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> result = study({"a": road}, {"ccq": METRICS["ccq"]()}, kinds=KINDS[5:6])
    >>> [round(value, 2) for value in result.curves[0].values["ccq"]][0]
    1.0
    >>> study({}, {})
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: there is no tile to damage
    """
    graphs = {key: as_graph(tiles[key]) for key in sorted(tiles)}
    units = sorted({graph.unit for graph in graphs.values()})
    if not graphs:
        raise RoadMetricsError("there is no tile to damage")
    if len(units) > 1:
        raise RoadMetricsError("some tiles are in px and some in m: give --gsd METRES")
    tasks = [
        (key, graph, kind, seed * 1_000_003 + 1000 * draw + k)
        for k, kind in enumerate(kinds)
        for draw in range(draws)
        for key, graph in graphs.items()
    ]
    scored: dict[str, list[list[list[TileScore]]]] = {
        kind.name: [[[] for _ in metrics] for _ in (0.0, *kind.strengths)] for kind in kinds
    }
    results = mapped(partial(_scores, metrics=metrics), tasks, jobs)
    for done, (task, rows) in enumerate(zip(tasks, results, strict=True), 1):
        for at_strength, row in zip(scored[task[2].name], rows, strict=True):
            for so_far, score in zip(at_strength, row, strict=True):
                so_far.append(score)
        if progress is not None:
            progress(done, len(tasks))
    curves = tuple(_curve(kind, scored[kind.name], metrics, units[0]) for kind in kinds)
    signatures = {name: metric.signature(units[0]) for name, metric in metrics.items()}
    return NoiseStudy(curves, signatures, len(graphs), draws, seed, units[0])


def _scores(task: tuple[str, RoadGraph, Kind, int], metrics: Scored) -> list[list[TileScore]]:
    """One row a strength, one score a metric."""
    key, graph, kind, seed = task
    rows = []
    for strength in (0.0, *kind.strengths):
        pred = kind.apply(graph, strength, _seed_of(key, seed))
        rows.append([_score(key, name, metric, graph, pred) for name, metric in metrics.items()])
    return rows


def _seed_of(key: str, seed: int) -> int:
    """The tile's own, so that the other tiles make no difference."""
    import zlib

    return seed * 2**32 + zlib.crc32(key.encode("utf-8", "surrogatepass"))


def _score(key: str, name: str, metric: Metric, gt: RoadGraph, pred: RoadGraph) -> TileScore:
    try:
        counts = metric.count(gt, pred)
    except RoadMetricsError as error:
        rule = str(error).removeprefix(f"{metric.name}: ")
        raise type(error)(f"tile {key}: {name}: {rule}") from None
    parts = metric.parts(counts)
    return TileScore(parts[type(metric).headline], parts, counts)


def _curve(kind: Kind, scored: list[list[list[TileScore]]], metrics: Scored, unit: str) -> Curve:
    values = {
        name: tuple(
            total(metric, at_strength[k], unit, is_any_read=True).value for at_strength in scored
        )
        for k, (name, metric) in enumerate(metrics.items())
    }
    return Curve(kind, "%" if kind.measure == "share" else unit, (0.0, *kind.strengths), values)
