"""Rows of text as aligned text, CSV, Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

Row = list[str]


def as_text(header: Row, rows: Sequence[Row], *, group: bool = False) -> str:
    """Columns aligned, numbers to the right; ``group`` blanks repeats in the first column.

    >>> print(as_text(["a", "b"], [["x", "1.5"], ["x", "10"]], group=True))
    a    b
    x  1.5
        10
    >>> as_text(["a"], [])
    'a'
    """
    rows = _printable(rows)
    shown = [header, *(_without_repeats(rows) if group else rows)]
    widths = [max(len(row[i]) for row in shown) for i in range(len(header))]
    is_right = [_is_numeric(rows, i) for i in range(len(header))]
    lines = (
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_right, strict=True)
        )
        for row in shown
    )
    return "\n".join(line.rstrip() for line in lines)


def folded(header: Row, rows: Sequence[Row], width: int) -> list[tuple[Row, list[Row]]]:
    """The table as several, each at most ``width`` wide where its columns allow it.

    The first column stands in each.

    >>> folded(["m", "aaaa", "bbbb"], [["x", "1", "2"]], 8)
    [(['m', 'aaaa'], [['x', '1']]), (['m', 'bbbb'], [['x', '2']])]
    >>> folded(["m"], [], 8)
    [(['m'], [])]
    """
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    groups: list[list[int]] = [[0]]
    for column in range(1, len(header)):
        used = sum(widths[i] + 2 for i in groups[-1])
        if used + widths[column] > width and len(groups[-1]) > 1:
            groups.append([0])
        groups[-1].append(column)
    return [
        ([header[i] for i in group], [[row[i] for i in group] for row in rows]) for group in groups
    ]


def as_csv(header: Row, rows: Sequence[Sequence[Any]]) -> str:
    r"""Comma separated; what holds a comma is quoted.

    >>> as_csv(["a", "b"], [[0.5, "x,y"]])
    'a,b\n0.5,"x,y"'
    >>> as_csv(["a"], [])
    'a'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().rstrip("\n")


def as_markdown(header: Row, rows: Sequence[Row]) -> str:
    r"""A pipe table.

    >>> print(as_markdown(["a", "b"], [["x|y", "1"]]))
    | a | b |
    |:--|--:|
    | x\|y | 1 |
    >>> print(as_markdown(["a"], []))
    | a |
    |:--|
    """
    rows = _printable(rows)
    marks = ["--:" if _is_numeric(rows, i) else ":--" for i in range(len(header))]
    lines = [header, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([text[0], "|" + "|".join(marks) + "|", *text[1:]])


def as_latex(header: Row, rows: Sequence[Row]) -> str:
    r"""A tabular with the rules of booktabs.

    >>> print(as_latex(["a_b"], [["50 %"]]))
    \begin{tabular}{l}
    \toprule
    a\_b \\
    \midrule
    50 \% \\
    \bottomrule
    \end{tabular}
    >>> as_latex(["a"], []).count("midrule")
    1
    """
    rows = _printable(rows)
    columns = "".join("r" if _is_numeric(rows, i) else "l" for i in range(len(header)))
    body = [" & ".join(_latex(cell) for cell in row) + r" \\" for row in (header, *rows)]
    return "\n".join([
        rf"\begin{{tabular}}{{{columns}}}", r"\toprule", body[0], r"\midrule", *body[1:],
        r"\bottomrule", r"\end{tabular}",
    ])  # fmt: skip


_LATEX = str.maketrans({
    "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "↓": r"$\downarrow$",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
})  # fmt: skip


def _latex(cell: str) -> str:
    return cell.translate(_LATEX)


def _printable(rows: Sequence[Row]) -> list[Row]:
    """Control characters, which names of files may hold, escaped."""
    return [[cell if cell.isprintable() else repr(cell)[1:-1] for cell in row] for row in rows]


def _without_repeats(rows: Sequence[Row]) -> list[Row]:
    above = ["", *(row[0] for row in rows)]
    return [
        ["" if row[0] == before else row[0], *row[1:]]
        for row, before in zip(rows, above, strict=False)
    ]


def _is_numeric(rows: Sequence[Row], column: int) -> bool:
    """The first column holds names, whatever they look like."""
    return column > 0 and bool(rows) and all(row[column][:1] in set("-0123456789") for row in rows)
