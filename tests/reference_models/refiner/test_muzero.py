"""Supports, dynamics, the loss over unrolled actions, and the model that search is given."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from hand_tasks import batch, drawing, task  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from reference_models.graph_batches import batch_of  # noqa: E402
from reference_models.graph_models import inputs_of  # noqa: E402
from reference_models.muzero_batch import MuZeroBatch, edge_facts  # noqa: E402
from reference_models.muzero_loss import Weights, halved, muzero_loss  # noqa: E402
from reference_models.muzero_sample import muzero_batch_of  # noqa: E402
from reference_models.nets.arm import ARM, MINIATURE, TINY, Encoding  # noqa: E402
from reference_models.nets.dynamics import Dynamics, Facts  # noqa: E402
from reference_models.nets.muzero import MuZeroNet  # noqa: E402
from reference_models.nets.support import Support, make_head, restored, transformed  # noqa: E402
from reference_models.search.driver import Roots, SearchArgs, search  # noqa: E402
from reference_models.search.episode import Episode  # noqa: E402
from reference_models.search.replay import Replay, ReplayArgs  # noqa: E402
from reference_models.search_model import SearchModel  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402

CPU = torch.device("cpu")
UNROLL = 5


def net_of(seed=0, **changes):
    torch.manual_seed(seed)
    return MuZeroNet(replace(TINY, dropout=0.0, **changes)).eval()


def stirred(net):
    """Heads that say something, as after some training."""
    with torch.no_grad():
        for head in (net.value, net.dynamics.reward):
            torch.nn.init.normal_(head[-1].weight, std=0.5)
    return net


# supports


def test_decode_undoes_encode():
    scores = torch.linspace(-1, 1, 4001)
    for scale in (1.0, 100.0):
        support = Support(reward_scale=scale)
        found = support.decode(support.two_hot(scores).clamp(min=1e-30).log())
        assert float((found - scores).abs().max()) < 1e-4
        back = restored(support.encode(scores)) / scale
        assert float((back - scores).abs().max()) < 1e-4


def test_the_transform_by_hand():
    x = torch.tensor([0.0, 0.01, 1.0, -3.0, 100.0])
    by_hand = [0.0, 1.01**0.5 - 1 + 1e-5, 2**0.5 - 1 + 1e-3, -(1 + 3e-3), 101**0.5 - 1 + 0.1]
    assert transformed(x).tolist() == pytest.approx(by_hand, abs=1e-6)
    two_hot = Support(reward_scale=1.0).two_hot(torch.tensor([1.0]))[0]
    assert two_hot[300:302].tolist() == pytest.approx([2 - 2**0.5 - 1e-3, 2**0.5 - 1 + 1e-3],
                                                      abs=1e-4)  # fmt: skip
    assert float(two_hot.sum()) == pytest.approx(1.0)
    far = Support(reward_scale=1.0).two_hot(torch.tensor([1e9, -1e9]))
    assert far.argmax(dim=1).tolist() == [600, 0]


@pytest.mark.parametrize("loss", ["mse", "ce"])
def test_a_head_learns_small_rewards(loss):
    torch.manual_seed(0)
    support, head = Support(loss=loss), make_head(4, 32)
    x = torch.eye(4)
    assert support.decode(head(x)).abs().max().item() < 1e-4, "a new head expects nothing"
    scores = torch.tensor([0.005, -0.01, 0.3, 0.0])
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-2)
    for _ in range(150):
        optimizer.zero_grad()
        support.losses(head(x), scores).mean().backward()
        optimizer.step()
    assert support.decode(head(x)).tolist() == pytest.approx(scores.tolist(), abs=3e-3)


def test_mse_is_between_expectation_and_transformed_target():
    logits, score = torch.randn(3, 601), torch.tensor([0.02, -0.5, 0.0])
    expected = (logits.softmax(-1) * torch.arange(-300.0, 301)).sum(-1)
    wanted = (expected - transformed(score * 100)) ** 2
    torch.testing.assert_close(Support().losses(logits, score), wanted, rtol=1e-4, atol=1e-3)
    for bad in ({"reward_scale": 0.0}, {"loss": "l1"}):
        with pytest.raises(RoadMetricsError):
            Support(**bad)


# dynamics


def test_degrees_and_length_enter_with_the_second_end_alone():
    torch.manual_seed(0)
    net = Dynamics(16)
    hidden, action = torch.randn(2, 32), torch.randn(2, 16)
    completes = torch.tensor([False, True])
    plain = Facts(completes, torch.zeros(2, 2, dtype=torch.int64), torch.zeros(2))
    was = net(hidden, action, plain)[0]
    for other in (plain._replace(degrees=torch.full((2, 2), 3)),
                  plain._replace(length=torch.full((2,), 0.4))):  # fmt: skip
        now = net(hidden, action, other)[0]
        assert torch.equal(now[0], was[0])
        assert not torch.allclose(now[1], was[1])
    turned = net(hidden, action, plain._replace(degrees=torch.tensor([[1, 2], [1, 2]])))[0]
    back = net(hidden, action, plain._replace(degrees=torch.tensor([[2, 1], [2, 1]])))[0]
    torch.testing.assert_close(turned, back)
    much = net(hidden, action, plain._replace(degrees=torch.full((2, 2), 99)))[0]
    six = net(hidden, action, plain._replace(degrees=torch.full((2, 2), 6)))[0]
    assert torch.equal(much, six)


def test_dynamics_cost_a_thirtieth_of_the_decoder():
    """Of one action at the miniature size, against reading 24 edges again."""
    arm, net = ARM(MINIATURE).eval(), Dynamics(MINIATURE.width).eval()
    points, mask = torch.randn(1, 49, MINIATURE.width), torch.ones(1, 48, dtype=torch.bool)
    encoding = Encoding(points, points[:, 0], mask)
    facts = Facts(torch.ones(1) > 0, torch.ones(1, 2).long(), torch.ones(1))
    hidden = torch.zeros(1, 2 * MINIATURE.width)
    costs = []
    for call in (lambda: arm.decode(encoding, torch.zeros(1, 48, dtype=torch.int64)),
                 lambda: net(hidden, points[:, 0], facts)):  # fmt: skip
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            call()
        costs.append(counter.get_total_flops())
    print(f"decoder of 24 edges {costs[0]:,}, dynamics {costs[1]:,}: {costs[0] / costs[1]:.0f} x")
    assert costs[0] >= 30 * costs[1] > 0


# the network


def test_a_new_network_predicts_like_its_arm_and_expects_nothing():
    net = net_of()
    given = batch("ring", "pair")
    with torch.no_grad():
        encoding = net.arm.encode(*inputs_of(given, net.arm.encoder, CPU))
        tokens = torch.tensor([[0, 1, 0], [3, -1, -1]])
        hidden, logits, value = net.initial(encoding, tokens, torch.tensor([0.1, 0.2]))
        whole = net.arm.logits(encoding, net.arm.decode(encoding, tokens))
    assert hidden.shape == (2, 64)
    torch.testing.assert_close(logits, torch.stack([whole[0, 3], whole[1, 1]]))
    assert value.abs().max().item() < 1e-4


def test_it_begins_with_the_weights_of_an_arm():
    torch.manual_seed(5)
    arm = ARM(TINY)
    with torch.no_grad():
        arm.encoder.mean.fill_(99.0)
    net = MuZeroNet.from_arm(arm)
    ours, theirs = net.arm.state_dict(), arm.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert (arm.config.dropout, net.config.dropout) == (0.15, 0.0)
    assert not any(m.p for m in net.modules() if isinstance(m, torch.nn.Dropout))


def test_value_knows_the_step_and_padding_changes_nothing():
    net = stirred(net_of())
    found = []
    for k, step in ((0, 0.0), (21, 0.0), (0, 0.9)):
        with torch.no_grad():
            given = batch("ring", k=k)
            encoding = net.arm.encode(*inputs_of(given, net.arm.encoder, CPU))
            share = torch.tensor([step])
            hidden, _, value = net.initial(encoding, torch.tensor([[0]]), share)
            facts = Facts(torch.tensor([True]), torch.tensor([[1, 1]]), torch.tensor([0.3]))
            after = net.recurrent(encoding, hidden, torch.tensor([1]), facts, share)
            p = after[2].softmax(dim=-1)[:, [*range(6), -1]]
        found.append((value, after[1], p, after[3]))
    for a, b in zip(found[0], found[1], strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5)
    assert not torch.allclose(found[0][0], found[2][0])


def test_rewards_come_with_edges_alone():
    net = stirred(net_of())
    given = batch("ring", "ring", "ring")
    with torch.no_grad():
        encoding = net.arm.encode(*inputs_of(given, net.arm.encoder, CPU))
        hidden, _, _ = net.initial(encoding, torch.full((3, 0), 0), torch.zeros(3))
        completes = torch.tensor([True, False, False])
        facts = Facts(completes, torch.ones(3, 2).long(), torch.ones(3))
        reward = net.recurrent(encoding, hidden, torch.tensor([1, 1, 6]), facts, torch.zeros(3))[1]
    assert reward[0].abs() > 1e-4
    assert reward[1:].tolist() == [0.0, 0.0]


def test_groups_learn_at_two_rates():
    net = net_of()
    slow, fast = net.groups(1e-3, 0.1)
    assert (slow["lr"], fast["lr"]) == (1e-4, 1e-3)
    n = sum(len(each["params"]) for each in (slow, fast))
    assert n == len(list(net.parameters()))


def test_statistics_of_batch_normalisation_stay():
    net = net_of().train()
    assert net.training
    assert net.arm.training
    was = net.arm.encoder.resnet.bn1.running_mean.clone()
    net.arm.encode(*inputs_of(batch("ring", "pair"), net.arm.encoder, CPU))
    assert torch.equal(was, net.arm.encoder.resnet.bn1.running_mean)


# the loss


def played(unroll=UNROLL):
    """Positions in four episodes: rewards of 0.01 to 0.02 an edge, visits on the next tokens."""
    episodes = batch_of([drawing(name) for name in ("ring", "comb", "star", "pair")])
    n = (episodes.tokens >= 0).sum(axis=1)
    rows = np.repeat(np.arange(4), 3)
    places = np.concatenate([[0, 1, max(int(each) - 2, 0)] for each in n])
    at = places[:, None] + np.arange(unroll + 1)
    counts = at <= n[rows][:, None]
    k = episodes.mask.shape[1]
    wide = np.pad(episodes.tokens, ((0, 0), (0, unroll + 2)), constant_values=k)
    following = np.where(wide == -1, k, wide)[rows[:, None], at]
    shares = np.eye(k + 1)[following] * counts[:, :, None]
    is_second = (at[:, :-1] % 2 == 1) & counts[:, 1:]
    rewards = is_second * (0.01 + 0.002 * rows[:, None])
    values = (n[rows][:, None] - at).clip(min=0) // 2 * (0.01 + 0.002 * rows[:, None])
    return MuZeroBatch(episodes, rows, places, at / 32, shares, values, rewards, counts,
                       np.ones(12))  # fmt: skip


def test_a_few_steps_lower_each_part():
    net, given = net_of().train(), played()
    optimizer = torch.optim.Adam(net.groups(3e-3))
    first = muzero_loss(net, given)
    for _ in range(40):
        loss = muzero_loss(net, given)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
    assert set(first.parts) == {"policy", "value", "reward", "consistency"}
    for name, was in first.parts.items():
        now = loss.parts[name]
        assert now < (was - 0.3 if name == "consistency" else 0.5 * was), name
    assert (loss.priorities > 0).all()
    assert loss.priorities.mean() < 0.5 * first.priorities.mean()


def test_priorities_are_points_between_value_and_target():
    net, given = net_of(), played()
    found = muzero_loss(net, given)  # a new network expects nothing
    np.testing.assert_allclose(found.priorities, 100 * given.values[:, 0] + 1e-6, atol=1e-2)


def test_importance_weights_and_weights_of_parts():
    net, given = net_of(), played()
    each = []
    for row in range(12):
        one = np.zeros(12)
        one[row] = 12.0
        each.append(muzero_loss(net, replace(given, weights=one)).total.item())
    assert np.mean(each) == pytest.approx(muzero_loss(net, given).total.item(), rel=1e-5)
    found = muzero_loss(net, given, Weights(2.0, 0.0, 0.0, 0.0))
    assert found.total.item() == pytest.approx(2 * found.parts["policy"], rel=1e-5)


def test_what_comes_after_the_end_does_not_count():
    net, given = stirred(net_of()), played()
    over = ~given.counts
    assert over.any()
    spoilt = replace(
        given, values=given.values + over * 9.0, rewards=given.rewards + over[:, 1:] * 9.0,
        shares=given.shares + over[:, :, None] * 0.1,
    )  # fmt: skip
    assert muzero_loss(net, spoilt).total.item() == muzero_loss(net, given).total.item()


def test_the_last_edge_of_an_episode_that_was_cut_is_rewarded():
    net, given = net_of(), played(2)
    cut = given.counts.copy()
    row = int(np.flatnonzero(given.places == 8)[0])  # of the ring's ten tokens
    cut[row, 2] = False  # no action was taken after them
    moves = replace(given, counts=cut).moves()
    assert moves.facts.completes[row].tolist() == [False, True]
    assert moves.is_drawn[row].tolist() == [True, True]
    found = muzero_loss(net, replace(given, counts=cut)).parts
    assert found["reward"] == muzero_loss(net, given).parts["reward"]
    assert found["value"] <= muzero_loss(net, given).parts["value"]


def test_what_a_replay_drew():
    """Of episodes on two tasks; the same positions as those made by hand."""
    ring, bare = drawing("ring"), drawing("bare")
    tokens = [0, 1, 0, 3]
    one = Episode(7, 0, [], [*tokens, 8], [0, 0.2, 0, 0.3, 0], np.eye(9)[[*tokens, 8]],
                  [0.5] * 5, [1] * 5)  # fmt: skip
    other = Episode(8, 1, [1, 2], [4, 5], [0, 0.1], np.eye(9)[[4, 5]], [0.6] * 2, [1] * 2)
    replay = Replay(ReplayArgs(unroll=3))
    for episode in (one, other):
        replay.add(episode)
    sample = replay.sample(40, np.random.default_rng(0))
    given = muzero_batch_of(sample, [ring, bare], 8, 10)
    assert given.episodes.ids == ("ring", "bare")
    assert given.episodes.tokens.tolist() == [tokens, [1, 2, 4, 5]]
    assert given.episodes.mask.shape == (2, 8)
    moves = given.moves()
    for n, (row, position) in enumerate(zip(sample.rows, sample.positions, strict=True)):
        drawn = [int(a) for a, is_drawn in zip(sample.actions[n], moves.is_drawn[n], strict=True)
                 if is_drawn]  # fmt: skip
        assert moves.action[n, : len(drawn)].tolist() == drawn
        assert drawn == (one, other)[row].actions[position : position + 3].tolist()[: len(drawn)]
        assert given.steps[n, 1] == pytest.approx((position + 1) / 10)
        wanted = [(position + k) % 2 == 1 for k in range(len(drawn))]
        assert moves.facts.completes[n, : len(drawn)].tolist() == wanted
    found = muzero_loss(net_of(), given)
    replay.update(sample, found.priorities)
    assert np.isfinite(found.total.item())


def test_gradients_reach_everything():
    net = stirred(net_of()).train()
    muzero_loss(net, played()).total.backward()
    silent = {n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()}
    assert silent == set()


def test_hidden_states_pass_on_half_of_their_gradient():
    hidden = torch.randn(2, 3, requires_grad=True)
    passed = halved(hidden)
    torch.testing.assert_close(passed, hidden)
    passed.sum().backward()
    assert torch.equal(hidden.grad, torch.full((2, 3), 0.5))


def test_unrolled_parts_are_divided_by_their_number():
    net = net_of()  # expects nothing: the loss of a reward is h(reward in points) squared
    for unroll in (1, 2, 5):
        given = played(unroll)
        by_hand = transformed(torch.from_numpy(100 * given.rewards)).square().sum(dim=1) / unroll
        found = muzero_loss(net, given).parts["reward"]
        assert found == pytest.approx(float(by_hand.mean()), rel=1e-3)


def test_real_states_get_no_gradient_from_consistency():
    net, given = net_of(), played()
    state = torch.randn(3, 32, requires_grad=True)
    real = torch.randn(3, 32, requires_grad=True)
    net.difference(state, real).sum().backward()
    assert real.grad is None
    assert state.grad.any()
    assert -1 - 1e-5 < float(muzero_loss(net, given).parts["consistency"]) < 1 + 1e-5


def test_facts_of_edges_ignore_repeats_and_rows_of_other_lengths():
    places = np.array([[(0, 0), (0.6, 0.8), (1, 0)]] * 2, float)
    facts = edge_facts(np.array([[0, 1, 1, 2, 1, 0], [2, 0, 1, -1, -1, -1]]), places)
    assert facts.completes.astype(int).tolist() == [[0, 1, 0, 1, 0, 1], [0, 1, 0, 0, 0, 0]]
    assert facts.degrees[0, 1::2].tolist() == [[1, 1], [2, 1], [2, 1]]
    np.testing.assert_allclose(facts.length[:, 1], [1.0, 1.0])
    assert facts.length[1, 3] == 0


# the model for search


def model_of(net, k=8):
    return SearchModel(net, k, max_steps=32)


TASKS = [task("ring"), None, task("star", start=[(0, 2), (2, 4)])]
START = np.array([[-1] * 4, [-1] * 4, [0, 2, 2, 4]])


def test_initial_is_that_of_one_pass_whatever_was_asked_before():
    net = stirred(net_of())
    model = model_of(net)
    model.begin(TASKS)
    begun = np.pad(START, ((0, 0), (0, 4)), constant_values=-1)
    on = begun.copy()
    on[[0, 2], [0, 4]] = 3, 1
    further = on.copy()
    further[0, 1] = 4
    twice = further.copy()
    twice[2, 5:7] = 5, 0  # two tokens at once: read anew
    for tokens in (begun, on, further, further, twice, begun, on[:, :5]):
        steps = (tokens >= 0).sum(axis=1)
        logits, values = model.initial(tokens, steps, 4)
        with torch.no_grad():
            given = torch.from_numpy(tokens), torch.from_numpy(steps / 32).float()
            hidden, wanted, value = net.initial(model.encoding, *given)
        np.testing.assert_allclose(logits, wanted.numpy(), atol=1e-5)
        np.testing.assert_allclose(values, value.numpy(), atol=1e-5)
        np.testing.assert_allclose(model.nodes.hidden[:, 0].numpy(), hidden.numpy(), atol=1e-5)


def test_one_token_further_costs_one_step_of_the_decoder(monkeypatch):
    model = model_of(net_of())
    model.begin(TASKS)
    model.initial(START, np.zeros(3, np.int64), 4)
    monkeypatch.setattr(ARM, "start", None)
    on = np.pad(START, ((0, 0), (0, 1)), constant_values=-1)
    on[[0, 2], [0, 4]] = 3, 1
    model.initial(on, np.ones(3, np.int64), 4)
    model.begin(TASKS)
    with pytest.raises(TypeError):
        model.initial(on, np.ones(3, np.int64), 4)


def test_recurrent_is_told_what_the_loss_is_told():
    """Along a path of the tree: as `muzero_loss` unrolls the same tokens."""
    net = stirred(net_of())
    model = model_of(net)
    model.begin([task("star", start=[(0, 2), (2, 4)]), task("ring")])
    tokens = np.array([[0, 2, 2, 4], [5, -1, -1, -1]])
    steps = np.array([0, 1])
    model.initial(tokens, steps, 8)
    path = np.array([[2, 0, 1, 5], [3, 0, 3, 8]])  # an edge again; END at last
    with torch.no_grad():
        given = torch.from_numpy(tokens), torch.from_numpy(steps / 32).float()
        hidden, _, _ = net.initial(model.encoding, *given)
    whole = np.array([[0, 2, 2, 4, 2, 0, 1, 5], [5, 3, 0, 3, -1, -1, -1, -1]])
    facts = edge_facts(whole, model.places)
    for k in range(4):
        reward, logits, value = model.recurrent(k + 1, np.full(2, k), path[:, k])
        at = np.array([4 + k, min(1 + k, 7)])
        told = Facts(*(torch.from_numpy(each[[0, 1], at]) for each in facts))
        with torch.no_grad():
            share = torch.from_numpy((steps + k + 1) / 32).float()
            hidden, *wanted = net.recurrent(
                model.encoding, hidden, torch.from_numpy(path[:, k]), told, share
            )
        for found, want in zip((reward, logits, value), wanted, strict=True):
            np.testing.assert_allclose(found, want.numpy(), atol=1e-6)
    model.recurrent(5, np.array([1, 0]), np.array([4, 2]))  # siblings know nothing of each other
    edges = [np.argwhere(np.triu(model.nodes.joined[row, 5])).tolist() for row in (0, 1)]
    assert edges == [[[0, 2], [2, 4]], [[2, 5]]], "2 to 4 was there before"
    edges = [np.argwhere(np.triu(model.nodes.joined[row, 4])).tolist() for row in (0, 1)]
    assert edges == [[[0, 2], [1, 5], [2, 4]], [[0, 3], [3, 5]]]


def test_it_searches():
    model = model_of(stirred(net_of()))
    model.begin(TASKS)
    points = np.zeros((3, 8), bool)
    points[[0, 2], :6] = True
    roots = Roots(START, np.zeros(3, np.int64), np.array([9, 0, 9]), points)
    found = search(model, roots, SearchArgs(n_simulations=12))
    assert found.visits.sum(axis=1).tolist() == [12, 0, 12]
    assert found.visits[:, 6:8].sum() == 0
    again = search(model, roots, SearchArgs(n_simulations=12))
    np.testing.assert_array_equal(found.visits, again.visits)


def test_a_task_that_does_not_fit_is_named():
    model = model_of(net_of(), k=5)
    with pytest.raises(RoadMetricsError, match="ring: 6 key points, more than 5"):
        model.begin(TASKS)
