"""The published programs' values: those that travel with the project, and the full set if there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from run import run_folder  # noqa: E402  (its folder is put on the path above)

SHARED = Path(os.environ.get("ROADMETRICS_SHARED", HERE.parents[2] / "shared")) / "golden"
OWN = list(run_folder(HERE / "data"))


def test_own_set_is_whole():
    """The bundled folder is found, and nothing in it is skipped."""
    assert len(OWN) > 100
    assert {o.status for o in OWN} <= {"pass", "FAIL"}


@pytest.mark.parametrize("outcome", OWN, ids=lambda o: o.name.replace(" ", "_"))
def test_self_drawn_case(outcome):
    """Each self-drawn case gives the published program's value."""
    assert outcome.status == "pass", str(outcome)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full golden set is not beside the project")
def test_full_set():
    """Every case of every registered metric passes, through the runner as a user calls it."""
    run = [sys.executable, str(HERE / "run.py"), str(SHARED)]
    result = subprocess.run(run, capture_output=True, text=True)
    failed = [line for line in result.stdout.splitlines() if line.endswith("FAIL")]
    assert result.returncode == 0, "\n".join([*failed, result.stderr])


def test_runner_fails_on_a_wrong_value(tmp_path):
    """A wrong expected value makes the runner exit 1 and say which case."""
    folder = tmp_path / "apls"
    folder.mkdir()
    text = (HERE / "data" / "apls" / "golden.json").read_text()
    (folder / "golden.json").write_text(text.replace('"apls": 0.5', '"apls": 0.4'))
    (folder / "graphs").symlink_to(HERE / "data" / "apls" / "graphs")
    run = [sys.executable, str(HERE / "run.py"), str(tmp_path)]
    result = subprocess.run(run, capture_output=True, text=True)
    assert result.returncode == 1
    assert "FAIL" in result.stdout


def test_runner_skips_what_the_folder_lacks(tmp_path):
    """A case whose graphs are absent is skipped by name, and fails with --strict."""
    (tmp_path / "apls").mkdir()
    (tmp_path / "apls" / "golden.json").write_bytes(
        (HERE / "data" / "apls" / "golden.json").read_bytes()
    )
    run = [sys.executable, str(HERE / "run.py"), str(tmp_path)]
    result = subprocess.run(run, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "0 passed, 0 failed, 62 skipped" in result.stdout
    assert subprocess.run([*run, "--strict"], capture_output=True).returncode == 1


def test_runner_takes_an_empty_folder(tmp_path):
    """A folder may lack files."""
    run = [sys.executable, str(HERE / "run.py"), str(tmp_path)]
    result = subprocess.run(run, capture_output=True, text=True)
    assert result.returncode == 0
    assert result.stdout.strip() == "0 passed, 0 failed, 0 skipped"
