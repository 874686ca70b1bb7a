"""The doctor on the real folders of ../shared: ``python tests/test_doctor_folders.py`` shows all.

Under pytest the large folders take three cases each, the small ones all sixteen.
"""

import csv
import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from planted import CASES, error_of, is_undone, plant, side_of

import roadmetrics as rm
from roadmetrics.pairs import pair_paths
from roadmetrics.prepare import Options, read_whole

SHARED = Path(
    os.environ.get("ROADMETRICS_SHARED", Path(__file__).resolve().parents[1] / "../shared")
)
FOLDERS = SHARED / "data/folders"
PAIRS = {  # ground truth, prediction, images
    "vegas": ("vegas/gt", "vegas/pred_osm", None),
    "vegas_img0": ("vegas_img0/gt", "vegas_img0/pred_albu", "vegas_img0/images"),
    "roadtracer": ("vancouver/gt", "vancouver/pred_roadtracer", None),
    "segmentation": ("vancouver/gt", "vancouver/pred_segmentation", None),
    "cityscale": ("cityscale/gt", "cityscale/pred_sat2graph", None),
    "chicago": ("chicago/gt", "chicago/pred_kharita", None),
}
FEW = ("identity", "turn 270", "flip y and shift")

needs_shared = pytest.mark.skipif(not FOLDERS.is_dir(), reason=f"{FOLDERS} is not there")


def examined(key, name, about, place):
    """The diagnosis of a folder whose predictions were misplaced, and what was done to each."""
    gt, pred, images = PAIRS[key]
    images = images and FOLDERS / images
    every = []
    with (place / "pairs.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "gt", "pred"])
        side = None
        for pair in pair_paths(FOLDERS / gt, FOLDERS / pred).pairs:
            tiles = read_whole(pair, Options(images=images))
            side = side or side_of(tiles[0])
            one = plant(name, *tiles, about, side)
            rm.write(one.pred, place / f"{pair.id}.json")
            rows.writerow([pair.id, pair.gt.resolve(), place / f"{pair.id}.json"])
            every.append(one)
    return rm.doctor(pairs=place / "pairs.csv", images=images), every


@needs_shared
@pytest.mark.parametrize(
    ("key", "name"),
    [(k, n) for k in PAIRS for n in (CASES if k.startswith("vegas") else FEW)],
)
def test_real_folders_are_recovered(key, name, tmp_path):
    found, planted = examined(key, name, "centre", tmp_path)
    assert is_undone(name, found, planted), found.render("table")


@needs_shared
@pytest.mark.parametrize("key", PAIRS)
def test_real_folders_as_they_are(key):
    gt, pred, images = (path and FOLDERS / path for path in PAIRS[key])
    found = rm.doctor(gt, pred, images=images)
    assert found.verdict == "nothing to change", found.render("table")


def show(keys):
    """Every case of the folders, turned about the centre and the origin."""
    import tempfile

    for key in keys or PAIRS:
        for about in ("centre", "origin"):
            n, worst, gap, longest, least = 0, 0.0, 9.9, 0.0, 1.0
            for name in CASES:
                with tempfile.TemporaryDirectory() as place:
                    begin = time.process_time()
                    found, planted = examined(key, name, about, Path(place))
                    longest = max(longest, time.process_time() - begin)
                n += is_undone(name, found, planted)
                worst = max(worst, error_of(found, planted) or 0.0)
                rest = [t.evidence for t in found.tried if t.turn != found.best.turn]
                least = min(least, found.match)
                gap = min(gap, found.best.evidence / max(rest))
                if not is_undone(name, found, planted):
                    print(f"{key} {about} {name}: {error_of(found, planted)} {found.summary}")
            print(
                f"{key:12} {about:6} {n} of {len(CASES)}; off by at most {worst:.1f} of "
                f"{found.tolerance:.1f} {found.unit}; {gap:.2f} times the next turn at least; "
                f"match {least:.2f} at least; {longest:.1f} s at most",
                flush=True,
            )


if __name__ == "__main__":
    show(sys.argv[1:])
