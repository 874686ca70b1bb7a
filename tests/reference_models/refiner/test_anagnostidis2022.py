"""The tables of Anagnostidis et al.: seconds of training, so that figures mean nothing."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")
pytest.importorskip("gymnasium", reason="needs the extra rl")

from reference_models.by_town import mean_interval, town_of  # noqa: E402
from reference_models.papers.anagnostidis2022.__main__ import main as paper  # noqa: E402
from reference_models.papers.anagnostidis2022.figures import changed  # noqa: E402
from reference_models.papers.anagnostidis2022.measures import bits, fit, moved  # noqa: E402
from reference_models.papers.anagnostidis2022.miniature import METRICS, graph_args  # noqa: E402
from reference_models.papers.anagnostidis2022.rewarded import rewarded, row_scores  # noqa: E402
from reference_models.papers.anagnostidis2022.settings import TableArgs  # noqa: E402
from reference_models.papers.paired_rows import interval, scores_of  # noqa: E402
from reference_models.reward_fit import r_squared, reward_fit  # noqa: E402
from reference_models.truth_tasks import truth_tasks  # noqa: E402
from roadmetrics import read  # noqa: E402
from roadmetrics.documents import read_document  # noqa: E402
from roadmetrics.rewards import RewardScorer  # noqa: E402

SMALL = {
    "seeds": 1, "size": 64, "side": 32, "n_train": 2, "n_valid": 1, "n_test": 10, "steps": 1,
    "pair_steps": 1, "units": 1, "updates": 1, "simulations": 1, "batch": 2,
    "max_key_points": 12, "max_edges": 12,
}  # fmt: skip


def flags(**given):
    return [f"--{key.replace('_', '-')}={value}" for key, value in {**SMALL, **given}.items()]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """The folder of the tables, made once."""
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("tables")
    assert paper(["--work", str(home / "work"), "--out", str(home / "page.md"), *flags()]) == 0
    return home / "work"


@pytest.fixture
def args(work):
    return TableArgs(work=str(work), out=str(work.parent / "page.md"), **SMALL)


def document(work, name):
    return read_document(work / "scores" / f"{name}-0" / "scores.json")


def test_what_is_done_is_not_done_again(work, capfd):
    call = ["--work", str(work), "--out", str(work.parent / "page.md")]
    page = (work.parent / "page.md").read_text()
    for text in ("| ARM |", "Random below Cls on APLS", "(77.8; 92.8)", "8 to train on"):
        assert text in page
    assert len(list((work / "scores" / "arm-0" / "tiles").iterdir())) == 10
    capfd.readouterr()
    assert paper([*call, *flags()]) == 0
    assert capfd.readouterr().err == ""
    assert (work.parent / "page.md").read_text() == page
    for other, told in (
        ({"difficulty": 0.1}, "towns of other options"),
        ({"jitter": 9}, "it holds a run with jitter 2.0, not 9.0"),
        ({"units": 2}, "refiner-0: it holds a run with units 1, not 2"),
    ):
        assert paper([*call, *flags(**other)]) == 3
        assert told in capfd.readouterr().err


def test_the_reward_of_a_square_is_the_scorers(work):
    for name in ("random", "arm"):
        found = rewarded(document(work, name))
        assert len(found) == 40
        for square, value in found.items():
            folder = work / "scores" / f"{name}-0"
            scorer = RewardScorer(read(folder / "gt" / f"{square}.json"))
            drawn = read(folder / "pred" / f"{square}.json")
            scorer.reset(drawn.vertices, drawn.edges)
            assert scorer.score == pytest.approx(value, abs=1e-9)
    mean = np.mean(list(rewarded(document(work, "arm")).values()))
    assert row_scores([document(work, "arm")]).values[0] == pytest.approx(mean)


def test_towns_are_resampled_whole():
    """Squares that repeat their town's first one tell nothing more about towns."""
    rng = np.random.default_rng(5)
    of_town = rng.random(12)
    towns = [f"t_{k:02}" for k in range(12)]
    alone = mean_interval(of_town, towns)
    four = mean_interval(np.repeat(of_town, 4), np.repeat(towns, 4).tolist())
    assert four == pytest.approx(alone)
    apart = mean_interval(np.repeat(of_town, 4), [f"s_{k:02}" for k in range(48)])
    assert apart[1] - apart[0] < 0.7 * (alone[1] - alone[0])
    assert mean_interval(of_town[:9], towns[:9]) is None
    assert town_of("town_2023_00000_0_128") == "town_2023_00000"


def test_tiles_that_are_their_own_towns_have_the_intervals_of_tiles(work):
    one, other = ([document(work, name)] for name in ("random", "cls"))
    for k in range(len(METRICS)):
        by_tile = interval(scores_of(one, METRICS), scores_of(other, METRICS), k)
        alone = [scores_of(each, METRICS, lambda tile: tile) for each in (one, other)]
        assert interval(*alone, k) == pytest.approx(by_tile, abs=1e-12)
    by_town = [scores_of(each, METRICS, town_of) for each in (one, other)]
    assert by_town[0].values == scores_of(one, METRICS).values
    assert interval(*by_town, 0) != pytest.approx(interval(*alone, 0), abs=1e-6)


def test_measures_follow_from_sums_of_squares(work, args):
    tasks = truth_tasks(graph_args(args, "arm", 0), str(args.data("test")))
    whole = reward_fit(args.run("refiner", 0), tasks, 0)
    for key, value in whole.items():
        assert fit(args, key).value == pytest.approx(value, abs=1e-9)
    assert fit(args, "all").ends is not None
    one = bits(args, "arm", "uniform")
    assert 2 < one.ends[0] <= one.value <= one.ends[1] < 2 * np.log2(13)
    assert bits(args, "refiner", "own").value != bits(args, "arm", "own").value


def test_changed_weights(args):
    net = torch.nn.Linear(1, 1)
    twin = torch.nn.Linear(1, 1)
    with torch.no_grad():
        for each, w, b in ((net, 3.0, 4.0), (twin, 3.0, 4.5)):
            each.weight.fill_(w)
            each.bias.fill_(b)
    assert changed(net, twin) == {"norm": pytest.approx(0.1), "tensors": 0.5}
    assert 0 < moved(args, 0)["norm"] < 1
    assert moved(args, 0)["tensors"] > 0.5


def test_no_variance_is_not_explained():
    assert r_squared(np.array([0.1, 0.2]), np.array([0.3, 0.3])) == 0.0
