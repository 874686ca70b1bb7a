"""What the tree of `reference_models.search` costs, alone and beside others: a table in Markdown.

  python tests/bench/search_tree.py
  ROADMETRICS_LIGHTZERO=DIR python tests/bench/search_tree.py --rounds 5

Answers of the model are made beforehand, so that only trees are timed: simulations a CPU second of
one thread, the best of the rounds, all programs in turn within each round. DIR holds LightZero's
`lzero/mcts/ctree` with `ctree_muzero` built (cython and a C++ compiler, nothing else of it); mctx
is timed where it can be imported.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"))
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import argparse
import importlib
import importlib.util
import sys
import time

import numpy as np

from reference_models.search.driver import Roots, SearchArgs, search

A, S = 256, 50  # actions, simulations
BATCHES = (1, 16, 64)


class Answers:
    """A model whose answers lie ready: one row of logits, rewards and values a simulation."""

    max_key_points = A - 1

    def __init__(self, n_rows, seed=0):
        rng = np.random.default_rng(seed)
        self.logits = rng.normal(size=(S + 1, n_rows, A)).astype(np.float32)
        self.rewards = 0.05 * rng.normal(size=(S + 1, n_rows))
        self.values = 0.2 * rng.normal(size=(S + 1, n_rows))

    def begin(self, tasks):
        """Nothing to encode."""

    def initial(self, tokens, steps, n_nodes):
        """Of the roots."""
        return self.logits[0], self.values[0]

    def recurrent(self, node, parents, actions):
        """Of one simulation."""
        return self.rewards[node], self.logits[node], self.values[node]


def own(n_rows):
    """This project's tree."""
    answers, args = Answers(n_rows), SearchArgs(S)
    roots = Roots(
        np.full((n_rows, 1), -1), np.zeros(n_rows, int), np.full(n_rows, 500),
        np.ones((n_rows, A - 1), bool),
    )  # fmt: skip
    return lambda: search(answers, roots, args)


def lightzero(n_rows):
    """LightZero's C++ tree, as its MCTSCtree calls it; the lists it takes lie ready, too."""
    tree = importlib.import_module("lzero.mcts.ctree.ctree_muzero.mz_tree")
    answers, players = Answers(n_rows), [-1] * n_rows
    rewards, logits, values = (
        part.tolist() for part in (answers.rewards, answers.logits, answers.values)
    )
    legal = [list(range(A)) for _ in range(n_rows)]

    def run():
        roots = tree.Roots(n_rows, legal)
        roots.prepare_no_noise(rewards[0], logits[0], players)
        ranges = tree.MinMaxStatsList(n_rows)
        ranges.set_delta(0.01)
        for node in range(1, S + 1):
            results = tree.ResultsWrapper(num=n_rows)
            tree.batch_traverse(roots, 19652, 1.25, 1.0, ranges, results, list(players))
            tree.batch_backpropagate(
                node, 1.0, rewards[node], values[node], logits[node], ranges, results, players
            )
        return roots.get_distributions(), roots.get_values()

    return run


def mctx_policy(n_rows):
    """`muzero_policy` of mctx, compiled; its model looks answers up by node and action."""
    import jax
    import mctx

    answers = Answers(n_rows)
    rewards, logits, values = (
        jax.numpy.asarray(part, jax.numpy.float32)
        for part in (answers.rewards, answers.logits, answers.values)
    )
    every = jax.numpy.arange(n_rows)

    def recurrent(_, key, action, at):
        at = (31 * at + action + 1) % (S + 1)
        output = mctx.RecurrentFnOutput(
            reward=rewards[at, every], discount=jax.numpy.ones(n_rows),
            prior_logits=logits[at, every], value=values[at, every],
        )  # fmt: skip
        return output, at

    root = mctx.RootFnOutput(
        prior_logits=logits[0], value=values[0], embedding=jax.numpy.zeros(n_rows, int)
    )
    policy = jax.jit(
        lambda key: (
            mctx.muzero_policy(
                (), key, root, recurrent, num_simulations=S, dirichlet_fraction=0.0
            ).action_weights
        )
    )
    return lambda: policy(jax.random.PRNGKey(0)).block_until_ready()


def rate(run, n_rows, seconds):
    """Simulations a CPU second, for as long as said or twice at least."""
    begin, n = time.process_time(), 0
    while n < 2 or time.process_time() - begin < seconds:
        run()
        n += 1
    return n * n_rows * S / (time.process_time() - begin)


def programs():
    """Name and maker of what can be run here."""
    found = {"roadmetrics, numba": own}
    folder = os.environ.get("ROADMETRICS_LIGHTZERO")
    if folder:
        sys.path.insert(0, folder)
        found["LightZero, C++ `ctree_muzero`"] = lightzero
    if importlib.util.find_spec("mctx"):
        found["mctx `muzero_policy`, CPU"] = mctx_policy
    return found


def table(n_rounds, seconds):
    """Measure and print."""
    runs = {(name, n_rows): make(n_rows) for name, make in programs().items() for n_rows in BATCHES}
    best = dict.fromkeys(runs, 0.0)
    for run in runs.values():
        run()  # compile
    for _ in range(n_rounds):
        for key, run in runs.items():
            best[key] = max(best[key], rate(run, key[1], seconds))
    print(f"| simulations a CPU second, {A} actions, {S} simulations | "
          + " | ".join(f"B = {n}" for n in BATCHES) + " |")  # fmt: skip
    print("|---|" + "---|" * len(BATCHES))
    for name in programs():
        cells = []
        for n in BATCHES:
            times = best["roadmetrics, numba", n] / best[name, n]
            cells.append(f"{best[name, n]:,.0f}" + (f" (1/{times:.1f})" if times != 1 else ""))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of CPU, of a run")
    args = parser.parse_args()
    table(args.rounds, args.seconds)


if __name__ == "__main__":
    main()
