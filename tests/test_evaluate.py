"""Folders to a report: aggregation, missing tiles, determinism."""

import json
import math

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import bootstrap, sample
from roadmetrics.aggregate import TileScore, total
from roadmetrics.errors import PairingError, SignatureError, UnitError
from roadmetrics.evaluate import score_folders

METRICS = list(rm.METRICS)


def street(x, unit="px"):
    """A street of length x along y=0."""
    return rm.RoadGraph([(0, 0), (x, 0)], [(0, 1)], unit)


@pytest.fixture
def folders(tmp_path):
    """Write {id: (gt length, pred length or None)} as folders; 0 is an empty graph."""

    def make(tiles, unit="px"):
        for side in ("gt", "pred"):
            (tmp_path / side).mkdir()
        for key, lengths in tiles.items():
            for side, length in zip(("gt", "pred"), lengths, strict=True):
                if length is not None:
                    graph = street(length, unit) if length else rm.RoadGraph([], [], unit)
                    rm.write(graph, tmp_path / side / f"{key}.json")
        return tmp_path / "gt", tmp_path / "pred"

    return make


def unsure(n):
    rng = np.random.default_rng(n)
    return {f"t{i:02}": (100, int(rng.integers(10, 100))) for i in range(n)}


def test_identical_folders_are_perfect_in_every_metric(folders):
    report = score_folders(*folders({"a": (100, 100), "b": (400, 400)}))
    assert list(report.totals) == METRICS
    for name, total_ in report.totals.items():
        perfect = dict(type(rm.get(name)).perfect)
        assert dict(total_.mean) == dict(total_.pooled) == dict(total_.mean_parts) == perfect


def test_mean_pooled_and_mean_parts_of_a_hand_drawn_pair(folders):
    # slack 0: b: all of pred on gt, half of gt on pred; a: everything
    report = score_folders(*folders({"a": (100, 100), "b": (300, 150)}), ["ccq,slack=0"])
    got = report.totals["ccq,slack=0"]
    assert got.mean["completeness"] == pytest.approx(0.75)
    assert got.pooled["completeness"] == pytest.approx(250 / 400)
    assert got.mean["quality"] == pytest.approx(0.75)
    assert got.pooled["quality"] == pytest.approx(0.625)
    assert got.mean_parts["quality"] == pytest.approx(0.75)  # from cr 1 and cp 0.75
    assert (got.published, got.value) == ("pooled", got.pooled["quality"])
    assert report.tiles["b"].scores["ccq,slack=0"].value == pytest.approx(0.5)


def test_mean_parts_is_not_the_mean(folders):
    # a: cr 1/2 cp 1, b: cr 1 cp 1/2: mean of qualities 1/2, quality of the means 3/5
    got = score_folders(*folders({"a": (50, 100), "b": (100, 50)}), ["ccq,slack=0"])
    parts = got.totals["ccq,slack=0"]
    assert parts.mean["quality"] == pytest.approx(0.5)
    assert parts.mean_parts["quality"] == pytest.approx(0.6)


def test_a_missing_prediction_is_an_error_that_names_the_tile(folders):
    with pytest.raises(PairingError, match=r"^1 of 2 ground truth tiles have no prediction.*: b;"):
        score_folders(*folders({"a": (100, 100), "b": (100, None)}))


def test_zero_lowers_the_score_and_skip_does_not(folders):
    gt, pred = folders({"a": (100, 100), "b": (100, None)})
    zero = score_folders(gt, pred, missing="zero")
    skip = score_folders(gt, pred, missing="skip")
    for name, cls in rm.METRICS.items():
        assert zero.totals[name].n == 2
        assert skip.totals[name].n == 1
        head = cls.headline
        want = (cls.perfect[head] + cls.failed[head]) / 2
        assert zero.totals[name].mean[head] == pytest.approx(want)
        assert skip.value(name) == cls.perfect[head]
    assert zero.missing == skip.missing == ("b",)
    assert zero.tiles["b"].status == "missing"
    assert skip.tiles["b"].status == "skipped"
    assert not skip.tiles["b"].scores
    assert (zero.n_scored, zero.n_tiles) == (1, 2)


@pytest.mark.parametrize("metric", METRICS)
def test_a_missing_prediction_fails_even_where_there_is_no_road(folders, metric):
    gt, pred = folders({"a": (0, None)})
    report = score_folders(gt, pred, [metric], missing="zero")
    failed = dict(rm.METRICS[metric].failed)
    assert dict(report.tiles["a"].scores[metric].parts) == failed
    assert dict(report.totals[metric].pooled) == dict(report.totals[metric].mean) == failed


@pytest.mark.parametrize("metric", METRICS)
def test_the_empty_rule_counts_in_the_mean(folders, metric):
    report = score_folders(*folders({"a": (0, 0), "b": (0, 100), "c": (100, 0)}), [metric])
    cls = rm.METRICS[metric]
    head = cls.headline
    want = (cls.perfect[head] + 2 * cls.failed[head]) / 3
    assert report.totals[metric].mean[head] == pytest.approx(want)


def test_ten_tiles_have_an_interval_around_the_value_and_nine_have_none(folders):
    gt, pred = folders(unsure(10))
    report = score_folders(gt, pred)
    for metric in report.totals.values():
        for name, (low, high) in metric.ci95.items():
            way = {"mean": metric.mean, "pooled": metric.pooled, "mean_parts": metric.mean_parts}
            assert low <= way[metric.published][name] <= high
    assert any(low < high for m in report.totals.values() for low, high in m.ci95.values())
    next(pred.iterdir()).unlink()
    nine = score_folders(gt, pred, missing="skip")
    assert all(metric.ci95 is None for metric in nine.totals.values())


@pytest.mark.parametrize("published", ["mean", "pooled", "mean_parts"])
def test_the_interval_is_that_of_resampled_tiles(monkeypatch, published):
    # against a plain loop over resamples, tile by tile
    cls = type(rm.ccq)
    monkeypatch.setattr(cls, "published", published)
    rng = np.random.default_rng(5)
    counts = [
        cls.counts_type(n_tiles=1, gt_length=t, pred_length=p, matched_gt=t * a, total_gt=t,
                        matched_pred=p * b, total_pred=p)
        for t, p, a, b in rng.uniform(0.1, 1, (12, 4)).tolist()
    ]  # fmt: skip
    tiles = [TileScore(0.0, rm.ccq.parts(c), c) for c in counts]
    got = bootstrap.interval(
        rm.ccq, ["correctness", "completeness"], [t.parts for t in tiles], counts
    )
    draws = np.random.Generator(np.random.PCG64(bootstrap.SEED)).multinomial(
        12, np.full(12, 1 / 12), size=bootstrap.N_RESAMPLES
    )
    values = []
    for draw in draws:
        chosen = [tile for tile, k in zip(tiles, draw, strict=True) for _ in range(k)]
        again = total_without_interval(rm.ccq, chosen)
        values.append(getattr(again, published)["quality"])
    assert got["quality"] == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])), abs=1e-12)


def total_without_interval(metric, tiles):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "MIN_TILES", math.inf)
        return total(metric, tiles, "px", is_any_read=True)


def test_the_document_does_not_depend_on_the_number_of_processes(folders):
    gt, pred = folders(unsure(5))
    one, two = (document(score_folders(gt, pred, ["ccq"], jobs=jobs)) for jobs in (1, 2))
    assert json.dumps(one) == json.dumps(two)


def document(report):
    result = report.to_dict()
    for tile in result["tiles"].values():
        assert tile.pop("seconds") >= 0
    return result


def test_an_error_in_a_worker_is_one_line(folders):
    gt, pred = folders(unsure(4))
    (pred / "t03.json").write_text("{")
    with pytest.raises(rm.FormatError, match=r"t03\.json"):
        score_folders(gt, pred, ["ccq"], jobs=2)


def test_a_metric_in_metres_refuses_pixels_and_names_tile_and_option(folders):
    gt, pred = folders({"a": (100, 100)})
    with pytest.raises(UnitError, match=r"^tile a: .*--gsd"):
        score_folders(gt, pred, ["ccq,unit=m"])
    assert score_folders(gt, pred, ["ccq,unit=m"], gsd=0.5).tiles["a"].gt["length"] == 50.0


def test_tiles_of_two_units_do_not_mix(folders):
    gt, pred = folders({"a": (100, 100), "b": (100, 100)})
    for side in (gt, pred):
        rm.write(street(100, "m"), side / "b.json")
    with pytest.raises(UnitError, match=r"tile a is in px but tile b in m"):
        score_folders(gt, pred, ["ccq"])


def test_signature_names_the_unit_that_was_scored(folders):
    report = score_folders(*folders({"a": (100, 100)}, unit="m"), ["ccq,slack=8"])
    signature = report.totals["ccq,slack=8"].signature
    assert ",unit=m," in signature
    assert rm.get(signature).slack == 8.0


def test_metrics_may_be_objects_names_or_presets(folders):
    gt, pred = folders({"a": (100, 100)})
    metric = rm.get("ccq,slack=2")
    report = score_folders(gt, pred, [metric, "ccq:citraro2020", "ccq"])
    assert list(report.totals) == [str(metric), "ccq:citraro2020", "ccq"]
    with pytest.raises(SignatureError):
        score_folders(gt, pred, ["ccqq"])


def test_pairs_and_split(folders, tmp_path):
    gt, pred = folders({"a": (100, 100), "b": (100, 50)})
    (tmp_path / "pairs.csv").write_text(
        "id,gt,pred,gsd,bounds\nx,gt/a.json,pred/b.json,2,0 -1 50 1\n"
    )
    report = score_folders(pairs=tmp_path / "pairs.csv", metrics=["ccq"])
    assert report.tiles["x"].gt["length"] == 100.0  # 50 px of 2 m
    assert report.run["layout"] == "pairs"
    (tmp_path / "split").write_text("b\n")
    report = score_folders(gt, pred, ["ccq"], tiles=tmp_path / "split")
    assert list(report.tiles) == ["b"]
    with pytest.raises(rm.RoadMetricsError, match="either a table"):
        score_folders(gt, pairs=tmp_path / "pairs.csv")
    with pytest.raises(rm.RoadMetricsError, match="give both"):
        score_folders(gt)


def test_masks_are_scored_as_they_are_beside_graphs(folders):
    gt, pred = folders({"a": (60, 60)})
    array = np.zeros((5, 61), dtype=bool)
    array[0] = True
    (pred / "a.json").unlink()
    rm.write(rm.Mask(array), pred / "a.png")
    report = score_folders(gt, pred)
    assert report.tiles["a"].pred == {
        "path": str(pred / "a.png"), "kind": "mask", "shape": [5, 61], "pixels": 61,
        "length": 60.0, "duplicated": 0.0,
    }  # fmt: skip
    assert all(total.value == pytest.approx(1.0) for total in report.totals.values())


def test_progress_counts_every_tile(folders):
    seen = []
    score_folders(*folders(unsure(3)), ["ccq"], progress=lambda done, n: seen.append((done, n)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_what_is_drawn_has_its_standard_error_in_the_document(folders):
    gt, pred = folders({"a": (100, 60), "b": (200, 90)})
    report = score_folders(gt, pred, ["tlts:citraro2020,n_routes=50", "ccq"])
    document = report.to_dict()
    drawn = document["total"]["tlts:citraro2020,n_routes=50"]
    tiles = [tile["scores"]["tlts:citraro2020,n_routes=50"] for tile in document["tiles"].values()]
    assert drawn["standard_errors"]["correct"] == pytest.approx(
        sum(tile["standard_errors"]["correct"] ** 2 for tile in tiles) ** 0.5 / len(tiles)
    )
    one = tiles[0]
    share = one["parts"]["correct"]
    expected = (share * (1 - share) / one["counts"]["n_routes"]) ** 0.5
    assert one["standard_errors"]["correct"] == pytest.approx(expected)
    assert "standard_errors" not in document["total"]["ccq"]


def test_the_standard_error_is_the_spread_over_seeds():
    gt, pred = (rm.read(sample.path() / side / "nauru_r2_c1.json") for side in ("gt", "pred_light"))
    scores = [rm.get(f"apls:cosmiq-large,max_nodes=60,seed={seed}")(gt, pred) for seed in range(12)]
    spread = float(np.std([score.value for score in scores], ddof=1))
    errors = [score.standard_errors["apls"] for score in scores]
    assert 0.5 < spread / float(np.mean(errors)) < 2.0
