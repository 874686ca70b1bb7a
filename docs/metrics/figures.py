"""Draw the figures of the metric cards: ``python docs/metrics/figures.py [NAME ...]``.

One tile of the bundled sample and its much damaged copy, as each metric's default sees them.
Without names, every registered metric. The roads are (c) OpenStreetMap contributors, ODbL 1.0.
"""

import sys
from pathlib import Path

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.render import save, tile_scene

TILE = "nauru_r1_c1"
ATTRIBUTION = "roads (c) OpenStreetMap contributors, ODbL 1.0; the damage is ours"


def main(names: list[str]) -> None:
    """Write NAME.png beside this file."""
    folder = sample.path()
    gt, pred = (rm.read(folder / side / f"{TILE}.json") for side in ("gt", "pred_heavy"))
    for name in names or rm.METRICS:
        scene = tile_scene(gt, pred, rm.get(name), tile=TILE, width=760, attribution=ATTRIBUTION)
        path = Path(__file__).resolve().parent / f"{name}.png"
        save(scene, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
