"""What the scripts of the graph refiner take, as `settings` has it for the others. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .arguments import check, option
from .settings import LAYOUTS, PRECISIONS

GRAPH_NETS = ("arm", "cls", "gcn")
SCALES = ("paper", "small")


@dataclass(frozen=True, kw_only=True)
class GraphTrainArgs:
    """Options of ``reference-models train-graph``."""

    verb: ClassVar[str] = "train-graph"

    net: str = option("arm: autoregressive; cls: pairs by themselves; gcn: message passing",
                      choices=GRAPH_NETS, is_positional=True)  # fmt: skip
    data: str = option("folder of images and roads, see docs/training.md", metavar="DIR")
    out: str = option("folder of the run; the same command again goes on with it", metavar="RUN")
    valid: str = option("folder on which the threshold of cls and gcn is chosen, and bits per edge "
                        "of arm are counted; none: part of --data is not set aside", "",
                        metavar="DIR")  # fmt: skip
    init: str = option("predictions of the images of --data and of --valid, ID.json or masks: key "
                       "points and starting edges come from them; none: from the ground truth", "",
                       is_late=True, metavar="DIR")  # fmt: skip
    layout: str = option("which data set the folders are", "auto", choices=LAYOUTS)
    split: str = option("part of the data set, such as train; all of the folder if not given", "",
                        metavar="NAME")  # fmt: skip

    simplify: float = option("most that a vertex may be off the simplified line, pixels", 1.0,
                             least=0)  # fmt: skip
    between: float = option("random points on edges, as a share of the vertices", 0.3, least=0)
    elsewhere: float = option("random places of the image, as a share of the vertices", 0.3,
                              least=0)  # fmt: skip
    jitter: float = option("standard deviation of each key point's place, pixels", 0.0, least=0)
    max_key_points: int = option("most key points of an image", 64, least=2)
    max_edges: int = option("most edges that fit into a sequence", 128, least=1)
    side: int = option("side of the squares that images are cut into, 0 for all of it", 400,
                       least=0)  # fmt: skip
    overlap: int = option("pixels that neighbouring squares share", 100, least=0)

    scale: str = option("sizes of the network that are not given here: the paper's, or small ones "
                        "for a CPU", "paper", choices=SCALES)  # fmt: skip
    image: int = option("side that squares are resized to, pixels; 0: the scale's", 0, least=0)
    depth: int = option("of the ResNet: 18, 34 or 50; 0: the scale's", 0, least=0)
    base: int = option("features of the ResNet's stem; 0: the scale's", 0, least=0)
    width: int = option("of embeddings; 0: the scale's", 0, least=0)
    heads: int = option("of attention; 0: the scale's", 0, least=0)
    point_layers: int = option("layers of Transformer I; -1: the scale's for arm, none for cls and "
                               "gcn", -1, least=-1)  # fmt: skip
    token_layers: int = option("layers of Transformer II; -1: the scale's", -1, least=-1)
    dropout: float = option("of all layers; -1: the scale's", -1.0, least=-1, most=0.99)
    features: bool = option("see the image, not only where key points are", True)
    cross: bool = option("Transformer II also reads the last map of the image", False)
    weights: str = option("weights for the ResNet, in torchvision's names", "", metavar="FILE")

    batch: int = option("images a step", 16, least=1)
    steps: int = option("steps in all", 20_000, least=1)
    lr: float = option("learning rate of AdamW", 3e-4, above=0)
    schedule: str = option("of the learning rate; cosine: up in a twentieth of the steps, then "
                           "down to 0", "cosine", choices=("constant", "cosine"))  # fmt: skip
    weight_decay: float = option("AdamW's", 1e-4, least=0)
    clip: float = option("largest norm of the gradient", 5.0, above=0)
    flips: bool = option("flip and turn by quarters at random", True)
    seed: int = option("of weights, key points, order and turns", 0, least=0, most=2**32 - 1)
    device: str = option("cpu, cuda or cuda:1; auto takes a GPU if there is one", "auto")
    precision: str = option("of the network; auto: float32 on a CPU, bfloat16 on a GPU that has it",
                            "auto", choices=PRECISIONS)  # fmt: skip
    threads: int = option("threads of torch, 0 for its own choice", 0, least=0)
    checkpoint_every: int = option("steps between checkpoints", 500, least=1)

    def __post_init__(self) -> None:
        check(self)
