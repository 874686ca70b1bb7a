"""One configuration for each row of the paper's tables that is ours to train.

What the paper leaves open (crop, batch, steps, thresholds) is in `GPU`: assumed, and the same for
every row. `CPU` is the reduced setting: a small network, and the topological terms as shares of
pairs beside a mean over pixels. There 1e-3 stands for the paper's alpha of 1e-4: the best of 3e-4,
1e-3, 3e-3, 1e-2 and 1e-1 for TOPO-windowed on the towns that thresholds are chosen on (one seed,
1500 steps, windows of 64). Shares are summed over windows, so alpha goes with the area of a window:
the shares of a crop weigh the same for windows of every size, and for TOPO-global.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from roadmetrics.errors import RoadMetricsError

from ...settings import TrainArgs

Cell = tuple[int, str, str]  # table, data set, method: a key of `published.FIGURES`
GPU: Mapping[str, Any] = MappingProxyType({
    "base": 0, "blocks": 5, "layers": 3, "crop": 512, "batch": 8, "steps": 50_000, "lr": 1e-4,
    "schedule": "constant", "alpha": 1e-4, "normalize": "none", "reduction": "sum",
    "checkpoint_every": 1000,
})  # fmt: skip
CPU: Mapping[str, Any] = MappingProxyType({
    "base": 8, "blocks": 4, "layers": 2, "crop": 128, "batch": 4, "steps": 3000, "lr": 3e-3,
    "schedule": "cosine", "alpha": 1e-3, "normalize": "pairs", "reduction": "mean",
    "checkpoint_every": 250, "threads": 1, "device": "cpu",
})  # fmt: skip
SCALES = {"cpu": CPU, "gpu": GPU}


@dataclass(frozen=True)
class Row:
    """A method: what it changes, and where it stands in the paper.

    ``alpha_times``: alpha as a multiple of the scale's own, which stands for the paper's 1e-4.
    """

    name: str
    title: str
    cells: tuple[Cell, ...]
    net: str = "unet"
    loss: str = "topo"
    changes: Mapping[str, Any] = field(default_factory=dict)
    alpha_times: float = 1.0

    def args(self, data: str, out: str, seed: int, scale: Mapping[str, Any]) -> TrainArgs:
        """The options of a training run at a scale (`CPU`, `GPU` or a changed copy)."""
        given: dict[str, Any] = {
            **scale, **self.changes, "net": self.net, "loss": self.loss, "data": data, "out": out,
            "seed": seed, "empty": "keep", "alpha": scale["alpha"] * self.alpha_times,
        }  # fmt: skip
        crop = given["crop"]
        given["window"] = window = min(given.get("window", 64), crop)  # a window is in the crop
        if given["normalize"] == "pairs":
            given["alpha"] *= ((window or crop) / 64) ** 2
        return TrainArgs(**given)


def row(name: str) -> Row:
    """The row of a name; RoadMetricsError for one that is not there."""
    if name not in ROWS:
        raise RoadMetricsError(f"there is no row {name!r}: there are {', '.join(ROWS)}")
    return ROWS[name]


_TOPO = "U-Net+TOPO-windowed"
_ALL = (
    Row("mse", "U-Net, MSE",
        ((1, "RoadTracer", "U-Net"), (2, "DeepGlobe", "U-Net"), (3, "Canals", "U-Net"),
         (4, "RoadTracer", f"{_TOPO} alpha=0.0"), (8, "RoadTracer", "U-Net-MSE")), loss="mse"),
    Row("ce", "U-Net, cross entropy", ((8, "RoadTracer", "U-Net-CE"),), loss="ce"),
    Row("topo-global", "U-Net, TOPO-global",
        ((1, "RoadTracer", "U-Net+TOPO-global"), (8, "RoadTracer", "U-Net+TOPO-global")),
        changes={"window": 0}),
    Row("topo-windowed", "U-Net, TOPO-windowed",
        ((1, "RoadTracer", _TOPO), (2, "DeepGlobe", _TOPO), (3, "Canals", _TOPO),
         (4, "RoadTracer", f"{_TOPO} alpha=1e-4"), (5, "RoadTracer", f"{_TOPO} beta=1e-1"),
         (6, "RoadTracer", f"{_TOPO} window=64"), (7, "DeepGlobe", f"{_TOPO} window=64"),
         (8, "RoadTracer", _TOPO))),
    Row("dru", "DRU, MSE", ((2, "DeepGlobe", "DRU"), (3, "Canals", "DRU")), "dru", "mse"),
    Row("dru-topo-windowed", "DRU, TOPO-windowed",
        ((2, "DeepGlobe", "DRU+TOPO-windowed"), (3, "Canals", "DRU+TOPO-windowed")), "dru"),
    Row("linknet", "LinkNet, cross entropy", ((2, "DeepGlobe", "LinkNet"),), "linknet", "ce"),
    Row("resnet", "ResNet, cross entropy", (), "resnet", "ce"),
    Row("alpha-1e-3", "TOPO-windowed, alpha 1e-3", ((4, "RoadTracer", f"{_TOPO} alpha=1e-3"),),
        alpha_times=10.0),
    Row("alpha-1e-5", "TOPO-windowed, alpha 1e-5", ((4, "RoadTracer", f"{_TOPO} alpha=1e-5"),),
        alpha_times=0.1),
    Row("beta-1", "TOPO-windowed, beta 1", ((5, "RoadTracer", f"{_TOPO} beta=1e-0"),),
        changes={"beta": 1.0}),
    Row("beta-1e-2", "TOPO-windowed, beta 1e-2", ((5, "RoadTracer", f"{_TOPO} beta=1e-2"),),
        changes={"beta": 0.01}),
    Row("window-16", "TOPO-windowed, window 16", ((6, "RoadTracer", f"{_TOPO} window=16"),),
        changes={"window": 16}),
    Row("window-32", "TOPO-windowed, window 32",
        ((6, "RoadTracer", f"{_TOPO} window=32"), (7, "DeepGlobe", f"{_TOPO} window=32")),
        changes={"window": 32}),
    Row("window-128", "TOPO-windowed, window 128",
        ((6, "RoadTracer", f"{_TOPO} window=128"), (7, "DeepGlobe", f"{_TOPO} window=128")),
        changes={"window": 128}),
)  # fmt: skip
ROWS: Mapping[str, Row] = MappingProxyType({one.name: one for one in _ALL})
