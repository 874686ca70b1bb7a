"""Published splits: their ids, and what is said where a user holds a part."""

import json

import pytest

import roadmetrics as rm
from roadmetrics import evaluate
from roadmetrics.cli import main
from roadmetrics.description_report import describe_folders
from roadmetrics.errors import FormatError, PairingError, RoadMetricsError
from roadmetrics.pairs import Pair, Pairing
from roadmetrics.splits import SPLITS, choose, count_note

ROAD = rm.RoadGraph([(0, 0), (50, 0)], [(0, 1)])


def pairing(layout, tmp_path, *ids):
    return Pairing(layout, tuple(Pair(key, tmp_path / key, None) for key in ids))


def ids_of(layout, name):
    return SPLITS[layout][name].ids


def test_cityscale_is_the_rule_of_its_sources():
    assert ids_of("cityscale", "test")[:6] == ("8", "9", "19", "28", "29", "39")
    assert ids_of("cityscale", "test")[-1] == "179"
    assert ids_of("cityscale", "valid") == tuple(str(x) for x in range(18, 180, 20))
    parts = [set(split.ids) for split in SPLITS["cityscale"].values()]
    assert [len(part) for part in parts] == [144, 9, 27]
    assert set.union(*parts) == {str(x) for x in range(180)}


def test_globalscale_parts_are_disjoint_but_for_the_other_domain():
    sizes = {name: split.n for name, split in SPLITS["globalscale"].items()}
    assert sizes == {"train": 2375, "valid": 339, "test": 624, "out-of-domain-test": 130}
    parts = [set(ids_of("globalscale", name)) for name in ("train", "valid", "test")]
    assert len(set.union(*parts)) == sum(map(len, parts)) == 3338


def test_roadtracer_has_25_and_15_cities():
    train, test = (set(ids_of("roadtracer", name)) for name in ("train", "test"))
    assert (len(train), len(test), train & test) == (25, 15, set())
    assert {"london", "vancouver", "boston"} & test == {"vancouver", "boston"}


def test_deepglobe_parts_are_the_training_images():
    assert sum(split.n for split in SPLITS["deepglobe"].values()) == 6226


def test_a_part_of_a_split_is_taken_and_counted(tmp_path):
    kept, chosen = choose(pairing("cityscale", tmp_path, "8", "18", "3"), "test", tmp_path)
    assert [pair.id for pair in kept.pairs] == ["8"]
    assert (chosen.n, chosen.n_here, len(chosen.absent)) == (27, 1, 26)
    assert "dataset.py" in chosen.source


@pytest.mark.parametrize("city", ["new york", "newyork", "New_York"])
def test_cities_with_and_without_spaces(tmp_path, city):
    kept, chosen = choose(pairing("roadtracer", tmp_path, city, "dc"), "test", tmp_path)
    assert [pair.id for pair in kept.pairs] == [city]
    assert chosen.n == 15


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_validation_has_three_names(tmp_path, name):
    assert choose(pairing("cityscale", tmp_path, "18"), name, tmp_path)[1].name == "valid"


def test_none_of_the_tiles_is_an_error_that_counts_and_names_them(tmp_path):
    with pytest.raises(PairingError) as caught:
        choose(pairing("cityscale", tmp_path, "7"), "test", tmp_path)
    assert "none of its 27 tiles has a ground truth" in str(caught.value)
    assert ": 8, 9, 19, 28" in str(caught.value)
    assert str(caught.value).endswith("there are 7")


def test_a_region_that_cityscale_lacks_is_another_data_set(tmp_path):
    with pytest.raises(PairingError, match=r"2714 are none of the 180 .* --layout globalscale"):
        choose(pairing("cityscale", tmp_path, "8", "2714"), "test", tmp_path)


@pytest.mark.parametrize(
    ("layout", "name", "message"),
    [
        ("exact", "test", "layout exact, which has no published split: say --layout cityscale"),
        ("cityscale", "dev", "layout cityscale has train, valid, test"),
        ("deepglobe", "test", "layout deepglobe has train, valid"),
    ],
)
def test_no_such_split(tmp_path, layout, name, message):
    with pytest.raises(PairingError, match=message):
        choose(pairing(layout, tmp_path, "1"), name, tmp_path)


@pytest.mark.parametrize("place", ["gt", "."])
def test_data_split_json_in_or_beside_the_ground_truth(tmp_path, place):
    gt = tmp_path / "gt"
    gt.mkdir()
    lists = {"train": ["AOI_2_Vegas_1"], "test": ["AOI_2_Vegas_5", "AOI_2_Vegas_6"]}
    (tmp_path / place / "data_split.json").write_text(json.dumps(lists))
    kept, chosen = choose(
        pairing("spacenet", tmp_path, "AOI_2_Vegas_1", "AOI_2_Vegas_5"), "test", gt
    )
    assert [pair.id for pair in kept.pairs] == ["AOI_2_Vegas_5"]
    assert (chosen.n, chosen.absent) == (2, ("AOI_2_Vegas_6",))
    assert chosen.source.endswith("data_split.json")
    assert "has 2 tiles, the published split test 382" in chosen.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "data_split.json"),
        ('{"test": []}', "expected 'test': a list of tile ids"),
        ('{"test": [1]}', "expected 'test': a list of tile ids"),
        ('["a"]', "expected 'test': a list of tile ids"),
        ('{"test": ["a", "a"]}', "a tile stands in it twice"),
    ],
)
def test_bad_lists_are_named(tmp_path, text, message):
    (tmp_path / "data_split.json").write_text(text)
    with pytest.raises(FormatError, match=message):
        choose(pairing("spacenet", tmp_path, "AOI_2_Vegas_1"), "test", tmp_path)


def test_deepglobe_list_as_road_connectivity_ships_it(tmp_path):
    (tmp_path / "val.txt").write_text("104\n7")
    kept, chosen = choose(pairing("deepglobe", tmp_path, "104", "9"), "val", tmp_path)
    assert [pair.id for pair in kept.pairs] == ["104"]
    assert "has 2 tiles, the published split valid 1530" in chosen.notes[0]


def test_without_a_list_the_folder_must_be_the_split(tmp_path):
    with pytest.raises(PairingError, match="it has 382 tiles, here are 1, and no list says which"):
        choose(pairing("spacenet", tmp_path, "AOI_2_Vegas_1"), "test", tmp_path)
    whole = pairing("massachusetts", tmp_path, *(f"{x:08}_15" for x in range(49)))
    kept, chosen = choose(whole, "test", tmp_path)
    assert (len(kept.pairs), chosen.n_here, chosen.absent) == (49, 49, ())
    with pytest.raises(PairingError, match="it has 14 tiles, here are 49"):
        choose(whole, "valid", tmp_path)


@pytest.mark.parametrize(("n", "is_told"), [(4696, False), (1530, False), (4695, True), (10, True)])
def test_a_list_whose_count_no_split_has_is_told(n, is_told):
    assert bool(count_note("deepglobe", n)) == is_told


@pytest.fixture
def regions(tmp_path, monkeypatch):
    """Two regions of City-scale, of which one is in the test split."""
    for side, names in (("gt", ["region_8_graph_gt", "region_3_graph_gt"]), ("pred", ["8", "3"])):
        (tmp_path / side).mkdir()
        for name in names:
            suffix = "pickle" if side == "gt" else "p"
            rm.write(ROAD, tmp_path / side / f"{name}.{suffix}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_split_is_in_the_document_the_summary_and_on_standard_error(regions, capsys):
    call = ["score", "--gt", "gt", "--pred", "pred", "--metric", "ccq", "--split", "test"]
    assert main([*call, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    run = json.loads(out)["run"]
    assert (run["split"]["name"], run["split"]["n"], run["split"]["n_here"]) == ("test", 27, 1)
    assert len(run["split"]["absent"]) == 26
    assert run["n_ground_truth"] == 2
    assert (
        "split: test of cityscale, 1 of its 27 tiles have a ground truth here; not here: 26" in err
    )
    assert main([*call, "--format", "table"]) == 0
    assert "split: test of cityscale, 1 of its 27 tiles\n" in capsys.readouterr().out


def test_no_split_is_null(regions):
    report = evaluate.score_folders("gt", "pred", ["ccq"])
    assert report.run["split"] is None
    assert report.n_tiles == 2


def test_describe_takes_a_split_with_and_without_predictions(regions, capsys):
    assert main(["describe", "gt", "pred", "--split", "test", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["split"]["n_here"] == 1
    alone = describe_folders("gt", layout="cityscale", split="test")
    assert list(alone.tiles) == ["8"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["score", "--gt", "gt", "--pred", "pred", "--split", "test", "--tiles", "t"],
            "not allowed",
        ),
        (["score", "--pairs", "p.csv", "--split", "test"], "do not apply to --pairs"),
        (["describe", "gt", "--split", "test"], "--split needs --layout"),
    ],
)
def test_what_excludes_each_other_is_usage(regions, capsys, args, message):
    try:
        code = main(args)
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert message in capsys.readouterr().err


def test_python_excludes_them_too(regions):
    with pytest.raises(RoadMetricsError, match="either a list of tiles or a split"):
        evaluate.score_folders("gt", "pred", ["ccq"], tiles="t", split="test")


def test_a_short_list_is_told_beside_the_published_counts(regions, capsys):
    (regions / "list").write_text("8\n")
    call = ["score", "--gt", "gt", "--pred", "pred", "--metric", "ccq", "--tiles", "list"]
    assert main(call) == 0
    err = capsys.readouterr().err
    assert (
        "the list has 1 tiles; the published splits of cityscale: train 144, valid 9, test 27"
        in err
    )
