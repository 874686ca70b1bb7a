"""What the steps of refining take, as `settings` has it for the other scripts. Without torch."""

from __future__ import annotations

from dataclasses import dataclass

from roadmetrics.errors import RoadMetricsError

from .arguments import check, option

LEAST_SIDE = 16  # of a patch, pixels


@dataclass(frozen=True, kw_only=True)
class TruthOptions:
    """How key points are made from the ground truth (V' of the paper, section 4).

    V' = its vertices, random points on its edges, and random places of the image: Anagnostidis et
    al. 2022 (arXiv:2210.00828). How many of them is not given; those numbers and the jitter are
    assumed.
    """

    simplify: float = option("most that a vertex may be off the simplified line, pixels", 1.0,
                             least=0)  # fmt: skip
    between: float = option("random points on edges, as a share of the vertices", 0.3, least=0)
    elsewhere: float = option("random places of the image, as a share of the vertices; "
                              "2 at least on an image without roads", 0.3, least=0)  # fmt: skip
    jitter: float = option("standard deviation of each key point's place, pixels", 0.0, least=0)
    max_key_points: int = option("most key points of an image", 64, least=2)
    side: int = option("side of the squares that an image is cut into, 0 for all of it", 400,
                       least=0)  # fmt: skip
    overlap: int = option("pixels that neighbouring squares share", 100, least=0)

    def __post_init__(self) -> None:
        check(self)
        if self.side and self.overlap >= self.side:
            raise RoadMetricsError(f"--overlap {self.overlap} must be below --side {self.side}")


@dataclass(frozen=True, kw_only=True)
class KeyPointOptions:
    """How a prediction becomes key points; lengths in pixels.

    The steps are those of Anagnostidis et al. 2022 (arXiv:2210.00828), section 4 and appendix D.2.
    It gives no numbers: all of these are assumed, and so is ``border`` itself. ``spur`` applies to
    masks alone, as in ``reference-models predict``.
    """

    simplify: float = option("most that a point may be off the simplified line", 2.0, least=0)
    spacing: float = option("longest piece of a road without a key point, 0: any", 40.0, least=0)
    speck: float = option("components with less road are dropped", 5.0, least=0)
    small: float = option("components with less road lose their edges and keep their key points",
                          20.0, least=0)  # fmt: skip
    dead_ends: str = option("edges of roads that end nowhere: drop keeps their key points",
                            "drop", choices=("drop", "keep"))  # fmt: skip
    border: float = option("a road that ends this near the image's edge is no dead end; "
                           "-1: it is, as the paper has it", 2.0, least=-1)  # fmt: skip
    spur: float = option("dead ends of a mask off a junction that are shorter are dropped", 10.0,
                         least=0)  # fmt: skip
    max_key_points: int = option("most key points of an image", 64, least=2)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class PatchOptions(KeyPointOptions):
    """How a large image is refined; lengths in pixels."""

    side: int = option("side of a patch", 400, least=LEAST_SIDE)
    overlap: int = option("pixels that neighbouring patches share", 100, least=0)
    max_edges: int = option("most edges of a patch, those drawn already among them", 128, least=1)
    least_side: int = option("a patch of more key points or edges than fit is cut into four down "
                             "to this side, then left as it is", 50, least=8)  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        if self.overlap >= self.side:
            raise RoadMetricsError(f"--overlap {self.overlap} must be below --side {self.side}")


@dataclass(frozen=True, kw_only=True)
class GapOptions:
    """Which gaps are closed; lengths in pixels. All numbers are assumed."""

    radius: float = option("longest gap, as the crow flies", 50.0, above=0)
    evidence: float = option("least geometric mean of the map along the way, 0 to 1", 0.1,
                             least=0, most=1)  # fmt: skip
    angle: float = option("most that the way may turn from the dead end's direction, degrees",
                          75.0, least=0, most=180)  # fmt: skip
    detour: float = option("most length of the way, in crow-fly distances", 1.5, least=1)
    shortcut: float = option("no gap where the way along roads is shorter than this many "
                             "crow-fly distances", 4.0, least=1)  # fmt: skip
    border: float = option("a road that ends this near the image's edge is no dead end", 5.0,
                           least=-1)  # fmt: skip
    simplify: float = option("most that a new road may be off its way", 1.5, least=0)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class RefineArgs(PatchOptions):
    """Options of ``reference-models refine``."""

    run: str = option("folder of a trained refiner", is_positional=True, metavar="RUN")
    images: str = option("folder of images, each named like its prediction", metavar="DIR")
    init: str = option("folder of predictions, of whatever method", metavar="DIR")
    out: str = option("folder of the refined graphs, named like the predictions", metavar="DIR")
    side: int = option("side of a patch, pixels; 0: that of the run", 0, least=0)
    overlap: int = option("pixels that neighbouring patches share; -1: a quarter of the side", -1,
                          least=-1)  # fmt: skip
    max_key_points: int = option("most key points of a patch; 0: as many as the run takes", 0,
                                 least=0)  # fmt: skip
    max_edges: int = option("most edges of a patch; 0: as many as the run takes", 0, least=0)
    fusion: str = option("ordered: each patch begins with what was drawn before; drawn: patches "
                         "apart, drawn wide and thinned (the baseline)", "ordered",
                         choices=("ordered", "drawn"))  # fmt: skip
    simulations: int = option("of each move of a run of train-refiner; -1: as in training; 0: the "
                              "policy alone", -1, least=-1)  # fmt: skip
    together: int = option("tiles at a time, whose patches the network is given at once; as many "
                           "images are held", 16, least=1, most=256)  # fmt: skip
    device: str = option("cpu, cuda or cuda:1; auto takes a GPU if there is one", "auto")

    def __post_init__(self) -> None:
        check(self)
        if 0 < self.side < LEAST_SIDE:
            raise RoadMetricsError(f"--side must be 0 or {LEAST_SIDE} or more, not {self.side}")
        if 0 < self.side <= self.overlap:
            raise RoadMetricsError(f"--overlap {self.overlap} must be below --side {self.side}")


@dataclass(frozen=True, kw_only=True)
class CloseGapsArgs(GapOptions):
    """Options of ``reference-models close-gaps``."""

    init: str = option("folder of predictions", metavar="DIR")
    maps: str = option("folder of maps, ID.npy, that predict --maps wrote", metavar="DIR")
    out: str = option("folder of the graphs, named like the predictions", metavar="DIR")
    kind: str = option("of the maps; auto: distances where a value is above 1", "auto",
                       choices=("auto", "probability", "distance"))  # fmt: skip
