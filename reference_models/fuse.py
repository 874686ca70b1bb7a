"""Patch graphs fused by drawing them into one mask: the baseline beside `patchwork`.

Anagnostidis et al. 2022 (arXiv:2210.00828), appendix D.3: graphs of overlapping patches are drawn
wider than a pixel and thinned again. The width is not given: assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from roadmetrics.graph import Mask, RoadGraph
from roadmetrics.vectorize import vectorize

from .canvas import Canvas
from .data import drawn
from .keypoints import KeyPoints, key_points_of
from .patchwork import (
    NO_CAP,
    PatchOptions,
    Refine,
    Refined,
    bounds_of,
    crowding,
    patch_boxes,
    patch_edges,
)
from .simplify import rebuilt
from .task import Image, image_extent

HALF_WIDTH = 3  # pixels to each side of a line
SIMPLIFY, SPUR = 1.0, 10.0  # as in reference-models predict


def refine_apart(
    name: str, image: Image, prediction: RoadGraph, refine: Refine, options: PatchOptions
) -> Refined:
    """As `patchwork.refine_image`, but no patch knows of the others; they are drawn into one mask.

    A patch of too many key points keeps its roads, and a note tells.
    """
    found = key_points_of(prediction, replace(options, max_key_points=NO_CAP))
    if not len(found.points):
        return Refined(prediction, (f"{name}: no key points: the prediction is left as it is",))
    notes: list[str] = []
    graphs = list(patch_graphs(name, image, found, refine, options, notes))
    height, width = image.shape[:2]
    fused = drawn_together(graphs, width, height)
    return Refined(rebuilt(prediction, fused.vertices, fused.edges), tuple(notes))


def patch_graphs(
    name: str,
    image: Image,
    found: KeyPoints,
    refine: Refine,
    options: PatchOptions,
    notes: list[str],
) -> Iterator[RoadGraph]:
    """The graph of each patch in pixels of the image; where patches overlap, roads come twice."""
    canvas = Canvas(found.points, found.start)
    height, width = image.shape[:2]
    for box in patch_boxes(width, height, options):
        window = canvas.window(bounds_of(box))
        crowded = crowding(window, options)
        if not crowded:
            drawn_edges = patch_edges(name, image, window, box, refine)
            edges = np.concatenate([window.start, drawn_edges])
        else:
            notes.append(
                f"{name}: patch at {box[0]}, {box[1]}: {crowded}: its roads are left as they are"
            )
            edges = window.start
        yield RoadGraph(window.points, edges)


def drawn_together(
    graphs: Iterable[RoadGraph], width: int, height: int, half_width: int = HALF_WIDTH
) -> RoadGraph:
    """Graphs in the pixels of one image drawn on top of each other, thinned and traced.

    >>> rows = [(2, 9), (37, 9)], [(20, 11), (50, 11)]
    >>> fused = drawn_together([RoadGraph(row, [(0, 1)]) for row in rows], 60, 24)
    >>> fused.length < 55, int(fused.degrees.max())
    (True, 2)
    >>> drawn_together([], 8, 8)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    from scipy.ndimage import distance_transform_edt

    road = np.zeros((height, width), dtype=bool)
    for graph in graphs:
        road |= drawn(graph, width, height)
    if not road.any():
        return RoadGraph([], [], extent=image_extent(road) if road.size else None)
    wide = distance_transform_edt(~road) <= half_width
    pad = 2 * half_width + 1  # roads go on beyond the image, or thinning would eat their ends
    mask = Mask(np.pad(wide, pad, mode="edge"), origin=(-pad, -pad))
    graph = vectorize(mask, simplify=SIMPLIFY, min_length=SPUR)
    return graph.clipped(image_extent(road))
