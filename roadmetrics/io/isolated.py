"""Readers on C++ libraries run in a process of their own: damaged bytes can crash those libraries.

pyarrow ends the process by an exception that nobody catches, osmium by reading wild memory: both
were met by fuzzing. The helper process is started with the first such file and kept for the next;
where it dies, the file is refused. What it answers is numbers and JSON, never a pickle.
"""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

import numpy as np

from ..errors import FormatError, RoadMetricsError
from ..graph import RoadGraph
from .repairs import collected, repaired

SECONDS = 120  # after which the helper is ended
MAX_MAPPED = 4 << 30  # bytes that it may map
_SIZES = struct.Struct("<QQQQ")
_CODE = "import sys; sys.path[:] = {!r}; from roadmetrics.io.isolated import serve; serve()"


class _Helper:
    """The process on the other end of two pipes."""

    def __init__(self) -> None:
        self.owner = os.getpid()  # a fork must not write into its parent's pipes
        self.process = subprocess.Popen(  # noqa: S603 our own interpreter and code
            [sys.executable, "-c", _CODE.format([os.path.abspath(p) for p in sys.path])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
        timer = threading.Timer(SECONDS, self.process.kill)
        timer.daemon = True
        timer.start()
        try:
            _send(self.process.stdin, json.dumps(request).encode(), data)
            head, vertices, edges = _received(self.process.stdout)
            return json.loads(head), vertices, edges
        finally:
            timer.cancel()

    def close(self) -> None:
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


_lock = threading.Lock()
_helper: _Helper | None = None


def read_isolated(module: str, data: bytes, name: str, crs: str | None) -> RoadGraph:
    """What ``read_MODULE`` of roadmetrics/io/MODULE.py makes of a file, in the helper process.

    Raises its FormatError, and one where the helper dies or takes more than `SECONDS`.

    >>> read_isolated("osm", b"<osm version='0.6'/>", "a.osm", None)
    RoadGraph(0 vertices, 0 edges, 0.0 m)
    """
    request = {"module": module, "name": name, "crs": crs}
    with _lock:
        try:
            answer, vertices, edges = _started().ask(request, data)
        except (OSError, EOFError):
            close()
            raise FormatError(
                f"{name}: a damaged file: the library that reads it crashed or took too long"
            ) from None
    if "error" in answer:
        raise FormatError(answer["error"])
    for what, n in answer["repairs"].items():
        repaired(what, n)
    return RoadGraph(
        np.frombuffer(vertices, "<f8").reshape(-1, 2), np.frombuffer(edges, "<i4").reshape(-1, 2),
        answer["unit"], crs=answer["crs"],
    )  # fmt: skip


def _started() -> _Helper:
    global _helper
    if _helper is not None and _helper.process.poll() is not None:
        close()  # ended by someone else since the last file
    if _helper is None or _helper.owner != os.getpid():
        _helper = _Helper()
    return _helper


@atexit.register
def close() -> None:
    """End the helper process, if there is one."""
    global _helper
    helper, _helper = _helper, None
    if helper is not None:
        helper.close()


def _send(pipe: IO[bytes] | None, *parts: bytes) -> None:
    assert pipe is not None
    sizes = [*map(len, parts), 0, 0, 0][:4]
    pipe.write(_SIZES.pack(*sizes))
    for part in parts:
        pipe.write(part)
    pipe.flush()


def _received(pipe: IO[bytes] | None, n_parts: int = 3) -> list[bytes]:
    assert pipe is not None
    head = pipe.read(_SIZES.size)
    if len(head) < _SIZES.size:
        raise EOFError
    parts = [pipe.read(size) for size in _SIZES.unpack(head)[:n_parts]]
    if sum(map(len, parts)) < sum(_SIZES.unpack(head)[:n_parts]):
        raise EOFError
    return parts


# in the helper process ----------------------------------------------------------------------


def serve() -> None:
    """Answer requests until the pipe is closed."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    _limit_memory()
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            request, data = _received(sys.stdin.buffer, 2)
            _send(answers, *_answer(json.loads(request), data))


def _answer(request: dict[str, Any], data: bytes) -> tuple[bytes, bytes, bytes]:
    reader = getattr(import_module(f".{request['module']}", __package__), _reader(request))
    with collected() as repairs:
        try:
            graph: RoadGraph = reader(data, request["name"], request["crs"])
        except RoadMetricsError as error:
            return json.dumps({"error": str(error)}).encode(), b"", b""
        except MemoryError:
            error_text = f"{request['name']}: it takes more memory than is allowed: cut it up"
            return json.dumps({"error": error_text}).encode(), b"", b""
    about = {"unit": graph.unit, "crs": graph.crs, "repairs": dict(repairs)}
    vertices = graph.vertices.astype("<f8").tobytes()
    return json.dumps(about).encode(), vertices, graph.edges.astype("<i4").tobytes()


def _reader(request: dict[str, Any]) -> str:
    return f"read_{request['module']}"


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MAPPED, MAX_MAPPED))
