"""Tasks drawn by hand: bright roads on dark ground, so that there is something to see."""

import numpy as np

from reference_models.graph_batches import batch_of, drawing_of
from reference_models.tasks import Task
from roadmetrics.graph import RoadGraph

SIDE = 64
POINTS = np.array([(6, 8), (6, 52), (20, 30), (40, 10), (44, 50), (58, 28)], float)
EDGES = {
    "comb": [(0, 1), (1, 2), (2, 3), (4, 5)],
    "star": [(0, 2), (1, 2), (2, 4), (2, 5)],
    "ring": [(0, 1), (0, 3), (1, 4), (3, 5), (4, 5)],
    "pair": [(3, 4)],
    "bare": [],
}


def picture(points, edges, side=SIDE):
    ys, xs = np.mgrid[:side, :side]
    far = np.full((side, side), np.inf)
    for i, j in edges:
        (x0, y0), (x1, y1) = points[i], points[j]
        d = np.array([x1 - x0, y1 - y0])
        t = np.clip(((xs - x0) * d[0] + (ys - y0) * d[1]) / (d @ d), 0, 1)
        far = np.minimum(far, np.hypot(xs - x0 - t * d[0], ys - y0 - t * d[1]))
    grey = np.where(far <= 2, 220, 60).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def task(name, start=(), points=POINTS, side=SIDE):
    edges = EDGES[name]
    extent = (-0.5, -0.5, side - 0.5, side - 0.5)
    gt = RoadGraph(points, edges, extent=extent)
    return Task(name, picture(points, edges, side), points, gt, start, target=edges)


def drawing(name, start=(), points=POINTS, side=SIDE):
    return drawing_of(task(name, start, points, side), side, 64, 64)


def batch(*names, k=0):
    return batch_of([drawing(name) for name in names], k)
