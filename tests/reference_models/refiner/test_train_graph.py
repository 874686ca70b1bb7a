"""Training on key points: what a batch is, a stopped run goes on, errors name the task."""

import json
import shutil
import warnings
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hand_tasks import EDGES, POINTS, SIDE, drawing, picture, task

torch = pytest.importorskip("torch")

from reference_models.checkpoint import read_args  # noqa: E402
from reference_models.cli import main  # noqa: E402
from reference_models.crowded import CrowdedWarning, all_of, saying  # noqa: E402
from reference_models.graph_batches import (  # noqa: E402
    GraphBatches,
    batch_of,
    drawing_of,
    turned,
)
from reference_models.graph_models import config_of, make_graph_net, set_standard  # noqa: E402
from reference_models.graph_settings import GraphTrainArgs  # noqa: E402
from reference_models.graph_validation import threshold_of  # noqa: E402
from reference_models.nets.points import MINIATURE, TINY, PointEncoder  # noqa: E402
from reference_models.settings import TrainArgs  # noqa: E402
from reference_models.tasks import TruthOptions  # noqa: E402
from reference_models.towns.folder import write_towns  # noqa: E402
from reference_models.towns.options import Options  # noqa: E402
from reference_models.train_graph import (  # noqa: E402
    GraphTrainer,
    drawings_of,
    graph_net_of,
    train_graph,
    train_on,
)
from roadmetrics.errors import FormatError, RoadMetricsError  # noqa: E402

SMALL = {"image": 64, "base": 2, "width": 16, "heads": 2, "point_layers": 1, "token_layers": 1,
         "scale": "small", "batch": 3, "steps": 6, "checkpoint_every": 2, "threads": 1,
         "max_edges": 24}  # fmt: skip
TASKS = [task(name) for name in EDGES]


def options(tmp_path, net="arm", **changes):
    given = {"net": net, "data": "by hand", "out": str(tmp_path / "run")}
    return GraphTrainArgs(**given | SMALL | changes)


def test_quarters_and_mirrors_move_image_points_and_edges_alike():
    """Each of the eight ways again gives the picture that its key points and edges would make."""
    one = drawing("comb")
    ways = []
    for way in range(8):
        now = turned(one, way)
        points = now.places * SIDE - 0.5
        remade = picture(points, now.target.tolist())
        assert (remade == now.image).mean() > 0.99, "lines may round otherwise"
        assert (np.diff(now.places[:, 0]) >= 0).all()
        assert (now.target[:, 0] < now.target[:, 1]).all()
        assert sorted(map(tuple, now.target.tolist())) == [tuple(e) for e in now.target.tolist()]
        ways.append(now.image.tobytes())
    assert len(set(ways)) == 8


def test_points_of_one_x_go_by_y_and_start_turns_along():
    points = np.array([(10, 8), (10, 40), (50, 8)], float)
    one = drawing_of(replace_task(points, [(0, 2)], [(0, 1)]), SIDE, 8, 8)
    now = turned(one, 4)  # mirrored: (50, 8) comes first, then y decides
    assert (now.places * SIDE - 0.5).round(6).tolist() == [[13, 8], [53, 8], [53, 40]]
    assert now.start.tolist() == [[1, 2]]
    assert now.target.tolist() == [[0, 1]]
    assert now.tokens().tolist() == [1, 2, 0, 1]


def replace_task(points, edges, start):
    return replace(TASKS[0], key_points=points, target=np.array(edges), start=np.array(start))


def test_targets_are_what_is_to_be_learned():
    given = batch_of([drawing("comb", start=[(0, 1), (0, 5)]), drawing("bare"), drawing("pair")])
    assert given.targets().tolist() == [
        [-1, -1, -1, -1, 1, 2, 2, 3, 4, 5, 6], [6, *[-1] * 10], [3, 4, 6, *[-1] * 8],
    ]  # fmt: skip
    assert given.adjacency().sum(axis=(1, 2)).tolist() == [10, 0, 2]


def test_batches_take_each_task_once_a_lap():
    drawings = [drawing(name) for name in EDGES]
    batches = GraphBatches(drawings, 2, seed=1, flips=True)
    ids = [name for step in range(5) for name in batches.batch(step).ids]
    assert sorted(ids[:5]) == sorted(ids[5:]) == sorted(EDGES)
    assert ids[:5] != ids[5:]
    again = GraphBatches(drawings, 2, seed=1, flips=True).batch(3)
    assert np.array_equal(again.images, batches.batch(3).images)
    plain = GraphBatches(drawings, 5, seed=1, flips=False).batch(0)
    assert {plain.images[k].tobytes() for k in range(5)} == {d.image.tobytes() for d in drawings}


def test_images_are_standardised_by_those_of_the_training():
    drawings = [drawing(name) for name in EDGES]
    encoder = PointEncoder(TINY)
    set_standard(encoder, drawings)
    seen = encoder.standardised(torch.from_numpy(np.stack([d.image for d in drawings])))
    assert seen.shape == (5, 3, SIDE, SIDE)
    assert float(seen.mean()) == pytest.approx(0, abs=1e-5)
    assert float(seen.std()) == pytest.approx(1, abs=1e-3)


def test_a_larger_square_is_resized_and_key_points_stay_in_their_places():
    large = task("comb", points=POINTS * 2 + 0.5, side=2 * SIDE)
    one = drawing_of(large, SIDE, 64, 64)
    assert one.image.shape == (SIDE, SIDE, 3)
    np.testing.assert_allclose(one.places, drawing("comb").places)
    assert np.abs(one.image.astype(int) - picture(POINTS, EDGES["comb"])).mean() < 25


@pytest.mark.parametrize("net", ["arm", "cls"])
def test_a_stopped_run_goes_on_with_the_same_numbers(tmp_path, net):
    args = options(tmp_path, net)

    def stop(done, n, loss):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_on(args, TASKS, [], stop)
    resumed = train_on(args, TASKS, [])
    assert resumed.began == 4
    whole = train_on(replace(args, out=str(tmp_path / "whole")), TASKS, [])
    assert whole.losses == resumed.losses
    ours, theirs = (graph_net_of(Path(run.folder), torch.device("cpu"))[0].state_dict()
                    for run in (resumed, whole))  # fmt: skip
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert train_on(args, TASKS, []).began == 6
    with pytest.raises(RoadMetricsError, match=r"holds a run with .*batch 3, not 2"):
        train_on(replace(args, batch=2), TASKS, [])
    with pytest.raises(FormatError, match="not what reference-models train writes"):
        read_args(Path(args.out))


def test_validation_of_each_kind(tmp_path):
    arm = train_on(options(tmp_path), TASKS, TASKS[:3]).validation
    assert set(arm.figures) >= {"bits_per_edge", "bits_per_edge_random_order", "bits_per_end"}
    assert arm.figures["edges"] == 13
    with pytest.raises(FormatError, match=r"threshold.json: no such file: train with --valid"):
        threshold_of(tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    gcn = train_on(options(tmp_path, "gcn"), TASKS, TASKS[:3]).validation
    assert threshold_of(tmp_path / "run") == gcn.threshold
    held = json.loads((tmp_path / "run" / "validation.json").read_text())
    assert held == gcn.figures
    (tmp_path / "run" / "threshold.json").write_text('{"threshold": true}')
    with pytest.raises(FormatError, match="holds no threshold"):
        threshold_of(tmp_path / "run")


@pytest.mark.parametrize(
    ("made", "changes", "message"),
    [
        (TASKS, {"max_key_points": 5}, "ring: 6 key points, more than 5: raise --max-key"),
        (TASKS, {"max_edges": 4}, "ring: 5 edges, more than the 4 that fit: raise --max-edges"),
        ([replace(TASKS[1], target=None)], {}, "star: there is no target to learn from"),
        ([], {}, "there is no task"),
        ([replace(TASKS[0], image=TASKS[0].image[:, :60], gt=None)], {},
         "comb: the image is 60 x 64 pixels; it must be square"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_on(tmp_path, made, changes, message):
    made = [replace(each, id="ring") if changes and each.id == "comb" else each for each in made]
    with pytest.raises(RoadMetricsError, match=message):
        train_on(options(tmp_path, **changes), made, [])
    assert not (tmp_path / "run").exists()


def test_nan_names_the_task_and_keeps_the_checkpoint(tmp_path):
    args = options(tmp_path, lr=1e30, clip=1e30, schedule="constant", checkpoint_every=1)
    with pytest.raises(RoadMetricsError, match=r"step \d: the prediction holds NaN for \w+"):
        train_on(args, TASKS, [])
    assert graph_net_of(tmp_path / "run", torch.device("cpu"))[2] >= 1


def test_weights_that_are_no_numbers_are_never_saved(tmp_path):
    args = options(tmp_path, steps=2, checkpoint_every=1)
    train_on(args, TASKS, [])
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    trainer = GraphTrainer(args, drawings_of(args, TASKS), torch.device("cpu"))
    trainer.resume(tmp_path / "run")
    trainer.net.encoder.resnet.bn1.running_var[0] = np.inf
    with pytest.raises(RoadMetricsError, match="after step 2 the weights hold NaN or infinity: tr"):
        trainer.save(tmp_path / "run")
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before


def test_a_wrong_network_leaves_no_folder_in_the_way(tmp_path):
    args = options(tmp_path, steps=1)
    with pytest.raises(RoadMetricsError, match="heads must divide the width 16, 3 does not"):
        train_on(replace(args, heads=3), TASKS, [])
    with pytest.raises(RoadMetricsError, match=r"absent\.pth: no such file"):
        train_on(replace(args, weights=str(tmp_path / "absent.pth")), TASKS, [])
    assert not (tmp_path / "run").exists()
    file = tmp_path / "w.pth"
    torch.save(make_graph_net(args).encoder.resnet.state_dict(), file)
    given = replace(args, weights=str(file))
    train_on(given, TASKS, [])
    file.unlink()  # the checkpoint has all that is needed
    assert train_on(given, TASKS, []).began == 1
    assert graph_net_of(tmp_path / "run", torch.device("cpu"))[2] == 1


def test_options_of_key_points_are_those_of_tasks():
    ours = {one.name: one for one in fields(GraphTrainArgs)}
    for one in fields(TruthOptions):
        assert ours[one.name].default == one.default
        assert ours[one.name].metadata["least"] == one.metadata["least"]


def test_scales(tmp_path):
    small = config_of(GraphTrainArgs(net="arm", data="d", out="o", scale="small", max_edges=96))
    assert small == MINIATURE
    full = config_of(GraphTrainArgs(net="arm", data="d", out="o", depth=18))
    assert (full.depth, full.base, full.token_layers, full.image) == (18, 64, 16, 300)
    bare = config_of(GraphTrainArgs(net="gcn", data="d", out="o", features=False, token_layers=0))
    assert (bare.has_image, bare.point_layers, bare.token_layers) == (False, 0, 0)
    assert TrainArgs.__name__ == "TrainArgs"


def test_crowded_images_are_a_line_on_the_command_line_and_a_warning_elsewhere(tmp_path, capsys):
    towns = tmp_path / "towns"
    write_towns(towns, 2, options=Options(size=64, metres_per_pixel=2.0))
    words = ["train-graph", "arm", f"--data={towns}", f"--out={tmp_path / 'run'}", "--side=0",
             f"--valid={towns}", "--max-key-points=4"]  # fmt: skip
    words += [f"--{key.replace('_', '-')}={value}" for key, value in (SMALL | {"steps": 1}).items()]
    assert main(words) == 0
    told = (f"{towns}: 2 of 2 images have more than 4 key points, and lost some: raise "
            "--max-key-points")  # fmt: skip
    assert f"reference-models: {told}\n" in (err := capsys.readouterr().err)
    assert err.count("lost some") == 1, "data and valid are one folder: said once"
    assert "Warning" not in err
    with pytest.warns(CrowdedWarning, match="2 of 2 images have more than 4 key points"):
        train_graph(options(tmp_path, data=str(towns), side=0, max_key_points=4, steps=1,
                            out=str(tmp_path / "other")))  # fmt: skip


def test_other_warnings_of_a_command_stay_warnings():
    def made():
        warnings.warn("something else", UserWarning, stacklevel=1)
        yield "a"

    with pytest.warns(UserWarning, match="something else"), saying("reference-models"):
        assert all_of(made(), "towns", 4) == ["a"]


def test_from_the_command_line(tmp_path, capsys):
    write_towns(tmp_path / "towns", 3, options=Options(size=64, metres_per_pixel=2.0))
    words = ["train-graph", "arm", "--data", str(tmp_path / "towns"), "--out",
             str(tmp_path / "run"), "--valid", str(tmp_path / "towns"), "--side", "0"]  # fmt: skip
    words += [f"--{key.replace('_', '-')}={value}" for key, value in SMALL.items()]
    assert main([*words, "--max-edges=128"]) == 0
    out = capsys.readouterr().out
    assert "run: steps 1 to 6" in out
    assert "bits_per_edge " in out
    assert main([*words, "--max-edges=128"]) == 0
    assert "all 6 steps were done" in capsys.readouterr().out
    assert main([*words, "--max-edges=2", "--out", str(tmp_path / "new")]) == 3
    assert "edges, more than the 2 that fit" in capsys.readouterr().err
    net, args, step = graph_net_of(tmp_path / "run", torch.device("cpu"))
    assert (args.net, step, net.training) == ("arm", 6, False)
    assert train_graph(args).began == 6
