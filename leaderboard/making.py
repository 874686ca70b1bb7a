"""Make a board from the definitions and files that the package brings."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from roadmetrics.io.files import shown

from .errors import BoardError
from .store import write_file
from .tables import is_line

HERE = Path(__file__).resolve().parent
FOLDERS = ("benchmarks", "submissions", "results", "runs", "rankings", "reported")


def definitions() -> list[str]:
    """Benchmarks that the package defines.

    >>> "nauru-damage" in definitions()
    True
    """
    return sorted(path.name for path in (HERE / "definitions").iterdir() if path.is_dir())


def make_board(
    folder: str | Path, title: str = "Leaderboard", benchmarks: Sequence[str] | None = None
) -> list[str]:
    """Write a board; the benchmarks in it. Its board.toml comes last: until then it is none.

    Raises BoardError for a folder that holds anything but a repository, and a benchmark that the
    package does not define.
    """
    path, chosen = Path(folder), list(benchmarks or definitions())
    if path.exists() and (not path.is_dir() or _others(path)):
        raise BoardError(f"{shown(path)}: there is something in it: give an empty or new folder")
    for name in chosen:
        if name not in definitions():
            raise BoardError(f"there is no benchmark {name!r}: {', '.join(definitions())}")
    if not is_line(title):
        raise BoardError("the title is one line of at most 300 printable letters")
    for source in sorted((HERE / "template").rglob("*")):
        target = path / _unpacked(source.relative_to(HERE / "template"))
        if source.is_file() and not target.exists():
            write_file(target, source.read_bytes())
            if target.parent.name == "ci":
                target.chmod(0o755)
    for name in FOLDERS:
        write_file(path / name / ".gitkeep", b"")
    for name in chosen:
        shutil.copytree(HERE / "definitions" / name, path / "benchmarks" / name)
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    write_file(path / "board.toml", f'schema = 1\ntitle = "{quoted}"\nabout = ""\n'.encode())
    return chosen


def _others(path: Path) -> list[Path]:
    return [one for one in path.iterdir() if one.name not in (".git", "README.md", "LICENSE")]


def _unpacked(relative: Path) -> Path:
    """Names in the package say "dot-" for the dot that packaging tools pass over."""
    return Path(*(part.replace("dot-", ".", 1) if part.startswith("dot-") else part
                  for part in relative.parts))  # fmt: skip
