"""A submission: what submission.toml says of a set of predictions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from roadmetrics.io.files import shown

from .errors import BoardError, Problems
from .store import write_file
from .tables import NAME_RULE, Table, is_line, is_name

UNFILLED = "FILL IN"


@dataclass(frozen=True)
class Submission:
    """One folder of submissions/BENCHMARK; ``path`` is None where the predictions are elsewhere."""

    folder: Path
    name: str
    benchmark: str
    title: str
    authors: tuple[str, ...]
    date: str
    code: str | None
    paper: str | None
    training_data: tuple[str, ...]
    description: str
    baseline: bool
    withdrawn: str | None
    path: Path | None
    url: str | None
    sha256: str | None
    threshold: float | None
    pred_axis: Literal["xy", "yx"]
    flip_y: bool

    @classmethod
    def read(cls, folder: Path) -> Submission:
        """Read submission.toml; Problems with everything that is wrong."""
        for path in (folder.parent, folder, folder / "submission.toml"):
            if path.is_symlink():
                raise Problems([f"{shown(path)}: a link: give the file or folder itself"])
        problems: list[str] = []
        table = Table.read(folder / "submission.toml", problems)
        fields = {} if problems else _fields(table, folder)
        if problems:
            raise Problems(problems)
        return cls(folder=folder, **fields)

    def told(self) -> dict[str, Any]:
        """What a result says of it."""
        return {
            "name": self.name, "title": self.title, "authors": list(self.authors),
            "date": self.date, "code": self.code, "paper": self.paper,
            "training_data": list(self.training_data), "description": self.description,
            "baseline": self.baseline,
            "reading": {"threshold": self.threshold, "pred_axis": self.pred_axis,
                        "flip_y": self.flip_y},
        }  # fmt: skip


def _fields(table: Table, folder: Path) -> dict[str, Any]:
    table.whole("schema", ..., 1, 1)
    fields: dict[str, Any] = {
        "name": table.name("name", folder.name),
        "benchmark": table.name("benchmark", folder.absolute().parent.name),
        "title": table.line("title"), "authors": table.lines("authors"), "date": table.day("date"),
        "code": table.url("code"), "paper": table.url("paper"),
        "training_data": table.lines("training_data"),
        "description": table.text("description"), "baseline": table.flag("baseline"),
        "withdrawn": table.line("withdrawn", None),
    }  # fmt: skip
    if table.raw.get("authors") == []:
        table.wrong("authors", "name at least one")
    for key in ("title", "authors", "training_data"):
        if UNFILLED in str(table.raw.get(key)):
            table.wrong(key, "it is still the template's: fill it in")
    fields |= _predictions(table.table("predictions", is_needed=True), folder)
    reading = table.table("reading")
    fields |= {
        "threshold": reading.number("threshold", None, 1e-9, 1),
        "pred_axis": reading.choice("pred_axis", ("xy", "yx"), "xy"),
        "flip_y": reading.flag("flip_y"),
    }
    reading.close()
    table.close()
    return fields


def _predictions(table: Table, folder: Path) -> dict[str, Any]:
    path, url = table.line("path", None), table.url("url")
    sha256 = table.line("sha256", None)
    if (path is None) == (url is None):
        table.wrong("path", "give either path, or url and sha256")
    if path is not None and (not is_line(path) or Path(path).name != path or path in (".", "..")):
        table.wrong("path", "expected the name of a folder or .zip beside submission.toml")
        path = None
    if (url is None) != (sha256 is None):
        table.wrong("sha256", "url and sha256 belong together")
    if url is not None and not url.startswith("https://"):
        table.wrong("url", "expected an address that begins with https://")
    if sha256 is not None and not (len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")):
        table.wrong("sha256", "expected 64 hexadecimal digits")
    table.close()
    return {"path": None if path is None else folder / path, "url": url, "sha256": sha256}


def write_template(
    folder: Path,
    date: str,
    title: str | None = None,
    authors: tuple[str, ...] = (),
    training_data: tuple[str, ...] = (),
) -> None:
    """Make a folder with a submission.toml and an empty folder of predictions.

    What is not given is left to be filled in, and `check` says so. Training data of "none" is
    none. Raises BoardError where the folder exists, or its name is none.
    """
    if not is_name(folder.name):
        raise BoardError(f"{folder.name!r}: {NAME_RULE}")
    if folder.exists():
        raise BoardError(f"{folder}: it is there already")
    data = () if training_data == ("none",) else training_data or (UNFILLED,)
    text = _TEMPLATE.format(
        name=folder.name, benchmark=folder.parent.name, title=_quoted(title or UNFILLED),
        authors=", ".join(_quoted(one) for one in authors or (UNFILLED,)), date=date,
        data=", ".join(_quoted(one) for one in data),
    )  # fmt: skip
    (folder / "predictions").mkdir(parents=True)
    write_file(folder / "submission.toml", text.encode())


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    if not is_line(text):
        raise BoardError(f"{text!r}: expected one line of at most 300 printable letters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TEMPLATE = """\
schema = 1
name = "{name}"
benchmark = "{benchmark}"
title = {title}
authors = [{authors}]
date = {date}
training_data = [{data}]  # what the method was trained on, a line each; [] for nothing
# code = "https://..."
# paper = "https://..."
# description = "..."

[predictions]
path = "predictions"  # a folder, or a .zip, beside this file
# or, where the files are too large for the repository:
# url = "https://..."
# sha256 = "..."  # of the .zip
"""
