"""What ``reference-models train-refiner`` takes. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roadmetrics.errors import RoadMetricsError

from .arguments import check, option
from .settings import LAYOUTS


@dataclass(frozen=True, kw_only=True)
class RefinerArgs:
    """Options of ``reference-models train-refiner``.

    Defaults with a source: 50 simulations, noise .3, unroll 5 and the weights of the losses are
    EfficientZero's; gamma 1, squared errors and the weights of the score are the paper's
    (Anagnostidis et al. 2022, appendix D.1). The others were chosen on validation towns or assumed:
    docs/refiner.md has the figures, and what EfficientZero has instead.
    """

    verb: ClassVar[str] = "train-refiner"

    arm: str = option("run of train-graph arm: the network that is begun with, and how its key "
                      "points were made", is_positional=True, metavar="ARM")  # fmt: skip
    data: str = option("folder of images and roads, see docs/training.md", metavar="DIR")
    out: str = option("folder of the run; the same command again goes on with it", metavar="RUN")
    init: str = option("predictions of the images, ID.json: key points and starting edges come "
                       "from them; none: from the ground truth", "", metavar="DIR")  # fmt: skip
    curriculum: float = option("with --init: share of the units in which the prediction's own "
                               "graph is what is rewarded", 0.0, least=0, most=1)  # fmt: skip
    layout: str = option("which data set the folder is", "auto", choices=LAYOUTS)
    split: str = option("part of the data set, such as train; all of the folder if not given", "",
                        metavar="NAME")  # fmt: skip

    units: int = option("units of work in all", 50, least=1)
    episodes: int = option("episodes of a unit, played side by side", 64, least=1)
    updates: int = option("steps of learning after each unit", 24, least=0)
    positions: int = option("positions a step", 256, least=1)
    together: int = option("of these, drawn of one episode at a time: its image is looked at once",
                           8, least=1)  # fmt: skip
    reanalyse: int = option("positions searched again after each unit", 128, least=0)
    ahead: int = option("units that are played before the one in hand is learned from; for "
                        "several workers", 0, least=0, most=64)  # fmt: skip
    capacity: int = option("episodes that are kept", 512, least=1)

    simulations: int = option("of a search", 50, least=1)
    noise_share: float = option("of the prior at the root that is noise", 0.1, least=0, most=1)
    noise_alpha: float = option("of the Dirichlet noise", 0.3, above=0)
    value_delta_max: float = option(
        "least range that Q is divided by, in scores; an edge brings that and less", 0.02, above=0
    )
    c1: float = option("of PUCT: how much the prior counts beside Q", 2.5, above=0)
    heat: float = option("temperature of actions; a half of it from the middle of the units, a "
                         "quarter from three quarters", 0.5, above=0)  # fmt: skip
    warm_up: float = option("share of the units that are played by the ARM as it is, while values, "
                            "rewards and dynamics, which are new, are learned", 0.8,
                            least=0, most=1)  # fmt: skip
    max_steps: int = option("actions of an episode; 0: two for each key point that fits, and 8 "
                            "more", 0, least=0)  # fmt: skip

    unroll: int = option("actions that the dynamics follows in learning", 5, least=1)
    td_lambda: float = option("of the value's target; 1: all that came", 1.0, least=0, most=1)
    priority: str = option("of an episode as a whole, or each position's own", "episode",
                           choices=("episode", "position"))  # fmt: skip
    loss: str = option("of values and rewards: squared error or cross entropy", "mse",
                       choices=("mse", "ce"))  # fmt: skip
    reward_scale: float = option("what scores are multiplied with before the transform", 100.0,
                                 above=0)  # fmt: skip
    policy_weight: float = option("of the policy's loss", 1.0, least=0)
    value_weight: float = option("of the value's loss", 0.25, least=0)
    reward_weight: float = option("of the reward's loss", 1.0, least=0)
    consistency_weight: float = option("of the states' consistency", 2.0, least=0)
    lr: float = option("learning rate of AdamW", 1e-3, above=0)
    slower: float = option("times the rate for what came from the ARM; 1, one rate for all, is the "
                           "paper's", 0.03, least=0, most=1)  # fmt: skip
    weight_decay: float = option("AdamW's", 1e-4, least=0)
    dropout: float = option("of all layers, whatever the ARM was trained with", 0.0, least=0,
                            most=0.99)  # fmt: skip
    clip: float = option("largest norm of the gradient", 5.0, above=0)
    from_scratch: bool = option("do not begin with the ARM's weights (an ablation)", False)

    seed: int = option("of everything that is drawn", 0, least=0, most=2**32 - 1)
    workers: str = option("where episodes are played: embedded, ray or ray:HOST[:PORT]",
                          "embedded", metavar="WHERE")  # fmt: skip
    n_workers: int = option("of Ray", 2, least=1)
    device: str = option("of learning, and of episodes played here: cpu, cuda or cuda:1; auto "
                         "takes a GPU if there is one", "auto")  # fmt: skip
    threads: int = option("threads of torch, 0 for its own choice", 0, least=0)
    checkpoint_every: int = option("units between checkpoints", 5, least=1)

    def __post_init__(self) -> None:
        check(self)
        if self.curriculum and not self.init:
            raise RoadMetricsError("--curriculum begins with a prediction: say --init")


# what may change when a run is gone on with, beside `settings.UNCHANGED_BY`
FREE = ("workers", "n_workers")
