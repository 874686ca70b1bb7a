"""The folder of a run: run.json says how, checkpoint.pt how far, log.csv how well.

Files are written beside their place and renamed: whoever kills a run finds the last one whole.
Nothing is unpickled but tensors and plain values (torch.load with weights_only).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

import roadmetrics
from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes
from roadmetrics.io.strict_json import parse_json

from .arguments import Arguments, Made
from .nets import load_weights
from .settings import UNCHANGED_BY, TrainArgs

FORMAT, SCHEMA = "reference_models.run", 1
RUN, CHECKPOINT, LOG = "run.json", "checkpoint.pt", "log.csv"


@dataclass
class State:
    """What a checkpoint holds beside the weights: steps done, and the loss of each."""

    step: int
    losses: list[float]
    optimizer: dict[str, Any]
    scaler: dict[str, Any]


def check_run(folder: Path, args: Arguments, free: tuple[str, ...] = ()) -> bool:
    """Whether the folder is that of this very run; False where it is new or empty.

    ``args``: a `TrainArgs`, or the dataclass of another script; ``free``: more options that may
    change. Raises RoadMetricsError for a folder of something else and for other options.
    """
    name = shown(folder)
    if (folder / RUN).is_file():
        old, new = asdict(read_run(folder, type(args))), asdict(args)
        other = [key for key in new if old[key] != new[key] and key not in UNCHANGED_BY + free]
        if other:
            told = ", ".join(f"{key} {old[key]!r}, not {new[key]!r}" for key in other)
            raise RoadMetricsError(
                f"{name}: it holds a run with {told}: give the same options to go on with it, or "
                "another folder"
            )
        return True
    if folder.is_dir() and any(not file.name.startswith(".") for file in folder.iterdir()):
        raise RoadMetricsError(f"{name}: not empty, and there is no {RUN} in it: give a new folder")
    return False


def open_run(folder: Path, args: Arguments, free: tuple[str, ...] = ()) -> None:
    """Make the folder, unless it is that of this very run; raises RoadMetricsError as `check_run`.

    To be called when all else is known to be right: a wrong call then leaves no folder in the way.
    """
    if check_run(folder, args, free):
        return
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RoadMetricsError(f"{shown(folder)}: cannot be written: {error.strerror}") from None
    about = {
        "format": format_of(type(args)), "schema": SCHEMA, "args": asdict(args),
        "versions": {"roadmetrics": roadmetrics.__version__, "torch": str(torch.__version__)},
    }  # fmt: skip
    write_bytes(folder / RUN, (json.dumps(about, indent=1) + "\n").encode())


def format_of(kind: type[Arguments]) -> str:
    """What run.json says of itself: the runs of each script have their own format."""
    verb = verb_of(kind)
    return FORMAT if verb == "train" else f"{FORMAT}.{verb}"


def verb_of(kind: type[Arguments]) -> str:
    """The verb that writes such runs."""
    return str(getattr(kind, "verb", "train"))


def read_args(folder: Path) -> TrainArgs:
    """The options of a run of ``train``; FormatError for a folder that holds none."""
    return read_run(folder, TrainArgs)


def read_run(folder: Path, kind: type[Made]) -> Made:
    """The options of a run, those of ``kind``; FormatError for a folder that holds none.

    A run of before an option that came late has its default.
    """
    path = folder / RUN
    if not folder.is_dir():
        raise FormatError(f"{shown(folder)}: no such folder: give one that train wrote")
    document = parse_json(read_bytes(path, MIB), shown(path))
    if not isinstance(document, dict) or document.get("format") != format_of(kind):
        raise FormatError(f"{shown(path)}: not what reference-models {verb_of(kind)} writes")
    if document.get("schema") != SCHEMA:
        raise FormatError(f"{shown(path)}: schema {document.get('schema')!r}; this version reads 1")
    held, names = document.get("args"), {one.name for one in fields(kind)}
    late = {one.name for one in fields(kind) if one.metadata.get("late")}
    if not isinstance(held, dict) or set(held) | late != names:
        raise FormatError(f"{shown(path)}: the options are not those of this version")
    try:
        return kind(**held)
    except (TypeError, RoadMetricsError) as error:
        raise FormatError(f"{shown(path)}: {error}") from None


def save(folder: Path, net: nn.Module, state: State) -> None:
    """Write the checkpoint and the log."""
    held = {
        "format": FORMAT, "step": state.step, "model": net.state_dict(),
        "losses": torch.tensor(state.losses, dtype=torch.float64),
        "optimizer": state.optimizer, "scaler": state.scaler,
    }  # fmt: skip
    stream = io.BytesIO()
    torch.save(held, stream)
    write_bytes(folder / CHECKPOINT, stream.getvalue())
    lines = ["step,loss", *(f"{k},{loss!r}" for k, loss in enumerate(state.losses, start=1))]
    write_bytes(folder / LOG, ("\n".join(lines) + "\n").encode())


def load(folder: Path, net: nn.Module) -> State:
    """Put the weights of the checkpoint into the network; what else it holds comes back.

    Raises FormatError, which names the file, for one that is absent, damaged, of another program
    or of another network.
    """
    path = folder / CHECKPOINT
    load_weights(net, path, ignore=())
    held = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(held, Mapping) or held.get("format") != FORMAT:
        raise FormatError(f"{shown(path)}: weights alone: a checkpoint holds the optimizer, too")
    losses = [float(loss) for loss in held["losses"]]
    return State(int(held["step"]), losses, dict(held["optimizer"]), dict(held["scaler"]))


def check_trained(folder: Path) -> None:
    """Raise FormatError for a run that has no checkpoint yet."""
    if not has_checkpoint(folder):
        raise FormatError(
            f"{shown(folder)}: its training has not come to its first checkpoint: let it go on, or "
            "start it again by the same command"
        )


def has_checkpoint(folder: Path) -> bool:
    """Whether there is something to go on with."""
    return (folder / CHECKPOINT).is_file()
