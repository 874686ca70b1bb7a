"""What is measured of networks beside scores: bits, rewards foretold, and how far weights moved.

Sums are kept for each square, so that intervals can be made over towns.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from roadmetrics.io.files import write_bytes

from ...graph_batches import drawing_of
from ...graph_models import config_of
from ...graph_validation import bits_by_task
from ...reward_fit import foretold, sums_by_task
from ...train_graph import graph_net_of
from ...train_refiner import refiner_of
from ...truth_tasks import truth_tasks
from .miniature import BITS, CHANGE, FIT, graph_args
from .settings import TableArgs

CPU = torch.device("cpu")


def make_figures(args: TableArgs, seed: int) -> None:
    """All of one seed that is not there yet."""
    for name in ("arm", "refiner"):
        make_bits(args, name, seed)
    fit = args.scored("refiner", seed) / FIT
    if not fit.is_file():
        tasks = truth_tasks(graph_args(args, "arm", seed), str(args.data("test")))
        sums = sums_by_task(foretold(args.run("refiner", seed), tasks, seed), len(tasks))
        told = {key: {task.id: x[k].tolist() for k, task in enumerate(tasks)}
                for key, x in sums.items()}  # fmt: skip
        _write(fit, told)
    change = args.scored("refiner", seed) / CHANGE
    if not change.is_file():
        before, after = (_arm_of(args, name, seed) for name in ("arm", "refiner"))
        _write(change, changed(before, after))


def make_bits(args: TableArgs, name: str, seed: int) -> None:
    """Bits on the test squares, of ARM and refiner without search.

    Of each square: edges, bits in autoregressive order, in random order, and uniform.
    """
    path = args.scored(name, seed) / BITS
    if path.is_file():
        return
    own = graph_args(args, "arm", seed)
    tasks = truth_tasks(own, str(args.data("test")))
    side = config_of(own).image
    drawings = [drawing_of(task, side, own.max_key_points, own.max_edges) for task in tasks]
    each = bits_by_task(_arm_of(args, name, seed), drawings, args.batch, seed)
    _write(path, {
        task.id: [one.n_edges, one.bits, other.bits, one.uniform]
        for task, (one, other) in zip(tasks, each, strict=True)
    })  # fmt: skip


def changed(before: torch.nn.Module, after: torch.nn.Module) -> dict[str, float]:
    """Norm of the difference as a share of the norm before, and the share of tensors that differ.

    Over the parameters of ``before``; statistics of batch normalisation are none.

    >>> one = torch.nn.Linear(2, 1)
    >>> changed(one, one)
    {'norm': 0.0, 'tensors': 0.0}
    """
    pairs = list(zip(before.parameters(), after.parameters(), strict=True))
    with torch.no_grad():
        apart = sum(float((b - a).double().square().sum()) for a, b in pairs)
        size = sum(float(a.double().square().sum()) for a, _ in pairs)
        n = sum(not torch.equal(a, b) for a, b in pairs)
    return {"norm": (apart / size) ** 0.5 if size else 0.0, "tensors": n / max(len(pairs), 1)}


def _arm_of(args: TableArgs, name: str, seed: int) -> Any:
    run = args.run(name, seed)
    return graph_net_of(run, CPU)[0] if name == "arm" else refiner_of(run, CPU)[0].arm


def _write(path: Path, document: Any) -> None:
    write_bytes(path, (json.dumps(document, allow_nan=False) + "\n").encode())
