"""Towns, training and scores of each row and seed; what is there is not made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roadmetrics.errors import RoadMetricsError
from roadmetrics.evaluate import score_folders
from roadmetrics.graph import RoadGraph
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes
from roadmetrics.load import write

from ...graph_settings import GraphTrainArgs
from ...refiner_settings import RefinerArgs
from ...settings import made
from ...task import Task
from ...towns.folder import write_towns
from ...towns.options import Options
from ...towns.style import StyleName
from ...truth_tasks import truth_tasks
from ..told import Told, say
from ..towns_made import check_towns
from .settings import TableArgs
from .squares import put_together

METRICS = ("apls", "path", "junction", "subgraph", "ccq", "tlts")
WEIGHTS = (0.35, 0.25, 0.25, 0.15)  # of the first four: the paper, appendix D.1
SCORES, DRAWN = "scores.json", "drawn.json"
BITS, FIT = "bits_of_squares.json", "rewards_of_squares.json"  # sums for each square
CHANGE = "change.json"
KINDS = ("scratch", "blind", "cross")  # see `settings.TITLES`


def make_towns(args: TableArgs) -> None:
    """The folders of towns; ``valid`` has another seed than ``train``, ``test`` a third."""
    parts = {"train": args.n_train, "valid": args.n_valid, "test": args.n_test}
    for k, (part, n) in enumerate(parts.items()):
        make_part(args, part, n, args.data_seed + k)


def make_part(args: TableArgs, part: str, n: int, seed: int, style: StyleName = "suburb") -> None:
    """One folder of towns; raises RoadMetricsError for one of others that is there."""
    folder = args.data(part)
    options = Options(
        size=args.size, metres_per_pixel=args.gsd, difficulty=args.difficulty, style=style
    )
    if folder.is_dir():
        check_towns(folder, n, seed, options)
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        say(f"towns: {part}, {n} tiles")
        write_towns(folder, n, seed, options, jobs=args.jobs)


def graph_args(args: TableArgs, net: str, seed: int) -> GraphTrainArgs:
    """Options of training ARM, Cls or GCN; ``arm-blind`` and ``arm-cross`` are ablations."""
    kind = kind_of(net)
    return GraphTrainArgs(
        net=net.removesuffix(f"-{kind}"), data=str(args.data("train")),
        valid=str(args.data("valid")), out=str(args.run(net, seed)), scale=args.scale,
        image=args.side if args.scale == "small" else 0,  # 0: the scale's own
        side=args.side, overlap=0, max_key_points=args.max_key_points,
        max_edges=args.max_edges, jitter=args.jitter, between=args.between,
        elsewhere=args.elsewhere, features=kind != "blind", cross=kind == "cross",
        batch=args.batch, lr=args.lr, steps=args.steps if net[:3] == "arm" else args.pair_steps,
        seed=seed, threads=1, device=args.device,
    )  # fmt: skip


def refiner_args(args: TableArgs, seed: int, kind: str = "") -> RefinerArgs:
    """Options of training the refiner, from the ARM of the same seed; ``kind`` of an ablation."""
    arm, own = (f"{name}-{kind}" if kind else name for name in ("arm", "refiner"))
    return RefinerArgs(
        arm=str(args.run("arm" if kind == "scratch" else arm, seed)), data=str(args.data("train")),
        out=str(args.run(own, seed)), units=args.units, updates=args.updates,
        simulations=args.simulations, lr=args.refiner_lr, from_scratch=kind == "scratch",
        seed=seed, threads=1, device=args.device,
    )  # fmt: skip


def kind_of(name: str) -> str:
    """How a row is trained otherwise than the main table's; "" for one of these.

    >>> kind_of("refiner-blind"), kind_of("refiner-alone"), kind_of("arm")
    ('blind', '', '')
    """
    kind = name.partition("-")[2]
    return kind if kind in KINDS else ""


def make_unit(args: TableArgs, unit: tuple[str, int]) -> None:
    """Train and score one row with one seed, as far as that is not done."""
    name, seed = unit
    out = args.scored(name, seed)
    check_run(args, name, seed)
    if (out / SCORES).is_file():
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    args.run(name, seed).parent.mkdir(parents=True, exist_ok=True)
    drawer = _trained(args, name, seed)
    say(f"{name}, seed {seed}: scoring")
    tasks = truth_tasks(graph_args(args, "arm", seed), str(args.data("test")))
    drawn = drawer.many(tasks)
    made(out)
    write_bytes(out / DRAWN, _searched(args, name))
    score(tasks, drawn, out, args.side)


def check_run(args: TableArgs, name: str, seed: int) -> None:
    """Raise RoadMetricsError for a run or scores that are there with other options.

    Random has no run.
    """
    from ...checkpoint import RUN, open_run

    run, drawn = args.run(name, seed), args.scored(name, seed) / DRAWN
    if drawn.is_file() and read_bytes(drawn, MIB) != _searched(args, name):
        raise RoadMetricsError(
            f"{shown(drawn)}: its squares were drawn by another number of simulations than "
            f"--drawn-by {args.drawn_by}: give another --work, or remove {shown(drawn.parent)}"
        )
    if (run / RUN).is_file():
        is_refiner = name.startswith("refiner")
        open_run(run, refiner_args(args, seed, kind_of(name)) if is_refiner
                 else graph_args(args, name, seed))  # fmt: skip


def _trained(args: TableArgs, name: str, seed: int) -> Any:
    """Train what is not trained; what draws by it."""
    from ...train_graph import train_graph
    from ...train_refiner import train_refiner

    told = Told(f"{name}, seed {seed}")
    if name.startswith("refiner"):
        train_refiner(refiner_args(args, seed, kind_of(name)), told)
    elif name != "random":
        train_graph(graph_args(args, name, seed), told)
    return drawer_of(args, name, seed)


def _searched(args: TableArgs, name: str) -> bytes:
    """How squares of a row are searched, for a file beside its scores."""
    is_searched = name.startswith("refiner") and name != "refiner-alone"
    return f'{{"simulations": {args.drawn_by if is_searched else 0}}}\n'.encode()


def drawer_of(args: TableArgs, name: str, seed: int) -> Any:
    """What draws by a trained row."""
    from ...graph_drawing import GraphDrawer, RandomDrawer, RefinerDrawer

    if name == "random":
        return RandomDrawer(truth_tasks(graph_args(args, "arm", seed), str(args.data("train"))),
                            seed)  # fmt: skip
    if name.startswith("refiner"):
        simulations = 0 if name == "refiner-alone" else args.drawn_by
        return RefinerDrawer(args.run(name, seed), args.device, simulations)
    return GraphDrawer(args.run(name, seed), args.device)


def score(tasks: Sequence[Task], drawn: Sequence[Any], out: Path, side: int) -> None:
    """Write gt/, pred/ and scores.json of squares, and tiles/ of what they are squares of."""
    for folder in (out, out / "gt", out / "pred", out / "tiles"):
        made(folder)
    tiles: dict[str, dict[tuple[int, int], RoadGraph]] = {}
    for task, edges in zip(tasks, drawn, strict=True):
        graph = task.drawn(edges)
        assert task.gt is not None  # tasks of ground truth
        write(task.gt, out / "gt" / f"{task.id}.json")
        write(graph, out / "pred" / f"{task.id}.json")
        name, x, y = task.id.rsplit("_", 2)
        tiles.setdefault(name, {})[int(x) // side, int(y) // side] = graph
    for name, squares in tiles.items():
        write(put_together(squares, side), out / "tiles" / f"{name}.json")
    report = score_folders(out / "gt", out / "pred", METRICS, layout="exact", jobs=1)
    write_bytes(out / SCORES, (report.to_json() + "\n").encode())
