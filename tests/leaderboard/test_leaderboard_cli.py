"""The command line: the whole path, one line for each error, nothing heavy before a verb runs."""

import json
import subprocess
import sys

import pytest

from leaderboard.cli import main

HEAVY = ("numpy", "scipy", "pandas", "numba", "shapely", "networkx", "PIL", "skimage", "pyproj")


@pytest.fixture
def call(capsys, monkeypatch):
    def call(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_whole_path(call, make, here, monkeypatch):
    maker = make(metrics=("ccq", "apls"), n=10)
    monkeypatch.chdir(maker.folder)
    code, out, _ = call("new", "towns", "ours", "--title", 'The "best"', "--author", "A. Ä.",
                        "--training-data", "SpaceNet 3")  # fmt: skip
    assert code == 0
    assert "fill in submission.toml" in out
    code, out, _ = call("check", "towns", "ours")
    assert code == 3
    assert "wrong: predictions: there is no file in it" in out
    from roadmetrics import write

    for name, tile in maker.good(3.0).items():
        write(tile, maker.folder / "submissions/towns/ours/predictions" / name)
    assert call("check", "towns", "ours")[:2] == (0, "ours: read 10 of 10 tiles, nothing wrong\n")
    assert call("pending")[1] == "towns ours -\n"
    code, out, err = call("score", "towns", "ours")
    assert code == 0, err
    assert "ours on towns: ok" in out
    assert "scored 10 of 10 tiles" in out
    assert call("pending")[1] == ""
    code, out, _ = call("rank")
    assert code == 0
    assert "1 (1-1)  ours" in out
    assert json.loads((maker.folder / "rankings/towns.json").read_text())["rows"][0]["rank"] == 1
    assert call("verify")[:2] == (0, "towns/ours: nothing different\n")
    assert call("verify", "towns", "ours")[0] == 0
    path = maker.folder / "results/towns/ours.json"
    path.write_text(path.read_text().replace('"value": 0.', '"value": 0.0', 1))
    code, out, _ = call("verify")
    assert code == 1
    assert "towns/ours: 1 different" in out
    assert call("rank")[0] == 3


def test_pending_lists_what_changed(call, make, here):
    maker = make()
    folder = maker.submit("one", maker.good())
    board = ("--board", maker.folder)
    assert call("score", "towns", "one", *board)[0] == 0
    assert call("pending", *board)[1] == ""
    path = folder / "predictions" / "town00.json"
    data = path.read_bytes()
    path.write_bytes(data + b" ")
    assert call("pending", *board)[1] == "towns one -\n"
    path.write_bytes(data)
    text = (folder / "submission.toml").read_text()
    (folder / "submission.toml").write_text(text.replace('"One"', '"Two"'))
    assert call("pending", *board)[1] == "towns one -\n"
    (folder / "submission.toml").write_text("[")
    assert call("pending", *board)[1] == ""


def test_a_refused_submission_is_not_pending_again(call, make, here):
    maker = make()
    maker.submit("bad", maker.good() | {"x.sh": b"1"})
    board = ("--board", maker.folder)
    code, out, err = call("score", "towns", "bad", *board)
    assert code == 1
    assert "bad on towns: failed" in out
    assert "x.sh: suffix '.sh'" in err
    assert call("pending", *board)[1] == ""


def test_check_says_everything_at_once(call, make, here):
    maker = make(n=5)
    bad = maker.good()
    del bad["town00.json"]
    bad["town01.json"] = b"{"
    bad["town02.json"] = b'{"unit": "m", "vertices": [[0, NaN]], "edges": []}'
    bad["town03.geojson"] = b"{}"
    bad["other.json"] = b"{}"
    maker.submit("bad", bad)
    code, out, _ = call("check", "towns", "bad", "--board", maker.folder)
    assert code == 3
    lines = out.splitlines()
    assert any("1 of 5 tiles have no prediction: town00" in line for line in lines)
    assert any(line.startswith("wrong: town01.json") for line in lines)
    assert any(line.startswith("wrong: town02.json") for line in lines)
    assert any("tile town03: several predictions: town03" in line for line in lines)
    assert "note: other.json: no tile of the benchmark is called so" in lines
    assert lines[-1] == "bad: read 1 of 5 tiles, 4 wrong"


ERRORS = {
    "no board": (["rank", "--board", "nowhere"], 3, "not a board"),
    "no benchmark": (["score", "village", "one"], 3, "there is no benchmark 'village': towns"),
    "no submission": (["score", "towns", "one"], 3, "there is no such submission"),
    "a name that leads elsewhere": (["check", "towns", "../../x"], 3, "a name is 2 to 64"),
    "a name that is there": (["new", "towns", "taken"], 3, "it is there already"),
    "a template": (["score", "towns", "taken"], 3, "fill it in"),
    "no result": (["verify", "towns", "one"], 3, "there is no result"),
    "gt of what": (["verify", "--gt", "x"], 2, "name it"),
    "no verb": (["sing"], 2, "invalid choice: 'sing'"),
    "no argument": (["score"], 2, "required: BENCHMARK, SUBMISSION"),
    "jobs": (["check", "towns", "one", "--jobs", "-1"], 2, "must not be negative"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_one_line(name, call, make, monkeypatch):
    maker = make(n=1)
    from leaderboard.submission import write_template

    write_template(maker.folder / "submissions/towns/taken", "2026-01-01")
    monkeypatch.chdir(maker.folder)
    words, code, text = ERRORS[name]
    found, out, err = call(*words)
    assert (found, out) == (code, "")
    assert err.startswith("leaderboard: error: ")
    assert err.count("\n") == 1
    assert text in err


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys\nfrom leaderboard.cli import main\n"
        "try:\n    main(['score', '--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[]"
    assert "Nothing of it is run or imported" in " ".join(done.stdout.split())


def test_every_verb_has_help_and_an_example(call):
    from leaderboard.cli.main import _VERBS

    for name, verb in _VERBS.items():
        code, out, _ = call(name, "--help")
        assert code == 0
        assert f"  leaderboard {name}" in out
        assert verb.HELP in call("--help")[1].replace("\n" + " " * 14, " ")
