"""Train a refiner: play, learn, search again; go on where a killed run stopped, the same numbers.

A unit of episodes is played by the weights that were there when it was submitted, ``ahead`` units
before it is learned from: so the same options give the same run for any number of workers.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes

from .checkpoint import (
    CHECKPOINT,
    LOG,
    RUN,
    check_run,
    check_trained,
    format_of,
    has_checkpoint,
    open_run,
    read_run,
)
from .graph_batches import Drawing, drawing_of
from .graph_models import config_of, set_statistics
from .graph_settings import GraphTrainArgs
from .learner import Learner
from .models import device_of, set_threads
from .muzero_loss import Weights, muzero_loss
from .muzero_sample import muzero_batch_of
from .nets.muzero import MuZeroNet
from .nets.weights import load_weights
from .refiner_player import (
    RefinerPlayer,
    is_early,
    is_warming_up,
    make_refiner,
    play_args,
    weights_of,
)
from .refiner_settings import FREE, RefinerArgs
from .refiner_tasks import deal_of
from .search.episode import Episode
from .search.reanalyse import reanalyse
from .search.replay import Replay, ReplayArgs, beta_at
from .search.replay_file import from_bytes, to_bytes
from .search.selfplay import Unit
from .search.workers import Crew, Make, engine_of, workers
from .search_model import SearchModel
from .settings import check_name, made
from .train_graph import graph_net_of

Report = Callable[[int, int, float], None]  # units done, units in all, mean change of the score
ARM = "arm"  # folder in a run's: the options of the ARM that it began with
UPDATE, AGAIN = 11, 12  # streams of random numbers: positions of a step, positions searched again
FORMAT = format_of(RefinerArgs)


@dataclass(frozen=True)
class UnitLog:
    """What a unit came to: the mean change of the score, edges, and parts of the loss."""

    unit: int
    gain: float
    edges: float
    loss: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RefinerTrained:
    """What a run came to; ``began``: the unit it went on from."""

    folder: Path
    began: int
    logs: list[UnitLog]


def train_refiner(args: RefinerArgs, report: Report | None = None) -> RefinerTrained:
    """Train until ``args.units``, from the last checkpoint in ``args.out`` if there is one.

    Raises RoadMetricsError in one line that names file or task; the checkpoint stays.
    """
    check_name(args.out, "--out")
    engine = engine_of(args.workers)
    set_threads(args.threads)
    folder = Path(args.out)
    check_run(folder, args, FREE)
    is_fresh = not has_checkpoint(folder)
    trainer = RefinerTrainer(args, is_fresh)
    if is_fresh:
        open_run(folder, args, FREE)
        made(folder / ARM)
        write_bytes(folder / ARM / RUN, read_bytes(Path(args.arm) / RUN, MIB))
    began = trainer.resume(folder)
    if began < args.units:
        with workers(args.workers, args.n_workers, player_of(trainer, engine is None)) as crew:
            _go_on(args, trainer, crew, folder, report)
    return RefinerTrained(folder, began, trainer.logs)


def player_of(trainer: RefinerTrainer, is_here: bool) -> Make:
    """What makes a player: in this process on the trainer's tasks and device.

    Players elsewhere make their tasks themselves, and stay on the CPU.
    """
    own = (trainer.deal, trainer.device) if is_here else ()
    return partial(RefinerPlayer, trainer.args, trainer.arm, *own)


def _go_on(
    args: RefinerArgs, trainer: RefinerTrainer, crew: Crew, folder: Path, report: Report | None
) -> None:
    """Submit, collect, learn, unit by unit."""
    began = len(trainer.logs)
    for version, weights in sorted(trainer.versions.items()):
        crew.publish(version, weights)
    n_submitted = began
    for unit in range(began, args.units):
        while n_submitted < min(unit + args.ahead + 1, args.units):
            crew.submit(trainer.unit(n_submitted, n_submitted - began))
            n_submitted += 1
        trainer.learn(crew.collect())
        crew.publish(*trainer.newest)
        if report is not None:
            report(unit + 1, args.units, trainer.logs[-1].gain)
        if (unit + 1) % args.checkpoint_every == 0 or unit + 1 == args.units:
            trainer.save(folder)


class RefinerTrainer(Learner):
    """Network, optimizer, replay, and the weights that units in flight are played by.

    ``is_fresh``: no checkpoint follows. Then the ARM is read, else only its options, of which the
    run holds a copy.
    """

    def __init__(self, args: RefinerArgs, is_fresh: bool = True) -> None:
        self.args, device = args, device_of(args.device)
        self.arm = read_run(Path(args.arm) if is_fresh else Path(args.out) / ARM, GraphTrainArgs)
        if self.arm.net != "arm":
            raise RoadMetricsError(f"{shown(args.arm)}: a run of {self.arm.net}: give one of arm")
        net = make_refiner(args, self.arm)
        if is_fresh:
            begin(net, args)
        self.deal = deal_of(args, self.arm)
        self.play_args = play_args(args, self.arm)
        side, fits = config_of(self.arm).image, (self.arm.max_key_points, self.arm.max_edges)
        self.drawings: list[Drawing] = [drawing_of(task, side, *fits) for task in self.deal.tasks]
        if is_fresh and args.from_scratch:
            set_statistics(net.arm.encoder, self.drawings)
        net = net.to(device)
        groups = net.groups(args.lr, args.slower)
        optimizer = torch.optim.AdamW(groups, lr=args.lr, weight_decay=args.weight_decay)
        super().__init__(args, net, optimizer, device)
        self.replay = Replay(self.replay_args)
        self.logs: list[UnitLog] = []
        self.versions = {0: weights_of(net)}

    @property
    def replay_args(self) -> ReplayArgs:
        """Of the replay."""
        a = self.args
        return ReplayArgs(
            capacity=a.capacity, priority=a.priority, unroll=a.unroll, td_lambda=a.td_lambda
        )

    @property
    def newest(self) -> tuple[int, bytes]:
        """The version of the weights, and the weights."""
        version = max(self.versions)
        return version, self.versions[version]

    def unit(self, number: int, place: int) -> Unit:
        """The unit of a number, as the ``place``-th that this process submits."""
        n = self.args.episodes
        version = max(number - self.args.ahead, 0)
        return Unit(place, number * n, n, version, number / self.args.units)

    def learn(self, episodes: list[Episode]) -> None:
        """Take up the episodes of the next unit, learn, and search old positions again."""
        unit = len(self.logs)
        if is_early(self.args, unit - 1) and not is_early(self.args, unit):
            self.replay = Replay(self.replay_args)  # those were rewarded by the prediction
        for episode in episodes:
            self.replay.add(episode)
        parts = [self._step(unit, k) for k in range(self.args.updates)]
        self.check_weights(f"unit {unit + 1}")  # before anything is played by them
        version = unit + 1
        self._search_again(unit, version)
        self.versions[version] = weights_of(self.net)
        oldest = version - self.args.ahead
        self.versions = {v: held for v, held in self.versions.items() if v >= oldest}
        mean = {name: float(np.mean([each[name] for each in parts])) for name in _names(parts)}
        gain = float(np.mean([episode.total for episode in episodes]))
        edges = float(np.mean([len(episode.tokens) // 2 for episode in episodes]))
        self.logs.append(UnitLog(unit, gain, edges, mean))

    def _step(self, unit: int, k: int) -> dict[str, float]:
        """One step on positions of the replay; the parts of the loss."""
        args, progress = self.args, unit / self.args.units
        rng = np.random.default_rng([args.seed, UPDATE, unit, k])
        torch.manual_seed(int(rng.integers(2**31)))  # of dropout
        sample = self.replay.sample(args.positions, rng, beta_at(progress), args.together)
        board = self.play_args.board
        batch = muzero_batch_of(sample, self.drawings, board.max_key_points, board.max_steps)
        self.net.train()
        is_frozen = is_warming_up(args, unit) and not args.from_scratch
        self.net.arm.requires_grad_(not is_frozen)
        weights = Weights(args.policy_weight, args.value_weight, args.reward_weight,
                          args.consistency_weight)  # fmt: skip
        loss = muzero_loss(self.net, batch, weights)
        if not torch.isfinite(loss.total):
            self.spoilt(f"unit {unit + 1}: the loss is no finite number")
        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), args.clip)
        self.optimizer.step()
        self.replay.update(sample, loss.priorities / args.reward_scale)  # scores, as at first
        return {"total": float(loss.total.detach()), **loss.parts}

    def _search_again(self, unit: int, version: int) -> None:
        """New targets for old positions, by the weights as they are now."""
        if not self.args.reanalyse or is_warming_up(self.args, unit):
            return
        board = self.play_args.board
        model = SearchModel(self.net, board.max_key_points, board.max_steps)
        reanalyse(
            model, self.deal.tasks, self.replay, self.play_args, version=version,
            n_positions=self.args.reanalyse, n_rows=self.args.episodes,
            rng=np.random.default_rng([self.args.seed, AGAIN, unit]),
        )  # fmt: skip

    def resume(self, folder: Path) -> int:
        """Load the checkpoint if there is one; units done."""
        if not has_checkpoint(folder):
            return 0
        path = folder / CHECKPOINT
        load_weights(self.net, path, ignore=())
        held = torch.load(path, map_location="cpu", weights_only=True)
        if held.get("format") != FORMAT:
            raise FormatError(f"{shown(path)}: not a checkpoint of {RefinerArgs.verb}")
        self.optimizer.load_state_dict(held["optimizer"])
        self.logs = [UnitLog(**one) for one in json.loads(held["logs"])]
        self.versions = {int(v): _bytes(each) for v, each in held["versions"].items()}
        self.replay = from_bytes(_bytes(held["replay"]), self.replay_args, shown(path))
        return len(self.logs)

    def save(self, folder: Path) -> None:
        """Write checkpoint and log; the replay is part of the checkpoint, so that both fit.

        RoadMetricsError where the weights are no finite numbers.
        """
        self.check_weights(f"unit {len(self.logs)}")
        held = {
            "format": FORMAT, "model": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "logs": json.dumps([asdict(one) for one in self.logs]),
            "versions": {v: _tensor(each) for v, each in self.versions.items()},
            "replay": _tensor(to_bytes(self.replay)),
        }  # fmt: skip
        stream = io.BytesIO()
        torch.save(held, stream)
        write_bytes(folder / CHECKPOINT, stream.getvalue())
        write_bytes(folder / LOG, _csv(self.logs).encode())


def begin(net: MuZeroNet, args: RefinerArgs) -> None:
    """Put the ARM's weights into a new network; from scratch only how it standardises images."""
    arm = graph_net_of(Path(args.arm), torch.device("cpu"))[0]
    if not args.from_scratch:
        net.arm.load_state_dict(arm.state_dict())
        return
    for name in ("mean", "spread"):
        getattr(net.arm.encoder, name).copy_(getattr(arm.encoder, name))


def _names(parts: list[dict[str, float]]) -> list[str]:
    return list(parts[0]) if parts else []


def _csv(logs: list[UnitLog]) -> str:
    names = list(logs[0].loss) if logs else []
    lines = [",".join(["unit", "gain", "edges", *names])]
    lines += [
        ",".join([str(one.unit + 1), repr(one.gain), repr(one.edges),
                  *(repr(one.loss[name]) for name in names)])
        for one in logs
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _tensor(data: bytes) -> torch.Tensor:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def _bytes(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.numpy().tobytes())


def refiner_of(folder: Path, device: torch.device) -> tuple[MuZeroNet, RefinerArgs, GraphTrainArgs]:
    """The trained network of a run, its options and those of its ARM, ready to draw."""
    args, arm = read_run(folder, RefinerArgs), read_run(folder / ARM, GraphTrainArgs)
    check_trained(folder)
    net = make_refiner(args, arm)
    load_weights(net, folder / CHECKPOINT, ignore=())
    return net.to(device).eval(), args, arm
