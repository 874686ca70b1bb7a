"""Refine an ARM by MuZero: play, search, learn; the same command goes on with a stopped run.

  reference-models train-refiner runs/arm --data towns --out runs/refiner
  reference-models train-refiner runs/arm --data towns --init pred --curriculum .2 --out runs/fuzzy

Rewards are what an edge adds to the score (docs/rewards.md). RUN holds run.json, checkpoint.pt with
the replay, and log.csv, a line a unit of episodes.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import printable

from ..arguments import add_arguments
from ..refiner_settings import RefinerArgs
from .calls import call_of, loaded

HELP = "refine a network that joins key points by search"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``train-refiner``."""
    add_arguments(parser, RefinerArgs)


def run(namespace: argparse.Namespace) -> int:
    """Train, and say what came of it."""
    args = call_of(RefinerArgs, namespace)
    trained = loaded("train_refiner").train_refiner(args, loaded("train").StepLine("unit", "gain"))
    n, tail = len(trained.logs), trained.logs[-max(len(trained.logs) // 10, 1) :]
    done = f"units {trained.began + 1} to {n}" if trained.began < n else f"all {n} units were done"
    print(f"{printable(args.out)}: {done}")
    gain = sum(one.gain for one in tail) / len(tail)
    print(f"change of the score in an episode {gain:+.4f}, mean of the last {len(tail)} units")
    return 0
