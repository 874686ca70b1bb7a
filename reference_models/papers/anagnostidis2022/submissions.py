"""What the submissions of the rows say of themselves, from the options of their runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from ...towns.folder import MANIFEST
from ..hand_in import Entry
from .miniature import DRAWN as SEARCHED
from .segmented import MADE_WITH
from .settings import TITLES

PAPER = "https://arxiv.org/abs/2210.00828"
UNET_PAPER = "https://arxiv.org/abs/1505.04597"
GAPS_PAPER = "https://doi.org/10.1109/ICCV.2017.372"  # DeepRoadMapper
GIVEN = ("random", "cls", "gcn", "arm", "refiner")  # rows that are given key points
SEEN = ("gaps", "segmentation")  # rows that see images alone
DRAWN = ("segmented-arm", "segmented-refiner")  # these too, drawn by the occlusion experiment
NAMES = {
    **{row: f"anagnostidis-{row}" for row in GIVEN}, "gaps": "unet-gap-closing",
    "segmentation": "unet-segmentation", "segmented-arm": "anagnostidis-arm-from-unet",
    "segmented-refiner": "anagnostidis-refiner-from-unet",
}  # fmt: skip


def given_entry(work: Path, row: str, seed: int, date: str) -> Entry:
    """Of a row that is given the key points of the ground truth."""
    arm = _options(work / "runs" / f"arm-{seed}")
    description = (
        "Given the key points of the ground truth, which no image alone tells: not to be compared "
        "with methods that see images only. They are the ends, junctions and bends of each square "
        f"of {arm['side']} px, moved by {arm['jitter']:g} px, with {arm['between']:g} of their "
        f"number on edges and {arm['elsewhere']:g} anywhere; squares are drawn apart and joined "
        "where roads go on. A miniature of a row of Anagnostidis et al. 2022: "
        f"{_learned(work, row, seed)}, seed {seed}. More: docs/refiner.md."
    )
    title = f"{TITLES[row]}, given true key points (miniature)"
    title = title[0].upper() + title[1:]
    return Entry(NAMES[row], title, description, date, PAPER, [_towns(work / "towns" / "train")])


def seen_entry(run: str, occlusion: Path, row: str, seed: int, date: str) -> Entry:
    """Of a row that sees images alone; ``run``: of the segmentation."""
    from .segmented import about_run

    about = about_run(run)
    towns = about["towns"]
    told = f", seed {towns['seed']}, {towns['tiles']} tiles" if towns else ""
    data = [f"synthetic towns{told}"]
    net = (
        f"{about['net']} of {about['base'] or 'the usual'} features in the first block, "
        f"{about['loss']}, {about['steps']} steps of {about['batch']} crops of {about['crop']} "
        f"pixels, seed {about['seed']}"
    )
    if row == "segmentation":
        text = f"Sees images alone: {net}. What other rows refine."
        return Entry(NAMES[row], "Segmentation alone (miniature)", text, date, UNET_PAPER, data)
    if row == "gaps":
        text = (
            f"Sees images alone: the graph of a segmentation ({net}), its dead ends led to other "
            "roads by the cheapest way through its map, chosen by thresholds, not by a network as "
            "in DeepRoadMapper: reference-models close-gaps with its defaults."
        )
        title = "Segmentation, gaps closed (miniature)"
        return Entry(NAMES[row], title, text, date, GAPS_PAPER, data)
    name = row.removeprefix("segmented-")
    text = (
        f"Sees images alone: key points and first edges are a segmentation's ({net}). A miniature "
        f"of Anagnostidis et al. 2022: {_learned(occlusion, name, seed)}, seed {seed}."
    )
    title = f"{TITLES[name]} on a segmentation's key points (miniature)"
    parts = sorted(path for path in (occlusion / "towns").glob("train-*") if path.is_dir())
    return Entry(
        NAMES[row], title[0].upper() + title[1:], text, date, PAPER, [*data, *map(_towns, parts)]
    )


def manifest_of(towns: Path) -> dict[str, Any]:
    """What stands in the manifest of a folder of towns."""
    path = towns / MANIFEST
    held: dict[str, Any] = parse_json(read_bytes(path, 64 * MIB), shown(path))
    return held


def _towns(folder: Path) -> str:
    held = manifest_of(folder)
    return f"synthetic towns, seed {held['seed']}, {len(held['tiles'])} tiles"


def _learned(work: Path, row: str, seed: int) -> str:
    """How a row came to draw."""
    if row == "random":
        return "pairs drawn at random, as many as training squares have edges in the mean"
    own = _options(work / "runs" / f"{row}-{seed}")
    if row != "refiner":
        return f"{own['steps']} steps of {own['batch']} squares"
    arm = _options(work / "runs" / f"arm-{seed}")
    return (
        f"an ARM of {arm['steps']} steps of {arm['batch']} squares, then {own['units']} units of "
        f"{own['episodes']} episodes with {own['simulations']} simulations a move"
        f"{_drawn(work, row, seed)}"
    )


def _drawn(work: Path, row: str, seed: int) -> str:
    """How it was searched when it drew, where a file of the table or the experiment says so."""
    files = {work / "scores" / f"{row}-{seed}" / SEARCHED: "simulations",
             work / MADE_WITH: "drawn_by"}  # fmt: skip
    for path, key in files.items():
        held = parse_json(read_bytes(path, MIB), shown(path)) if path.is_file() else {}
        if key in held:
            return f"; drawn with {held[key]}"
    return ""


def _options(run: Path) -> dict[str, Any]:
    path = run / "run.json"
    held: dict[str, Any] = parse_json(read_bytes(path, MIB), shown(path))["args"]
    return held
