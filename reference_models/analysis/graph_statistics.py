r"""What road graphs look like beside the ground truth: figures 2 and 7 of the refiner's paper.

  python -m reference_models.analysis.graph_statistics --gt towns/graphs --gsd 1 \
    --pred segmentation=pred refiner=refined --out statistics.png

Angles at junctions and between roads that are near each other, degrees, distances between
junctions, lengths of segments; junctions and length of road per window. For each the mean, and the
distance of each method's distribution from the ground truth's (Wasserstein-1, and the largest gap
of the cumulated distributions, Kolmogorov-Smirnov).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roadmetrics.description import EDGES
from roadmetrics.errors import PairingError, RoadMetricsError
from roadmetrics.graph import Bounds, FloatArray, RoadGraph
from roadmetrics.pairs import few

from ..arguments import check, option
from ..command import run_module
from .chart import Panel, Series, check_figure, save_chart
from .folders import graphs_of, labelled
from .windows import WindowStatistics, statistics

TITLES: Mapping[str, tuple[str, str]] = {
    "junction_angle_deg": ("angles at junctions", "degrees between neighbouring arms"),
    "nearby_angle_deg": ("angles between roads", "degrees between pieces within 50 {unit}"),
    "degree": ("degree of ends and junctions", "edges"),
    "junction_dist": ("distance between junctions", "{unit} to the nearest other one"),
    "segment_length": ("length of segments", "{unit} between ends and junctions"),
    "junctions": ("junctions per window", "degree above 2"),
    "total_length": ("length of road per window", "{unit}"),
}
N_BINS = 8  # of what is counted per window


@dataclass(frozen=True, kw_only=True)
class StatisticsArgs:
    """Options of ``graph_statistics``."""

    gt: str = option("folder of true graphs", metavar="DIR")
    pred: str = option("folders of predictions, each with a label", metavar="LABEL=DIR",
                       is_many=True)  # fmt: skip
    out: str = option("the figure, .png or .svg", metavar="FILE")
    window: float = option("side of the windows, metres (400 in the paper)", 400.0, above=0)
    gsd: float = option("metres per pixel of graphs in pixels that do not say; 0: lengths stay in "
                        "pixels, and so does --window", 0.0, least=0)  # fmt: skip

    def __post_init__(self) -> None:
        check(self)


def graph_statistics(args: StatisticsArgs) -> str:
    """Write the figure; the numbers as text."""
    check_figure(args.out)
    truth = graphs_of(Path(args.gt), args.gsd)
    boxes = {name: _box(graph) for name, graph in truth.items()}
    of_truth = statistics(truth, boxes, args.window)
    methods: dict[str, WindowStatistics] = {}
    unit = next(iter(truth.values())).unit
    for label, folder in labelled(args.pred.split(), "--pred").items():
        graphs = graphs_of(folder, args.gsd)
        _check_same(folder, truth, graphs, unit)
        methods[label] = statistics({name: graphs[name] for name in truth}, boxes, args.window)
    every = {"ground truth": of_truth, **methods}
    note = f"{len(truth)} tiles, {of_truth.n_windows} windows of {args.window:g} {unit}"
    save_chart(args.out, "graphs beside the ground truth", note, panels(every, unit), columns=4)
    return f"{note}\n{table(every)}"


def panels(every: Mapping[str, WindowStatistics], unit: str) -> list[Panel]:
    """One a statistic: the share of samples in each bin; the last bin is open above."""
    found = []
    for name, (title, what) in TITLES.items():
        edges = EDGES.get(name) or _edges([one.samples[name] for one in every.values()])
        last = max(_last_bin(one.samples[name], edges) for one in every.values())
        edges = edges[: last + 2]
        series = [Series(label, _shares(one.samples[name], edges)) for label, one in every.items()]
        if name == "degree":
            labels = [f"{edge + 0.5:g}" for edge in edges[:-1]]
        else:
            labels = [f"{edge:g}" for edge in edges]
        found.append(Panel(title, what.format(unit=unit), "share", labels, series))
    return found


def table(every: Mapping[str, WindowStatistics]) -> str:
    """Mean of each statistic, and of methods the distances from the first, the ground truth."""
    truth, *_ = every.values()
    wide = max(len(label) for label in every)
    lines = [f"{'':20} {'':{wide}}          n       mean   wasserstein      ks"]
    for name in TITLES:
        for label, one in every.items():
            sample = one.samples[name]
            mean = f"{np.mean(sample):10.2f}" if len(sample) else f"{'-':>10}"
            tail = "" if one is truth else _distances(truth.samples[name], sample)
            lines.append(f"{name:20} {label:{wide}} {len(sample):10} {mean} {tail}".rstrip())
    return "\n".join(lines)


def _distances(gt: FloatArray, pred: FloatArray) -> str:
    from scipy.stats import ks_2samp, wasserstein_distance

    if not len(gt) or not len(pred):
        return f"{'-':>13} {'-':>7}"
    return f"{wasserstein_distance(gt, pred):13.3f} {ks_2samp(gt, pred).statistic:7.3f}"


def _shares(sample: FloatArray, edges: Sequence[float]) -> FloatArray:
    """[n] of n + 1 edges; a sample on an edge belongs to the bin above it."""
    place = np.searchsorted(np.array(edges[1:-1]), sample, side="right")
    count = np.bincount(place, minlength=len(edges) - 1).astype(np.float64)
    shares: FloatArray = count / max(len(sample), 1)
    return shares


def _last_bin(sample: FloatArray, edges: Sequence[float]) -> int:
    if not len(sample):
        return 0
    return int(np.searchsorted(np.array(edges[1:-1]), sample.max(), side="right"))


def _edges(samples: Sequence[FloatArray]) -> tuple[float, ...]:
    """Equal bins from 0 to beyond the largest of all samples, of a round width."""
    most = max((float(sample.max()) for sample in samples if len(sample)), default=1.0)
    width = most / N_BINS or 1.0
    power = 10.0 ** np.floor(np.log10(width))
    width = float(next(k * power for k in (1, 2, 5, 10) if k * power >= width * (1 - 1e-9)))
    return tuple(k * width for k in range(N_BINS + 2))


def _box(graph: RoadGraph) -> Bounds:
    box = graph.extent or graph.bounds
    return box if box and box[2] > box[0] and box[3] > box[1] else (0.0, 0.0, 1.0, 1.0)


def _check_same(
    folder: Path, truth: Mapping[str, RoadGraph], graphs: Mapping[str, RoadGraph], unit: str
) -> None:
    """Raise where a tile has no prediction, or another unit."""
    if lost := sorted(truth.keys() - graphs.keys()):
        raise PairingError(f"{folder}: {len(lost)} tiles have no prediction: {few(lost)}")
    if other := [name for name in truth if graphs[name].unit != unit]:
        raise RoadMetricsError(
            f"{folder}: {other[0]} is in {graphs[other[0]].unit}, the ground truth in {unit}: give "
            "the size of a pixel (--gsd)"
        )


if __name__ == "__main__":
    raise SystemExit(run_module(
        "reference_models.analysis.graph_statistics", __doc__ or "", StatisticsArgs,
        lambda args: print(graph_statistics(args)),
    ))  # fmt: skip
