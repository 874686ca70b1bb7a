"""The same search with nodes as objects, in plain Python: formulas written out, nothing kept."""

from __future__ import annotations

import math

import numpy as np


class Node:
    def __init__(self, parent=None, action=-1, prior=0.0):
        self.parent, self.action, self.prior = parent, action, prior
        self.children = {}  # by action
        self.returns = []  # of every simulation that came by
        self.reward, self.value, self.priors, self.is_over = 0.0, 0.0, {}, False

    @property
    def tokens(self):
        """Actions since the root."""
        return [] if self.parent is None else [*self.parent.tokens, self.action]


class Oracle:
    """One tree. ``answer(path)`` gives (reward, logits, value); ``begun`` are the root's tokens."""

    def __init__(self, answer, n_points, k, begun, left, rule, noise=None, share=0.25):
        self.answer, self.n_points, self.k, self.begun = answer, n_points, k, begun
        self.left, self.rule = left, rule
        self.root, self.walked = Node(), []
        _, logits, self.root.value = answer([])
        self.root.priors = self.softmax(logits, self.legal([]))
        if noise is not None:
            self.root.priors = {
                a: float(np.float32((1 - share) * p + share * noise[a]))
                for a, p in self.root.priors.items()
            }
        self.root.returns.append(self.root.value)

    def legal(self, tokens):
        every = [*self.begun, *tokens]
        points = range(self.n_points) if self.n_points >= 2 else range(0)
        if len(every) % 2:
            return [a for a in points if a != every[-1]]
        return [*points, self.k]

    def softmax(self, logits, legal):
        peak = max(float(logits[a]) for a in legal)
        weights = {a: math.exp(float(logits[a]) - peak) for a in legal}
        total = sum(weights.values())
        return {a: float(np.float32(w / total)) for a, w in weights.items()}

    def q(self, child):
        return child.reward + self.rule.gamma * sum(child.returns) / len(child.returns)

    def normalised(self, q):
        if not self.walked:
            return 0.0
        low, high = min(self.walked), max(self.walked)
        return min(max((q - low) / max(high - low, self.rule.value_delta_max), 0.0), 1.0)

    def score(self, node, action):
        total = max(sum(len(child.returns) for child in node.children.values()), 1)
        c = self.rule.c1 + math.log((total + self.rule.c2 + 1) / self.rule.c2)
        if action in node.children:
            child = node.children[action]
            q, n = self.q(child), len(child.returns)
        else:
            known = [node.value, *(self.q(child) for child in node.children.values())]
            q, n = sum(known) / len(known), 0
        return self.normalised(q) + node.priors[action] * math.sqrt(total) / (1 + n) * c

    def simulate(self):
        node = self.root
        while True:
            action = max(node.priors, key=lambda a: (self.score(node, a), -a))
            if action not in node.children:
                child = node.children[action] = Node(node, action, node.priors[action])
                self.evaluate(child)
                break
            child = node.children[action]
            if child.is_over:
                break
            node = child
        self.back_up(child)

    def evaluate(self, node):
        tokens = node.tokens
        is_end = node.action == self.k
        reward, logits, value = self.answer(tokens)
        completes = not is_end and (len(self.begun) + len(tokens)) % 2 == 0
        node.reward = reward if completes else 0.0
        node.is_over = is_end or len(tokens) >= self.left
        if not node.is_over:
            node.value = value
            node.priors = self.softmax(logits, self.legal(tokens))

    def back_up(self, node):
        worth = node.value
        while node is not None:
            node.returns.append(worth)
            if node.parent is not None:
                self.walked.append(self.q(node))
            worth = node.reward + self.rule.gamma * worth
            node = node.parent

    def visits(self):
        counts = np.zeros(self.k + 1, np.int64)
        for action, child in self.root.children.items():
            counts[action] = len(child.returns)
        return counts

    @property
    def root_value(self):
        return sum(self.root.returns) / len(self.root.returns)
