"""Tiles: the record that holds on every machine, difficulty, what pictures show."""

from itertools import pairwise

import numpy as np
import pytest

from reference_models.towns import MASKS, STYLES, Options, make_tile
from reference_models.towns.folder import digests
from reference_models.towns.occlusion import plant
from reference_models.towns.scene import set_scene, streams_of
from roadmetrics.errors import RoadMetricsError

RECORD = {  # style, seed, tile, size, metres per pixel, difficulty, degrees
    ("suburb", 0, 0, 400, 0.5, 0.3, 0.0): {
        "road": "c9c33e03207a77cb6bb4e197097a0177",
        "vegetation": "70308fb188cf7bd56215f433cf2f6111",
        "shadow": "85885c449fd6f3f8fb17655cab270705",
        "building_over_road": "f4e0f945117d712d24c99c5bd4a6dd90",
        "graph": "8832ad29e21bf0c7e46a87e56d860dee",
        "levels": "12ecda31a20f48d32bcf908d89767c0d",
    },
    ("suburb", 3, 6, 200, 1.0, 0.5, 20.0): {
        "road": "2870e9acc3844426a8f949a57d87426f",
        "vegetation": "8d215c1874aa7270fcff99c3fb82eaf6",
        "shadow": "95fc04c481c661cad6f4cc5bbc298789",
        "building_over_road": "f8d70df0c090079f5d36820dc510ea5b",
        "graph": "dd3c62d41cc98bb52907c59152cbffa3",
        "levels": "39c8edf862b623f92b68ab79e60c93f2",
    },
    ("arid", 0, 2, 256, 0.5, 0.3, 0.0): {
        "road": "14e56df7fe6a09dda3bbe28a5a43f60a",
        "vegetation": "91eae3a974dcc88aad1e702dba023ebf",
        "shadow": "651cff4b6e816ba6deadf6c3f674bff6",
        "building_over_road": "52825c5d024464fc1c8ac35510cb9551",
        "graph": "1779720a1f2ac8c808fa366a96a0ed78",
        "levels": "17bb10d5d42c1180d6b770fcbfcbfb48",
    },
    ("arid", 1, 1, 128, 1.0, 0.1, 30.0): {
        "road": "1a620923a5da69ba9473638a554d47dc",
        "vegetation": "072a96cd5bafa18e66f632a081667873",
        "shadow": "05887978cb83d28f3b6c0792368a5938",
        "building_over_road": "02540fad36b2de81dbfb57c556673498",
        "graph": "565ff2071c0de30db3b60e6134a02dbb",
        "levels": "49604dad41edd867f11893e725841044",
    },
    ("canals", 0, 0, 256, 0.5, 0.3, 0.0): {
        "road": "1c5e327d42c5b45fbfd7bff6a553c0d0",
        "vegetation": "cc39ad70f2fcf946b80fffa2d628d3bc",
        "shadow": "8046b7d6c3c9e7f8fe2c30e363b157e7",
        "building_over_road": "52825c5d024464fc1c8ac35510cb9551",
        "graph": "0128ea86be426003d6bdfefa63e0b12f",
        "levels": "bfe8a35d1c1c19a9c59938b6fd75c0f4",
    },
    ("canals", 9, 4, 128, 2.0, 0.6, 0.0): {
        "road": "beb9df3c463d9dddbe9ffa54e41cb38d",
        "vegetation": "8bc1facee5cb282e6bbeed6ab7865f54",
        "shadow": "04285a143308467b914bdf466e88683b",
        "building_over_road": "02540fad36b2de81dbfb57c556673498",
        "graph": "4b34f91d03a1b241dfa9b4527a8710d4",
        "levels": "cecb2b1c1a5b6850f5a37af862d16095",
    },
}


@pytest.mark.parametrize("key", RECORD, ids=str)
def test_masks_and_graphs_are_those_on_record(key):
    """The same on every machine. A change on purpose bumps REVISION, and this record."""
    style, seed, index, size, gsd, difficulty, oblique = key
    options = Options(
        style=style, size=size, metres_per_pixel=gsd, difficulty=difficulty, oblique=oblique
    )
    assert digests(make_tile(seed, index, options)) == RECORD[key]


@pytest.mark.parametrize("style", STYLES)
def test_a_higher_difficulty_adds_trees_and_changes_nothing_else(style):
    """The same town at every difficulty; what was hidden stays hidden."""
    tiles = [
        make_tile(2, 1, Options(style=style, size=256, difficulty=d))
        for d in (0, 0.1, 0.3, 0.5, 0.7)
    ]
    for tile in tiles:
        assert (tile.road == tiles[0].road).all()
        assert tile.graph.digest == tiles[0].graph.digest
        over = (tile.vegetation & tile.road).sum() / tile.road.sum()
        assert tile.difficulty == pytest.approx(over)
    for easy, hard in pairwise(tiles):
        assert not (easy.vegetation & ~hard.vegetation).any()
        assert easy.facts["trees_planted"] < hard.facts["trees_planted"]
        assert easy.facts["houses"] == hard.facts["houses"]
    for tile, target in zip(tiles, (0, 0.1, 0.3, 0.5, 0.7), strict=True):
        assert target <= tile.difficulty < target + 0.02
    assert tiles[0].difficulty == 0
    assert tiles[0].vegetation.any()  # gardens


@pytest.mark.parametrize("target", [0.05, 0.25, 0.6])
def test_no_fewer_trees_would_do(target):
    """One tree less of the list covers less than was asked for."""
    options = Options(size=200)
    scene = set_scene(options, streams_of(1, 4))
    lean = np.zeros(2)

    def planted(share):
        chance = streams_of(1, 4)["streets"]
        return plant(
            scene.network.roads, scene.is_road, share, options.look, 200, scene.survey.step, lean,
            chance,
        )  # fmt: skip

    enough = planted(target)
    n = len(enough.trees)
    last = enough.crowns.at[enough.crowns.k < (n - 1) * 7]
    hidden = np.zeros(200 * 200, dtype=bool)
    hidden[last] = True
    assert (hidden & scene.is_road).sum() < target * scene.is_road.sum()
    assert enough.covered >= target
    more = planted(target + 0.1)
    assert (more.trees.foot[:n] == enough.trees.foot).all()


def test_an_oblique_view_hides_road_behind_houses():
    """From right above none is hidden; roads and graph do not move."""
    above = make_tile(0, 2, Options(size=400, style="arid", difficulty=0.1))
    aside = make_tile(0, 2, Options(size=400, style="arid", difficulty=0.1, oblique=35))
    assert not above.building_over_road.any()
    assert aside.building_over_road.sum() > 50
    assert not (aside.building_over_road & ~aside.road).any()
    assert (above.road == aside.road).all()
    assert above.graph.digest == aside.graph.digest
    assert aside.difficulty >= 0.1


def test_pictures_show_what_masks_say():
    """Shadow is darker, trees are green, road is grey, hidden road does not look like road."""
    tile = make_tile(0, 6, Options(size=400, difficulty=0.3))
    image = tile.image.astype(float)
    light = image.mean(axis=2)
    seen = tile.road & ~tile.vegetation
    assert light[seen & tile.shadow].mean() < 0.75 * light[seen & ~tile.shadow].mean()
    crowns = image[tile.vegetation]
    assert crowns[:, 1].mean() > crowns[:, 0].mean() + 5
    assert crowns[:, 1].mean() > crowns[:, 2].mean() + 5
    road = image[seen & ~tile.shadow]
    assert np.ptp(road.mean(axis=0)) < 15
    hidden = image[tile.road & tile.vegetation]
    assert abs(hidden.mean() - road.mean()) > 20
    assert not (tile.shadow & tile.vegetation).any()


def test_styles_and_palettes_differ():
    """Two styles of one seed are two looks; so are the palettes within one."""
    means = {s: make_tile(0, 0, Options(size=128, style=s)).image.mean(axis=(0, 1)) for s in STYLES}
    assert np.abs(means["suburb"] - means["arid"]).max() > 25
    roads = {
        s: np.mean([make_tile(0, i, Options(size=256, style=s)).road.mean() for i in range(3)])
        for s in STYLES
    }
    assert roads["canals"] < 0.75 * min(roads["suburb"], roads["arid"])
    palettes = {make_tile(0, i, Options(size=64)).facts["palette"] for i in range(12)}
    assert palettes == {0, 1, 2}


def test_a_tile_does_not_depend_on_others():
    """Seed and number alone; another seed is another town."""
    options = Options(size=96)
    first, again = make_tile(4, 2, options), make_tile(4, 2, options)
    assert (first.image == again.image).all()
    assert digests(first) == digests(again)
    assert digests(make_tile(2, 4, options)) != digests(first)


def test_the_smallest_and_an_empty_tile():
    """16 m of land may hold no road: an empty graph, nothing covered, no error."""
    tiles = [make_tile(0, i, Options(size=64, metres_per_pixel=0.25)) for i in range(12)]
    assert {bool(tile.road.any()) for tile in tiles} == {True, False}
    for tile in tiles:
        assert tile.image.shape == (64, 64, 3)
        if not tile.road.any():
            assert len(tile.graph.edges) == 0
            assert tile.difficulty == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 63}, "the size must be from 64 to 1024, not 63"),
        ({"size": 1025}, "the size must be from 64 to 1024"),
        ({"size": 400.0}, "the size must be whole pixels, not 400.0"),
        ({"metres_per_pixel": 0.1}, "the size of a pixel must be from 0.25 to 2, not 0.1"),
        ({"metres_per_pixel": float("nan")}, "the size of a pixel must be from 0.25 to 2, not nan"),
        ({"difficulty": 0.95}, "the difficulty must be from 0 to 0.9, not 0.95"),
        ({"difficulty": -0.1}, "the difficulty must be"),
        ({"oblique": 41}, "the oblique angle must be from 0 to 40"),
        ({"size": 1000, "metres_per_pixel": 1.0}, "the side in metres must be from 16 to 800"),
        ({"style": "moon"}, "there is no style 'moon': the styles are suburb, arid, canals"),
    ],
)
def test_options_outside_their_ranges_are_refused(options, message):
    """One line that says what and which rule."""
    with pytest.raises(RoadMetricsError, match=message) as caught:
        Options(**options)
    assert "\n" not in str(caught.value)


def test_negative_seeds_are_refused():
    """Neither seed nor number."""
    for seed, index in ((-1, 0), (0, -1)):
        with pytest.raises(RoadMetricsError, match="must not be negative"):
            make_tile(seed, index)


def test_masks_are_boolean_and_named():
    """What a folder writes is what a tile has."""
    tile = make_tile(0, 0, Options(size=64))
    for name in MASKS:
        assert getattr(tile, name).dtype == bool
