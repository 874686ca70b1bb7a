"""The recipe for continuous integration: followed as its page has it, on local repositories."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leaderboard.board import Board
from leaderboard.cli.main import _VERBS
from leaderboard.making import HERE
from leaderboard.publish import publish
from leaderboard.ranking import load_ranking
from leaderboard.scoring import score

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "leaderboard.md"
WORKFLOWS = HERE / "template" / "dot-github" / "workflows"


HERE_ONLY = """
import sys
from leaderboard import tiles
from leaderboard.cli import main
from roadmetrics.parallel import finished
tiles.finished = lambda work, things, jobs, *, limits: finished(work, things, 1)
sys.exit(main())
"""  # without processes of their own, which take most of the time and are tested elsewhere


def commands():
    """What stands after "$ " in the page's console blocks, but for installing."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.S)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line[:2] == "$ "]
    assert lines[0].startswith("pip install")
    return [line for line in lines[1:] if "build" in _VERBS or "leaderboard build" not in line]


def environment(folder):
    """A home without settings, and a `leaderboard` and a `python` of this interpreter."""
    scripts = folder / "bin"
    scripts.mkdir()
    (folder / "here.py").write_text(HERE_ONLY)
    for name, words in (("leaderboard", f'"{folder}/here.py"'), ("python", "")):
        path = scripts / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        path.chmod(0o755)
    who = {f"GIT_{role}_{what}": "x@example.org" for role in ("AUTHOR", "COMMITTER")
           for what in ("NAME", "EMAIL")}  # fmt: skip
    return {
        **os.environ, **who, "PATH": f"{scripts}:{os.environ['PATH']}", "HOME": str(folder),
        "PYTHONPATH": str(ROOT), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "init.defaultBranch", "GIT_CONFIG_VALUE_0": "main",
        "GIT_CONFIG_KEY_1": "push.default", "GIT_CONFIG_VALUE_1": "current",
    }  # fmt: skip


@pytest.fixture
def shell(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    env = environment(tmp_path)

    def shell(script, cwd=tmp_path):
        done = subprocess.run(
            ["bash", "-euc", script], cwd=cwd, env=env, capture_output=True, text=True, timeout=300
        )
        return done.returncode, done.stdout, done.stderr

    return shell


def test_the_page_makes_a_board(shell, tmp_path):
    for name in ("board", "hidden"):
        code, _, err = shell(f"git init --quiet --bare --initial-branch=main {name}.git")
        assert code == 0, err
    script = "\n".join(commands()).replace("git@github.com:you/", f"{tmp_path}/")
    assert script.count(f"{tmp_path}/") == 3
    code, out, err = shell(script)
    assert code == 0, f"{out}\n{err}"
    assert "our-method: read 19 of 19 tiles, nothing wrong" in out
    assert "our-town/our-method: nothing different" in out
    code, _, err = shell(f"git clone --quiet {tmp_path}/board.git seen")
    assert code == 0, err
    board = Board.read(tmp_path / "seen")
    parts = list(board.benchmark("our-town").tiles.values())
    assert parts.count("private") >= 10
    assert load_ranking(board, "our-town")["rows"][0]["submission"] == "our-method"
    raw = board.result("our-town", "our-method").raw
    assert set(raw["tiles"]) == {
        key for key, part in board.benchmark("our-town").tiles.items() if part == "public"
    }
    shell(f"git clone --quiet {tmp_path}/hidden.git kept")
    assert (tmp_path / "kept/counts/our-town/our-method.json").is_file()
    assert not list((tmp_path / "seen").rglob("counts"))


def test_a_request_that_touches_anything_else_is_refused(shell, make, tmp_path):
    maker = make(n=2)
    shutil.copytree(HERE / "template" / "ci", maker.folder / "ci")
    setup = (
        "git init --quiet . && git add --all && git commit --quiet -m board\n"
        f"git clone --quiet . {tmp_path}/request && cd {tmp_path}/request\n"
    )
    assert shell(setup, maker.folder)[0] == 0
    for change in (
        "mkdir -p results/towns && echo '{}' > results/towns/one.json",
        "sed -i s/Towns/Ours/ benchmarks/towns/benchmark.toml",
        "echo 'exit 0' > ci/check",
        "mkdir -p .github/workflows && echo 'on: push' > .github/workflows/x.yml",
        "mkdir -p submissions/towns/one submissions/towns/two; touch submissions/towns/{one,two}/a",
        "mkdir -p 'submissions/towns/a b' && touch 'submissions/towns/a b/c'",
        "mkdir -p submissions/towns/one && touch submissions/towns/one/a submissions/x",
        "mkdir -p submissions/towns && touch $'submissions/towns/one\\nx'",
    ):
        script = (
            f"cd {tmp_path}/request && git checkout --quiet -B try origin/HEAD\n{change}\n"
            f"git add --all && git commit --quiet -m try\n{maker.folder}/ci/check {maker.folder} ."
        )
        code, _, err = shell(script)
        assert code == 3, (change, err)
        assert "and nothing else; this one:" in err, change


def test_two_scoring_jobs_at_once_both_arrive(shell, make, here, tmp_path):
    """A result that somebody pushed meanwhile is kept, and the order is made of both."""
    maker = make(n=2)
    maker.submit("one", maker.good(1.0))
    maker.submit("two", maker.good(3.0))
    shutil.copytree(HERE / "template" / "ci", maker.folder / "ci")
    setup = (
        "git init --quiet . && git add --all && git commit --quiet -m board\n"
        f"git clone --quiet --bare . {tmp_path}/board.git\ncd {tmp_path}\n"
        "git clone --quiet board.git a; git clone --quiet board.git b\n"
    )
    code, out, err = shell(setup, maker.folder)
    assert code == 0, out + err
    for clone, name in (("a", "one"), ("b", "two")):
        board = Board.read(tmp_path / clone)
        scoring = score(board.benchmark("towns"), board.submission("towns", name))
        publish(board, scoring, started=datetime.now(UTC), wall_seconds=0)
    code, out, err = shell(
        "(cd a && ci/publish none) && (cd b && ci/publish none); git clone --quiet board.git c"
    )
    assert code == 0, out + err
    board = Board.read(tmp_path / "c")
    assert board.result_names("towns") == ["one", "two"]
    assert [row["submission"] for row in load_ranking(board, "towns")["rows"]] == ["one", "two"]
    assert board.ranking_path("towns").is_file()


def test_two_jobs_on_the_same_submission_leave_the_files_of_one(shell, make, here, tmp_path):
    maker = make(n=2)
    maker.submit("one", maker.good(1.0))
    shutil.copytree(HERE / "template" / "ci", maker.folder / "ci")
    shutil.copy(HERE / "template" / "dot-gitattributes", maker.folder / ".gitattributes")
    setup = (
        "git init --quiet . && git add --all && git commit --quiet -m board\n"
        f"git clone --quiet --bare . {tmp_path}/board.git\ncd {tmp_path}\n"
        "git clone --quiet board.git a; git clone --quiet board.git b\n"
    )
    code, out, err = shell(setup, maker.folder)
    assert code == 0, out + err
    for clone, seconds in (("a", 1), ("b", 2)):
        board = Board.read(tmp_path / clone)
        scoring = score(board.benchmark("towns"), board.submission("towns", "one"))
        publish(board, scoring, started=datetime.now(UTC), wall_seconds=seconds)
    code, out, err = shell(
        "(cd a && ci/publish none) && (cd b && ci/publish none); git clone --quiet board.git c"
    )
    assert code == 0, out + err
    board = Board.read(tmp_path / "c")
    assert board.run("towns", "one")["wall_seconds"] == 2
    assert [row["submission"] for row in load_ranking(board, "towns")["rows"]] == ["one"]


def workflow(name):
    return (WORKFLOWS / name).read_text()


def test_a_request_is_checked_without_secrets_and_by_trusted_scripts():
    text = workflow("check.yml")
    assert "on: pull_request\n" in text
    assert "pull_request_target" not in text
    assert "secrets" not in text
    assert "write" not in text.split("steps:")[1]
    assert re.search(r"^permissions:\n  contents: read\n", text, re.M)
    assert text.count("persist-credentials: false") == 2
    runs = re.findall(r"- run: (.*)", text)
    assert runs == ["pip install -r board/ci/requirements.txt", "board/ci/check board request"]


def test_only_what_was_merged_meets_the_secrets():
    text = workflow("score.yml")
    trigger = text[text.index("on:") : text.index("permissions:")]
    assert "pull_request" not in trigger
    assert "workflow_run" not in trigger
    assert "branches: [main]" in trigger
    assert text.count("secrets.") == 1
    assert "ref: main" in text
    for name in ("check.yml", "score.yml"):
        for block in re.findall(r"run: (.*(?:\n {10}.*)*)", workflow(name)):
            assert "${{" not in block  # nothing of an event is put into a command
