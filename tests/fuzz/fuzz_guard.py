"""Raise where a reader starts a program, opens a connection, looks up a pickled name or writes.

Python's audit events tell of these, whatever module does them; what C libraries do without Python
is not seen.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from typing import Any

_FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.startfile", "os.remove",
    "os.rename", "os.chmod", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.kill",
    "subprocess.Popen", "pickle.find_class", "webbrowser.open",
    "socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
    "urllib.Request", "ftplib.connect", "smtplib.connect", "shutil.rmtree", "code.__new__",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(BaseException):
    """A reader did what none may do; no reader's ``except Exception`` swallows it."""


class Guard:
    """Call `start` once everything is imported; events inside ``writable`` folders are allowed."""

    def __init__(self, writable: Iterable[str] = ()) -> None:
        self.is_on = False
        self.writable = tuple(os.path.realpath(folder) + os.sep for folder in writable)

    def start(self) -> None:
        """Watch from here on; a hook cannot be taken away again, only `is_on` be set to False."""
        sys.addaudithook(self._seen)
        socket.socket.connect = _refuse  # type: ignore[method-assign,assignment]
        socket.getaddrinfo = _refuse
        self.is_on = True

    def _seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITING or self._allows(path):
                return
        elif event not in _FORBIDDEN or self._is_inside(arguments):
            return
        elif event == "subprocess.Popen" and "roadmetrics.io.isolated" in str(arguments[1]):
            return  # the package's own helper
        self.is_on = False  # the report itself may open files
        try:
            raise Forbidden(f"{event} {arguments!r}"[:300])
        finally:
            self.is_on = True

    def _is_inside(self, arguments: tuple[Any, ...]) -> bool:
        first = arguments[0] if arguments else None
        return isinstance(first, (str, bytes, os.PathLike)) and self._allows(first)

    def _allows(self, path: Any) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return isinstance(path, int)  # a file or pipe that is open already
        return path == os.devnull or os.path.abspath(os.fsdecode(path)).startswith(self.writable)


def _refuse(*_: Any, **__: Any) -> None:
    raise Forbidden("a connection")
