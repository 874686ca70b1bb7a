"""Views of a trained run: an episode, its attention, a search tree; as commands."""

import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")
pytest.importorskip("gymnasium", reason="needs the extra rl")

from reference_models.analysis import (  # noqa: E402
    attention_flow,
    episode,
    search_budget,
    search_tree,
)
from reference_models.analysis.run_options import RunArgs  # noqa: E402
from reference_models.analysis.trained import attention_of, opened, search_at  # noqa: E402
from reference_models.command import run_module  # noqa: E402
from reference_models.graph_settings import GraphTrainArgs  # noqa: E402
from reference_models.refiner_settings import RefinerArgs  # noqa: E402
from reference_models.search.chance import best  # noqa: E402
from reference_models.towns.folder import write_towns  # noqa: E402
from reference_models.towns.options import Options  # noqa: E402
from reference_models.train_graph import train_graph  # noqa: E402
from reference_models.train_refiner import train_refiner  # noqa: E402
from roadmetrics.rewards import RewardScorer  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two towns of 64 px, cut in 4, an ARM that has seen them twice and a refiner of one unit."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("views")
    towns = str(place / "towns")
    write_towns(place / "towns", 2, seed=3, options=Options(size=64, metres_per_pixel=1.0))
    args = GraphTrainArgs(
        net="arm", data=towns, valid=towns, out=str(place / "arm"), scale="small", image=32,
        base=2, width=16, heads=2, point_layers=1, token_layers=2, side=32, overlap=0,
        max_key_points=16, max_edges=16, steps=2, batch=4, threads=1, device="cpu",
    )  # fmt: skip
    train_graph(args)
    train_refiner(RefinerArgs(
        arm=str(place / "arm"), data=towns, out=str(place / "refiner"), units=1, episodes=2,
        updates=0, simulations=4, reanalyse=0, threads=1, device="cpu",
    ))  # fmt: skip
    return place


def run_args(home, run, **more):
    return RunArgs(run=str(home / run), data=str(home / "towns"), **more)


def called(home, module, kind, run, out, *words):
    call = getattr(module, module.__name__.rpartition(".")[2])
    words = [str(home / run), "--data", str(home / "towns"), "--out", str(home / out), *words]
    return run_module(module.__name__, "", kind, lambda args: print(call(args)), words)


@pytest.mark.parametrize(("run", "out"), [("arm", "e.png"), ("refiner", "e.svg")])
def test_an_episode(home, capsys, run, out):
    seen = opened(run_args(home, run))
    edges = seen.drawer.in_order(seen.task)
    assert set(map(tuple, np.sort(edges).tolist())) == set(
        map(tuple, seen.drawer.many([seen.task])[0].tolist())
    )
    assert called(home, episode, episode.EpisodeArgs, run, out, "--panels", "3") == 0
    head, start, *lines = capsys.readouterr().out.splitlines()
    assert head == f"{seen.task.id}: {len(edges)} edges drawn, 0 to begin with"
    assert len(lines) == len(edges) > 0
    scorer = RewardScorer(seen.task.gt)
    scorer.reset(seen.task.key_points, edges)
    assert float(lines[-1].split()[2]) == pytest.approx(scorer.score, abs=1e-4)
    gains = [float(line.split()[3]) for line in lines]
    assert float(start.split()[1]) + sum(gains) == pytest.approx(scorer.score, abs=1e-2)
    assert (home / out).stat().st_size > 2000


@pytest.mark.parametrize("run", ["arm", "refiner"])
def test_attention(home, capsys, run):
    seen = opened(run_args(home, run))
    edges = seen.drawer.in_order(seen.task)
    layers = attention_of(seen, edges)
    assert len(layers) == 2
    for layer in layers:
        assert layer.shape == (2 * len(edges) + 1,) * 2
        assert layer.sum(axis=1) == pytest.approx(1.0)
        assert not np.triu(layer, 1).any()
    kind = attention_flow.AttentionArgs
    assert called(home, attention_flow, kind, run, "a.svg", "--by", "rollout") == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == f"{seen.task.id}: {len(edges)} edges, rollout"
    assert len(lines) == min(6, len(edges) - 1)
    for line in lines:
        words = line.split()
        image, own, before = (float(words[k].rstrip(":")) for k in (3, 6, 9))
        assert image + own + before == pytest.approx(1.0, abs=3e-4)


def test_a_search_tree(home, capsys):
    seen = opened(run_args(home, "refiner"))
    (tokens,) = seen.drawer.tokens([seen.task])
    for step in (0, 3, len(tokens) - 1):  # what is searched here is what was searched there
        found, before = search_at(seen, step)
        assert before == tokens[:step]
        assert int(best(found.visits, found.q, found.prior)[0]) == tokens[step]
    words = ("--step", "3", "--simulations", "7")
    assert called(home, search_tree, search_tree.TreeArgs, "refiner", "t.svg", *words) == 0
    head, columns, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{seen.task.id}, move 3: 7 simulations, value ")
    assert columns.split() == ["action", "visits", "prior", "Q"]
    assert sum(int(line.split()[1]) for line in lines) == 7
    root = ET.fromstring((home / "t.svg").read_text())
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {str(k) for k in range(len(seen.task.key_points))} <= set(texts)
    spans = {span.text for span in root.iter(f"{SVG}tspan")}
    assert {line.split()[0] for line in lines} <= spans


def test_a_prediction_gives_the_key_points(home, capsys):
    init = str(home / "towns" / "graphs")
    name = opened(run_args(home, "refiner")).task.id
    whole = opened(run_args(home, "refiner", init=init, tile=name)).task
    assert (whole.id, whole.gt is not None) == (name, True)
    assert called(home, episode, episode.EpisodeArgs, "refiner", "i.svg", "--init", init) == 0
    assert f"{len(whole.start)} to begin with" in capsys.readouterr().out


def test_what_is_refused(home, capsys):
    cls = GraphTrainArgs(**{**opened(run_args(home, "arm")).drawer.args.__dict__, "net": "cls"})
    train_graph(replace(cls, out=str(home / "cls")))
    for run in ("arm", "refiner"):
        lost = shutil.ignore_patterns("checkpoint.pt")
        shutil.copytree(home / run, home / f"begun-{run}", ignore=lost)
    name = opened(run_args(home, "arm")).task.id.rsplit("_", 2)[0]
    tree, attention = search_tree.TreeArgs, attention_flow.AttentionArgs
    for module, kind, run, out, words, told in (
        (search_tree, tree, "arm", "x.svg", ["--step", "0"], "train-graph has no search"),
        (search_budget, search_budget.BudgetArgs, "arm", "x.svg", [], "give one of train-refiner"),
        (episode, episode.EpisodeArgs, "begun-arm", "x.svg", [], "begun-arm: its training has"),
        (episode, episode.EpisodeArgs, "begun-refiner", "x.svg", [], "not come to its first"),
        (search_tree, tree, "refiner", "x.png", ["--step", "0"], "is written as .svg"),
        (search_tree, tree, "refiner", "x.svg", ["--step", "999"], "moves, counted from 0"),
        (search_tree, tree, "refiner", "x.svg", ["--step", "0", "--simulations", "0"], "no tree"),
        (attention_flow, attention, "cls", "x.svg", [], "draws all edges at once"),
        (attention_flow, attention, "arm", "x.svg", ["--simulations", "4"], "without search"),
        (episode, episode.EpisodeArgs, "arm", "x.svg", ["--tile", "b"], "no such image or square"),
        (episode, episode.EpisodeArgs, "arm", "x.svg", ["--tile", name], "has 4 squares of it"),
        (episode, episode.EpisodeArgs, "arm", "x.pdf", [], "written as .svg or .png"),
    ):  # fmt: skip
        assert called(home, module, kind, run, out, *words) == 3
        said = capsys.readouterr().err
        assert told in said
        assert said.count("\n") == 1
        assert not (home / out).exists()
