"""A refiner from the first unit to a folder of refined predictions; a killed one goes on."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")
pytest.importorskip("gymnasium", reason="needs the extra rl")

from reference_models import refiner_player  # noqa: E402
from reference_models import train_refiner as train_refiner_module  # noqa: E402
from reference_models.checkpoint import read_run  # noqa: E402
from reference_models.cli import main  # noqa: E402
from reference_models.crowded import CrowdedWarning  # noqa: E402
from reference_models.graph_batches import Drawing  # noqa: E402
from reference_models.graph_drawing import GraphDrawer, RandomDrawer, RefinerDrawer  # noqa: E402
from reference_models.graph_models import set_statistics  # noqa: E402
from reference_models.graph_settings import GraphTrainArgs  # noqa: E402
from reference_models.nets.points import TINY, PointEncoder  # noqa: E402
from reference_models.refiner_player import RefinerPlayer  # noqa: E402
from reference_models.refiner_settings import RefinerArgs  # noqa: E402
from reference_models.refiner_tasks import deal_of  # noqa: E402
from reference_models.reward_fit import reward_fit  # noqa: E402
from reference_models.search import selfplay  # noqa: E402
from reference_models.search.driver import search  # noqa: E402
from reference_models.towns.folder import write_towns  # noqa: E402
from reference_models.towns.options import Options  # noqa: E402
from reference_models.train_graph import train_graph  # noqa: E402
from reference_models.train_refiner import (  # noqa: E402
    RefinerTrainer,
    player_of,
    refiner_of,
    train_refiner,
)
from reference_models.truth_tasks import truth_tasks  # noqa: E402
from roadmetrics import RoadGraph, read, write  # noqa: E402
from roadmetrics.errors import FormatError, RoadMetricsError  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    """A folder with towns and an ARM that has seen them twice."""
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("refiner")
    write_towns(home / "towns", 4, seed=3, options=Options(size=64, metres_per_pixel=1.0))
    args = GraphTrainArgs(
        net="arm", data=str(home / "towns"), valid=str(home / "towns"), out=str(home / "arm"),
        scale="small", image=64, base=2, width=16, heads=2, point_layers=1, token_layers=1,
        side=64, overlap=0, max_key_points=16, max_edges=16, steps=2, batch=4, threads=1,
        device="cpu",
    )  # fmt: skip
    train_graph(args)
    return home


def options(home, out, **given):
    return RefinerArgs(
        arm=str(home / "arm"), data=str(home / "towns"), out=str(home / out),
        **{"units": 3, "episodes": 3, "updates": 1, "positions": 8, "simulations": 3,
           "reanalyse": 4, "checkpoint_every": 1, "threads": 1, "device": "cpu", **given},
    )  # fmt: skip


def weights(folder):
    return refiner_of(folder, CPU)[0].state_dict()


def test_a_killed_run_ends_as_one_that_was_not(arm):
    """Two units are in flight at each checkpoint; the run is stopped after the second."""

    class KilledError(Exception):
        pass

    def kill(done, n, gain):
        if done == 2:
            raise KilledError

    whole = train_refiner(options(arm, "whole", ahead=1, warm_up=0.5))
    with pytest.raises(KilledError):
        train_refiner(options(arm, "parts", ahead=1, warm_up=0.5), kill)
    rest = train_refiner(options(arm, "parts", ahead=1, warm_up=0.5))
    assert (whole.began, rest.began) == (0, 1)  # the report came before the second was saved
    assert rest.logs == whole.logs
    one, other = weights(arm / "whole"), weights(arm / "parts")
    assert all(torch.equal(one[name], other[name]) for name in one)
    begun = torch.load(arm / "arm" / "checkpoint.pt", weights_only=True)["model"]
    moved = [n for n in begun if not torch.equal(begun[n], one[f"arm.{n}"])]
    assert "query.weight" in moved
    header, *lines = (arm / "whole" / "log.csv").read_text().splitlines()
    assert header.startswith("unit,gain,edges,total,policy,value,reward")
    assert len(lines) == 3


@pytest.mark.parametrize(("n_warm", "is_moved"), [(2, False), (1, True)])
def test_in_the_warm_up_the_arm_plays_and_stays_as_it_is(arm, monkeypatch, n_warm, is_moved):
    asked = []

    def counted(model, roots, args, noise=None):
        asked.append((args.n_simulations, noise is None))
        return search(model, roots, args, noise)

    monkeypatch.setattr(selfplay, "search", counted)
    run = arm / f"warm-{n_warm}"
    train_refiner(options(arm, run.name, units=2, warm_up=n_warm / 2, reanalyse=0))
    assert set(asked) == ({(0, True), (3, False)} if is_moved else {(0, True)})
    begun = torch.load(arm / "arm" / "checkpoint.pt", weights_only=True)["model"]
    found = weights(run)
    assert is_moved == any(not torch.equal(begun[n], found[f"arm.{n}"]) for n in begun)
    first = begin_of(options(arm, "none"))
    assert any(not torch.equal(first[n], found[n]) for n in first if n.startswith("dynamics"))


def begin_of(args):
    return RefinerTrainer(args).net.state_dict()


def test_other_options_are_refused_and_other_workers_are_not(arm):
    train_refiner(options(arm, "kept", units=1))
    with pytest.raises(RoadMetricsError, match="kept: it holds a run with simulations 3, not 5"):
        train_refiner(options(arm, "kept", units=1, simulations=5))
    again = train_refiner(options(arm, "kept", units=1, workers="ray", n_workers=7))
    assert again.began == 1  # nothing was left to play, so no Ray was asked for


def test_what_is_no_arm_is_named(arm):
    with pytest.raises(FormatError, match=r"towns/run\.json: no such file"):
        train_refiner(replace(options(arm, "no"), arm=str(arm / "towns")))
    cls = replace(read_run(arm / "arm", GraphTrainArgs), net="cls", out=str(arm / "cls"))
    train_graph(cls)
    with pytest.raises(RoadMetricsError, match="cls: a run of cls: give one of arm"):
        train_refiner(replace(options(arm, "no"), arm=str(arm / "cls")))
    with pytest.raises(RoadMetricsError, match="--curriculum begins with a prediction"):
        options(arm, "no", curriculum=0.5)


def test_weights_that_are_no_numbers_are_never_saved(arm):
    args = options(arm, "spoilt", units=1)
    train_refiner(args)
    before = (arm / "spoilt" / "checkpoint.pt").read_bytes()
    trainer = RefinerTrainer(args, is_fresh=False)
    trainer.resume(arm / "spoilt")
    with torch.no_grad():
        trainer.net.arm.query.weight[0, 0] = np.nan
    with pytest.raises(RoadMetricsError, match="after unit 1 the weights hold NaN or infinity: tr"):
        trainer.save(arm / "spoilt")
    with pytest.raises(RoadMetricsError, match=r"spoilt: unit 2: the loss is no finite number: tr"):
        trainer.learn([])
    trainer.args = replace(args, updates=0)
    with pytest.raises(RoadMetricsError, match="after unit 2 the weights hold NaN or infinity"):
        trainer.learn([])  # before weights are published, and positions searched by them
    assert (arm / "spoilt" / "checkpoint.pt").read_bytes() == before


def test_what_is_wrong_leaves_no_folder_in_the_way(arm):
    for wrong, told in (({"workers": "rays"}, "workers are embedded, ray or"),
                        ({"device": "tpu9"}, "--device tpu9: torch cannot use it")):  # fmt: skip
        with pytest.raises(RoadMetricsError, match=told):
            train_refiner(options(arm, "never", **wrong))
        assert not (arm / "never").exists()
    with pytest.raises(FormatError, match=r"run\.json: not what reference-models train-refiner w"):
        train_refiner(options(arm, "arm"))
    assert not (arm / "arm" / "arm").exists()


def test_a_run_goes_on_without_its_arm(arm):
    shutil.copytree(arm / "arm", arm / "lent")
    args = replace(options(arm, "alone", units=2), arm=str(arm / "lent"))

    def stop(done, n, gain):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_refiner(args, stop)
    shutil.rmtree(arm / "lent")
    assert train_refiner(args).began == 1
    assert refiner_of(arm / "alone", CPU)[2].net == "arm"


def test_from_scratch_has_statistics_of_its_own_images(arm):
    """The ARM's weights are not there; features have the variance that batch statistics give."""
    args = options(arm, "scratch", units=1, from_scratch=True)
    trainer = RefinerTrainer(args)
    encoder = trainer.net.arm.encoder
    begun = torch.load(arm / "arm" / "checkpoint.pt", weights_only=True)["model"]
    assert torch.equal(encoder.mean, begun["encoder.mean"])
    assert not torch.equal(trainer.net.arm.query.weight, begun["query.weight"])
    images = torch.from_numpy(np.stack([one.image for one in trainer.drawings]))
    trainer.net.train()
    with torch.no_grad():
        seen = encoder.resnet.conv1(encoder.standardised(images))
    layer = encoder.resnet.bn1
    assert (layer.training, layer.momentum) == (False, 0.1)
    torch.testing.assert_close(layer.running_mean, seen.mean(dim=(0, 2, 3)))
    torch.testing.assert_close(layer.running_var, seen.var(dim=(0, 2, 3)))
    train_refiner(args)
    held, kept = weights(arm / "scratch"), trainer.net.state_dict()
    names = [name for name in kept if "running" in name]
    assert len(names) == 40
    assert all(torch.equal(held[name], kept[name]) for name in names)


@pytest.mark.parametrize(("n", "image", "used"), [(2, 64, 2), (70, 64, 32), (1, 32, 0)])
def test_statistics_are_those_of_some_images_spread_over_all(n, image, used):
    encoder = PointEncoder(replace(TINY, image=image))
    rng, none = np.random.default_rng(0), np.zeros((0, 2))
    drawings = [
        Drawing(str(k), rng.integers(0, 256, (image, image, 3), np.uint8), none, none, none)
        for k in range(n)
    ]
    set_statistics(encoder, drawings)
    if not used:
        assert encoder.resnet.bn1.running_mean.eq(0).all()
        return
    chosen = np.stack([drawings[k * n // used].image for k in range(used)])
    seen = encoder.resnet.conv1(encoder.standardised(torch.from_numpy(chosen)))
    torch.testing.assert_close(encoder.resnet.bn1.running_var, seen.var(dim=(0, 2, 3)))
    deep = encoder.resnet.layer4[1].bn2
    assert deep.running_var.ne(1).all()


def test_tasks_are_made_once(arm, monkeypatch):
    """Embedded, trainer and player share them; an actor of Ray would make its own."""
    made = []

    def counted(*args):
        made.append(deal_of(*args))
        return made[-1]

    for module in (train_refiner_module, refiner_player):
        monkeypatch.setattr(module, "deal_of", counted)
    args = options(arm, "once", units=1)
    train_refiner(args)
    assert len(made) == 1
    assert len(RefinerPlayer(args, read_run(arm / "arm", GraphTrainArgs)).deal.tasks) == 4
    assert len(made) == 2


def test_episodes_here_are_played_on_the_device_of_learning(arm):
    trainer = RefinerTrainer(options(arm, "placed"))
    assert player_of(trainer, True)().net.arm.query.weight.device == trainer.device == CPU
    trainer.device = torch.device("meta")  # stands for a GPU
    here, elsewhere = (player_of(trainer, is_here)() for is_here in (True, False))
    assert here.deal is trainer.deal
    assert {each.device.type for each in here.net.state_dict().values()} == {"meta"}
    assert here.model.device.type == "meta"
    assert elsewhere.model.device == CPU


def test_a_curriculum_rewards_the_prediction_first(arm, monkeypatch):
    """Half of each road is predicted; the truth stays what is rewarded in the end."""
    init = arm / "init"
    init.mkdir()
    for path in sorted((arm / "towns" / "graphs").iterdir()):
        truth = read(path)
        write(RoadGraph(truth.vertices, truth.edges[::2], extent=truth.extent), init / path.name)
    args = options(arm, "fuzzy", init=str(init), curriculum=0.5, warm_up=0.0, units=2)
    deal = deal_of(args, read_run(arm / "arm", GraphTrainArgs))
    for task, early in zip(deal.tasks, deal.early, strict=True):
        assert early.gt.length < task.gt.length
        assert np.array_equal(early.key_points, task.key_points)
    tight = replace(read_run(arm / "arm", GraphTrainArgs), max_key_points=4)
    with pytest.warns(CrowdedWarning, match=r"init: \d of 4 images have more than 4 key") as told:
        deal_of(args, tight)
    assert len(told) == 1
    played = []

    def noted(model, tasks, *rest):
        played.append(tasks[0].gt.length)
        return selfplay.play_unit(model, tasks, *rest)

    monkeypatch.setattr(refiner_player, "play_unit", noted)
    train_refiner(args)
    assert played == [deal.early[0].gt.length, deal.tasks[0].gt.length]
    after = RefinerTrainer(args, is_fresh=False)
    after.resume(arm / "fuzzy")
    assert {one.number for one in after.replay.episodes} == {3, 4, 5}  # none of the first unit's
    (init / path.name).unlink()
    with pytest.raises(
        RoadMetricsError, match=f"{path.name}: there is no prediction of {path.stem}"
    ):
        deal_of(args, read_run(arm / "arm", GraphTrainArgs))


def test_every_run_draws(arm):
    train_refiner(options(arm, "drawing", units=1))
    tasks = truth_tasks(read_run(arm / "arm", GraphTrainArgs), str(arm / "towns"))
    drawers = [
        GraphDrawer(arm / "arm"), RefinerDrawer(arm / "drawing"), RandomDrawer(tasks, 0),
        RefinerDrawer(arm / "drawing", simulations=0),
    ]  # fmt: skip
    for drawer in drawers:
        drawn = drawer.many(tasks)
        for task, edges in zip(tasks, drawn, strict=True):
            assert edges.shape[1] == 2
            assert (edges[:, 0] < edges[:, 1]).all()
            assert len(np.unique(edges, axis=0)) == len(edges)
            assert not len(edges) or edges.max() < len(task.key_points)
    n = [len(task.target) for task in tasks]
    assert {len(each) for each in drawers[2].many(tasks)} == {round(np.mean(n))}
    started = replace(tasks[0], start=[[0, 1], [1, 2]])
    for drawer in drawers:
        assert {(0, 1), (1, 2)} <= set(map(tuple, drawer.many([started])[0].tolist()))
    fit = reward_fit(arm / "drawing", tasks)
    assert set(fit) == {"1", "2", "3", "4", "5", "all", "sum"}
    assert max(fit.values()) < 1.0


def test_anybodys_predictions_are_refined(arm, capsys):
    train_refiner(options(arm, "refiner", units=1))
    call = ["refine", str(arm / "refiner"), "--images", str(arm / "towns" / "images")]
    out = arm / "refined"
    assert main([*call, "--init", str(arm / "towns" / "graphs"), "--out", str(out)]) == 0
    assert "graphs of 4 tiles" in capsys.readouterr().out
    assert sorted(p.name for p in out.iterdir()) == sorted(
        p.name for p in (arm / "towns" / "graphs").iterdir()
    )


def test_refine_searches_as_it_is_told(arm, capsys, monkeypatch):
    train_refiner(options(arm, "searching", units=1))
    asked = []

    def counted(model, roots, args, noise=None):
        asked.append(args.n_simulations)
        return search(model, roots, args, noise)

    monkeypatch.setattr(selfplay, "search", counted)
    folders = ["--images", str(arm / "towns" / "images"), "--init", str(arm / "towns" / "graphs")]
    for more, n in (([], 3), (["--simulations", "0"], 0), (["--simulations", "1"], 1)):
        out = ["--out", str(arm / f"searched-{n}")]
        assert main(["refine", str(arm / "searching"), *folders, *out, *more]) == 0
        assert set(asked) == {n}
        asked.clear()
    capsys.readouterr()
    call = ["refine", str(arm / "arm"), *folders, "--out", str(arm / "none")]
    assert main([*call, "--simulations", "4"]) == 3
    said = capsys.readouterr().err
    assert "arm is a run of train-graph, which draws without search" in said
    assert said.count("\n") == 1
    assert not (arm / "none").exists()
