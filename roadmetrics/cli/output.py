"""Where results go: standard output holds data only, all else goes to standard error."""

from __future__ import annotations

import os
import sys

from ..errors import RoadMetricsError


class UsageError(Exception):
    """The command line asks for what cannot be."""


def open_streams() -> None:
    """Give a closed standard stream (``>&-``) the null device, so that printing is no error."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def say(line: str, program: str = "roadmetrics") -> None:
    """One line to the user, beside the data."""
    print(f"{program}: {printable(line)}", file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """The text with control characters, which names of files may hold, escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def deliver(text: str, out: str | None) -> None:
    """Print the text, or write it to the file ``out``: whole or not at all."""
    if out is None:
        print_text(text)
    else:
        write_text(out, text + "\n")


def print_text(text: str) -> None:
    """Print; what the terminal's encoding lacks is shown as a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))


def check_place(out: str | None) -> None:
    """Raise RoadMetricsError where ``out`` cannot be written, before the work is done."""
    if out == "":
        raise UsageError("--out needs the name of a file")
    if out is not None and (os.path.isdir(out) or not os.path.isdir(os.path.dirname(out) or ".")):
        raise RoadMetricsError(f"{out}: cannot be written: not a file in a folder that exists")


def write_text(out: str, text: str) -> None:
    """Write a file through a temporary one beside it, so that a reader never sees half of it.

    A device or pipe, such as /dev/stdout, is written to as it is.
    """
    if os.path.isfile(out) or not os.path.exists(out):
        from pathlib import Path

        from ..io.files import write_bytes

        write_bytes(Path(out), text.encode("utf-8", "backslashreplace"))
        return
    try:
        with open(out, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise RoadMetricsError(f"{out}: cannot be written: {error.strerror}") from None


def processes(jobs: int, program: str = "roadmetrics") -> int:
    """The number of --jobs, at most one a core: more only take memory."""
    from ..parallel import n_cores

    if jobs > n_cores():
        say(f"--jobs {jobs}: there are {n_cores()} cores here, that many are used", program)
    return min(jobs, n_cores())


class ProgressLine:
    """Tiles done, on one line of a terminal; nothing where standard error is no terminal."""

    def __init__(self, what_is_done: str = "scored") -> None:
        self.what_is_done = what_is_done
        self.is_shown = sys.stderr.isatty()

    def __call__(self, done: int, n: int) -> None:
        """Show how far the run is; the line is wiped after the last tile."""
        if not self.is_shown or n == 1:
            return
        text = f"\r{self.what_is_done} {done} of {n} tiles" if done < n else "\r\033[K"
        print(text, end="", file=sys.stderr, flush=True)
