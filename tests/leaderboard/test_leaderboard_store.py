"""Files of a board: whole through kills and two writers; schemas that say what they hold."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from board_maker import OWN_BOARD

from leaderboard import schema
from leaderboard.board import Board
from leaderboard.errors import BoardError
from leaderboard.publish import publish
from leaderboard.ranking import load_ranking, rank
from leaderboard.scoring import Scoring, score
from leaderboard.store import as_json, digest, write_file

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from leaderboard.store import as_json, write_file
print("ready", flush=True)
n = 0
while True:
    n += 1
    write_file(Path(sys.argv[1]), as_json({"n": n, "filling": sys.argv[2] * 200_000}))
"""


def writer(path, letter):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), letter], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def whole(path):
    document = json.loads(path.read_text())
    assert set(document["filling"]) in ({"a"}, {"b"})
    assert len(document["filling"]) == 200_000
    return document["n"]


def test_a_kill_at_any_point_leaves_a_whole_file(tmp_path):
    path = tmp_path / "results" / "one.json"
    for i in range(8):
        process = writer(path, "a")
        time.sleep(0.02 + 0.017 * i)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        process.stdout.close()
        if path.exists():
            assert whole(path) >= 1
    assert path.exists()
    others = [one for one in path.parent.iterdir() if one != path]
    assert all(one.name.startswith(".one.json.") and one.suffix == ".tmp" for one in others)
    write_file(path, b"{}\n")
    assert path.read_bytes() == b"{}\n"


def test_two_writers_at_once_leave_one_of_theirs(tmp_path):
    path = tmp_path / "one.json"
    both = [writer(path, letter) for letter in "ab"]
    try:
        seen = set()
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            if path.exists():
                seen.add(whole(path))
        assert len(seen) > 1
    finally:
        for process in both:
            process.kill()
            process.wait(30)
            process.stdout.close()


class Kill(BaseException):
    """As SIGKILL: nothing below catches it, and nothing is cleaned up."""


def killed_at(n, monkeypatch, work):
    """Do the work, but die in the n-th call that changes the disk; whether it came so far."""
    calls = 0

    def deadly(real):
        def call(*words, **options):
            nonlocal calls
            calls += 1
            if calls == n:
                raise Kill
            return real(*words, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", deadly(os.fsync))
        patch.setattr(Path, "open", deadly(Path.open))
        patch.setattr(Path, "replace", deadly(Path.replace))
        patch.setattr(Path, "mkdir", deadly(Path.mkdir))
        try:
            work()
        except Kill:
            return True
    return False


def test_a_board_is_readable_after_a_kill_at_any_step(make, here, tmp_path, monkeypatch):
    maker = make(n=12, n_private=10)
    maker.submit("one", maker.good(1.0))
    maker.submit("two", maker.good(3.0))
    both = [score(maker.mark, maker.submission(name)) for name in ("one", "two")]
    board, private = maker.board, tmp_path / "counts"
    n = 0

    def work(order=None):
        for scoring in both:
            publish(board, scoring, started=datetime.now(UTC), wall_seconds=n, private=private)
        write_file(board.ranking_path("towns"), order or as_json(rank(board, "towns", private)))

    documents = {id(scoring): scoring.result() for scoring in both}
    monkeypatch.setattr(Scoring, "result", lambda self: documents[id(self)])  # it takes long
    work()
    order = board.ranking_path("towns").read_bytes()
    shutil.rmtree(maker.folder / "results")
    while killed_at(n := n + 1, monkeypatch, partial(work, order)):
        for name in board.result_names("towns"):
            assert board.result("towns", name).raw["status"] == "ok"
            board.run("towns", name)
        if board.ranking_path("towns").exists():
            schema.require(json.loads(board.ranking_path("towns").read_text()), "ranking", "x")
    assert n > 30
    assert len(load_ranking(board, "towns")["rows"]) == 2


def test_what_a_kill_leaves_between_the_files_of_a_result_is_seen(make, here):
    """The result is new, its run file is not: it is passed over."""
    maker = make()
    maker.submit("one", maker.good())
    scoring = score(maker.mark, maker.submission("one"))
    publish(maker.board, scoring, started=datetime.now(UTC), wall_seconds=2.0)
    assert maker.board.run("towns", "one")["wall_seconds"] == 2.0
    path = maker.board.result_path("towns", "one")
    write_file(path, as_json(json.loads(path.read_text()) | {"reasons": ["other"]}))
    assert maker.board.run("towns", "one") is None
    maker.board.run_path("towns", "one").unlink()
    assert maker.board.run("towns", "one") is None
    (path.parent / ".two.json.1-ab.tmp").write_text("{")
    assert maker.board.result_names("towns") == ["one"]


def test_a_broken_or_foreign_result_is_one_line(make, here):
    maker = make()
    path = maker.board.result_path("towns", "one")
    write_file(path, b'{"schema": 1,')
    with pytest.raises(BoardError, match=r"one\.json"):
        maker.board.result("towns", "one")
    write_file(path, b"[]")
    with pytest.raises(BoardError, match="expected an object, not a list of 0"):
        maker.board.result("towns", "one")


def documents():
    """(schema, document) of the project's own board."""
    board = Board.read(OWN_BOARD)
    for name in board.result_names("nauru-damage"):
        yield "result", board.result("nauru-damage", name).raw
        yield "run", json.loads(board.run_path("nauru-damage", name).read_text())
    yield "ranking", json.loads(board.ranking_path("nauru-damage").read_text())


def places(value, at=()):
    """Every place in a document."""
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*at, key))
    if isinstance(value, list):
        for i in range(min(len(value), 2)):
            yield from places(value[i], (*at, i))


def changed(value, at, how):
    """A copy in which one place is another thing."""
    if not at:
        return how(value)
    copy = value.copy()
    copy[at[0]] = changed(value[at[0]], at[1:], how)
    return copy


HOW = (
    lambda value: [],
    lambda value: True,
    lambda value: "x",
    lambda value: -5,
    lambda value: None,
    lambda value: {**value, "more": 1} if isinstance(value, dict) else 1.5,
)


def test_our_check_says_what_a_library_says():
    """Thousands of changed documents: refused by both or by neither."""
    jsonschema = pytest.importorskip("jsonschema")
    n_refused = n = 0
    for name, document in documents():
        rule = schema.load(name)
        validator = jsonschema.Draft7Validator(rule)
        validator.check_schema(rule)
        assert validator.is_valid(document)
        if document.get("tiles"):
            # a document of its own: a board hands the same one to all who ask
            document = document | {"tiles": dict(list(document["tiles"].items())[:1])}
        every = list(places(document))
        for i, at in enumerate(every[:: max(1, len(every) // 60)]):
            one = changed(document, at, HOW[i % len(HOW)])
            try:
                schema.require(one, name, "x")
                is_ours = True
            except BoardError:
                is_ours = False
            assert is_ours == validator.is_valid(one), (name, at)
            n += 1
            n_refused += not is_ours
    assert 0.3 < n_refused / n < 1


def test_digests_are_of_bytes():
    assert digest(b"abc").startswith("sha256:ba7816bf")
