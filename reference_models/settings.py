"""What each script takes: a dataclass for each, from which its command line is made. No torch."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown

from .arguments import check, option

NETS = ("unet", "dru", "linknet", "resnet")
LOSSES = ("mse", "topo", "ce", "iou")
DISTANCE_LOSSES = ("mse", "topo")  # the network gives distances; with the others logits
LAYOUTS = (
    "auto", "towns", "roadtracer", "deepglobe", "spacenet", "massachusetts", "cityscale",
    "orthophoto",
)  # fmt: skip
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
_FOLDER = "folder of images and roads, see docs/training.md"
_SPLIT = "part of the data set, such as train, valid or test; all of the folder if not given"
_DEVICE = "cpu, cuda or cuda:1; auto takes a GPU if there is one"
_THREADS = "threads of torch, 0 for its own choice; numbers repeat for the same number of threads"
UNCHANGED_BY = (  # in a resumed run
    "out", "device", "threads", "checkpoint_every", "cache", "data", "valid",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TrainArgs:
    """Options of ``reference-models train``."""

    net: str = option("network", choices=NETS, is_positional=True)
    data: str = option(_FOLDER, metavar="DIR")
    out: str = option("folder of the run; the same command again goes on with it", metavar="RUN")
    layout: str = option("which data set the folder is", "auto", choices=LAYOUTS)
    split: str = option(_SPLIT, "", metavar="NAME")
    loss: str = option(
        "mse: capped distances; topo: the same and connectivity; ce: cross entropy; "
        "iou: soft IoU", "topo", choices=LOSSES,
    )  # fmt: skip
    window: int = option("side of topo's windows, 0 for the whole crop (TOPO-global)", 64, least=0)
    alpha: float = option("weight of topo", 1e-4, least=0)
    beta: float = option("weight of L_conn within topo", 0.1, least=0)
    dilation: int = option("pixels around roads that topo counts as road", 5, least=0)
    d_max: float = option("where distances are capped, pixels", 20.0, above=0)
    mode: str = option("topo as in the paper or in the authors' code", "paper",
                       choices=("paper", "official"))  # fmt: skip
    normalize: str = option("topo's sums over pairs, or shares of pairs in each window", "none",
                            choices=("none", "pairs"))  # fmt: skip
    reduction: str = option("of the regression; with mean, alpha means something else", "sum",
                            choices=("sum", "mean"))  # fmt: skip
    topo_start: int = option("steps before topo counts", 0, least=0)
    half_width: float = option(
        "pixels from the centre line that are road for ce and iou", 3.0, least=0
    )
    crop: int = option("side of the crops that are trained on, pixels", 256, least=1)
    batch: int = option("crops a step", 4, least=1)
    steps: int = option("steps in all", 50_000, least=1)
    lr: float = option("learning rate of Adam", 1e-4, above=0)
    schedule: str = option(
        "of the learning rate; cosine: up in a twentieth of the steps, then down to 0",
        "constant", choices=("constant", "cosine"),
    )  # fmt: skip
    weight_decay: float = option("Adam's", 0.0, least=0)
    flips: bool = option("flip and turn by quarters at random", True)
    turns: bool = option("turn by any angle where the image holds the turned crop", True)
    base: int = option("features of the first block, 0 for the network's own (32; 64 of a ResNet)",
                       0, least=0)  # fmt: skip
    blocks: int = option("blocks of unet and dru", 5, least=1)
    layers: int = option("convolutions a block of unet and dru", 3, least=1)
    depth: int = option("of the ResNet in linknet and resnet: 18, 34 or 50", 18)
    weights: str = option("weights for the ResNet, in torchvision's names", "", metavar="FILE")
    empty: str = option("an image without any road is an error, or trained on", "error",
                        choices=("error", "keep"))  # fmt: skip
    seed: int = option("of weights, crops and turns", 0, least=0, most=2**32 - 1)
    device: str = option(_DEVICE, "auto")
    precision: str = option(
        "of the network; auto: float32 on a CPU, bfloat16 on a GPU that has it, else float16 with "
        "scaled losses", "auto", choices=PRECISIONS,
    )  # fmt: skip
    threads: int = option(_THREADS, 0, least=0)
    checkpoint_every: int = option("steps between checkpoints", 500, least=1)
    cache: int = option("MiB of decoded images to keep", 1024, least=1)

    def __post_init__(self) -> None:
        check(self)
        if self.loss == "topo" and self.window > self.crop:
            raise RoadMetricsError(
                f"--window {self.window} is larger than --crop {self.crop}, in which it is cut: "
                "give larger crops, a smaller window, or --window 0 for the whole crop"
            )
        if self.mode == "official" and self.loss == "topo" and self.normalize != "pairs":
            raise RoadMetricsError("--mode official divides by pairs: say --normalize pairs")

    @property
    def is_distance(self) -> bool:
        """Whether the network gives distances, else logits of road."""
        return self.loss in DISTANCE_LOSSES

    def to_dict(self) -> dict[str, Any]:
        """Plain types, by field."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class RoadArgs:
    """How maps are made and become graphs: the same for every method."""

    tile: int = option("side of the tiles that are predicted at once, pixels", 512, least=1)
    overlap: int = option("pixels that neighbouring tiles share, averaged there", 64, least=0)
    margin: int = option("mirrored pixels around an image, cut off the graph again", 16, least=0)
    simplify: float = option("most that a line may be off the thinned map, pixels", 1.0, least=0)
    spur: float = option("dead ends off a junction that are shorter are dropped, pixels", 10.0,
                         least=0)  # fmt: skip
    device: str = option(_DEVICE, "auto")
    threads: int = option(_THREADS, 0, least=0)

    def __post_init__(self) -> None:
        check(self)
        if self.overlap >= self.tile:
            raise RoadMetricsError(f"--overlap {self.overlap} must be below --tile {self.tile}")


@dataclass(frozen=True, kw_only=True)
class PredictArgs(RoadArgs):
    """Options of ``reference-models predict``."""

    run: str = option("folder that train wrote", is_positional=True, metavar="RUN")
    images: str = option("folder of images, or one image", metavar="DIR")
    out: str = option("folder of the graphs, ID.json for each image", metavar="DIR")
    threshold: float = option("instead of the one that choose found; -1: that one", -1.0)
    maps: str = option("folder for the maps, ID.npy: distances in pixels, or probabilities", "",
                       metavar="DIR")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ChooseArgs(RoadArgs):
    """Options of ``reference-models choose``."""

    run: str = option("folder that train wrote", is_positional=True, metavar="RUN")
    data: str = option(_FOLDER, metavar="DIR")
    layout: str = option("which data set the folder is", "auto", choices=LAYOUTS)
    split: str = option(_SPLIT, "", metavar="NAME")
    by: str = option("metrics, joined by +, whose mean decides",
                     "apls:oner2021+ccq:oner2021", metavar="METRICS")  # fmt: skip
    distances: str = option("thresholds to try on distances", "1,2,3,4,5,6,7,8,10", metavar="LIST")
    probabilities: str = option(
        "thresholds to try on probabilities", ".1,.2,.3,.4,.5,.6,.7,.8,.9", metavar="LIST"
    )


@dataclass(frozen=True, kw_only=True)
class EvaluateArgs(RoadArgs):
    """Options of ``reference-models evaluate``."""

    run: str = option("folder that train wrote", is_positional=True, metavar="RUN")
    data: str = option(_FOLDER, metavar="DIR")
    layout: str = option("which data set the folder is", "auto", choices=LAYOUTS)
    split: str = option(_SPLIT, "", metavar="NAME")
    out: str = option("folder of the graphs (gt, pred) and of scores.json", metavar="DIR")
    protocol: str = option("a paper's table, see roadmetrics list", "oner2021", metavar="NAME")
    threshold: float = option("instead of the one that choose found; -1: that one", -1.0)
    jobs: int = option("processes that score", 1, least=0)


def listed(text: str, name: str) -> list[float]:
    """Numbers between commas, ascending.

    >>> listed("3,1", "--distances")
    [1.0, 3.0]
    >>> listed("", "--distances")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: --distances must be numbers between commas, not ''
    """
    try:
        values = {float(word) for word in text.split(",")}
    except ValueError:
        values = {nan}
    if not all(map(isfinite, values)):
        raise RoadMetricsError(f"{name} must be numbers between commas, not {text!r}")
    return sorted(values)


def check_name(path: str, flag: str) -> None:
    """Raise RoadMetricsError for an empty name and a place whose folder is not there."""
    if not path:
        raise RoadMetricsError(f"{flag} needs the name of a folder")
    parent = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(parent):
        raise RoadMetricsError(f"{path}: cannot be written: {parent} is no folder that exists")
    if os.path.exists(path) and not os.path.isdir(path):
        raise RoadMetricsError(f"{path}: it is there already, and no folder: give another name")


def made(folder: Path) -> None:
    """Make a folder that may be there; RoadMetricsError where it cannot be."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RoadMetricsError(f"{shown(folder)}: cannot be written: {error.strerror}") from None
