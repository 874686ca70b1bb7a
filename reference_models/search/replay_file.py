"""A replay as bytes: an NPZ of plain arrays, nothing pickled; read whole or not at all."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes

from .episode import Episode
from .replay import Replay, ReplayArgs

FORMAT = "reference_models.replay 1"
LIMIT = 4096 * MIB
PARTS = ("actions", "rewards", "shares", "values", "versions")  # one row an action


def to_bytes(replay: Replay) -> bytes:
    """The episodes and their priorities; what the arguments say is no part of it.

    >>> len(from_bytes(to_bytes(Replay()), ReplayArgs()))
    0
    """
    episodes = replay.episodes
    n_actions = episodes[0].end + 1 if episodes else 0
    arrays: dict[str, npt.NDArray[Any]] = {
        "format": np.array(FORMAT),
        "number": np.array([one.number for one in episodes], np.int64),
        "task": np.array([one.task for one in episodes], np.int64),
        "length": np.array([len(one) for one in episodes], np.int64),
        "n_start": np.array([len(one.start) for one in episodes], np.int64),
        "start": _joined([one.start for one in episodes], np.int64),
        "priorities": _joined([replay.priorities(one.number) for one in episodes], np.float64),
    }
    kinds = {"actions": np.int64, "versions": np.int64, "shares": np.float32}
    for name in PARTS:
        rows = [getattr(one, name) for one in episodes]
        empty = (0, n_actions) if name == "shares" else (0,)
        arrays[name] = _joined(rows, kinds.get(name, np.float64), empty)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def from_bytes(data: bytes, args: ReplayArgs, name: str = "replay") -> Replay:
    """The replay that `to_bytes` wrote; FormatError, which begins with ``name``, for all else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            arrays = {key: held[key] for key in held.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error,
            NotImplementedError, MemoryError):  # fmt: skip
        raise FormatError(f"{name}: not a whole replay: give one that train wrote") from None
    if "format" not in arrays or str(arrays["format"]) != FORMAT:
        raise FormatError(f"{name}: not a replay of this version")
    try:
        return _replay(arrays, args)
    except (
        KeyError,
        ValueError,
        TypeError,
        IndexError,
    ) as error:  # RoadMetricsError is a ValueError
        told = str(error) if isinstance(error, RoadMetricsError) else "arrays that do not fit"
        raise FormatError(f"{name}: {told}") from None


def save_replay(path: Path, replay: Replay) -> None:
    """Write beside the place, then rename."""
    write_bytes(path, to_bytes(replay))


def load_replay(path: Path, args: ReplayArgs) -> Replay:
    """Raises FormatError, which names the file, for one that is absent or damaged."""
    return from_bytes(read_bytes(path, LIMIT), args, shown(path))


def _replay(arrays: dict[str, npt.NDArray[Any]], args: ReplayArgs) -> Replay:
    lengths, n_start = arrays["length"], arrays["n_start"]
    n = len(lengths)
    for key in ("number", "task", "length", "n_start"):
        if arrays[key].shape != (n,) or arrays[key].dtype != np.int64 or (arrays[key] < 0).any():
            raise FormatError(f"{key} is no list of whole numbers")
    for key in (*PARTS, "priorities"):
        if len(arrays[key]) != lengths.sum():
            raise FormatError(f"{len(arrays[key])} {key}, but {lengths.sum()} actions")
    if len(arrays["start"]) != n_start.sum():
        raise FormatError("tokens of the start that are of no episode")
    ends, starts = np.cumsum(lengths), np.cumsum(n_start)
    replay = Replay(args)
    for k in range(n):
        rows = slice(ends[k] - lengths[k], ends[k])
        parts = {key: arrays[key][rows] for key in PARTS}
        start = arrays["start"][starts[k] - n_start[k] : starts[k]]
        one = Episode(int(arrays["number"][k]), int(arrays["task"][k]), start, **parts)
        replay.add(one, arrays["priorities"][rows])
    return replay


def _joined(
    rows: list[npt.NDArray[Any]], kind: Any, empty: tuple[int, ...] = (0,)
) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(empty, kind), *rows])
