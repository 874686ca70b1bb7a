"""Weights from a file, never by unpickling: torch.load with weights_only=True is the one way in."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from roadmetrics.errors import FormatError

HOLDERS = ("state_dict", "model")  # under which training programs keep the weights
COUNTER = "num_batches_tracked"  # absent from files of old versions


def load_weights(model: nn.Module, path: str | Path, ignore: tuple[str, ...] = ("fc.",)) -> None:
    """Put the weights of a file into the model: of torchvision, into a ResNet or an ``encoder``.

    The file holds a state dict, alone or under "state_dict" or "model". Names that begin with one
    of ``ignore`` may be missing on either side. On an error the model stays as it was.

    Raises FormatError, which names the file, for one that is absent, no checkpoint, holds other
    objects than tensors (nothing is executed), or belongs to another model.

    >>> load_weights(nn.Linear(1, 1), "absent.pth")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: absent.pth: no such file
    """
    found = _state_dict(Path(path))
    own = model.state_dict()
    wanted = {name for name in own if not name.startswith(ignore) and COUNTER not in name}
    known = {name: tensor for name, tensor in found.items() if name in own}
    missing = sorted(wanted - known.keys())
    unknown = sorted(name for name in found if name not in own and not name.startswith(ignore))
    wrong = sorted(name for name, tensor in known.items() if tensor.shape != own[name].shape)
    if missing or unknown:
        raise FormatError(
            f"{path}: a checkpoint of another model than this {type(model).__name__}: "
            f"{_some('lacks', missing)}{'; ' if missing and unknown else ''}"
            f"{_some('has', unknown)}"
        )
    if wrong:
        name = wrong[0]
        raise FormatError(
            f"{path}: {name} is {list(known[name].shape)}, in this {type(model).__name__} "
            f"{list(own[name].shape)}: choose the depth, base and channels it was trained with"
        )
    model.load_state_dict(known, strict=False)


def _state_dict(path: Path) -> Mapping[str, Tensor]:
    """The named tensors of a file."""
    if not path.is_file():
        raise FormatError(f"{path}: no such file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols: what can't be read is an error
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise FormatError(
            f"{path}: holds other things than tensors, or is damaged; it is not unpickled: save "
            "model.state_dict() with torch.save"
        ) from None
    except Exception as error:  # damage makes the restricted unpickler raise anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FormatError(f"{path}: not a checkpoint of torch ({reason})") from None
    for name in HOLDERS:
        if isinstance(held, Mapping) and isinstance(held.get(name), Mapping):
            held = held[name]
    if not isinstance(held, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in held.items()
    ):
        raise FormatError(f"{path}: no state dict: save model.state_dict() with torch.save")
    return held


def _some(verb: str, names: list[str]) -> str:
    """The first of the names, and how many more there are."""
    if not names:
        return ""
    return f"{verb} {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")
