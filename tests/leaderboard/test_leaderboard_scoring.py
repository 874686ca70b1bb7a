"""Results: what counts, what is published, and that the same inputs give the same bytes."""

import json
import zipfile

import pytest

from leaderboard import schema
from leaderboard.errors import BoardError
from leaderboard.publish import publish
from leaderboard.scoring import score
from leaderboard.store import as_json
from leaderboard.totals import DIGITS
from roadmetrics import write
from roadmetrics.evaluate import score_folders


def document_of(maker, name, **options):
    document = score(maker.mark, maker.submission(name), **options).result()
    schema.require(document, "result", name)
    return document


def test_a_result_has_the_numbers_of_score(make, here):
    maker = make(metrics=("ccq", "apls"), n=11)
    folder = maker.submit("one", maker.good(3.0, 0.1))
    document = document_of(maker, "one")
    report = score_folders(
        maker.folder / "benchmarks/towns/gt", folder / "predictions", ["ccq", "apls"]
    )
    for key in ("ccq", "apls"):
        told, total = document["totals"]["all"][key], report.totals[key]
        assert told["value"] == total.value
        assert {k: tuple(v) for k, v in told["ci95"].items()} == total.ci95
        assert told["signature"] == total.signature
    assert document["lengths"]["all"]["ratio"] == report.lengths.ratio
    assert document["status"] == "ok"
    assert not document["not_scored"]


def test_a_missing_tile_counts_zero_and_the_submission_is_partial(make, here):
    maker = make()
    maker.submit("whole", maker.good())
    few = maker.good()
    del few["town02.json"]
    maker.submit("lacking", few)
    whole, lacking = document_of(maker, "whole"), document_of(maker, "lacking")
    assert lacking["status"] == "partial"
    assert lacking["not_scored"] == {"town02": "there is no prediction"}
    assert lacking["tiles"]["town02"]["scores"]["ccq"]["value"] == 0.0
    assert lacking["totals"]["all"]["ccq"]["n"] == 4
    assert lacking["totals"]["all"]["ccq"]["value"] < whole["totals"]["all"]["ccq"]["value"]


def test_two_predictions_of_a_tile_are_none(make, here):
    maker = make()
    good = maker.good()
    maker.submit("double", good | {"town01.geojson": b"{}"})
    assert document_of(maker, "double")["not_scored"] == {
        "town01": "several predictions: town01.geojson, town01.json"
    }


def test_a_refused_submission_is_failed_and_says_all_of_it(make, here):
    maker = make()
    folder = maker.submit("evil", maker.good())
    (folder / "predictions" / "run.sh").write_text("exit 1")
    (folder / "predictions" / "link.json").symlink_to("/etc/passwd")
    document = document_of(maker, "evil")
    assert document["status"] == "failed"
    assert len(document["reasons"]) == 2
    assert document["totals"] == {"all": {}}
    assert document["tiles"] == {}


def test_a_submission_without_any_readable_tile_is_failed(make, here):
    maker = make()
    maker.submit("broken", {f"{key}.json": b"{" for key in maker.ids})
    document = document_of(maker, "broken")
    assert document["status"] == "failed"
    assert document["totals"] == {"all": {}}


def test_the_same_inputs_give_the_same_bytes(make, here):
    maker = make(n=11)
    folder = maker.submit("one", maker.good(3.0))
    first = as_json(document_of(maker, "one"))
    assert as_json(document_of(maker, "one")) == first
    with zipfile.ZipFile(folder / "predictions.zip", "w") as archive:
        for path in sorted((folder / "predictions").iterdir(), reverse=True):
            archive.write(path, f"pred/{path.name}")
            path.unlink()
    (folder / "predictions").rmdir()
    text = (folder / "submission.toml").read_text()
    (folder / "submission.toml").write_text(text.replace('"predictions"', '"predictions.zip"'))
    assert as_json(document_of(maker, "one")) == first
    assert str(maker.folder).encode() not in first


def test_processes_give_the_same_bytes_as_this_one(make, request):
    maker = make(n=3)
    maker.submit("one", maker.good(3.0))
    apart = as_json(document_of(maker, "one", jobs=2))
    request.getfixturevalue("here")
    assert as_json(document_of(maker, "one")) == apart


@pytest.fixture
def hidden(make, here, tmp_path):
    """A board of 12 private tiles and 3 public ones, a submission with faults, its result."""
    maker = make(n=15, n_private=12)
    bad = maker.good(3.0)
    del bad["town00.json"]
    bad["town01.json"] = b'{"unit": "m", "vertices": [[0, NaN]], "edges": []}'
    bad["town14.json"] = b"{"
    maker.submit("one", bad)
    maker.submit("two", maker.good(2.0))
    for name in ("one", "two"):
        scoring = score(maker.mark, maker.submission(name))
        from datetime import UTC, datetime

        publish(maker.board, scoring, started=datetime.now(UTC), wall_seconds=1.5,
                private=tmp_path / "counts")  # fmt: skip
    return maker


def test_of_private_tiles_only_sums_are_published(hidden, tmp_path):
    for name in ("one", "two"):
        document = hidden.board.result("towns", name).raw
        assert set(document["tiles"]) == {"town12", "town13", "town14"}
        assert set(document["totals"]) == {"all", "public", "private"}
        assert document["totals"]["private"]["ccq"]["n"] == 12
        for part in ("all", "private"):
            ccq = document["totals"][part]["ccq"]
            numbers = [
                ccq["value"],
                *ccq["parts"].values(),
                *(v for pair in ccq["ci95"].values() for v in pair),
            ]
            assert all(value == round(value, DIGITS) for value in numbers)
        published = "".join(
            path.read_text() for path in hidden.folder.rglob("*.json")
            if "predictions" not in path.parts and "gt" not in path.parts
        )  # fmt: skip
        kept = json.loads((tmp_path / "counts" / "towns" / f"{name}.json").read_text())
        assert set(kept["tiles"]) == {f"town{i:02d}" for i in range(12)}
        numbers = [
            value for tile in kept["tiles"].values()
            for side in (tile["gt"], tile["scores"]["ccq"]["counts"])
            for value in side.values() if isinstance(value, float) and value % 1
        ]  # fmt: skip
        assert len(numbers) > 30
        assert not [value for value in numbers if str(value) in published]
        told = {"town00", "town01"}  # in not_scored of the one that lacks them, and nowhere else
        assert all(published.count(f'"{key}"') == (key in told) for key in kept["tiles"])
    run = hidden.board.run("towns", "two")
    assert set(run["tile_seconds"]) == {"town12", "town13", "town14"}
    assert run["wall_seconds"] == 1.5


def test_of_a_private_tile_only_that_it_failed_is_told(hidden):
    told = hidden.board.result("towns", "one").raw["not_scored"]
    assert told["town00"] == "there is no prediction"
    assert told["town01"] == "its prediction cannot be read or scored"
    assert told["town14"].startswith("town14.json")


def test_fewer_than_ten_private_tiles_are_refused(make):
    with pytest.raises(BoardError, match="9 private tiles: their sum would tell them"):
        make(n=12, n_private=9)


def test_another_ground_truth_is_refused(make, here, tmp_path):
    maker = make()
    maker.submit("one", maker.good())
    other = tmp_path / "other"
    other.mkdir()
    for name, tile in maker.good(1.0).items():
        write(tile, other / name)
    with pytest.raises(BoardError, match="not the ground truth of towns version 1"):
        score(maker.mark, maker.submission("one"), other)
    (other / "town00.json").unlink()
    with pytest.raises(BoardError, match="no ground truth of tiles town00"):
        score(maker.mark, maker.submission("one"), other)


def test_predictions_elsewhere_are_taken_by_their_digest(make, here, tmp_path):
    import hashlib

    maker = make()
    folder = maker.submit("far", maker.good())
    path = tmp_path / "far.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (folder / "predictions").iterdir():
            archive.write(file, file.name)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = (folder / "submission.toml").read_text()
    place = f'url = "https://example.org/far.zip"\nsha256 = "{digest}"'
    (folder / "submission.toml").write_text(text.replace('path = "predictions"', place))
    with pytest.raises(BoardError, match="fetch them and give the file with --predictions"):
        document_of(maker, "far")
    assert document_of(maker, "far", predictions=path)["status"] == "ok"
    path.write_bytes(path.read_bytes() + b"x")
    document = document_of(maker, "far", predictions=path)
    assert document["status"] == "failed"
    assert "its sha256 is" in document["reasons"][0]


def test_copies_and_doubles_are_flagged(make, here):
    from dataclasses import replace

    import numpy as np
    from board_maker import town

    from roadmetrics import RoadGraph

    maker = make()
    truth = {f"{key}.json": town(i) for i, key in enumerate(maker.ids)}

    def shifted(graph, by):
        return replace(graph, vertices=graph.vertices + by, is_node=None)

    def twice(graph):
        both = [shifted(graph, by) for by in (0.0, 1.5)]
        n = len(graph.vertices)
        return RoadGraph(
            np.vstack([one.vertices for one in both]),
            np.vstack([graph.edges, graph.edges + n]),
            "m",
        )

    maker.submit("copied", truth)
    maker.submit("shifted", {k: shifted(g, (2.3, -1.7)) for k, g in truth.items()})
    maker.submit("doubled", {k: twice(g) for k, g in truth.items()})
    maker.submit("honest", maker.good(1.0))
    flags = {
        name: [flag["flag"] for flag in document_of(maker, name)["flags"]]
        for name in ("copied", "shifted", "doubled", "honest")
    }
    assert flags == {
        "copied": ["copied"], "shifted": ["copied"], "doubled": ["copied", "drawn twice"],
        "honest": [],
    }  # fmt: skip
