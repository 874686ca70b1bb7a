"""Published folder layouts: how a file name tells which tile it is.

Sources
-------
roadtracer: mitroadmaps/roadtracer graphs/CITY.graph; lcit/metrics_delin examples.
cityscale: songtaohe/Sat2Graph and htcr/sam_road, 20cities/region_N_*; predictions graph/N.p.
spacenet: SpaceNet 3 and 5 file names; htcr/sam_road RGB_1.0_meter/ID__gt_graph.p.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

NameToId = Callable[[str], str | None]

_PRODUCTS = (
    "PS-RGB_", "PS-MS_", "RGB-PanSharpen_", "MUL-PanSharpen_", "spacenetroads_",
    "geojson_roads_speed_", "geojson_roads_",
)  # fmt: skip
_IMAGE_ID = re.compile(r"(.*_)?AOI_\d+_\w+")
_REGION = re.compile(r"region_(\d+)_(graph_gt\.pickle|refine_gt_graph\.p)")


@dataclass(frozen=True)
class Layout:
    """Tile ids from file names, None for a file that is not part of the layout.

    ``gt_rank`` chooses where a layout ships two ground truths of one tile: the lower is scored.
    """

    name: str
    summary: str
    gt_id: NameToId
    pred_id: NameToId
    gt_rank: Callable[[str], int] = lambda name: 0


def stem(name: str) -> str:
    """File name without its suffix, which is what follows the last dot.

    >>> stem("vancouver.thr20.pix.graph")
    'vancouver.thr20.pix'
    >>> stem("")
    ''
    """
    head, dot, _ = name.rpartition(".")
    return head if dot else name


def _roadtracer_gt(name: str) -> str | None:
    city, _, rest = name.partition(".")
    return city if rest == "graph" else None


def _roadtracer_pred(name: str) -> str | None:
    return name.partition(".")[0] if name.endswith(".graph") else None


def _cityscale_gt(name: str) -> str | None:
    found = _REGION.fullmatch(name)
    return found[1] if found else None


def _cityscale_pred(name: str) -> str | None:
    found = re.fullmatch(r"(\d+)\.(p|pickle)", name)
    return found[1] if found else None


def _cityscale_rank(name: str) -> int:
    return 0 if name.endswith("graph_gt.pickle") else 1


def _spacenet(name: str) -> str | None:
    text = stem(name)
    for product in _PRODUCTS:
        text = text.replace(product, "")
    text = text.removesuffix("__gt_graph")
    return text if _IMAGE_ID.fullmatch(text) and "__" not in text else None


LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("exact", "gt/NAME.* and pred/NAME.*", stem, stem),
        Layout(
            "roadtracer",
            "gt/CITY.graph and pred/CITY[.anything].graph",
            _roadtracer_gt,
            _roadtracer_pred,
        ),
        Layout(
            "cityscale",
            "gt/region_N_graph_gt.pickle (else region_N_refine_gt_graph.p) and pred/N.p",
            _cityscale_gt,
            _cityscale_pred,
            _cityscale_rank,
        ),
        Layout(
            "spacenet",
            "names that are one ImageId (..AOI_n_City_..) once PS-RGB_, PS-MS_, RGB-PanSharpen_, "
            "spacenetroads_, geojson_roads_, __gt_graph are removed",
            _spacenet,
            _spacenet,
        ),
    )
}
