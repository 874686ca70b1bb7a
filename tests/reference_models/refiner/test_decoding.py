"""Drawing with an autoregressive network that knows four graphs by heart."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hand_tasks import EDGES, batch, drawing  # noqa: E402

from reference_models.decoding import Bits, beam, bits_of, greedy, sampled  # noqa: E402
from reference_models.graph_batches import batch_of, shuffled  # noqa: E402
from reference_models.graph_models import answer_of, inputs_of  # noqa: E402
from reference_models.nets.arm import ARM, TINY, legal  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402

CPU = torch.device("cpu")
NAMES = ("ring", "comb", "star", "pair")
NONE = torch.zeros(4, 0, dtype=torch.int64)


def new_arm(seed=0):
    torch.manual_seed(seed)
    return ARM(replace(TINY, dropout=0.0))


@pytest.fixture(scope="module")
def learned():
    net, given = new_arm(), batch(*NAMES)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(120):
        answer = answer_of(net, given, CPU)
        optimizer.zero_grad()
        answer.loss.backward()
        optimizer.step()
    return net.eval()


def encoded(net, one):
    with torch.no_grad():
        return net.encode(*inputs_of(one, net.encoder, CPU))


def test_it_is_cheap_in_its_own_order_alone(learned):
    given = batch(*NAMES)
    own = bits_of(learned, encoded(learned, given), given)
    other = bits_of(learned, encoded(learned, given), given, np.random.default_rng(0))
    assert own.per_edge < 0.3
    assert own.uniform_per_edge == pytest.approx(2 * math.log2(7))
    assert other.per_edge > other.uniform_per_edge
    assert (own.n_edges, own.n_ends) == (14, 4)
    assert own.per_end < 0.3


def test_bits_by_hand():
    """A pointer that has not been trained, term by term; start edges and END are apart."""
    net = new_arm().eval()
    given = batch_of([drawing("comb", start=[(0, 1), (0, 5)]), drawing("bare")], k=9)
    encoding = encoded(net, given)
    found = bits_of(net, encoding, given)
    tokens = [0, 1, 0, 5, 1, 2, 2, 3, 4, 5]
    assert given.tokens[0].tolist() == tokens
    with torch.no_grad():
        logits = net.logits(encoding, net.decode(encoding, torch.from_numpy(given.tokens)))
    p = logits.double().softmax(dim=-1)
    paid = [-math.log2(p[0, t, tokens[t]]) for t in range(4, 10)]
    assert found.n_edges == 3
    assert found.bits == pytest.approx(sum(paid))
    ends = -math.log2(p[0, 10, 9]) - math.log2(p[1, 0, 9])
    assert found.end_bits == pytest.approx(ends)
    assert found.n_ends == 2
    assert found.uniform == pytest.approx(6 * math.log2(7))
    assert Bits().uniform_per_edge is None
    assert Bits().per_end is None


def test_shuffled_keeps_edges_and_what_is_given():
    given = batch_of([drawing("ring", start=[(0, 2)]), drawing("pair")])
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        tokens = shuffled(given, rng).tokens
        assert tokens[0, :2].tolist() == [0, 2]
        edges = tokens[0, 2:].reshape(-1, 2)
        assert sorted(map(tuple, np.sort(edges, axis=1).tolist())) == sorted(EDGES["ring"])
        assert sorted(tokens[1].tolist()) == [-1] * 10 + [3, 4]
        seen.add(tuple(tokens[1, :2].tolist()))
    assert seen == {(3, 4), (4, 3)}
    assert given.tokens[0].tolist() == [0, 2, 0, 1, 0, 3, 1, 4, 3, 5, 4, 5]


@pytest.mark.parametrize("way", ["greedy", "beam"])
def test_what_was_learned_is_drawn(learned, way):
    draw = greedy if way == "greedy" else beam
    for drawn, name in zip(draw(learned, encoded(learned, batch(*NAMES)), NONE, 24), NAMES,
                           strict=True):  # fmt: skip
        assert drawn.edges.tolist() == [list(edge) for edge in EDGES[name]]
        assert drawn.is_ended
        assert -2 < drawn.log_probability < 0


def test_going_on_from_given_edges(learned):
    """Rows of different length, as if each were drawn alone."""
    given = batch(*NAMES)
    start = torch.tensor([[0, 1, 0, 3], [0, 1, -1, -1], [-1] * 4, [3, 4, -1, -1]])
    found = greedy(learned, encoded(learned, given), start, 24)
    assert [each.edges.tolist() for each in found] == [
        [list(e) for e in EDGES["ring"][2:]], [list(e) for e in EDGES["comb"][1:]],
        [list(e) for e in EDGES["star"]], [],
    ]  # fmt: skip


def test_it_stops_where_it_is_full(learned):
    found = greedy(learned, encoded(learned, batch(*NAMES)), NONE, 2)
    assert [len(each.edges) for each in found] == [2, 2, 2, 1]
    assert [each.is_ended for each in found] == [False, False, False, True]
    full = greedy(learned, encoded(learned, batch(*NAMES)), NONE, 0)
    assert [(len(each.edges), each.log_probability) for each in full] == [(0, 0.0)] * 4
    assert len(beam(learned, encoded(learned, batch("ring")), NONE[:1], 0)[0].edges) == 0
    with pytest.raises(RoadMetricsError, match="max_edges must be from 0 to 24"):
        greedy(learned, encoded(learned, batch("ring")), NONE[:1], 25)


def log_probability(net, encoding, tokens, has_end):
    """By one full pass over legal actions."""
    k = encoding.mask.shape[1]
    line = torch.tensor([tokens], dtype=torch.int64).reshape(1, -1)
    with torch.no_grad():
        logits = net.logits(encoding, net.decode(encoding, line))
    logp = logits.masked_fill(~legal(line, encoding.mask), -torch.inf).double().log_softmax(-1)[0]
    steps = [*tokens, k] if has_end else tokens
    return float(sum(logp[t, token] for t, token in enumerate(steps)))


def three_points(name="pair"):
    one = drawing(name)
    keep = np.array([0, 3, 4])
    return batch_of([replace(one, places=one.places[keep], target=np.array([[1, 2]]))])


def test_beam_finds_the_best_of_all_sequences():
    """Of the 43 sequences of at most two edges between three key points."""
    net = new_arm(3).eval()
    encoding = encoded(net, three_points())
    pairs = [pair for pair in itertools.permutations(range(3), 2)]
    every = [()] + [p for p in pairs] + [p + q for p in pairs for q in pairs]
    scores = {line: log_probability(net, encoding, list(line), len(line) < 4) for line in every}
    assert sum(math.exp(score) for score in scores.values()) == pytest.approx(1.0)
    best = max(scores, key=scores.get)
    (found,) = beam(net, encoding, NONE[:1], 2, width=64)
    assert tuple(found.edges.ravel().tolist()) == best
    assert found.log_probability == pytest.approx(scores[best], abs=1e-5)
    (narrow,) = beam(net, encoding, NONE[:1], 2, width=1)
    (line,) = greedy(net, encoding, NONE[:1], 2)
    assert narrow.log_probability <= found.log_probability + 1e-6
    assert narrow.edges.tolist() == line.edges.tolist()


def test_samples_follow_the_probabilities():
    net = new_arm(3).eval()
    encoding = encoded(net, three_points()).take(torch.zeros(2000, dtype=torch.int64))
    start = torch.zeros(2000, 0, dtype=torch.int64)
    found = sampled(net, encoding, start, 1, np.random.default_rng(0))
    lines = [tuple(each.edges.ravel().tolist()) for each in found]
    one = encoding.take(torch.tensor([0]))
    for line in set(lines):
        p = math.exp(log_probability(net, one, list(line), not line))
        assert lines.count(line) / 2000 == pytest.approx(p, abs=0.05)
        assert found[lines.index(line)].log_probability == pytest.approx(math.log(p), abs=1e-4)
    again = sampled(net, encoding, start, 1, np.random.default_rng(0))
    assert lines == [tuple(each.edges.ravel().tolist()) for each in again]
    sharp = sampled(net, encoding, start, 1, np.random.default_rng(0), temperature=1e-3)
    assert len({tuple(each.edges.ravel().tolist()) for each in sharp}) == 1
    with pytest.raises(RoadMetricsError, match="temperature must be above 0"):
        sampled(net, encoding, start, 1, np.random.default_rng(0), temperature=0.0)
