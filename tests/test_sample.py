"""What is shipped is what build makes."""

import os
from pathlib import Path

import pytest

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.sample import build

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("ROADMETRICS_SHARED", ROOT / ".." / "shared"))
NAURU = SHARED / "data" / "graphs" / "aequilibrae_nauru.json"
FOLDERS = ("gt", "pred_light", "pred_heavy")


def shipped(folder):
    return {p.relative_to(folder): p.read_bytes() for name in FOLDERS
            for p in (folder / name).glob("*.json")}  # fmt: skip


def test_sample_is_small_and_complete():
    files = shipped(sample.path())
    ids = {name: {p.stem for p in files if p.parts[0] == name} for name in FOLDERS}
    assert ids["gt"] == ids["pred_light"] == ids["pred_heavy"]
    assert 12 <= len(ids["gt"]) <= 20
    assert sum(map(len, files.values())) < 700_000
    assert "OpenStreetMap contributors" in (sample.path() / "LICENSE.md").read_text()


def test_sample_is_in_metres_in_its_squares():
    for key, tile in rm.read_tiles(sample.path() / "gt").items():
        x0, y0, x1, y1 = tile.extent
        assert tile.unit == "m", key
        assert (x1 - x0, y1 - y0) == (build.TILE, build.TILE)
        assert tile.vertices.min(axis=0).tolist() >= [x0, y0]
        assert (tile.vertices.max(axis=0) <= (x1, y1)).all()
        assert tile.length >= build.SHORTEST - 1


def test_heavy_damage_scores_less_than_light():
    light, heavy = (
        rm.score_folders(sample.path() / "gt", sample.path() / name) for name in FOLDERS[1:]
    )
    for name in rm.METRICS:
        assert 0 < heavy.value(name) < light.value(name) < 1


@pytest.mark.skipif(not NAURU.is_file(), reason=f"{NAURU} is not here")
def test_build_makes_what_is_shipped(tmp_path):
    build.build(NAURU, tmp_path)
    assert shipped(tmp_path) == shipped(sample.path())


def test_build_refuses_pixels(tmp_path):
    rm.write(rm.RoadGraph([], [], "px"), tmp_path / "a.json")
    with pytest.raises(rm.RoadMetricsError, match="degrees or metres"):
        build.build(tmp_path / "a.json", tmp_path / "out")
