"""Gymnasium environment in which an agent draws roads edge by edge; needs ``roadmetrics[rl]``.

``gymnasium.make("roadmetrics.env:roadmetrics/BuildRoads-v0")`` imports this module by itself;
after ``import roadmetrics.env`` the short id ``roadmetrics/BuildRoads-v0`` does. docs/rewards.md
has examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

try:
    import gymnasium
    from gymnasium import spaces
except ImportError:
    from .errors import RoadMetricsError

    raise RoadMetricsError("roadmetrics.env needs pip install 'roadmetrics[rl]'") from None

from .env_picture import picture
from .errors import RoadMetricsError
from .graph import BoolArray
from .patches import ImageArray, Limits, Patch, Patches, Shape, Site, Source
from .rewards import RewardScorer
from .sample_patches import SamplePatches

__all__ = ["ENV_ID", "BuildRoads", "Patch"]

ENV_ID = "roadmetrics/BuildRoads-v0"
N_SCORERS = 32  # ground truths whose scorers are kept; the sample has 19

Observation = dict[str, Any]  # of arrays
ActionMode = Literal["point", "edge"]
Reward = Callable[[RewardScorer, float, bool], float]


class BuildRoads(gymnasium.Env[Observation, Any]):
    """Draw a road graph; the reward is what an edge adds to the weighted score.

    Observations (copies, of fixed shapes; K = ``max_key_points``, A actions):
    ``image`` uint8 (C, H, W), row 0 at the top; ``key_points`` float32 (2K,) x, y, x, y, ... as
    shares of the image from its left and top, cut to 0 to 1, then zeros; ``key_point_mask`` int8
    (K,); ``action_mask`` int8 (A,); ``tokens`` int64 (2 ``max_edges``,) the key points of all edges
    in the order of drawing, the starting graph's first, then -1; ``step`` float32 (1,), the share
    of ``max_steps`` that is used.

    Parameters
    ----------
    source : where patches come from: a sequence (one is drawn), an iterable (each in turn) or a
        callable that takes a numpy Generator; of `Patch` or tuples (gt, key_points, image, start).
        Default: the tiles of the bundled sample
    weights : of the score, as `RewardScorer` takes them
    action_mode : "point": an action is a key point, two make an edge, K ends the episode; "edge":
        an action is a pair i < j of key points, number j * (j - 1) / 2 + i, the last ends it
    reward_mode : "delta": the change of the score at each edge; "terminal": at the end, final minus
        initial score, so that both give the same return; or a callable that takes the scorer, the
        change and whether the episode is over
    illegal : what an action outside `action_masks` does: "ignore", it takes a step and changes
        nothing (``info["is_legal"]`` is False); "raise", RoadMetricsError
    max_steps : actions until truncation; default: as many as ``max_edges`` take

    An episode is terminated by END and truncated at ``max_steps`` or where ``tokens`` is full.
    Raises RoadMetricsError for a patch that does not fit, an action outside the action space and a
    step without reset.

    >>> from roadmetrics import RoadGraph
    >>> square = Patch(RoadGraph([(0, 0), (9, 0), (9, 9)], [(0, 1), (1, 2)], "px"))
    >>> env = BuildRoads([square], weights={"ccq": 1.0}, max_key_points=4, max_edges=8)
    >>> _ = env.reset(seed=0)
    >>> total = sum(env.step(action)[1] for action in (0, 1, 1, 2, 4))
    >>> round(total, 9)
    1.0
    >>> empty = BuildRoads([(RoadGraph([], []),)], max_key_points=4, max_edges=8)
    >>> empty.reset()[0]["action_mask"]
    array([0, 0, 0, 0, 1], dtype=int8)
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(
        self,
        source: Source | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        action_mode: ActionMode = "point",
        reward_mode: Literal["delta", "terminal"] | Reward = "delta",
        illegal: Literal["ignore", "raise"] = "ignore",
        max_key_points: int = 256,
        max_edges: int = 512,
        max_steps: int | None = None,
        image_shape: Shape = (3, 96, 96),
        render_mode: str | None = None,
    ) -> None:
        _check_one_of("action_mode", action_mode, ("point", "edge"))
        if not callable(reward_mode):
            _check_one_of("reward_mode", reward_mode, ("delta", "terminal", "a callable"))
        _check_one_of("illegal", illegal, ("ignore", "raise"))
        _check_one_of("render_mode", render_mode, (None, "rgb_array"))
        n, m = _positive("max_key_points", max_key_points, 2), _positive("max_edges", max_edges)
        shape = _shape(image_shape)
        self.limits = Limits(n, m, shape)
        self.render_mode, self.action_mode, self.reward_mode = render_mode, action_mode, reward_mode
        self.illegal = illegal
        usual = m if action_mode == "edge" else 2 * m
        self.max_steps = _positive("max_steps", usual if max_steps is None else max_steps)
        self._weights = weights
        self._patches = Patches(SamplePatches(shape) if source is None else source, self.limits)
        self._scorers: dict[Any, RewardScorer] = {}  # of the ground truths met last
        self.end = n * (n - 1) // 2 if action_mode == "edge" else n  # the action END
        self.action_space = spaces.Discrete(self.end + 1)
        self.observation_space = self._observation_space()
        self._site: Site | None = None
        self._is_over = True

    def _observation_space(self) -> spaces.Dict:
        n, room = self.limits.key_points, 2 * self.limits.edges
        return spaces.Dict({
            "image": spaces.Box(0, 255, self.limits.image, np.uint8),
            "key_points": spaces.Box(0.0, 1.0, (2 * n,), np.float32),
            "key_point_mask": spaces.MultiBinary(n),
            "action_mask": spaces.MultiBinary(self.end + 1),
            "tokens": spaces.Box(-1, n - 1, (room,), np.int64),
            "step": spaces.Box(0.0, 1.0, (1,), np.float32),
        })  # fmt: skip

    @property
    def scorer(self) -> RewardScorer:
        """The scorer of the episode: ``scorer.graph()`` is what is drawn so far."""
        self._current()
        return self._scorer

    def pair_of(self, action: int) -> tuple[int, int]:
        """The key points i < j of an action in "edge" mode.

        >>> env = BuildRoads(action_mode="edge")
        >>> [env.pair_of(a) for a in range(4)]
        [(0, 1), (0, 2), (1, 2), (0, 3)]
        """
        j = int((1 + np.sqrt(1 + 8 * action)) // 2)
        return int(action) - j * (j - 1) // 2, j

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a patch: ``options={"patch": k}`` the k-th of a sequence, else one from the source.

        A seed also begins an iterable anew. Raises RoadMetricsError for a patch that does not fit.
        """
        super().reset(seed=seed)
        if seed is not None:
            self._patches.restart()
        number, site = self._drawn(options or {})
        scorer = self._scorer_of(site)
        scorer.reset(site.key_points, site.edges)
        self._site, self._scorer, self._initial = site, scorer, float(scorer.score)
        self._tokens: list[int] = site.edges.ravel().tolist()
        self._steps, self._is_over = 0, False
        self._points = self._point_arrays(site)
        return self._observation(site), {"patch": number, **self._info(True)}

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one action; the reward of an edge comes with its second key point."""
        site = self._current()
        if self._is_over:
            raise RoadMetricsError("the episode is over: call reset() before step()")
        chosen, is_legal = self._checked(action)
        is_end = is_legal and chosen == self.end
        delta = self._drawn_by(chosen) if is_legal and not is_end else 0.0
        self._steps += 1
        is_full = self._steps >= self.max_steps or len(self._tokens) >= 2 * self.limits.edges
        self._is_over = is_end or is_full
        reward = self._reward(delta)
        info = self._info(is_legal)
        return self._observation(site), reward, is_end, is_full and not is_end, info

    def action_masks(self) -> BoolArray:
        """[A] actions that are legal now: what MaskablePPO of sb3-contrib asks for.

        An edge needs two different key points; one that was drawn already is legal; END is legal
        between edges.
        """
        n = len(self._current().key_points)
        mask = np.zeros(self.end + 1, dtype=bool)
        if self.action_mode == "edge":
            mask[: n * (n - 1) // 2] = mask[self.end] = True
        elif self._first is None:
            mask[:n] = n >= 2
            mask[self.end] = True
        else:
            mask[:n] = True
            mask[self._first] = False
        return mask

    def render(self) -> ImageArray | None:
        """With render_mode "rgb_array": [H, W, 3], gt orange, drawn edges blue, key points dark."""
        if self.render_mode is None:
            return None
        return picture(self._current(), self._scorer.graph(), self._first)

    @property
    def _first(self) -> int | None:
        """The key point that waits for the second end of its edge."""
        return self._tokens[-1] if len(self._tokens) % 2 else None

    def _current(self) -> Site:
        if self._site is None:
            raise RoadMetricsError("no patch yet: call reset() first")
        return self._site

    def _drawn(self, options: Mapping[str, Any]) -> tuple[int, Site]:
        for key in options:
            if key != "patch":
                raise RoadMetricsError(f"options: unknown {key!r}, the only one is 'patch'")
        if "patch" in options:
            return self._patches.at(options["patch"])
        return self._patches.draw(self.np_random)

    def _scorer_of(self, site: Site) -> RewardScorer:
        found = self._scorers.pop(site.gt, None)
        if found is None:
            weights = {} if self._weights is None else {"weights": self._weights}
            found = RewardScorer(site.gt, **weights)
        if len(self._scorers) >= N_SCORERS:
            del self._scorers[next(iter(self._scorers))]  # the one that was used longest ago
        self._scorers[site.gt] = found
        return found

    def _checked(self, action: Any) -> tuple[int, bool]:
        """The action as a number, and whether it is legal now."""
        if not self.action_space.contains(action):
            raise RoadMetricsError(f"action {action!r} is none of 0 to {self.end}")
        chosen = int(action)
        is_legal = bool(self.action_masks()[chosen])
        if not is_legal and self.illegal == "raise":
            raise RoadMetricsError(
                f"action {chosen} is illegal here: choose one that action_masks() allows"
            )
        return chosen, is_legal

    def _drawn_by(self, chosen: int) -> float:
        """Take down the tokens; the change of the score where they complete an edge."""
        self._tokens += self.pair_of(chosen) if self.action_mode == "edge" else (chosen,)
        if len(self._tokens) % 2:
            return 0.0
        return float(self._scorer.add_edge(*self._tokens[-2:]))

    def _reward(self, delta: float) -> float:
        if callable(self.reward_mode):
            return float(self.reward_mode(self._scorer, delta, self._is_over))
        if self.reward_mode == "delta":
            return delta
        return float(self._scorer.score) - self._initial if self._is_over else 0.0

    def _point_arrays(self, site: Site) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int8]]:
        n = len(site.key_points)
        places = np.zeros((self.limits.key_points, 2), np.float32)
        places[:n] = np.clip(site.shares(site.key_points), 0.0, 1.0)
        mask = np.zeros(self.limits.key_points, np.int8)
        mask[:n] = 1
        return places.ravel(), mask

    def _observation(self, site: Site) -> Observation:
        """Fresh arrays each time: those who keep observations keep what they saw."""
        tokens = np.full(2 * self.limits.edges, -1, np.int64)
        tokens[: len(self._tokens)] = self._tokens
        places, mask = self._points
        return {
            "image": site.image.copy(),
            "key_points": places.copy(),
            "key_point_mask": mask.copy(),
            "action_mask": self.action_masks().astype(np.int8),
            "tokens": tokens,
            "step": np.array([self._steps / self.max_steps], np.float32),
        }

    def _info(self, is_legal: bool) -> dict[str, Any]:
        parts = {key: float(value) for key, value in self._scorer.parts.items()}
        return {"score": float(self._scorer.score), "parts": parts, "is_legal": is_legal}


def _check_one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        raise RoadMetricsError(f"{name} {value!r} is not one of {', '.join(map(str, known))}")


def _positive(name: str, value: Any, least: int = 1) -> int:
    if not isinstance(value, (int, np.integer)) or value < least:
        raise RoadMetricsError(f"{name} must be a whole number from {least}, not {value!r}")
    return int(value)


def _shape(shape: Any) -> Shape:
    sizes = list(shape) if isinstance(shape, Sequence) else []
    if len(sizes) != 3:
        raise RoadMetricsError(f"image_shape is (channels, height, width), not {shape!r}")
    channels, height, width = (_positive("image_shape", size) for size in sizes)
    return channels, height, width


if ENV_ID not in gymnasium.registry:
    gymnasium.register(ENV_ID, entry_point="roadmetrics.env:BuildRoads")
