"""topo: pairs counted by brute force, and what the authors' published loss gives."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from case import Outcome, attempt, compare, skipped

from reference_models.losses import topo_weights
from reference_models.losses.official import official_weights

HAS_TORCH = importlib.util.find_spec("torch") is not None
BETA = 0.1


def run(folder: Path) -> Iterator[Outcome]:
    """Every case; those of the loss itself are skipped where torch is not installed."""
    checks: dict[str, list[Callable[[str, Any], Outcome]]] = {
        "paper": [check_pairs, check_paper_loss],
        "ties": [check_levels],
        "official": [check_official, check_official_loss],
    }
    for path in sorted((folder / "topo").glob("*.npz")):
        for check in checks.get(path.name.partition("_")[0], []):
            label = f"topo {path.stem} {check.__name__.removeprefix('check_')}"
            if check.__name__.endswith("_loss") and not HAS_TORCH:
                yield skipped(label, "torch is not installed: it comes with the extra models")
                continue
            yield attempt(label, partial(check_file, label, path, check))


def check_file(label: str, path: Path, check: Callable[[str, Any], Outcome]) -> Outcome:
    """One check of one file."""
    with np.load(path) as case:
        return check(label, case)


def check_pairs(label: str, case: Any) -> Outcome:
    """Both weights exact at every pixel, and both terms of the loss in float64."""
    w, v = topo_weights(case["pred"], case["R"], int(case["window"]))
    pred, goal = case["pred"].astype(float), case["yD"].astype(float)
    names = ("Ldisc_constrained", "Lconn_constrained")
    terms = ((w * pred**2).sum(), (v * (pred - goal) ** 2).sum())
    expected = {name: float(case[name]) for name in names}
    wrong = {k: (0, int((case[f"{k}_constrained"] != x).sum())) for k, x in (("w", w), ("v", v))}
    return compare(
        label, expected, dict(zip(names, terms, strict=True)), limits(expected, 1e-9), exact=wrong
    )


def check_levels(label: str, case: Any) -> Outcome:
    """Where values are equal only the sum over a level is defined, of both passes; and L_disc."""
    # the case has no window: one that holds it all
    w, v = topo_weights(case["pred"], case["R"], None)
    wrong = {}
    for name, weights in (("disc", w), ("conn", v)):
        sums = [int(weights[case["pred"] == level].sum()) for level in case[f"{name}_levels"]]
        wrong[name] = (case[f"{name}_pairs"].tolist(), sums)
    got = {"Ldisc_constrained": float((w * case["pred"].astype(float) ** 2).sum())}
    return compare(label, {k: float(case[k]) for k in got}, got, 1e-6, exact=wrong)


def check_official(label: str, case: Any) -> Outcome:
    """Loss of each term in float64, and the gradient at every pixel."""
    pred, target = case["pred"], case["target"]
    n, p = official_weights(pred[None], target[None], int(case["window"]))
    n, p = n[0].astype(float), p[0].astype(float)
    rates = float(case["malis_lr"]), float(case["malis_lr_pos"])
    terms = (n * pred**2).sum(), (p * (20 - pred) ** 2).sum()
    grad = 2 * rates[0] * n * pred - 2 * rates[1] * p * (20 - pred)
    loss = rates[0] * terms[0] + rates[1] * terms[1]
    got = {"loss_n_unit": terms[0], "loss_p_unit": terms[1], "loss": loss}
    return compare_gradient(label, case, "grad", got, grad)


def check_paper_loss(label: str, case: Any) -> Outcome:
    """TopoLoss, forward and backward, in float32."""
    radius = int(case["dilation_disc_radius"])
    options = {"window": int(case["window"]), "dilation": radius, "beta": BETA}
    got, grad = run_loss(case["pred"], case["yD"], 1.0, options)
    return compare_gradient(label, case, "grad_constrained", got, grad)


def check_official_loss(label: str, case: Any) -> Outcome:
    """TopoLoss in official mode, times alpha, as the published loss is called."""
    rates = float(case["malis_lr"]), float(case["malis_lr_pos"])
    options = {"window": int(case["window"]), "mode": "official", "beta": rates[1] / rates[0]}
    got, grad = run_loss(case["pred"], case["target"], rates[0], options)
    names = {"Ldisc_constrained": "loss_n_unit", "Lconn_constrained": "loss_p_unit"}
    renamed = {names.get(k, k): value for k, value in got.items()}
    return compare_gradient(label, case, "grad", renamed, grad)


def run_loss(
    pred: Any, target: Any, alpha: float, options: dict[str, Any]
) -> tuple[dict[str, float], Any]:
    """Terms by name, alpha times the loss, and the gradient of that."""
    import torch

    from reference_models.losses import TopoLoss

    leaf = torch.tensor(pred)[None, None].requires_grad_()
    goal, loss = torch.tensor(target)[None, None], TopoLoss(**options)
    terms = loss.terms(leaf, goal)
    total = alpha * loss(leaf, goal)
    total.backward()
    got = {"Ldisc_constrained": terms.disc.item(), "Lconn_constrained": terms.conn.item()}
    return got | {"loss": total.item()}, leaf.grad[0, 0].numpy()


def compare_gradient(label: str, case: Any, name: str, got: dict[str, float], grad: Any) -> Outcome:
    """Numbers that the case has to 1e-4, the gradient to 1e-4 of its largest entry."""
    expected = {k: float(case[k]) for k in got if k in case.files}
    top = max(float(np.abs(case[name]).max()), 1e-12)
    far = {"grad": float(np.abs(grad - case[name]).max()) / top}
    limit = limits(expected, 1e-4) | {"grad": 1e-4}
    return compare(label, expected | {"grad": 0.0}, got | far, limit)


def limits(expected: dict[str, float], relative: float) -> dict[str, float]:
    """Tolerances in proportion to the values."""
    return {k: relative * max(abs(value), 1e-9) for k, value in expected.items()}
