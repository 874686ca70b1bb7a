"""What the connectivity loss is measured against: MALIS, and the authors' loop around it.

Neither travels with the project. `malis` is https://github.com/TuragaLab/malis, built (needs boost
and cython); the loop is TOPO_Window_Loss.py of https://github.com/doruk-oner/TOPO-Windowed-Loss,
found by the variable ROADMETRICS_TOPO_LOOP.
"""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import numpy as np
from scipy import ndimage

LOOP = Path(os.environ.get("ROADMETRICS_TOPO_LOOP", "not given"))


def town(side):
    """Distances to streets predicted with gaps and noise, and the true ones; [side, side]."""
    rng = np.random.default_rng(0)
    road = np.zeros((side, side), bool)
    road[40::97], road[:, 25::83] = True, True
    target = np.minimum(ndimage.distance_transform_edt(~road), 20)
    guess = road.copy()
    for y, x in rng.integers(0, side, (side * side // 4096, 2)):
        guess[y : y + 14, x : x + 14] = False
    pred = np.minimum(ndimage.distance_transform_edt(~guess), 20) + rng.normal(0, 1, road.shape)
    return np.clip(pred, 0, None).astype(np.float32), target.astype(np.float32)


def grid_edges(side):
    """Both pixels of each edge of a square grid, uint64."""
    p = np.arange(side * side, dtype=np.uint64).reshape(side, side)
    first = np.concatenate([p[:, :-1].ravel(), p[:-1].ravel()])
    return first, np.concatenate([p[:, 1:].ravel(), p[1:].ravel()])


def malis_windows(malis, pred, target, window):
    """Two calls of the library for each window, labels and edges ready: [(weights, weights)]."""
    a, b = grid_edges(window)
    at, bt = a.astype(int), b.astype(int)
    jobs = []
    for y in range(0, len(pred), window):
        for x in range(0, len(pred), window):
            p = pred[y : y + window, x : x + window].ravel()
            road = target[y : y + window, x : x + window] <= 5
            labels = ndimage.label(~road)[0].astype(np.uint64).ravel()
            is_road = road.ravel()
            top = np.where(is_road, p, np.float32(1e9))  # the pins of the two passes
            low = np.where(is_road, np.float32(-1e9), p)
            costs = [np.minimum(v[at], v[bt]) for v in (top, low)]
            jobs.append((labels, a, b, costs))

    def run():
        return [
            (
                malis.malis_loss_weights(labels, a, b, costs[0], 0),
                malis.malis_loss_weights(labels, a, b, costs[1], 1),
            )
            for labels, a, b, costs in jobs
        ]

    return run


def authors_loop(window):
    """The authors' module with our window, on the CPU: their import of scipy is of an older one."""
    import torch

    old = types.ModuleType("scipy.ndimage.morphology")
    old.binary_dilation = ndimage.binary_dilation
    sys.modules.setdefault("scipy.ndimage.morphology", old)
    text = LOOP.read_text().replace("window = 32", f"window = {window}").replace(".cuda()", "")
    space = {}
    exec(compile(text, str(LOOP), "exec"), space)
    loss = space["TOPOLoss_window"]()

    def run(pred, target):
        leaf = torch.tensor(pred)[None, None].requires_grad_()
        loss(leaf, torch.tensor(target)[None, None], 1e-4, 1e-5).backward()

    return run
