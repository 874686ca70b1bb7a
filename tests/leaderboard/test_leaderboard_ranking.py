"""Ranks, ties, intervals, tests against the best, and who has no rank."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from leaderboard import schema, statistics
from leaderboard.errors import BoardError
from leaderboard.publish import publish
from leaderboard.ranking import load_ranking, rank
from leaderboard.scoring import score
from leaderboard.store import as_json, write_file
from roadmetrics.comparison import compare
from roadmetrics.evaluate import score_folders
from roadmetrics.metric import parse_with
from roadmetrics.metrics import METRICS


def scored(maker, *names, private=None):
    for name in names:
        scoring = score(maker.mark, maker.submission(name))
        publish(maker.board, scoring, started=datetime.now(UTC), wall_seconds=0, private=private)


def ranking(maker, private=None):
    document = rank(maker.board, "towns", private)
    schema.require(document, "ranking", "ranking")
    return document


def rows(document):
    return {row["submission"]: row for row in (*document["rows"], *document["unranked"])}


@pytest.fixture
def three(make, here):
    """A good, a poor and a second good submission; the two good ones are the same."""
    maker = make(metrics=("ccq", "apls"), n=12)
    maker.submit("good", maker.good(1.0))
    maker.submit("poor", maker.good(4.0, 0.3))
    maker.submit("same", maker.good(1.0))
    scored(maker, "good", "poor", "same")
    return maker


def test_ties_share_a_rank_and_the_next_is_skipped(three):
    document = ranking(three)
    assert [(r["submission"], r["rank"], r["is_tied"]) for r in document["rows"]] == [
        ("good", 1, True), ("same", 1, True), ("poor", 3, False),
    ]  # fmt: skip
    found = rows(document)
    for key in ("ccq", "apls"):
        assert found["good"]["metrics"][key]["is_best"]
        assert found["same"]["metrics"][key]["is_best"]
        assert found["same"]["metrics"][key]["versus_best"]["difference"] == 0.0
        assert found["same"]["metrics"][key]["versus_best"]["p"] == 1.0
        assert found["poor"]["metrics"][key]["rank"] == 3
        assert not found["poor"]["metrics"][key]["is_not_worse"]
        assert found["poor"]["metrics"][key]["versus_best"]["p_holm"] < 0.05
    assert found["good"]["rank_interval"] == [1, 2]
    assert found["same"]["rank_interval"] == [1, 2]
    assert found["poor"]["rank_interval"] == [3, 3]


def test_tests_against_the_best_are_those_of_compare(three, tmp_path):
    truth = three.folder / "benchmarks/towns/gt"
    paths = []
    for name in ("good", "poor", "same"):
        folder = three.folder / "submissions/towns" / name / "predictions"
        report = score_folders(truth, folder, ["ccq"])
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(report.to_json())
    tests = compare(paths).tests
    found = rows(ranking(three))
    for test, name in zip(tests, ("poor", "same"), strict=True):
        mine = found[name]["metrics"]["ccq"]["versus_best"]
        assert mine["difference"] == test.difference
        assert tuple(mine["ci95"]) == test.ci95
        assert (mine["p"], mine["p_holm"]) == (test.p, test.p_holm)


def test_few_tiles_have_no_intervals(make, here):
    maker = make(n=4)
    maker.submit("one", maker.good(1.0))
    maker.submit("two", maker.good(4.0))
    scored(maker, "one", "two")
    document = ranking(maker)
    assert not document["statistics"]["has_intervals"]
    assert [row["rank_interval"] for row in document["rows"]] == [None, None]
    assert document["rows"][1]["metrics"]["ccq"]["versus_best"]["ci95"] is None


def test_partial_failed_withdrawn_and_copied_submissions_have_no_rank(make, here):
    from board_maker import town

    maker = make(n=4)
    maker.submit("fine", maker.good(3.0))
    lacking = maker.good(0.5)
    del lacking["town01.json"]
    maker.submit("lacking", lacking)
    maker.submit("refused", maker.good() | {"x.sh": b"1"})
    maker.submit("gone", maker.good(0.5), withdrawn='"a bug in our code"')
    maker.submit("copied", {f"{key}.json": town(i) for i, key in enumerate(maker.ids)})
    names = ("fine", "lacking", "refused", "gone", "copied")
    scored(maker, *names)
    document = ranking(maker)
    assert [row["submission"] for row in document["rows"]] == ["fine"]
    why = {row["submission"]: row["why"] for row in document["unranked"]}
    assert why["lacking"].startswith("partial: 1 of 4 tiles: there is no prediction")
    assert why["refused"].startswith("failed: predictions: x.sh: suffix")
    assert why["gone"] == "withdrawn: a bug in our code"
    assert why["copied"].startswith("copied: 4 of 4 tiles")
    assert all(row["rank"] is None for row in document["unranked"])


def test_a_submission_that_became_wrong_does_not_stop_the_others(three):
    name = three.board.submission_names("towns")[0]
    path = three.folder / "submissions" / "towns" / name / "submission.toml"
    before = len(rank(three.board, "towns")["rows"])
    path.write_text(path.read_text() + "schema = [\n")
    document = rank(three.board, "towns")
    assert len(document["rows"]) == before - 1 > 0
    why = {row["submission"]: row["why"] for row in document["unranked"]}[name]
    assert why.startswith("its submission.toml is wrong: ")
    assert "not TOML" in why


def test_copies_are_ranked_where_the_benchmark_says_so(make, here):
    from board_maker import town

    maker = make(n=4, ranking='by = "ccq"\ncopies = "ranked"')
    maker.submit("copied", {f"{key}.json": town(i) for i, key in enumerate(maker.ids)})
    scored(maker, "copied")
    assert rows(ranking(maker))["copied"]["rank"] == 1


def test_other_versions_and_signatures_stand_in_tables_of_their_own(three):
    path = three.board.result_path("towns", "poor")
    raw = json.loads(path.read_text())
    signature = parse_with("ccq,slack=9", METRICS).signature("m")
    raw["totals"]["all"]["ccq"]["signature"] = signature
    write_file(path, as_json(raw))
    home = three.folder / "benchmarks/towns/benchmark.toml"
    document = ranking(three)
    assert {row["submission"] for row in document["rows"]} == {"good", "same"}
    assert [(o["why"], o["signatures"]["ccq"]) for o in document["others"]] == [
        ("scored by other signatures", signature)
    ]
    home.write_text(home.read_text().replace("version = 1", "version = 2"))
    document = ranking(three)
    assert document["rows"] == []
    assert {o["why"] for o in document["others"]} == {"scored by version 1 of the benchmark"}
    assert sorted(len(o["rows"]) for o in document["others"]) == [1, 2]


def test_an_order_by_one_metric_that_is_better_low(make, here):
    maker = make(metrics=("tlts", "ccq"), n=10, ranking='by = "tlts"')
    maker.submit("good", maker.good(0.5))
    maker.submit("poor", maker.good(0.5, 0.4))
    scored(maker, "good", "poor")
    document = ranking(maker)
    assert [row["submission"] for row in document["rows"]] == ["good", "poor"]
    assert document["rows"][0]["score"] == document["rows"][0]["metrics"]["tlts"]["value"]


def test_a_column_of_errors_is_best_low():
    class Lower(METRICS["ccq"]):
        headline, lower_is_better = "quality", frozenset({"quality"})

    one = statistics.Column(Lower(), {"a": 0.2, "b": 0.1}, None, {}, 4)
    assert one.best == ["b"]
    assert statistics.ranks(one.goodness) == {"a": 2, "b": 1}


def test_private_counts_make_the_order_and_are_asked_for(make, here, tmp_path):
    maker = make(n=22, n_private=11)
    maker.submit("good", maker.good(1.0))
    maker.submit("poor", maker.good(4.0, 0.2))
    store = tmp_path / "counts"
    scored(maker, "good", "poor", private=store)
    with pytest.raises(BoardError, match="give the folder of their counts with --private"):
        rank(maker.board, "towns")
    document = ranking(maker, store)
    assert [row["submission"] for row in document["rows"]] == ["good", "poor"]
    assert document["statistics"]["tiles"] == 22
    assert document["rows"][0]["parts"]["private"]["rank"] == 1
    with pytest.raises(BoardError, match="where the private counts are, call"):
        load_ranking(maker.board, "towns")
    write_file(maker.board.ranking_path("towns"), as_json(document))
    assert load_ranking(maker.board, "towns") == document
    maker.submit("late", maker.good(2.0))
    scored(maker, "late")
    with pytest.raises(BoardError, match="does not fit the results"):
        load_ranking(maker.board, "towns")
    path = store / "towns" / "good.json"
    path.write_text(path.read_text().replace('"result": "sha256:', '"result": "sha256:0'))
    with pytest.raises(BoardError, match="it belongs to another result"):
        rank(maker.board, "towns", store)


def test_an_order_over_public_tiles_needs_no_private_counts(make, here):
    maker = make(n=22, n_private=11, ranking='by = "ccq"\npart = "public"')
    maker.submit("good", maker.good(1.0))
    scored(maker, "good")
    document = ranking(maker)
    assert document["statistics"]["tiles"] == 11
    public = maker.board.result("towns", "good").raw["totals"]["public"]["ccq"]["value"]
    assert document["rows"][0]["metrics"]["ccq"]["value"] == public


def test_counts_that_do_not_give_their_score_are_refused(three):
    path = three.board.result_path("towns", "good")
    raw = json.loads(path.read_text())
    raw["tiles"]["town03"]["scores"]["ccq"]["parts"]["quality"] = 0.5
    write_file(path, as_json(raw))
    with pytest.raises(BoardError, match="town03"):
        rank(three.board, "towns")


def test_a_total_that_the_tiles_do_not_give_is_refused(three):
    path = three.board.result_path("towns", "good")
    raw = json.loads(path.read_text())
    raw["totals"]["all"]["apls"]["value"] += 1e-6
    write_file(path, as_json(raw))
    with pytest.raises(BoardError, match=r"good\.json: its tiles give apls .*: score it again"):
        rank(three.board, "towns")


def test_load_ranking_takes_the_file_where_it_fits_and_computes_where_it_does_not(three):
    document = ranking(three)
    marked = document | {"rule": document["rule"] | {"text": "from the file"}}
    write_file(three.board.ranking_path("towns"), as_json(marked))
    assert load_ranking(three.board, "towns")["rule"]["text"] == "from the file"
    folder = three.board.submission_folder("towns", "poor")
    text = (folder / "submission.toml").read_text()
    (folder / "submission.toml").write_text('withdrawn = "why"\n' + text)
    found = load_ranking(three.board, "towns")
    assert found["rule"]["text"] != "from the file"
    assert [row["submission"] for row in found["unranked"]] == ["poor"]


def test_rank_intervals_hold_at_their_level():
    """Of 200 worlds in which three are equal and one is better, 95 % or so hold the true ranks."""
    rng = np.random.default_rng(0)
    truth = {"a": 0.5, "b": 0.0, "c": 0.0, "d": 0.0}
    held = 0
    for _ in range(200):
        tiles = {name: rng.normal(mean, 1.0, 40) for name, mean in truth.items()}
        draws = rng.integers(0, 40, (300, 40))
        good = {name: float(x.mean()) for name, x in tiles.items()}
        drawn = {name: x[draws].mean(axis=1) for name, x in tiles.items()}
        found = statistics.rank_intervals(good, drawn)
        held += found["a"][0] == 1 and all(found[n][0] <= 2 and found[n][1] == 4 for n in "bcd")
    assert 180 <= held <= 200


def test_rank_intervals_of_sure_differences_are_single_ranks():
    draws = {name: np.full(50, value) for name, value in (("a", 1.0), ("b", 0.5), ("c", 0.5))}
    good = {name: float(draw[0]) for name, draw in draws.items()}
    assert statistics.rank_intervals(good, draws) == {"a": (1, 1), "b": (2, 3), "c": (2, 3)}


def test_the_order_does_not_depend_on_the_order_of_files(three):
    first = ranking(three)
    again = statistics.column(METRICS["ccq"](), {})
    assert again.values == {}
    assert ranking(three) == first
    assert replace(again, values={"a": 1.0}).best == ["a"]
