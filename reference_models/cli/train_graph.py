"""Train a network that joins key points to roads; the same command goes on with a stopped run.

  reference-models train-graph arm --data towns --valid valid --out runs/arm --scale small
  reference-models train-graph cls --data towns --valid valid --out runs/cls --scale small

Key points are those of the ground truth, with distractors (docs/refiner.md). RUN holds run.json,
checkpoint.pt, log.csv, and with --valid validation.json and, of cls and gcn, threshold.json.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import printable

from ..arguments import add_arguments
from ..graph_settings import GraphTrainArgs
from .calls import call_of, loaded

HELP = "train a network that joins key points"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``train-graph``."""
    add_arguments(parser, GraphTrainArgs)


def run(namespace: argparse.Namespace) -> int:
    """Train, and say what came of it."""
    args = call_of(GraphTrainArgs, namespace)
    trained = loaded("train_graph").train_graph(args, loaded("train").StepLine())
    n, tail = len(trained.losses), trained.losses[-max(len(trained.losses) // 20, 1) :]
    done = f"steps {trained.began + 1} to {n}" if trained.began < n else f"all {n} steps were done"
    print(f"{printable(args.out)}: {done}")
    print(f"loss {sum(tail) / len(tail):.6g}, mean of the last {len(tail)} steps")
    if trained.validation is not None:
        for name, value in trained.validation.figures.items():
            print(f"{name} {value:.6g}" if value is not None else f"{name} none")
    return 0
