"""Tasks for a refiner, from ground truth or from a prediction; the ones of a whole data set."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from roadmetrics.graph import RoadGraph, Tile

from .crowded import CrowdedWarning
from .data import Photos, Scene, crops, open_data
from .keypoints import key_points_of
from .refine_settings import KeyPointOptions, TruthOptions
from .simplify import arranged, rebuilt, simplified_graph, split_at, thinned
from .targets import targets_of
from .task import Image, Task, image_extent

__all__ = [
    "CrowdedWarning", "Task", "TruthOptions", "ground_truth_task", "rng_of", "scene_task",
    "segmentation_task", "tasks_of",
]  # fmt: skip

APART = 4.0  # pixels between a random point on a road and the ends of its edge, assumed


def ground_truth_task(
    name: str, image: Image, gt: RoadGraph, options: TruthOptions, rng: np.random.Generator
) -> Task:
    """Key points of the simplified ground truth, with distractors.

    Ends, junctions and bends are key points; random points on edges split their target edge in
    two; random places of the image belong to no target edge. Where that is more than
    ``max_key_points``, random places are given up first, then random points on edges, then
    vertices by the rule of `simplify.thinned`, and a `CrowdedWarning` says how many of these.

    Raises RoadMetricsError for an image or ground truth that makes no `Task`.
    """
    box = image_extent(image)
    whole = simplified_graph(rebuilt(gt, gt.vertices, gt.edges), options.simplify)
    lines = thinned(whole, options.max_key_points)
    _warn_crowded(name, len(whole.vertices) - len(lines.vertices), options.max_key_points)
    n = len(lines.vertices)
    lines = _with_random_splits(lines, round(options.between * n), options.max_key_points, rng)
    n_else = max(round(options.elsewhere * n), 0 if n else 2)
    n_else = min(n_else, options.max_key_points - len(lines.vertices))
    low, high = np.array(box[:2]), np.array(box[2:])
    elsewhere = rng.uniform(low, high, (n_else, 2))
    moved = lines.vertices + rng.normal(0.0, 1.0, lines.vertices.shape) * options.jitter
    every = np.clip(np.concatenate([moved, elsewhere]), low, high)
    points, target = arranged(every, lines.edges)
    return Task(name, image, points, gt, target=target)


def _with_random_splits(
    lines: RoadGraph, wanted: int, most: int, rng: np.random.Generator
) -> RoadGraph:
    """Up to ``wanted`` random points on edges, more on longer ones, none near an end."""
    span = np.maximum(lines.edge_lengths - 2 * APART, 0.0)
    k = min(wanted, most - len(lines.vertices)) if span.any() else 0
    if k <= 0:
        return lines
    edge = rng.choice(len(span), size=k, p=span / span.sum())
    along = (APART + rng.uniform(0.0, 1.0, k) * span[edge]) / lines.edge_lengths[edge]
    return split_at(lines, edge, along)


def segmentation_task(
    name: str,
    image: Image,
    prediction: Tile,
    options: KeyPointOptions,
    gt: RoadGraph | None = None,
) -> Task:
    """Key points and starting edges of a prediction, by `keypoints.key_points_of`.

    With ground truth, the target joins key points by `targets.targets_of`. A `CrowdedWarning` says
    how many were given up. Raises RoadMetricsError for a prediction without key points.
    """
    found = key_points_of(prediction, options)
    _warn_crowded(name, found.n_given_up, options.max_key_points)
    target = None if gt is None else targets_of(found.points, gt)
    return Task(name, image, found.points, gt, found.start, target)


def tasks_of(
    folder: str | Path, options: TruthOptions, seed: int, *, layout: str = "auto", split: str = ""
) -> Iterator[Task]:
    """Ground-truth tasks of all scenes of a data set, cut into squares.

    What is random depends on the seed and the scene's id alone. Raises RoadMetricsError for a
    folder that is no data set.
    """
    with Photos() as photos:
        for whole in open_data(folder, layout, split):
            pieces = crops(whole, options.side, options.overlap) if options.side else [whole]
            for scene in pieces:
                yield scene_task(scene, photos, options, seed)


def scene_task(scene: Scene, photos: Photos, options: TruthOptions, seed: int) -> Task:
    """The ground-truth task of a scene, or a part of one."""
    x0, y0, x1, y1 = scene.bounds()
    image = np.array(photos.open(scene.image)[y0:y1, x0:x1])
    return ground_truth_task(scene.id, image, scene.graph(), options, rng_of(seed, scene.id))


def rng_of(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and a name alone.

    >>> int(rng_of(0, "a").integers(100)), int(rng_of(0, "").integers(100))
    (98, 30)
    """
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "big")])


def _warn_crowded(name: str, n: int, most: int) -> None:
    if n:
        warnings.warn(
            f"{name}: {n} key points above max_key_points={most} were given up",
            CrowdedWarning,
            stacklevel=3,
        )
