"""BuildRoads as agents and their libraries meet it."""

import copy
import functools
import itertools
import pickle
import subprocess
import sys

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium", reason="needs pip install 'roadmetrics[rl]'")

import roadmetrics as rm  # noqa: E402
from roadmetrics.damage import roads_of  # noqa: E402
from roadmetrics.env import ENV_ID, BuildRoads, Patch  # noqa: E402
from roadmetrics.sample_patches import TOLERANCE, SamplePatches  # noqa: E402
from roadmetrics.vectorize import simplified  # noqa: E402

LONG_ID = f"roadmetrics.env:{ENV_ID}"
WEIGHTS = {"apls": 0.5, "ccq": 0.5}
SMALL = {"weights": WEIGHTS, "max_key_points": 6, "max_edges": 5, "image_shape": (3, 36, 36)}
END = 6
GT = rm.RoadGraph([(5, 5), (55, 5), (55, 55)], [(0, 1), (1, 2)], extent=(0, 0, 60, 60))
BLACK = np.zeros((3, 36, 36), np.uint8)
POINTS = [(5, 5), (55, 5), (55, 55), (5, 55)]


def patch_with(rng):
    """GT with two decoys and an image that the generator draws; worker processes unpickle it."""
    return Patch(GT, [*POINTS, *rng.uniform(0, 60, (2, 2))],
                 rng.integers(0, 256, (36, 36, 3), dtype=np.uint8))  # fmt: skip


def small(**options):
    return BuildRoads(**{"source": patch_with, **SMALL, **options})


def played(env, actions, seed=0):
    """Steps of an episode, the reset first with reward 0."""
    observation, info = env.reset(seed=seed)
    steps = [(observation, 0.0, False, False, info)]
    steps.extend(map(env.step, actions))
    return steps


def legal_episode(env, seed):
    """Random legal actions to the end of an episode; END is as likely as any."""
    rng = np.random.default_rng(seed)
    steps = [(*env.reset(seed=seed), None)]
    actions = []
    while not actions or not (steps[-1][2] or steps[-1][3]):
        actions.append(int(rng.choice(np.flatnonzero(env.action_masks()))))
        steps.append(env.step(actions[-1]))
    return actions, steps


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name, array in a.items():
        assert array.dtype == b[name].dtype
        assert np.array_equal(array, b[name]), name


# --- what the libraries' own checkers say; warnings are errors here


@pytest.mark.parametrize("mode", ["point", "edge"])
def test_gymnasium_checker(mode):
    """The sample, through the registry, pictures too."""
    from gymnasium.utils.env_checker import check_env

    env = gymnasium.make(LONG_ID, action_mode=mode, max_key_points=240, render_mode="rgb_array")
    check_env(env.unwrapped)


@pytest.mark.parametrize("mode", ["point", "edge"])
def test_stable_baselines_checker(mode):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(BuildRoads(action_mode=mode), warn=True, skip_render_check=False)
    checker.check_env(small(action_mode=mode), warn=True, skip_render_check=False)


# --- imports


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_rewards_need_neither_gymnasium_nor_torch():
    code = """import sys, roadmetrics, roadmetrics.rewards
print(sorted({"gymnasium", "torch", "pandas"} & set(sys.modules)))"""
    assert run_python(code).stdout.strip() == "[]"


def test_the_long_id_needs_no_import():
    code = f"import gymnasium; print(gymnasium.make('{LONG_ID}').unwrapped.spec.id)"
    assert run_python(code).stdout.strip() == ENV_ID


def test_without_gymnasium_one_line_says_what_to_install():
    code = "import sys; sys.modules['gymnasium'] = None; import roadmetrics.env"
    last = run_python(code).stderr.strip().splitlines()[-1]
    assert last == (
        "roadmetrics.errors.RoadMetricsError: roadmetrics.env needs pip install 'roadmetrics[rl]'"
    )


# --- the sample


def edges_of_the_source(gt, points):
    """Edges between the key points of a sample tile, from its chains."""
    index = {tuple(point): k for k, point in enumerate(points.tolist())}
    for line in roads_of(gt).lines:
        is_loop = bool((line[0] == line[-1]).all())
        kept = line[simplified(line, TOLERANCE, 2 * is_loop)].tolist()
        yield from ((index[tuple(a)], index[tuple(b)]) for a, b in itertools.pairwise(kept))


def test_whoever_draws_the_sample_s_roads_earns_its_score():
    """Key points reach nearly everything; rewards add up to what the full metrics say."""
    env = BuildRoads()
    _, info = env.reset(seed=0, options={"patch": 14})
    assert info["score"] == 0
    gt, points, _, _ = SamplePatches((3, 96, 96))[14]
    actions = itertools.chain(*edges_of_the_source(gt, points))
    rewards = [env.step(action)[1] for action in actions]
    assert all(reward == 0 for reward in rewards[::2])
    *_, terminated, truncated, info = env.step(env.end)
    assert (terminated, truncated) == (True, False)
    assert info["score"] > 0.95
    assert abs(sum(rewards) - info["score"]) < 1e-9
    for key, value in info["parts"].items():
        assert abs(value - rm.get(key)(gt, env.scorer.graph()).value) < 1e-9


def test_every_tile_of_the_sample_fits():
    patches = SamplePatches((3, 96, 96))
    sizes = [len(patch.key_points) for patch in patches]
    assert (len(sizes), min(sizes), max(sizes)) == (19, 34, 235)
    env = BuildRoads(weights={"ccq": 1.0})
    seen = {env.reset(seed=seed)[1]["patch"] for seed in range(40)}
    assert len(seen) > 12


def test_the_image_shows_the_roads_where_the_key_points_say():
    """North is up in both: most key points of the tile lie within a pixel of a drawn road."""
    observation, _ = BuildRoads().reset(seed=0, options={"patch": 4})
    places = observation["key_points"].reshape(-1, 2)[observation["key_point_mask"] == 1]
    road = np.pad(observation["image"][0], 1) > 0
    near = functools.reduce(
        np.logical_or, (np.roll(road, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1))
    )
    column, row = np.minimum((places * 96).astype(int), 95).T + 1
    assert near[row, column].mean() > 0.8
    assert near[97 - row, column].mean() < 0.6  # upside down they do not


# --- actions and masks


@pytest.mark.parametrize("mode", ["point", "edge"])
@pytest.mark.parametrize("seed", range(6))
def test_legal_episodes(mode, seed):
    """Masks forbid what they should, in each step; what they allow never fails."""
    env = small(action_mode=mode, illegal="raise")
    actions, steps = legal_episode(env, seed)
    drawn = [a for a in actions if a != env.end]
    tokens = drawn if mode == "point" else [k for a in drawn for k in env.pair_of(a)]
    final = steps[-1][0]["tokens"]
    assert final[: len(tokens)].tolist() == tokens
    assert (final[len(tokens) :] == -1).all()
    assert all(a != b for a, b in zip(tokens[::2], tokens[1::2], strict=False))
    assert steps[-1][2] == (actions[-1] == env.end)
    assert steps[-1][3] == (actions[-1] != env.end)
    assert abs(sum(step[1] for step in steps[1:]) - steps[-1][4]["score"]) < 1e-9


def test_masks_of_points():
    env = small(source=[Patch(GT, POINTS)])
    masks = [step[0]["action_mask"].tolist() for step in played(env, [2, 0])]
    between = [1, 1, 1, 1, 0, 0, 1]
    assert masks == [between, [1, 1, 0, 1, 0, 0, 0], between]
    assert env.action_masks().dtype == bool
    assert env.action_masks().tolist() == [bool(v) for v in between]


def test_masks_and_numbers_of_edges():
    """The first n (n - 1) / 2 actions are the pairs of n key points, whatever K is."""
    env = small(source=[Patch(GT, POINTS)], action_mode="edge")
    env.reset(seed=0)
    assert env.action_space.n == 16
    assert np.flatnonzero(env.action_masks()).tolist() == [0, 1, 2, 3, 4, 5, 15]
    pairs = [env.pair_of(a) for a in range(15)]
    assert sorted(pairs) == sorted(itertools.combinations(range(6), 2))
    assert pairs[:6] == [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
    last = 5000 * 4999 // 2 - 1
    assert (env.pair_of(last), env.pair_of(last + 1)) == ((4998, 4999), (0, 5000))


def test_both_modes_draw_the_same_roads():
    point = played(small(), [0, 1, 1, 2, END])[2::2]
    edge = played(small(action_mode="edge"), [0, 2])[1:]
    for a, b in zip(point, edge, strict=True):
        assert a[1] == b[1] > 0
        assert a[4]["score"] == b[4]["score"]
        assert np.array_equal(a[0]["tokens"], b[0]["tokens"])


@pytest.mark.parametrize("points", [[], [(5, 5)]])
def test_fewer_than_two_key_points_leave_end_only(points):
    env = small(source=[Patch(GT, points)])
    env.reset(seed=0)
    assert np.flatnonzero(env.action_masks()).tolist() == [END]
    assert env.step(END)[1:4] == (0.0, True, False)


def test_drawing_an_edge_twice_is_legal_and_earns_nothing():
    steps = played(small(illegal="raise"), [0, 1, 1, 0, 0, 1])
    assert [step[1] > 0 for step in steps[1:]] == [False, True, False, False, False, False]
    assert steps[-1][0]["tokens"][:6].tolist() == [0, 1, 1, 0, 0, 1]


def test_illegal_actions_take_a_step_and_change_nothing():
    """END in the middle of an edge, the same point twice, a point that is none."""
    env = small(source=[Patch(GT, POINTS)])
    steps = played(env, [5, 0, END, 0, 1])
    assert [step[4]["is_legal"] for step in steps] == [True, False, True, False, False, True]
    assert [step[1] > 0 for step in steps] == [False] * 5 + [True]
    assert not any(step[2] or step[3] for step in steps)
    assert steps[-1][0]["tokens"][:3].tolist() == [0, 1, -1]
    assert steps[-1][0]["step"] == np.float32(0.5)


def test_illegal_actions_can_be_errors():
    env = small(illegal="raise")
    played(env, [0])
    with pytest.raises(rm.RoadMetricsError, match=r"action 0 is illegal .* action_masks"):
        env.step(0)
    assert env.step(1)[1] > 0  # as it was


@pytest.mark.parametrize("action", [7, -1, 1.0, None, "0", [0, 1]])
def test_what_is_no_action_is_an_error(action):
    env = small()
    env.reset(seed=0)
    with pytest.raises(rm.RoadMetricsError, match="is none of 0 to 6"):
        env.step(action)


# --- ends


def test_truncated_where_the_tokens_are_full():
    steps = played(small(max_steps=100), [0, 1] * 5)
    assert [step[3] for step in steps] == [False] * 10 + [True]
    assert not any(step[2] for step in steps)


def test_truncated_after_max_steps_but_end_terminates():
    assert [s[2:4] for s in played(small(max_steps=3), [0, 1, 2])][-1] == (False, True)
    assert [s[2:4] for s in played(small(max_steps=3), [0, 1, END])][-1] == (True, False)


def test_no_step_before_reset_or_after_the_end():
    env = small()
    with pytest.raises(rm.RoadMetricsError, match="call reset"):
        env.step(0)
    played(env, [END])
    with pytest.raises(rm.RoadMetricsError, match=r"the episode is over: call reset\(\)"):
        env.step(0)


# --- rewards


def test_modes_of_reward_give_the_same_return():
    """The difference of the last score and the first, at once or step by step."""
    start = [Patch(GT, POINTS, None, [(0, 1)])]
    returns = {}
    for mode in ("delta", "terminal"):
        steps = played(small(source=start, reward_mode=mode), [1, 2, 0, 3, END])
        returns[mode] = [step[1] for step in steps]
        gain = steps[-1][4]["score"] - steps[0][4]["score"]
        assert abs(sum(returns[mode]) - gain) < 1e-9
    assert returns["terminal"][:-1] == [0.0] * 5
    assert [reward != 0 for reward in returns["delta"]] == [False, False, True, False, True, False]


def test_a_terminal_reward_comes_with_truncation_too():
    assert played(small(reward_mode="terminal", max_steps=2), [0, 1])[-1][1] > 0


def test_a_callable_sees_scorer_change_and_end():
    seen = []

    def reward(scorer, change, is_over):
        seen.append((len(scorer.graph().edges), change, is_over))
        return 100 * change

    steps = played(small(reward_mode=reward), [0, 1, END])
    changes = [0.0, steps[2][4]["score"] - steps[0][4]["score"], 0.0]
    assert seen == [(0, 0.0, False), (1, pytest.approx(changes[1]), False), (1, 0.0, True)]
    assert [step[1] for step in steps[1:]] == pytest.approx([100 * change for change in changes])


# --- seeds and memory


@pytest.mark.parametrize("mode", ["point", "edge"])
def test_the_same_seed_gives_the_same_episodes(mode):
    """Also in an environment that was used before: the scorer of a ground truth is kept."""
    used = small(action_mode=mode)
    legal_episode(used, 9)
    for seed in (0, 1):
        a, b = legal_episode(used, seed), legal_episode(small(action_mode=mode), seed)
        assert a[0] == b[0]
        for x, y in zip(a[1][1:], b[1][1:], strict=True):
            assert_same(x[0], y[0])
            assert (x[1:4], x[4]) == (y[1:4], y[4])


def test_without_a_seed_episodes_go_on_differently():
    env = small()
    images = [env.reset(seed=0)[0]["image"], *(env.reset()[0]["image"] for _ in range(3))]
    assert len({image.tobytes() for image in images}) == 4
    assert np.array_equal(images[0], env.reset(seed=0)[0]["image"])


def test_nothing_that_was_returned_changes_later():
    """Kept observations stay what they were, and writing into them harms nobody."""
    env = small(source=[Patch(GT, POINTS, np.full((3, 36, 36), 7, np.uint8))])
    steps = played(env, [0, 1, 1, 2, END])
    observations = [step[0] for step in steps] + [env.reset(seed=0)[0]]
    for a, b in itertools.combinations(observations, 2):
        assert not any(np.shares_memory(a[k], b[m]) for k in a for m in b)
    for array in observations[-1].values():
        array[...] = 1
    assert_same(env.reset(seed=0)[0], observations[0])


def test_copies_go_their_own_ways():
    """Tree search copies the environment, processes pickle it."""
    env = small()
    played(env, [0, 1, 1])
    for twin in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        a, b = twin.step(2), twin.step(3)
        assert a[1] > 0
        assert b[0]["tokens"][:5].tolist() == [0, 1, 1, 2, 3]
    assert env.step(3)[0]["tokens"][:5].tolist() == [0, 1, 1, 3, -1]


# --- sources


def test_lists_iterables_and_iterators():
    patches = [Patch(GT, POINTS[: k + 1]) for k in range(4)]

    def n_points(env, **how):
        return int(env.reset(**how)[0]["key_point_mask"].sum())

    class InTurn:
        def __iter__(self):
            return iter(patches)

    env = small(source=InTurn())
    assert [n_points(env) for _ in range(6)] == [1, 2, 3, 4, 1, 2]
    assert n_points(env, seed=0) == 1  # a seed begins anew
    env = small(source=patches)
    assert {n_points(env) for _ in range(60)} == {1, 2, 3, 4}
    assert [n_points(env, options={"patch": k}) for k in range(4)] == [1, 2, 3, 4]
    env = small(source=iter(patches))
    assert [n_points(env) for _ in range(4)] == [1, 2, 3, 4]
    with pytest.raises(rm.RoadMetricsError, match="it has no more patches"):
        env.reset()
    assert n_points(small(source=patches[2])) == 3


def test_a_start_is_drawn_already():
    """Pairs of key points, or a graph whose vertices join them."""
    drawn = rm.RoadGraph([(55, 5), (5, 5), (30, 60)], [(0, 1), (1, 2)])
    for start, n, tokens in (
        ([(0, 1), (2, 1)], 4, [0, 1, 1, 2]),
        (drawn, 5, [0, 1, 0, 4]),
    ):
        env = small(source=[Patch(GT, POINTS, None, start)], illegal="raise")
        observation, info = env.reset(seed=0)
        assert int(observation["key_point_mask"].sum()) == n
        assert observation["tokens"][:5].tolist() == [*tokens, -1]
        graph = env.scorer.graph()
        assert info["score"] == pytest.approx(
            sum(w * rm.get(key)(GT, graph).value for key, w in WEIGHTS.items()), abs=1e-9
        )
        assert info["score"] > 0
    observation, _ = small(source=[(GT, None, None, drawn)]).reset(seed=0)
    assert int(observation["key_point_mask"].sum()) == 3


def test_without_key_points_those_of_the_ground_truth():
    assert int(small(source=[(GT,)]).reset(seed=0)[0]["key_point_mask"].sum()) == 3


def test_images_in_either_order_of_axes():
    image = np.random.default_rng(0).integers(0, 256, (36, 36, 3), dtype=np.uint8)
    a, b = (
        small(source=[(GT, POINTS, i)]).reset()[0]["image"]
        for i in (image, image.transpose(2, 0, 1))
    )
    assert np.array_equal(a, b)
    assert np.array_equal(a, image.transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("gt", "image", "point", "share"),
    [
        (rm.RoadGraph([(0, 0)], [], extent=(0, 0, 60, 30)), None, (15, 6), (0.25, 0.2)),
        (rm.RoadGraph([(0, 0)], [], "m", extent=(0, 0, 60, 30)), None, (15, 6), (0.25, 0.8)),
        # without an extent pixels are pixels: the centre of pixel (row 8, column 17)
        (rm.RoadGraph([(0, 0)], []), BLACK, (17, 8), (17.5 / 36, 8.5 / 36)),
        (rm.RoadGraph([(0, 0)], [], extent=(0, 0, 1, 1)), None, (-1e9, 1e9), (0, 1)),
    ],
)  # fmt: skip
def test_key_points_lie_where_the_image_shows_them(gt, image, point, share):
    observation, _ = small(source=[Patch(gt, [point], image)]).reset(seed=0)
    assert observation["key_points"][:2] == pytest.approx(share, abs=1e-6)
    assert (observation["key_points"][2:] == 0).all()


BAD_PATCHES = {
    "patch 0 has 7 key points, more than max_key_points=6": (GT, np.zeros((7, 2))),
    "patch 0 starts with 5 edges, which leaves no room in max_edges=5": (
        GT, np.arange(12).reshape(6, 2), None, [(k, k + 1) for k in range(5)]),
    "patch 0: the image must be uint8 of shape \\(3, 36, 36\\)": (GT, POINTS, BLACK / 2),
    "not uint8 of shape \\(36, 35, 3\\)": (GT, POINTS, np.zeros((36, 35, 3), np.uint8)),
    "patch 0: key points and start: vertex 1 is \\(nan": (GT, [(0, 0), (np.nan, 0)]),
    "patch 0: key points and start: edge 0 refers to vertex 4": (GT, POINTS, None, [(0, 4)]),
    "patch 0: key points and start: vertices must have shape": (GT, [(0, 0, 0)]),
    "patch 0: key points and start: start is in m, gt in px": (
        GT, POINTS, None, rm.RoadGraph([(0, 0)], [], "m")),
    "patch 0: gt must be a RoadGraph, not ndarray": (np.zeros((3, 3)),),
    "patch 0: expected a tuple": GT,
    "patch 0: expected a tuple \\(gt, key_points, image, start\\), not tuple of 5": (1, 2, 3, 4, 5),
}  # fmt: skip


@pytest.mark.parametrize("message", BAD_PATCHES)
def test_patches_that_do_not_fit_are_errors(message):
    env = small(source=[BAD_PATCHES[message]])
    with pytest.raises(rm.RoadMetricsError, match=message) as caught:
        env.reset(seed=0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"action_mode": "token"}, "action_mode 'token' is not one of point, edge"),
        ({"reward_mode": "dense"}, "reward_mode 'dense' is not one of delta, terminal, a callable"),
        ({"illegal": "skip"}, "illegal 'skip' is not one of ignore, raise"),
        ({"render_mode": "human"}, "render_mode 'human' is not one of None, rgb_array"),
        ({"max_key_points": 1}, "max_key_points must be a whole number from 2, not 1"),
        ({"max_edges": 0}, "max_edges must be a whole number from 1, not 0"),
        ({"max_steps": 0}, "max_steps must be a whole number from 1, not 0"),
        ({"image_shape": (3, 36)}, r"image_shape is \(channels, height, width\), not \(3, 36\)"),
        ({"image_shape": 36}, r"image_shape is \(channels, height, width\), not 36"),
        ({"source": []}, "the sequence is empty"),
        ({"source": 5}, "a sequence, an iterable or a callable, not int"),
    ],
)
def test_options_that_are_none(options, message):
    with pytest.raises(rm.RoadMetricsError, match=message):
        small(**options)


def test_options_of_reset():
    env = small(source=[(GT, POINTS)])
    for options in ({"patch": 1}, {"patch": -1}, {"patch": "0"}):
        with pytest.raises(rm.RoadMetricsError, match="is none of 0 to 0"):
            env.reset(options=options)
    with pytest.raises(rm.RoadMetricsError, match="unknown 'tile'"):
        env.reset(options={"tile": 0})
    with pytest.raises(rm.RoadMetricsError, match="needs a source that is a sequence"):
        small().reset(options={"patch": 0})


def test_wrong_weights_are_errors():
    with pytest.raises(rm.RoadMetricsError):
        small(weights={"bleu": 1.0}).reset(seed=0)


# --- pictures


def test_the_picture_shows_roads_and_the_point_in_hand():
    env = small(source=[Patch(GT, POINTS)], render_mode="rgb_array")
    played(env, [0, 1, 3])
    picture = env.render()
    assert (picture.shape, picture.dtype) == ((512, 512, 3), np.uint8)

    def at(x, y):
        return tuple(picture[round(y / 60 * 512 - 0.5), round(x / 60 * 512 - 0.5)].tolist())

    assert at(30, 5) == (0, 114, 178)  # drawn
    assert at(55, 30) == (230, 159, 0)  # not yet
    assert at(5, 55) == (213, 94, 0)  # in hand
    assert at(5, 5) == (60, 60, 60)  # a key point
    assert at(30, 30) == (255, 255, 255)


def test_the_picture_leaves_out_what_lies_far_outside():
    far = Patch(GT, [(30, 30), (3e3, 30)], np.zeros((36, 36, 3), np.uint8))
    env = small(source=[far], render_mode="rgb_array")
    played(env, [0, 1])
    picture = env.render()
    assert tuple(picture[256, 500].tolist()) == (0, 114, 178)
    assert tuple(picture[256, 10].tolist()) == (192, 192, 192)  # black, made pale
    assert small().render() is None


# --- vectors


def rollout(vector, n_steps=14):
    observations, _ = vector.reset(seed=5)
    kept = [observations["tokens"].copy()]
    rng = np.random.default_rng(0)
    for _ in range(n_steps):
        masks = observations["action_mask"]
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
        observations, rewards, terminated, truncated, infos = vector.step(actions)
        kept += [observations["tokens"].copy(), rewards, terminated, truncated, infos["score"]]
    vector.close()
    return kept


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12 on fork
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_vector_environments_agree(context):
    from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

    make = functools.partial(gymnasium.make, LONG_ID, source=patch_with, **SMALL)
    makers = [make] * (2 if context == "fork" else 1)  # a spawned process imports all anew
    in_turn = rollout(SyncVectorEnv(makers))
    beside = rollout(AsyncVectorEnv(makers, context=context))
    for a, b in zip(in_turn, beside, strict=True):
        assert np.array_equal(a, b)
    ended = np.any(in_turn[3::5]) + np.any(in_turn[4::5])
    assert ended  # and began again


# --- training


def test_masked_ppo_trains():
    """A short run: every action that it takes is legal, and its weights move."""
    pytest.importorskip("sb3_contrib", reason="needs pip install sb3-contrib")
    import torch
    from sb3_contrib import MaskablePPO
    from stable_baselines3.common.vec_env import DummyVecEnv

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        make = functools.partial(small, illegal="raise", reward_mode=lambda _, d, __: 100 * d)
        model = MaskablePPO(
            "MultiInputPolicy",
            DummyVecEnv([make, make]),
            n_steps=64,
            batch_size=64,
            n_epochs=2,
            seed=0,
        )
        before = model.policy.action_net.weight.detach().clone()
        model.learn(256)
        after = model.policy.action_net.weight.detach()
        assert torch.isfinite(after).all()
        assert not torch.equal(before, after)
        env = make()
        observation, _ = env.reset(seed=3)
        is_over = False
        while not is_over:
            action, _ = model.predict(observation, action_masks=env.action_masks())
            observation, _, terminated, truncated, _ = env.step(action)
            is_over = terminated or truncated
    finally:
        torch.set_num_threads(n_threads)
