"""Tasks whose key points and starting edges come from predictions of a data set. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Mask, RoadGraph
from roadmetrics.io.files import shown
from roadmetrics.load import Place, read, tile_paths
from roadmetrics.vectorize import vectorize

from .crowded import all_of
from .data import Photos, open_data
from .data.scene import Scene, crops
from .graph_settings import GraphTrainArgs
from .keypoints import KeyPointOptions, key_points_of
from .task import Task, is_extent_of
from .tasks import segmentation_task

OUTSIDE = 2.0  # pixels that a road may lie outside of its image


def predicted_tasks(args: GraphTrainArgs, folder: str, init: str) -> list[tuple[Task, RoadGraph]]:
    """Tasks of the squares of a data set, each with what was predicted there.

    ``init``: folder of a prediction for each image, of its name: a graph in its pixels, or a mask.
    Squares, caps on key points and edges, layout and part are those of ``args``. A square without
    two key points, or whose starting edges leave no room, has no task; how many were crowded is
    said once. Raises RoadMetricsError that names the prediction: one that is not there or cannot
    be read, in metres, or not of its image.
    """
    return all_of(_each(args, folder, init), shown(init), args.max_key_points)


def _each(args: GraphTrainArgs, folder: str, init: str) -> Iterator[tuple[Task, RoadGraph]]:
    options = KeyPointOptions(max_key_points=args.max_key_points)
    places = tile_paths(init)
    with Photos() as photos:
        for whole in open_data(folder, args.layout, args.split):
            drawn = _prediction(init, places.get(whole.id), whole, options.spur)
            for scene in crops(whole, args.side, args.overlap) if args.side else [whole]:
                x0, y0, x1, y1 = scene.bounds()
                part = _part(drawn, x0, y0, x1, y1)
                if _fits(part, options, args.max_edges):
                    image = np.array(photos.open(scene.image)[y0:y1, x0:x1])
                    yield segmentation_task(scene.id, image, part, options, scene.graph()), part


def _fits(part: RoadGraph, options: KeyPointOptions, max_edges: int) -> bool:
    """Whether there is something to join, and room for more edges than are drawn already."""
    found = key_points_of(part, options)
    return len(found.points) >= 2 and len(found.start) < max_edges


def _prediction(init: str, place: Place | None, scene: Scene, spur: float) -> RoadGraph:
    """The roads predicted for a whole image; a mask is thinned."""
    if place is None:
        path = Path(init) / f"{scene.id}.json"
        raise RoadMetricsError(f"{shown(path)}: there is no prediction of {scene.id}")
    name, (width, height) = shown(place.path), scene.size
    tile = read(place.path, tile=place.tile)
    if isinstance(tile, Mask):
        if tile.array.shape != (height, width):
            raise RoadMetricsError(
                f"{name}: {tile.array.shape[1]} x {tile.array.shape[0]} pixels, but "
                f"{shown(scene.image)} has {width} x {height}: one of the two belongs elsewhere"
            )
        return vectorize(tile, simplify=0.0, min_length=spur)
    if tile.unit != "px":
        raise RoadMetricsError(f"{name}: give a graph in pixels of the image")
    x0, y0, x1, y1 = tile.bounds or (0.0, 0.0, 0.0, 0.0)
    if min(x0, y0) < -0.5 - OUTSIDE or max(x1 - width, y1 - height) > OUTSIDE - 0.5:
        raise RoadMetricsError(
            f"{name}: its roads lie outside of {shown(scene.image)}, {width} x {height} pixels: "
            "one of the two belongs elsewhere"
        )
    if not is_extent_of(tile.extent, width, height, OUTSIDE):
        raise RoadMetricsError(
            f"{name}: its extent is {tile.extent}, but {shown(scene.image)} has {width} x {height} "
            "pixels: one of the two belongs elsewhere"
        )
    return tile


def _part(graph: RoadGraph, x0: int, y0: int, x1: int, y1: int) -> RoadGraph:
    """What lies in pixels x0 to x1 - 1, y0 to y1 - 1, which then begin at 0, 0."""
    cut = graph.clipped((x0 - 0.5, y0 - 0.5, x1 - 0.5, y1 - 0.5))
    extent = (-0.5, -0.5, x1 - x0 - 0.5, y1 - y0 - 0.5)
    return replace(cut, vertices=cut.vertices - [x0, y0], extent=extent, weights=None)
