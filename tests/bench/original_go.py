"""Builds a Go program of others as it lies in its checkout.

Its main can be renamed and a main of ours put beside it, and files that it never calls left out,
by Go's own -overlay: no checkout is written to. Modules are taken from the folder that
ROADMETRICS_GO_MODULES names, laid out OWNER/NAME as on the module's path; without it Go fetches
them itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

MODULES = "ROADMETRICS_GO_MODULES"
HOST = "github.com"


def build(
    source: Path, work: Path, *, driver: Path | None = None, needs: dict[str, str],
    left_out: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    """The program made from one Go file; ``needs``: module and version, ``left_out``: their files.

    Raises SystemExit with Go's words where it does not build.
    """
    if shutil.which("go") is None:
        raise SystemExit("no `go` on the path: install Go 1.19 or newer")
    text = source.read_text(encoding="utf-8")
    if driver is not None:
        text = text.replace("func main()", "func original()")
        shutil.copy(driver, work / "driver.go")
    (work / "program.go").write_text(text, encoding="utf-8")
    (work / "go.mod").write_text(_go_mod(needs), encoding="utf-8")
    command = ["go", "build", "-o", "program", "."]
    if os.environ.get(MODULES):
        overlay = _overlay(work, needs, left_out)
        (work / "overlay.json").write_text(json.dumps({"Replace": overlay}), encoding="utf-8")
        command[2:2] = ["-overlay", "overlay.json"]
    environment = os.environ | {"GOFLAGS": "-mod=mod"}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{source}: does not build: {done.stderr.strip()}")
    return work / "program"


def _overlay(work: Path, needs: dict[str, str], left_out: tuple[str, ...]) -> dict[str, str]:
    """Files that are not there, and a go.mod where a module is older than those."""
    result = {str(_module(path)): "" for path in left_out}
    for name in needs:
        if not (_module(name) / "go.mod").exists():
            made = work / f"{name.replace('/', '_')}.mod"
            made.write_text(f"module {HOST}/{name}\n", encoding="utf-8")
            result[str(_module(name) / "go.mod")] = str(made)
    return result


def _module(name: str) -> Path:
    return Path(os.environ[MODULES]).resolve() / name


def _go_mod(needs: dict[str, str]) -> str:
    lines = ["module program", "go 1.19"]
    for name, version in needs.items():
        lines.append(f"require {HOST}/{name} {version}")
        if os.environ.get(MODULES):
            lines.append(f"replace {HOST}/{name} => {_module(name)}")
    return "\n".join(lines) + "\n"
