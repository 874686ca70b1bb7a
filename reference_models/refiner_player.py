"""What plays a refiner's episodes, in this process or as an actor of Ray."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import torch

from .graph_models import config_of
from .graph_settings import GraphTrainArgs
from .models import set_threads
from .nets.muzero import MuZeroNet
from .nets.support import Support
from .refiner_settings import RefinerArgs
from .refiner_tasks import Deal, board_steps, deal_of
from .search.driver import SearchArgs
from .search.episode import Episode
from .search.game import Board
from .search.selfplay import PlayArgs, Unit, play_unit
from .search.tree import Rule
from .search_model import SearchModel

CPU = torch.device("cpu")


def make_refiner(args: RefinerArgs, arm: GraphTrainArgs) -> MuZeroNet:
    """The network with first weights drawn from the seed."""
    torch.manual_seed(args.seed)
    loss: Any = args.loss
    config = replace(config_of(arm), dropout=args.dropout)
    return MuZeroNet(config, Support(args.reward_scale, loss))


def play_args(args: RefinerArgs, arm: GraphTrainArgs) -> PlayArgs:
    """How episodes are played."""
    board = Board(arm.max_key_points, arm.max_edges, board_steps(args, arm))
    return PlayArgs(args.seed, board, search_args(args, args.simulations), heat=args.heat)


def search_args(args: RefinerArgs, simulations: int) -> SearchArgs:
    """How moves are searched."""
    rule = Rule(c1=args.c1, value_delta_max=args.value_delta_max)
    return SearchArgs(simulations, args.noise_share, args.noise_alpha, rule)


def policy_alone(args: PlayArgs) -> PlayArgs:
    """The same without search and noise."""
    return replace(args, search=replace(args.search, n_simulations=0), is_noisy=False)


class RefinerPlayer:
    """A `search.workers.Player`; without ``deal`` it makes the tasks itself, wherever it is.

    ``device``: of its network. Ray's actors stay on the CPU: several would share one GPU.
    """

    def __init__(
        self, args: RefinerArgs, arm: GraphTrainArgs, deal: Deal | None = None,
        device: torch.device = CPU,
    ) -> None:  # fmt: skip
        set_threads(args.threads)
        self.args, self.deal = args, deal or deal_of(args, arm)
        self.play_args = play_args(args, arm)
        self.net = make_refiner(args, arm).to(device)
        self.model = SearchModel(self.net, arm.max_key_points, self.play_args.board.max_steps)

    def load(self, weights: bytes) -> None:
        """Take up weights that `weights_of` wrote."""
        held = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
        self.net.load_state_dict(held)

    def play(self, unit: Unit) -> list[Episode]:
        """The episodes of a unit; those before the curriculum's end by the prediction's reward."""
        number = unit.first // self.args.episodes
        tasks = self.deal.early if is_early(self.args, number) else self.deal.tasks
        play_args = self.play_args
        if is_warming_up(self.args, number):
            play_args = policy_alone(play_args)
        return play_unit(self.model, tasks, play_args, unit)


def is_early(args: RefinerArgs, unit: int) -> bool:
    """Whether a unit is rewarded by the prediction.

    >>> args = RefinerArgs(arm="a", data="d", out="o", init="i", units=10, curriculum=0.2)
    >>> [is_early(args, unit) for unit in (-1, 0, 1, 2)]
    [False, True, True, False]
    """
    return 0 <= unit < args.curriculum * args.units


def is_warming_up(args: RefinerArgs, unit: int) -> bool:
    """Whether a unit is played by the policy alone.

    >>> args = RefinerArgs(arm="a", data="d", out="o", units=10, warm_up=0.2)
    >>> [is_warming_up(args, unit) for unit in (0, 1, 2)]
    [True, True, False]
    """
    return unit < int(args.warm_up * args.units)


def weights_of(net: MuZeroNet) -> bytes:
    """The weights as bytes, on the CPU."""
    stream = io.BytesIO()
    torch.save({name: each.detach().cpu() for name, each in net.state_dict().items()}, stream)
    return stream.getvalue()
