"""Reads hostile files, each in a process of its own, and tells what came of it.

Python is started once; each file is read in a fork of it, so that resident memory is counted from
where that fork began (Linux starts `ru_maxrss` of a fork at what it holds then). The fork may map
3 GiB more than it has, is killed after 60 s, and `fuzz_guard` raises where it would start a
program, connect, look a pickled name up or write. Requests and answers are lines of JSON.
"""

from __future__ import annotations

import io
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzz"))

import fuzz_formats
from fuzz_guard import Guard

import roadmetrics as rm
from roadmetrics.cli import main

PATIENCE = 60  # seconds


def outcome(request: dict[str, Any]) -> dict[str, Any]:
    """What reading gave: ``texts`` of the errors, and what was read."""
    if "argv" in request:
        return _command(request["argv"])
    path = os.fsdecode(bytes.fromhex(request["path"]))
    found: dict[str, Any] = {"errors": [], "read": []}
    for read in (rm.read, rm.read_tiles):
        try:
            tile = read(path)
            found["read"].append(f"{len(tile)} tiles" if isinstance(tile, dict) else repr(tile))
        except rm.RoadMetricsError as error:
            found["errors"].append(str(error))
    return found


def _command(argv: list[str]) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(argv)
        except SystemExit as end:
            code = end.code
    return {"code": code, "out": out.getvalue()[-2000:], "err": err.getvalue()[-4000:]}


def _in_fork(request: dict[str, Any], pipe: int) -> None:
    """Measures, answers on the pipe, ends the process."""
    noise = os.open(request["noise"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(noise, 2)
    warnings.simplefilter("error")
    guard = Guard([request.get("writable", request["noise"])])
    guard.start()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (3 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    before, begin = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    try:
        found = outcome(request)
    except BaseException:
        found = {"traceback": traceback.format_exc()}
    guard.is_on = False
    after = resource.getrusage(resource.RUSAGE_SELF)
    found["wall"] = time.monotonic() - begin
    found["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found["mib"] = (after.ru_maxrss - before.ru_maxrss) / 1024
    found["printed"] = Path(request["noise"]).read_text(errors="replace")[:2000]
    os.write(pipe, json.dumps(found).encode())
    os._exit(0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait, and say how it ended if it did not say so itself."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _in_fork(request, write_end)
    os.close(write_end)
    parts, end = [], time.monotonic() + PATIENCE
    while select.select([read_end], [], [], max(end - time.monotonic(), 0))[0]:
        part = os.read(read_end, 1 << 16)
        if not part:
            break
        parts.append(part)
    else:
        os.kill(child, signal.SIGKILL)
    os.close(read_end)
    _, status = os.waitpid(child, 0)
    text = b"".join(parts)
    if not text:
        return {"traceback": f"the process ended with {os.waitstatus_to_exitcode(status)}"}
    return json.loads(text)


def warm_up() -> None:
    """Import what readers import late: it is not the file's memory."""
    for suffix, parse in fuzz_formats.formats().values():
        for data in fuzz_formats.seeds_of(suffix):
            try:
                parse(data)
            except rm.RoadMetricsError:
                continue


if __name__ == "__main__":
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
