"""Train a network on images and roads; the same command goes on with a run that was stopped.

  reference-models train unet --loss topo --window 64 --data towns --out runs/topo
  reference-models train dru --loss mse --data roadtracer --split train --out runs/dru

RUN holds run.json, checkpoint.pt and log.csv. Then choose a threshold, and predict or evaluate.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import printable

from ..arguments import add_arguments
from ..settings import TrainArgs
from .calls import call_of, loaded

HELP = "train a network"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``train``."""
    add_arguments(parser, TrainArgs)


def run(namespace: argparse.Namespace) -> int:
    """Train, and say what came of it."""
    args = call_of(TrainArgs, namespace)
    module = loaded("train")
    trained = module.train(args, module.StepLine())
    n, tail = len(trained.losses), trained.losses[-max(len(trained.losses) // 20, 1) :]
    if trained.began == n:
        print(f"{printable(args.out)}: all {n} steps were done before")
    else:
        print(f"{printable(args.out)}: steps {trained.began + 1} to {n}")
    print(f"loss {sum(tail) / len(tail):.6g}, mean of the last {len(tail)} steps")
    return 0
