"""Paired tests between documents: known answers, refusals in one line, every form."""

import csv
import io
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.bootstrap import N_RESAMPLES, SEED
from roadmetrics.cli import main
from roadmetrics.comparison_report import FORMATS
from roadmetrics.documents import read_document
from roadmetrics.paired import headlines, holm, swapped_sums
from roadmetrics.signature_diff import difference


def written(folder, name, lengths, metrics=("ccq",), **options):
    """Score tiles of 100 of which ``lengths`` are found; the document's path."""
    for side in ("gt", name):
        (folder / side).mkdir(exist_ok=True)
    for i, length in enumerate(lengths):
        rm.write(rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)]), folder / "gt" / f"t{i:02}.json")
        if length is not None:
            found = rm.RoadGraph([(0, 0), (length, 0)], [(0, 1)])
            rm.write(found, folder / name / f"t{i:02}.json")
    report = rm.score_folders(folder / "gt", folder / name, metrics, **options)
    path = folder / f"{name}.json"
    path.write_text(report.to_json())
    return path


@pytest.fixture
def few(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a", [50, 60, 70, 80])
    written(tmp_path, "b", [60, 65, 70, 60])


@pytest.fixture
def many(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    for name in "abc":
        written(tmp_path, name, rng.uniform(20, 95, 16), list(rm.METRICS))


def error(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("roadmetrics: error: ")
    assert err.count("\n") == 1
    return err.removeprefix("roadmetrics: error: ").rstrip("\n")


def test_few_tiles_are_swapped_in_every_way(few):
    """Completeness within the slack of 5: the published value is pooled over tiles."""
    found = rm.compare(["a.json", "b.json"])
    (test,) = found.tests
    ours, theirs = (np.array(x) + 5 for x in ([50, 60, 70, 80], [60, 65, 70, 60]))
    assert test.baseline_value == pytest.approx(ours.sum() / 400)
    assert test.difference == pytest.approx((theirs.sum() - ours.sum()) / 400)
    step = theirs - ours
    sums = [abs(np.dot(step, signs)) for signs in itertools.product([1, -1], repeat=4)]
    assert test.p == np.mean(np.array(sums) >= abs(step.sum()) - 1e-9)
    assert (test.wins, test.losses, test.ties) == (2, 1, 1)
    assert (test.ci95, test.p_holm) == (None, None)
    assert [tile for tile, _, _ in test.tiles] == ["t03", "t00", "t01"]
    assert "no interval: fewer than 10 tiles" in found.summary()


def test_values_are_those_of_the_documents(many):
    found = rm.compare(["a.json", "b.json", "c.json"])
    documents = {
        name: json.loads(Path(name).read_text()) for name in ("a.json", "b.json", "c.json")
    }
    assert len(found.tests) == 2 * len(rm.METRICS)
    for test in found.tests:
        value = documents[test.document]["total"][test.metric]["value"]
        assert test.value == pytest.approx(value, abs=1e-12)
        base = documents["a.json"]["total"][test.metric]["value"]
        assert test.baseline_value == pytest.approx(base, abs=1e-12)
        assert test.difference == pytest.approx(value - base, abs=1e-12)
        assert test.ci95[0] <= test.ci95[1]
        assert test.wins + test.losses + test.ties == 16
        assert test.p <= test.p_holm <= 1
    assert rm.compare(["a.json", "b.json", "c.json"]) == found


def test_interval_is_that_of_paired_resamples(many):
    """Of a metric whose published value is pooled: sums drawn again here, by another formula."""
    (test,) = rm.compare(["a.json", "b.json"], metrics=["ccq"]).tests
    tiles = [json.loads(Path(name).read_text())["tiles"] for name in ("a.json", "b.json")]
    rng = np.random.Generator(np.random.PCG64(SEED))
    weights = rng.multinomial(16, np.full(16, 1 / 16), size=N_RESAMPLES)
    quality = []
    for tile in tiles:
        c = [tile[key]["scores"]["ccq"]["counts"] for key in sorted(tile)]
        sums = {k: weights @ np.array([x[k] for x in c]) for k in c[0]}
        cr = sums["matched_pred"] / sums["total_pred"]
        cp = sums["matched_gt"] / sums["total_gt"]
        quality.append(cr * cp / (cr + cp - cr * cp))
    low, high = np.quantile(quality[1] - quality[0], [0.025, 0.975])
    assert test.ci95 == pytest.approx((low, high))


def test_a_method_beside_its_copy(many):
    Path("twin.json").write_text(Path("a.json").read_text())
    for test in rm.compare(["a.json", "twin.json"]).tests:
        assert (test.difference, test.p, test.ci95) == (0, 1, (0, 0))
        assert (test.wins, test.losses, test.ties) == (0, 0, 16)
        assert test.tiles == ()


def test_a_method_better_on_every_tile_is_significant(tmp_path):
    worse = written(tmp_path, "worse", range(20, 40))
    better = written(tmp_path, "better", range(50, 70))
    (test,) = rm.compare([worse, better]).tests
    assert test.p == 1 / 10_000  # of 9999 swaps none is as large
    assert test.wins == 20
    assert test.ci95[0] > 0.2
    (back,) = rm.compare([worse, better], baseline=better).tests
    assert (back.difference, back.losses) == (-test.difference, 20)


@pytest.mark.parametrize("name", list(rm.METRICS))
def test_headlines_follow_the_published_way(many, name):
    """Sums of the features of all tiles give the document's own value, whatever the way."""
    from roadmetrics.paired import features

    record = read_document("a.json").record(name)
    x = features(record.metric, list(record.tiles.values()))
    total = json.loads(Path("a.json").read_text())["total"][name]
    assert headlines(record.metric, x.sum(axis=0)[None], len(x)) == pytest.approx(total["value"])


def test_swapping_keeps_the_sum_of_both():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(size=(2, 40, 3))
    first, second = swapped_sums(a, b)
    assert len(first) == 10_000
    assert first[0] == pytest.approx(a.sum(axis=0))
    assert first + second == pytest.approx(np.tile((a + b).sum(axis=0), (10_000, 1)))


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_missing_predictions_count_as_scored(tmp_path):
    a = written(tmp_path, "a", [50] * 5)
    b = written(tmp_path, "b", [50, None, 50, 50, None], missing="zero")
    (test,) = rm.compare([a, b]).tests
    total = json.loads(b.read_text())["total"]["ccq"]
    assert test.value == pytest.approx(total["value"])
    assert test.losses == 2


def test_skipped_tiles_need_leave(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a", [50] * 5)
    written(tmp_path, "b", [50, None, 50, 50, 60], missing="skip")
    assert main(["compare", "a.json", "b.json"]) == 3
    assert "a.json scores tiles that b.json does not: 1 (t01)" in error(capsys)
    assert main(["compare", "a.json", "b.json", "--common-tiles", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["left_out"]) == (4, ["t01"])


def test_other_signatures_are_refused_in_words(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a", [50] * 3, ["ccq", "tlts"])
    written(tmp_path, "b", [50] * 3, ["ccq", "tlts"], gsd=2)
    assert main(["compare", "a.json", "b.json"]) == 3
    assert "a.json and b.json: ccq differs in unit (px, m)" in error(capsys)
    written(tmp_path, "c", [50] * 3, ["ccq,slack=8"])
    assert main(["compare", "a.json", "c.json"]) == 3
    line = error(capsys)
    assert "no metric is common" in line
    assert "ccq differs in slack (5.0, 8.0)" in line
    written(tmp_path, "d", [50] * 3, ["ccq,slack=5"])  # asked for otherwise, but the same
    assert main(["compare", "a.json", "d.json", "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert "not compared: tlts" in printed.err
    found = json.loads(printed.out)
    assert [test["metric"] for test in found["tests"]] == ["ccq"]
    assert found["not_common"] == ["tlts"]


def test_other_ground_truth_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a", [50] * 3)
    written(tmp_path, "b", [50] * 3, bounds=(0, -9, 60, 9))
    assert main(["compare", "a.json", "b.json"]) == 3
    assert "tile t00: the ground truth is not the same: length is 100.0" in error(capsys)


def edited(text, change):
    document = json.loads(text)
    change(document)
    return json.dumps(document)


def _set(*path):
    *where, key, value = path

    def change(document):
        for step in where:
            document = document[step]
        document[key] = value

    return change


SCORE = ("tiles", "t01", "scores", "ccq")


@pytest.mark.parametrize(("change", "says"), [
    (_set("schema", 2), "schema 2, but this version reads 1"),
    (_set("schema", True), "schema True"),
    (_set("total", {}), "no score"),
    (_set("total", []), "total: expected an object, not a list of 0"),
    (_set("tiles", None), "tiles: expected an object"),
    (_set("tiles", "t01", 7), "tile t01: expected an object, not 7"),
    (_set("tiles", "t01", "status", "fine"), "status is one of"),
    (_set("tiles", "t01", "gt", None), "gt: expected an object"),
    (_set("tiles", "t01", "scores", {}), "tile t01: ccq: expected an object, not None"),
    (_set("total", "ccq", "signature", None), "there is no signature"),
    (_set("total", "ccq", "signature", "bleu,x=1"), "there is no metric 'bleu'"),
    (_set("total", "ccq", "signature", ""), "a metric is NAME"),
    (_set("total", "ccq", "signature", "ccq,unit=px,revision=99"), "ccq"),
    (_set(*SCORE, "counts", {}), "not the counts of ccq"),
    (_set(*SCORE, "counts", "gt_length", -1), "gt_length: expected a number of at least 0"),
    (_set(*SCORE, "counts", "gt_length", "9"), "not '9'"),
    (_set(*SCORE, "counts", "n_tiles", 0), "there is no tile"),
    (_set(*SCORE, "counts", "matched_gt", 1.0), "score again with this version"),
    (_set(*SCORE, "parts", {}), "completeness"),
    (_set(*SCORE, "parts", "quality", None), "quality: expected a number"),
])  # fmt: skip
def test_broken_documents_are_one_line(few, capsys, change, says):
    """Never a traceback, whatever was written into the file."""
    text = edited(Path("b.json").read_text(), change)
    Path("b.json").write_text(text)
    assert main(["compare", "a.json", "b.json"]) == 3
    message = error(capsys)
    assert says in message if "completeness" not in says else "correctness" in message
    assert "b.json" in message


@pytest.mark.parametrize("text", ["", "[]", "{}", "NaN", '{"a": 1, "a": 2}', "[" * 99999, "\xff",
                                  '{"schema": 1, "total": 1e999}', '{"vertices": []}'])  # fmt: skip
def test_other_files_are_one_line(few, capsys, text):
    Path("b.json").write_text(text, encoding="latin-1")
    assert main(["compare", "a.json", "b.json"]) == 3
    assert error(capsys).startswith("b.json")


@pytest.mark.parametrize("files", [["a.json"], ["a.json", "a.json"], ["a.json", "nowhere.json"],
                                   ["a.json", "gt"]])  # fmt: skip
def test_too_few_or_absent_files(few, capsys, files):
    assert main(["compare", *files]) == 3
    error(capsys)


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_holds_every_test(many, capsys, form):
    assert main(["compare", "a.json", "b.json", "c.json", "--per-tile", "2",
                 "--format", form]) == 0  # fmt: skip
    text = capsys.readouterr().out.replace("\\_", "_")
    for name in rm.METRICS:
        assert name in text
    for tile in {t for test in rm.compare(["a.json", "b.json"]).tests for t, *_ in test.tiles[:2]}:
        assert tile in text


def test_csv_and_json_hold_the_same_numbers(many, capsys):
    run = ["compare", "a.json", "b.json"]
    assert main([*run, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert main([*run, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["settings"]["family"] == len(rm.METRICS) == len(rows)
    for row, test in zip(rows, document["tests"], strict=True):
        assert float(row["p_holm"]) == test["p_holm"]
        assert [float(row["ci_low"]), float(row["ci_high"])] == test["ci95"]
        assert math.isclose(float(row["difference"]), test["difference"])


def test_per_tile_lists_as_many_as_asked(many, capsys):
    assert main(["compare", "a.json", "b.json", "--metric", "ccq", "--per-tile", "3",
                 "--format", "json"]) == 0  # fmt: skip
    (test,) = json.loads(capsys.readouterr().out)["tests"]
    sizes = [abs(tile["value"] - tile["baseline_value"]) for tile in test["tiles"]]
    assert len(sizes) == 3
    assert sizes == sorted(sizes, reverse=True)


def test_an_unknown_metric_names_those_there_are(few, capsys):
    assert main(["compare", "a.json", "b.json", "--metric", "tlts"]) == 3
    assert error(capsys) == "a.json: it has no metric 'tlts', it has ccq"


@pytest.mark.parametrize(("a", "b", "code", "says"), [
    ("ccq", "ccq,slack=5", 0, ""),
    ("ccq", "ccq,slack=8", 1, "slack"),
    ("ccq,revision=1", "ccq,revision=99", 1, "revision"),
    ("ccq", "tlts", 1, "metric"),
    ("a.json", "a.json", 0, ""),
    ("a.json", "b.json", 0, ""),
    ("ccq,unit=px", "a.json", 0, ""),
    ("a.json", "ccq:citraro2020", 1, "domain"),
])  # fmt: skip
def test_signature_diff(few, capsys, a, b, code, says):
    assert main(["signature", "diff", a, b]) == code
    out, err = capsys.readouterr()
    assert err == ""
    assert (says in out) if says else out == ""


@pytest.mark.parametrize(("a", "b", "code"), [
    ("nope", "ccq", 2), ("ccq:nope", "ccq", 2), ("tlts", "a.json", 3), ("ccq", "no.json", 3),
])  # fmt: skip
def test_signature_diff_of_what_is_none(few, capsys, a, b, code):
    assert main(["signature", "diff", a, b]) == code
    error(capsys)


def test_documents_with_other_metrics_differ(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a", [50], ["ccq", "tlts"])
    written(tmp_path, "b", [50], ["ccq"])
    assert main(["signature", "diff", "a.json", "b.json"]) == 1
    assert capsys.readouterr().out.splitlines()[1].startswith("tlts  metric  tlts,")


def test_a_signature_of_another_version_is_taken_as_it_stands():
    found = difference("ccq,old_field=3,revision=0", "ccq")
    assert found["old_field"] == ("3", None)
    assert found["revision"] == ("0", "1")
