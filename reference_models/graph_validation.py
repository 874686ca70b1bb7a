"""What a trained network on key points comes to on tasks it has not seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from roadmetrics.errors import FormatError
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes
from roadmetrics.io.strict_json import parse_json

from .decoding import Bits, bits_of_each
from .graph_baselines import best_threshold
from .graph_batches import Drawing, batch_of
from .graph_models import inputs_of
from .graph_settings import GraphTrainArgs
from .nets.arm import ARM

VALIDATION, THRESHOLD = "validation.json", "threshold.json"  # in the folder of a run
SHUFFLE = 3  # stream of random numbers, beside those of the training


@dataclass(frozen=True)
class Validation:
    """Figures by name; ``threshold`` of cls and gcn."""

    figures: dict[str, float | int | None]
    threshold: float | None


def validated(
    net: Any, drawings: Sequence[Drawing], args: GraphTrainArgs, folder: Path
) -> Validation:
    """Validate, and leave validation.json (and threshold.json) in the folder."""
    net.eval()
    if isinstance(net, ARM):
        found = Validation(arm_figures(net, drawings, args.batch, args.seed), None)
    else:
        found = pair_figures(net, drawings, args.batch)
        _write(folder / THRESHOLD, {"threshold": found.threshold, "by": "f1 of edges",
                                    "tasks": len(drawings), "data": args.valid})  # fmt: skip
    _write(folder / VALIDATION, found.figures)
    net.train()
    return found


def arm_figures(
    net: ARM, drawings: Sequence[Drawing], batch: int, seed: int
) -> dict[str, float | int | None]:
    """Bits per edge in autoregressive and random order, and what knowing nothing costs."""
    each = bits_by_task(net, drawings, batch, seed)
    own, other = (sum(bits, Bits()) for bits in zip(*each, strict=True)) if each else (Bits(),) * 2
    return {
        "bits_per_edge": own.per_edge, "bits_per_edge_random_order": other.per_edge,
        "bits_per_edge_uniform": own.uniform_per_edge, "bits_per_end": own.per_end,
        "edges": own.n_edges, "tasks": len(drawings),
    }  # fmt: skip


def bits_by_task(
    net: ARM, drawings: Sequence[Drawing], batch: int, seed: int
) -> list[tuple[Bits, Bits]]:
    """Of each drawing what it costs in autoregressive and in random order."""
    device, rng = next(net.parameters()).device, np.random.default_rng([seed, SHUFFLE])
    found: list[tuple[Bits, Bits]] = []
    for at in range(0, len(drawings), batch):
        one = batch_of(drawings[at : at + batch])
        with torch.no_grad():
            encoding = net.encode(*inputs_of(one, net.encoder, device))
        own, other = bits_of_each(net, encoding, one), bits_of_each(net, encoding, one, rng)
        found += zip(own, other, strict=True)
    return found


def pair_probabilities(net: Any, drawings: Sequence[Drawing]) -> list[npt.NDArray[np.float32]]:
    """Of each drawing [N, N], symmetric, 0 on the diagonal."""
    one, device = batch_of(drawings), next(net.parameters()).device
    with torch.no_grad():
        found = net(*inputs_of(one, net.encoder, device)).float().sigmoid().cpu().numpy()
    sizes = one.mask.sum(axis=1).tolist()
    return [each[:n, :n] for each, n in zip(found, sizes, strict=True)]


def pair_figures(net: Any, drawings: Sequence[Drawing], batch: int) -> Validation:
    """The threshold with the best F1 of edges over all pairs of all drawings."""
    seen: list[npt.NDArray[np.float32]] = []
    wanted: list[npt.NDArray[np.bool_]] = []
    for at in range(0, len(drawings), batch):
        some = drawings[at : at + batch]
        joined = batch_of(some).adjacency()
        for row, each in enumerate(pair_probabilities(net, some)):
            i, j = np.triu_indices(len(each), 1)
            seen.append(each[i, j])
            wanted.append(joined[row, i, j])
    threshold, f1 = best_threshold(np.concatenate(seen), np.concatenate(wanted))
    n_edges = sum(int(each.sum()) for each in wanted)
    figures: dict[str, float | int | None] = {
        "f1_of_edges": f1, "threshold": threshold, "edges": n_edges, "tasks": len(drawings)
    }  # fmt: skip
    return Validation(figures, threshold)


def threshold_of(folder: Path) -> float:
    """The threshold that validation chose; FormatError where there is none."""
    path = folder / THRESHOLD
    if not path.is_file():
        raise FormatError(f"{shown(path)}: no such file: train with --valid, which chooses it")
    document = parse_json(read_bytes(path, MIB), shown(path))
    value = document.get("threshold") if isinstance(document, dict) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        raise FormatError(f"{shown(path)}: holds no threshold from 0 to 1")
    return float(value)


def _write(path: Path, document: dict[str, Any]) -> None:
    write_bytes(path, (json.dumps(document, indent=1, allow_nan=False) + "\n").encode())
