"""The document is a contract; the tables hold the same numbers."""

import csv
import io
import json

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.evaluate import score_folders
from roadmetrics.report import FORMATS

CONTRACT = {"status", "gt", "pred", "unit", "extent", "seconds", "scores"}
TILE_KEYS = CONTRACT | {"gsd", "bounds", "notes"}
TOTAL_KEYS = {"value", "published", "mean", "pooled", "mean_parts", "ci95", "n", "signature"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(1)
    for side in ("gt", "pred"):
        (root / side).mkdir()
    for i in range(12):
        gt = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)], extent=(0, -9, 100, 9))
        rm.write(gt, root / "gt" / f"tile_{i:02}.json")
        if i:
            pred = rm.RoadGraph([(0, 0), (rng.uniform(20, 100), 0)], [(0, 1)])
            rm.write(pred, root / "pred" / f"tile_{i:02}.json")
    rm.write(pred, root / "pred" / "extra.json")
    return root


@pytest.fixture(scope="module")
def report(folder):
    return score_folders(folder / "gt", folder / "pred", missing="zero", gsd=0.5)


def test_document_has_the_keys_of_the_contract(report):
    document = json.loads(report.to_json())
    assert document == report.to_dict()
    assert list(document) == [
        "schema", "roadmetrics", "run", "tiles", "total", "missing", "unmatched", "lengths",
    ]  # fmt: skip
    assert document["schema"] == 1
    assert document["roadmetrics"] == rm.__version__
    assert {"missing", "tiles", "bounds", "gsd", "threshold", "layout"} <= set(document["run"])
    assert (document["missing"], document["unmatched"]) == (["tile_00"], ["extra.json"])
    assert set(document["total"]) == set(rm.METRICS)
    for tile in document["tiles"].values():
        assert set(tile) == TILE_KEYS
        assert tile["extent"] == [0, -4.5, 50, 4.5]
        for score in tile["scores"].values():
            assert set(score) == {"value", "parts", "counts"}
    for name, total in document["total"].items():
        assert set(total) == TOTAL_KEYS
        cls = rm.METRICS[name]
        assert total["value"] == total[total["published"]][cls.headline]
        for way in ("mean", "pooled", "mean_parts", "ci95"):
            assert set(total[way]) == set(cls.perfect)
        assert str(rm.get(total["signature"])) == total["signature"]


def test_totals_follow_from_the_tiles_of_the_document(report):
    document = report.to_dict()
    for name, total in document["total"].items():
        metric = rm.METRICS[name]
        scores = [tile["scores"][name] for tile in document["tiles"].values()]
        counts = sum(
            (metric.counts_type(**score["counts"]) for score in scores), metric.counts_type.zero()
        )
        assert rm.get(name).parts(counts) == pytest.approx(total["pooled"])
        for part, mean in total["mean"].items():
            assert mean == pytest.approx(np.mean([score["parts"][part] for score in scores]))


def test_numbers_that_json_has_not_are_refused(report):
    from dataclasses import replace

    bad = replace(report, run={"gsd": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        bad.to_json()


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_names_every_metric_and_part(report, form):
    text = report.render(form).replace("\\_", "_")
    for name, cls in rm.METRICS.items():
        assert name in text
        assert all(part in text for part in cls.perfect)
        assert report.totals[name].signature in text
    assert not text.endswith("\n")


@pytest.mark.parametrize("form", FORMATS)
def test_tiles_are_listed_where_asked(report, form):
    text = report.render(form, per_tile=True).replace("\\_", "_")
    assert all(f"tile_{i:02}" in text for i in range(12))
    if form != "json":
        assert "tile_05" not in report.render(form).replace("\\_", "_")


def test_table_fits_a_terminal_and_says_what_was_scored(report):
    text = report.table(per_tile=True)
    tables = text[: text.index("apls,")]
    assert max(map(len, tables.splitlines())) <= 100
    assert "scored 11 of 12 tiles, missing 1 (scored 0)" in text
    assert "gt 0.60 km" in text
    assert "gsd 0.5 m" in text
    assert " .. " in text  # intervals


def test_table_without_intervals_has_no_column_for_them(folder):
    report = score_folders(folder / "gt/tile_01.json", folder / "pred/tile_01.json", ["ccq"])
    assert "interval" not in report.table()
    assert "unit px, no gsd given" in report.table()
    assert report.totals["ccq"].ci95 is None


def test_lower_is_better_is_marked(report):
    for name, cls in rm.METRICS.items():
        for part in cls.perfect:
            assert (f"{part} ↓" in report.table()) == (part in cls.lower_is_better), (name, part)


def test_csv_holds_full_precision(report):
    rows = list(csv.DictReader(io.StringIO(report.csv(per_tile=True))))
    head = {(row["metric"], row["part"]): row for row in rows if not row["tile"]}
    for name, total in report.totals.items():
        row = head[name, total.headline]
        assert float(row["value"]) == total.value
        assert float(row["ci_low"]) == total.ci95[total.headline][0]
        assert row["signature"] == total.signature
    tile = next(
        r for r in rows if (r["tile"], r["metric"], r["part"]) == ("tile_03", "ccq", "quality")
    )
    assert float(tile["value"]) == report.tiles["tile_03"].scores["ccq"].value


def test_summary_of_skipped_tiles(folder):
    report = score_folders(folder / "gt", folder / "pred", ["ccq"], missing="skip")
    assert report.summary()[0] == "scored 11 of 12 tiles, missing 1 (left out)"
    assert "-" in report.table(per_tile=True)
    assert report.to_dict()["tiles"]["tile_00"]["scores"] == {}
