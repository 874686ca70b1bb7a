"""What each metric costs, beside a yardstick of the same run (ratios, not seconds, compare)."""

import dataclasses

import numpy as np
import pytest
from sizes import town

import roadmetrics as rm
from roadmetrics import sample

PAIRS = {n: (town(n, 1), town(n, 2)) for n in (7, 20)}


def test_yardstick(benchmark):
    """A thousand sines a hundred times: divide by this to compare machines."""
    values = np.linspace(0, 1, 100_000)
    benchmark(lambda: np.sin(values).sum())


@pytest.mark.parametrize("n", PAIRS, ids=lambda n: f"{n}x{n}")
@pytest.mark.parametrize("name", [*rm.METRICS, "apls:spacenet", "apls:sat2graph", "hm:sat2graph"])
def test_metric(benchmark, name, n):
    """One tile from fresh graphs: indexes and networks are built each time."""
    metric = rm.get(name)
    gt, pred = PAIRS[n]
    metric(gt, pred)  # compile

    def score():
        return metric(dataclasses.replace(gt), dataclasses.replace(pred))

    assert 0 <= benchmark(score).value <= 1


def test_vectorize(benchmark):
    """A mask of 2048 x 2048 pixels with a grid of roads."""
    array = np.zeros((2048, 2048), dtype=bool)
    array[20::60, :] = array[:, 30::70] = True
    tile = rm.Mask(array)
    assert len(benchmark.pedantic(lambda: rm.RoadGraph.from_mask(tile), rounds=2).edges) > 1000


def test_folder(benchmark):
    """The bundled sample, every default, one process."""
    folder = sample.path()
    report = benchmark.pedantic(
        lambda: rm.score_folders(folder / "gt", folder / "pred_light"), rounds=2
    )
    assert report.to_dict()["missing"] == []
