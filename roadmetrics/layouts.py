"""Published folder layouts: how a file name tells which tile it is. docs/layouts.md has sources.

Imports the standard library only, and little of it: ``roadmetrics --help`` lists the names.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    NameToId = Callable[[str], str | None]

_IMAGE_ID = re.compile(r"(.*_)?AOI_\d+_\w+")
_PRODUCT = re.compile(
    r"(?<![A-Za-z0-9-])(PS-RGB|PS-MS|RGB-PanSharpen|MUL-PanSharpen|RGB|MUL|PAN|MS"
    r"|spacenetroads|osmroads|geojson_roads_speed|geojson_roads)_"
)


class Layout:
    """Tile ids from file names, None for a file that is not part of the layout.

    ``gt_rank`` chooses where a layout ships two ground truths of one tile: the lower is scored.
    ``image_id`` knows the photos that lie beside the ground truth, ``is_beside`` whatever else
    does. ``is_found`` False: names alone cannot tell this layout from another, so ``auto`` never
    takes it.
    """

    def __init__(
        self,
        name: str,
        summary: str,
        gt_id: NameToId,
        pred_id: NameToId,
        gt_rank: Callable[[str], int] = lambda name: 0,
        image_id: NameToId = lambda name: None,
        *,
        is_beside: NameToId = lambda name: None,
        is_found: bool = True,
    ) -> None:
        self.name = name
        self.summary = summary
        self.gt_id = gt_id
        self.pred_id = pred_id
        self.gt_rank = gt_rank
        self.image_id = image_id
        self.is_beside = is_beside
        self.is_found = is_found

    def __repr__(self) -> str:
        return f"Layout({self.name!r})"

    def n_pairs(self, gts: Iterable[str], preds: Iterable[str]) -> int:
        """How many tiles have both a ground truth and a prediction among these names."""
        ids = {self.gt_id(name) for name in gts} - {None}
        return len(ids & {self.pred_id(name) for name in preds})


def stem(name: str) -> str:
    """File name without its suffix, which is what follows the last dot.

    >>> stem("vancouver.thr20.pix.graph")
    'vancouver.thr20.pix'
    >>> stem("")
    ''
    """
    head, dot, _ = name.rpartition(".")
    return head if dot else name


def fitting(gts: list[str], preds: list[str]) -> list[Layout]:
    """The layouts that could be meant, by the names of the files: one, or the reader must ask.

    ``exact`` where any two names are the same, else the published layouts that pair any files.
    Where the folder of the ground truth also holds the photos of one published layout that pairs
    files, that layout stands above ``exact``, which would take the photos for ground truth.

    >>> fitting(["7_mask.png", "7_sat.jpg"], ["7_mask.png"])
    [Layout('deepglobe')]
    >>> fitting([], [])
    []
    """
    found = [one for one in LAYOUTS.values() if one.is_found and one.n_pairs(gts, preds)]
    if not found or found[0].name != "exact":
        return found
    with_photos = [one for one in found if any(one.image_id(name) for name in gts)]
    return with_photos if len(with_photos) == 1 else found[:1]


def _whole(pattern: str) -> NameToId:
    """The first group that matched, where all of the name matches."""
    compiled = re.compile(pattern)

    def to_id(name: str) -> str | None:
        found = compiled.fullmatch(name)
        return found[found.lastindex or 0] if found else None

    return to_id


def _roadtracer_gt(name: str) -> str | None:
    city, _, rest = name.partition(".")
    return city if rest == "graph" else None


def _roadtracer_pred(name: str) -> str | None:
    return name.partition(".")[0] if name.endswith(".graph") else None


def _region_rank(name: str) -> int:
    return 0 if name.endswith("graph_gt.pickle") else 1


def _spacenet_gt(name: str) -> str | None:
    text = stem(name)
    for end in ("__gt_graph", "__gt_graph_dense_spacenet"):
        text = text.removesuffix(end)
    return _spacenet_id(text)


def _spacenet_pred(name: str) -> str | None:
    found = _spacenet_gt(name)
    return found and found.removesuffix("_crop")  # RNGDet++ writes ID_crop.p


def _spacenet_photo(name: str) -> str | None:
    text = stem(name)
    return _spacenet_id(text.removesuffix("__rgb")) if text.endswith("__rgb") else None


def _spacenet_id(text: str) -> str | None:
    """The ImageId of SpaceNet 3 has no prefix in submissions, that of SpaceNet 5 has one."""
    text = _PRODUCT.sub("", re.sub(r"^SN3_roads_(train|test_public|test)_", "", text))
    return text if _IMAGE_ID.fullmatch(text) and "__" not in text else None


def _spacenet_rank(name: str) -> int:
    return 1 if "__gt_graph_dense" in name else 0


_REGION_GT = _whole(r"region_(\d+)_(?:graph_gt\.pickle|refine_gt_graph\.p)")
_REGION_PRED = _whole(r"(?:region_(\d+)_output\w*_graph[\w.]*|(\d+))\.(?:p|pickle)")
_REGION_PHOTO = _whole(r"region_(\d+)_sat\.(?:png|jpg)")
_IMAGE = r"(?:png|jpg|jpeg|tif|tiff)"
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
            "gt/region_N_graph_gt.pickle (else region_N_refine_gt_graph.p) and pred/N.p or "
            "region_N_output_graph.p",
            _REGION_GT,
            _REGION_PRED,
            _region_rank,
            _REGION_PHOTO,
            is_beside=_whole(r"region_(\d+)_.*"),
        ),
        Layout(
            "globalscale",
            "names as of cityscale, other tiles: it is taken only where it is named",
            _REGION_GT,
            _REGION_PRED,
            _region_rank,
            _REGION_PHOTO,
            is_beside=_whole(r"region_(\d+)_.*"),
            is_found=False,
        ),
        Layout(
            "spacenet",
            "names that are one ImageId (..AOI_n_City_..) once PS-RGB_, PS-MS_, RGB-PanSharpen_, "
            "spacenetroads_, geojson_roads_, __gt_graph are removed",
            _spacenet_gt,
            _spacenet_pred,
            _spacenet_rank,
            _spacenet_photo,
            is_beside=_whole(r"(.*AOI_\d+_\w+?)__\w+\.\w+|data_split\.json"),
        ),
        Layout(
            "deepglobe",
            "gt/ID_mask.png and pred/ID.*, ID_mask.*, ID_pred.* or ID_road.*, ID a number",
            _whole(rf"(\d+)_mask\.{_IMAGE}"),
            _whole(r"(\d+)(?:_mask|_pred|_road)?\.\w+"),
            image_id=_whole(rf"(\d+)_sat\.{_IMAGE}"),
        ),
        Layout(
            "massachusetts",
            "gt/ID.tif and pred/ID.*, ID_mask.*, ID_pred.* or ID_road.*, ID such as 10378780_15",
            _whole(r"(\d{8}_15)\.tif"),
            _whole(r"(\d{8}_15)(?:_mask|_pred|_road)?\.\w+"),
            image_id=_whole(r"(\d{8}_15)\.tiff"),
        ),
    )
}
CHOICES = ("auto", *LAYOUTS)
