"""Ray for scoring: a small cluster that is started here, or one at an address."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from .errors import RoadMetricsError
from .io.silence import silent_stderr
from .parallel import Engine, check_engine, n_cores
from .ray_actors import reason_of
from .ray_workers import ONE_EACH, RayEngine
from .workers import MIB, one_thread

PORT = "10001"  # where `ray start --head` listens for clients
CALLS = 3  # of a cluster that answers, and cannot start what it needs for a client
PATIENCE = 10.0  # seconds for an address to answer; Ray's own is then 30
STORE = 80 * MIB  # Ray's least; only paths and results go through it
LONGEST = 40  # characters of a folder whose sockets have names that systems take
LOCAL = {  # no report to Ray's authors; this machine only; few words
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}  # fmt: skip


@contextmanager
def ray_engine(text: str, jobs: int, n_things: int) -> Iterator[Engine]:
    """Ray for ``ray`` (started here, ended after) or ``ray://HOST[:PORT]`` (left as it is).

    A Ray that this process has begun already is used, and kept. Raises RoadMetricsError where the
    extra is not installed, Ray does not start, or nothing answers at the address.
    """
    address = _address(text)
    ray = _imported()
    if ray.is_initialized():
        if address is not None:
            raise RoadMetricsError(f"engine {text}: this process uses Ray already: give 'ray'")
        with _hushed():
            yield RayEngine(ray, "Ray", ONE_EACH)
        return
    n_cpus = max(min(jobs or n_cores(), n_cores(), n_things), 1)
    with ExitStack() as stack:
        stack.enter_context(_hushed())
        stack.enter_context(_same_sigterm())
        stack.callback(_ended, ray)
        if address is None:
            _start(ray, n_cpus, stack)
            yield RayEngine(ray, "Ray", {})
        else:
            _connect(ray, address)
            yield RayEngine(ray, f"the Ray cluster at {address}", ONE_EACH)


def _address(text: str) -> str | None:
    """``ray://HOST:PORT``, None for ``ray``."""
    found = check_engine(text)
    if found is None or found["host"] is None:
        return None
    return f"ray://{found['host']}:{found['port'] or PORT}"


def _imported() -> Any:
    try:
        with warnings.catch_warnings(), _environment(LOCAL):
            warnings.simplefilter("ignore")
            import ray
            import ray.exceptions
    except ImportError:
        raise RoadMetricsError("engine ray: needs pip install 'roadmetrics[ray]'") from None
    return ray


def _start(ray: Any, n_cpus: int, stack: ExitStack) -> None:
    """A Ray of this machine alone, without dashboard; its files are taken away with the stack."""
    path = os.pathsep.join(place or os.getcwd() for place in sys.path)  # as spawned processes have
    folder = None
    if len(tempfile.gettempdir()) < LONGEST - len("/rm-ray-12345678"):
        made = tempfile.TemporaryDirectory(prefix="rm-ray-", ignore_cleanup_errors=True)
        folder = stack.enter_context(made)
        stack.callback(_ended, ray)  # before the folder goes
    try:
        with one_thread(), _environment({**LOCAL, "PYTHONPATH": path}):
            _begin(
                ray, address="local", num_cpus=n_cpus, num_gpus=0, include_dashboard=False,
                object_store_memory=STORE, _temp_dir=folder,
            )  # fmt: skip
    except Exception as error:
        raise RoadMetricsError(f"Ray does not start here: {reason_of(error)}") from None


def _connect(ray: Any, address: str) -> None:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
        for left in range(CALLS - 1, -1, -1):
            try:
                _begin(ray, address=address)
                return
            except RuntimeError:  # a busy cluster: the server that it starts for a client died
                _ended(ray)
                if not left:
                    raise
    except Exception as error:
        raise RoadMetricsError(f"{address} does not answer as Ray: {reason_of(error)}") from None


def _begin(ray: Any, **options: Any) -> None:
    with warnings.catch_warnings(), silent_stderr():
        warnings.simplefilter("ignore")
        ray.init(logging_level=logging.CRITICAL, log_to_driver=False, **options)


def _ended(ray: Any) -> None:
    with warnings.catch_warnings(), silent_stderr(), suppress(Exception):
        warnings.simplefilter("ignore")
        ray.shutdown()


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables that are set inside the block, and as they were after it."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _Hushed:
    """A stream that takes nothing from Ray's threads, which print into documents otherwise."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if threading.current_thread().name.startswith("ray_"):
            return len(text)
        written: int = self._stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _hushed() -> Iterator[None]:
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Hushed(stream) for stream in streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


@contextmanager
def _same_sigterm() -> Iterator[None]:
    """Ray puts a handler of its own in place, which outlives it."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread() and before is not None:
            signal.signal(signal.SIGTERM, before)
