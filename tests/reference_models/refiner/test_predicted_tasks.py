"""Tasks from predictions: what an ARM learns from them, and which predictions are refused."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from reference_models.graph_batches import batch_of, drawing_of
from reference_models.graph_settings import GraphTrainArgs
from reference_models.predicted_tasks import predicted_tasks
from reference_models.tasks import CrowdedWarning
from reference_models.towns.folder import write_towns
from reference_models.towns.options import Options
from roadmetrics import RoadGraph, read, write
from roadmetrics.errors import RoadMetricsError


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    """Three towns, and predictions of them: the truth without its first edge."""
    home = tmp_path_factory.mktemp("predicted")
    write_towns(home / "towns", 3, seed=3, options=Options(size=64, metres_per_pixel=1.0))
    (home / "init").mkdir()
    for path in sorted((home / "towns" / "graphs").iterdir()):
        truth = read(path)
        write(replace(truth, edges=truth.edges[1:], is_node=None), home / "init" / path.name)
    return home


def options(home, out="arm", **given):
    return GraphTrainArgs(
        net="arm", data=str(home / "towns"), out=str(home / out),
        **{"init": str(home / "init"), "scale": "small", "image": 64, "base": 2, "width": 16,
           "heads": 2, "point_layers": 1, "token_layers": 1, "side": 64, "overlap": 0,
           "max_key_points": 24, "max_edges": 32, "steps": 2, "batch": 2, "threads": 1,
           "device": "cpu", **given},
    )  # fmt: skip


def tasks_of(args):
    return [task for task, _ in predicted_tasks(args, args.data, args.init)]


def test_starting_edges_are_read_and_not_learned(towns):
    args = options(towns)
    tasks = tasks_of(args)
    assert sum(len(task.start) for task in tasks) > 0
    batch = batch_of([drawing_of(task, 64, 24, 32) for task in tasks])
    assert batch.n_start.tolist() == [2 * len(task.start) for task in tasks]
    for task, row, n in zip(tasks, batch.targets(), batch.n_start, strict=True):
        assert (row[:n] == -1).all()
        known, new = set(map(tuple, task.start.tolist())), row[row >= 0][:-1].reshape(-1, 2)
        assert set(map(tuple, new.tolist())) == set(map(tuple, task.target.tolist())) - known


def test_a_mask_is_a_prediction_too(towns, tmp_path):
    init = tmp_path / "masks"
    init.mkdir()
    for path in sorted((towns / "towns" / "masks" / "road").iterdir()):
        (init / path.name).write_bytes(path.read_bytes())
    args = options(towns, init=str(init))
    every = predicted_tasks(args, args.data, args.init)
    assert [task.id for task, _ in every] == [task.id for task in tasks_of(options(towns))]
    for task, part in every:
        assert 0.7 < part.length / task.gt.length < 1.5
        assert len(task.target)
    Image.fromarray(np.zeros((9, 7), np.uint8)).save(init / path.name)
    with pytest.raises(RoadMetricsError, match=f"{path.name}: 7 x 9 pixels, but .* has 64 x 64"):
        tasks_of(args)


def test_squares_are_cut_as_those_of_the_truth(towns):
    args = options(towns, side=32)
    every = predicted_tasks(args, args.data, args.init)
    assert {task.image.shape for task, _ in every} == {(32, 32, 3)}
    for task, part in every:
        x, y = map(int, task.id.rsplit("_", 2)[1:])
        whole = read(towns / "init" / f"{task.id.rsplit('_', 2)[0]}.json")
        assert part.length == pytest.approx(
            whole.clipped((x - 0.5, y - 0.5, x + 31.5, y + 31.5)).length
        )


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda graph: None, "there is no prediction of town_3_00001"),
        (lambda graph: replace(graph, unit="m"), "give a graph in pixels of the image"),
        (lambda graph: replace(graph, vertices=graph.vertices + 30, extent=None),
         "its roads lie outside of .*town_3_00001.png, 64 x 64 pixels"),
        (lambda graph: replace(graph, extent=(-0.5, -0.5, 127.5, 127.5)),
         r"its extent is \(.*127.5\), but .*town_3_00001.png has 64 x 64 pixels"),
    ],
    ids=["lost", "metres", "elsewhere", "larger"],
)  # fmt: skip
def test_a_prediction_that_does_not_fit_is_named(towns, tmp_path, spoil, told):
    for path in sorted((towns / "init").iterdir()):
        graph = read(path)
        spoilt = spoil(graph) if path.stem.endswith("1") else graph
        if spoilt is not None:
            write(spoilt, tmp_path / path.name)
    with pytest.raises(RoadMetricsError, match=f"town_3_00001.json: {told}"):
        tasks_of(options(towns, init=str(tmp_path)))


def test_crowds_are_told_once_and_empty_predictions_have_no_task(towns, tmp_path):
    with pytest.warns(CrowdedWarning, match="3 of 3 images have more than 3 key points") as told:
        tasks = tasks_of(options(towns, max_key_points=3))
    assert len(told) == 1
    assert max(len(task.key_points) for task in tasks) == 3
    for path in sorted((towns / "init").iterdir()):
        write(RoadGraph([], [], extent=(-0.5, -0.5, 63.5, 63.5)), tmp_path / path.name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tasks_of(options(towns, init=str(tmp_path))) == []


def test_an_arm_learns_from_predictions_and_runs_of_before_are_read(towns):
    torch = pytest.importorskip("torch", reason="needs the extra models")
    from reference_models.checkpoint import read_run
    from reference_models.cli import main
    from reference_models.graph_drawing import GraphDrawer

    torch.set_num_threads(1)
    args = options(towns, "runs")
    call = ["train-graph", "arm", "--data", args.data, "--valid", args.data, "--init", args.init]
    names = ("out", "scale", "image", "base", "width", "heads", "point_layers", "token_layers",
             "side", "overlap", "max_key_points", "max_edges", "steps", "batch", "threads",
             "device")  # fmt: skip
    call += [f"--{name.replace('_', '-')}={getattr(args, name)}" for name in names]
    assert main(call) == 0
    run = towns / "runs" / "run.json"
    assert read_run(run.parent, GraphTrainArgs).init == args.init
    tasks = tasks_of(args)
    for task, edges in zip(tasks, GraphDrawer(run.parent).many(tasks), strict=True):
        assert set(map(tuple, task.start.tolist())) <= set(map(tuple, edges.tolist()))
    assert main([*call, f"--init={args.data}"]) == 3
    document = json.loads(run.read_text())
    del document["args"]["init"]
    run.write_text(json.dumps(document))
    assert read_run(run.parent, GraphTrainArgs).init == ""
    del document["args"]["clip"]
    run.write_text(json.dumps(document))
    with pytest.raises(RoadMetricsError, match="the options are not those of this version"):
        read_run(run.parent, GraphTrainArgs)
