"""The project's own board, and the definitions that every board begins with."""

import filecmp
import importlib.util
import json

import pytest
from board_maker import OWN_BOARD

from leaderboard.benchmark import Benchmark
from leaderboard.board import Board
from leaderboard.errors import BoardError, Problems
from leaderboard.making import HERE, definitions, make_board
from leaderboard.pinning import pin
from leaderboard.ranking import rank
from leaderboard.verifying import differences, verify
from roadmetrics import RoadGraph, write

ALL = [
    "city-scale", "deepglobe", "massachusetts", "nauru-damage", "roadtracer", "spacenet-3",
    "synthetic-towns",
]  # fmt: skip


@pytest.fixture
def own():
    if not OWN_BOARD.is_dir():
        pytest.skip("the board is not part of a wheel")
    return Board.read(OWN_BOARD)


def test_the_own_board_has_every_definition_and_the_files_of_init(own, tmp_path):
    assert definitions() == own.benchmark_names() == ALL
    make_board(tmp_path / "fresh")
    for path in (tmp_path / "fresh").rglob("*"):
        if path.is_file() and path.name not in (".gitkeep", "board.toml"):
            same = OWN_BOARD / path.relative_to(tmp_path / "fresh")
            assert filecmp.cmp(path, same, shallow=False), path


@pytest.mark.parametrize("name", ALL)
def test_definitions_are_read(name):
    mark = Benchmark.read(HERE / "definitions" / name)
    assert mark.metrics
    assert mark.licence
    if name != "nauru-damage":
        assert mark.source == "maintainer"
        with pytest.raises(BoardError, match=f"--gt, or in LEADERBOARD_GT_{name[:4].upper()}"):
            mark.truth_folder()


def test_a_definition_is_pinned_to_its_split_by_the_maintainers_ground_truth(tmp_path):
    make_board(tmp_path / "board", benchmarks=["city-scale"])
    folder = tmp_path / "board" / "benchmarks" / "city-scale"
    gt = tmp_path / "20cities"
    gt.mkdir()
    roads = RoadGraph([(0, 0), (40, 40), (90, 40)], [(0, 1), (1, 2)])
    for i in range(180):
        write(roads, gt / f"region_{i}_graph_gt.pickle")
    mark = Benchmark.read(folder)
    with pytest.raises(BoardError, match="its tiles are not pinned yet"):
        mark.truths(gt)
    pin(mark, gt)
    mark = Benchmark.read(folder)
    assert len(mark.tiles) == 27
    assert mark.tiles["179"] == "public"
    assert len(mark.truths(gt)) == 27
    (gt / "region_8_graph_gt.pickle").unlink()
    with pytest.raises(BoardError, match="no ground truth of tile"):
        pin(mark, gt)


def test_a_share_of_the_tiles_is_drawn_to_be_private_and_stays_so(make):
    maker = make(n=40)
    home = maker.folder / "benchmarks/towns"
    (home / "tiles.csv").unlink()
    pin(maker.mark, home / "gt", split_on="spring")
    first = dict(maker.mark.tiles)
    n = list(first.values()).count("private")
    assert 15 < n < 38
    pin(maker.mark, home / "gt", split_on="autumn")
    assert dict(maker.mark.tiles) == first


def test_baselines_are_what_their_script_makes(own, tmp_path):
    spec = importlib.util.spec_from_file_location("baselines", OWN_BOARD / "baselines.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.make(tmp_path)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(made) == 4 * 20
    for path in made:
        assert filecmp.cmp(tmp_path / path, OWN_BOARD / path, shallow=False), path


def test_committed_results_are_verified_and_a_changed_number_is_found(own, own_board, here):
    for name in own.result_names("nauru-damage"):
        assert verify(own, "nauru-damage", name) == []
    path = own_board / "results/nauru-damage/strong-damage.json"
    raw = json.loads(path.read_text())
    raw["totals"]["all"]["apls"]["value"] += 2e-9
    raw["tiles"]["nauru_r1_c1"]["scores"]["ccq"]["value"] += 0.5e-9
    path.write_text(json.dumps(raw))
    found = verify(Board.read(own_board), "nauru-damage", "strong-damage")
    assert len(found) == 1
    assert found[0].startswith("totals.all.apls.value: the result says 0.2")


def test_what_verify_calls_a_difference():
    assert list(differences({"a": 1}, {"a": True}, "x"))
    assert list(differences([1, 2], [1], "x"))
    assert list(differences({"a": 1}, {}, "x")) == ["x.a: only the result has it"]
    assert list(differences(None, 0, "x"))


def test_the_committed_order_is_that_of_the_committed_results(own):
    committed = json.loads(own.ranking_path("nauru-damage").read_text())
    assert rank(own, "nauru-damage") == committed
    assert [row["submission"] for row in committed["rows"]] == [
        "light-damage", "strong-damage", "empty",
    ]  # fmt: skip
    assert [row["submission"] for row in committed["unranked"]] == ["truth-twice"]
    twice = committed["unranked"][0]
    assert twice["flags"] == ["copied", "drawn twice"]
    assert twice["metrics"]["ccq"]["value"] == 1.0
    assert twice["lengths"]["ratio"] == pytest.approx(2.0)


def test_reported_figures_have_a_source_and_are_not_results(own):
    every = own.reported()
    assert len(every) == 336
    assert {one.source.key for one in every} == {"oner2021", "anagnostidis2022"}
    assert all(one.source.url.startswith("https://arxiv.org/") for one in every)
    mine = [one for one in own.reported("roadtracer") if one.method == "RoadTracer"]
    assert {one.metric: one.value for one in mine}["APLS"] == 59.1
    assert own.result_names("roadtracer") == []


def test_reported_figures_that_are_wrong_name_file_and_line(tmp_path):
    make_board(tmp_path / "board")
    home = tmp_path / "board" / "reported"
    (home / "sources.toml").write_text('[a]\ntitle = "A"\nauthors = "B"\nyear = 2020\n')
    (home / "a.csv").write_text("table,benchmark,method,metric,value,unit,note\n1,b,c,d,nan,e,\n")
    with pytest.raises(BoardError, match=r"a\.csv:2: value 'nan' is no number"):
        Board.read(tmp_path / "board").reported()


def test_a_board_is_made_in_an_empty_folder_only(tmp_path):
    make_board(tmp_path / "board", benchmarks=["nauru-damage"])
    assert Board.read(tmp_path / "board").benchmark_names() == ["nauru-damage"]
    with pytest.raises(BoardError, match="there is something in it"):
        make_board(tmp_path / "board")
    with pytest.raises(BoardError, match="there is no benchmark 'x'"):
        make_board(tmp_path / "other", benchmarks=["x"])
    with pytest.raises(BoardError, match="not a board"):
        Board.read(tmp_path)


WRONG = {
    'name = "towns"': ('name = "town"', "expected 'towns', the name of its folder"),
    "version = 1": ("version = 0", "expected 1 to 1000000, not 0"),
    'title = "Towns"': ('title = "a\\nb"', "expected one line"),
    'layout = "exact"': ('layout = "round"', "expected one of exact"),
    'unit = "m"': ('unit = "km"', "expected one of px, m"),
    "slack=5.0": ("slack=-1", "ccq"),
    "revision=1": ("revision=9", "revision"),
    'by = "mean rank"': ('by = "speed"', "expected one of mean rank, ccq"),
    "[limits]": ("[limits]\ntile_seconds = nan", "expected 0.001 to 1e+12"),
    "schema = 1": ("schema = 1\ncolour = 3", "colour: it is not known here"),
    "[licence]": ("[licence", "not TOML"),
}


@pytest.mark.parametrize("old", WRONG)
def test_a_benchmark_that_is_wrong_says_where(make, old):
    maker = make(n=1)
    new, rule = WRONG[old]
    path = maker.folder / "benchmarks/towns/benchmark.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(Problems) as caught:
        Benchmark.read(path.parent)
    assert any(rule in line and "benchmark.toml" in line for line in caught.value.found)


def test_a_submission_that_is_wrong_says_all_of_it(make):
    maker = make(n=1)
    folder = maker.submit("one", maker.good())
    (folder / "submission.toml").write_text(
        'schema = 1\nname = "two"\nbenchmark = "towns"\ntitle = ""\nauthors = []\n'
        'date = "today"\ncode = "javascript:alert(1)"\ntraining_data = ["FILL IN"]\nodd = 1\n'
        '[predictions]\npath = "../../secret"\nurl = "http://x.org/a.zip"\n'
    )
    with pytest.raises(Problems) as caught:
        maker.submission("one")
    text = "\n".join(caught.value.found)
    for key in ("name", "title", "authors", "date", "code", "training_data", "odd", "path", "url"):
        assert f" {key}: " in text, key
    assert "more: leaderboard check" in str(caught.value)


@pytest.mark.parametrize("name", ["../x", "A", "a/b", "", "x" * 80, ".hidden", "a b"])
def test_names_that_lead_elsewhere_are_none(make, name):
    with pytest.raises(BoardError):
        make(n=1).board.submission("towns", name)


def test_a_toml_with_a_number_of_5000_digits_is_one_problem(make):
    maker = make(n=1)
    path = maker.submit("one") / "submission.toml"
    path.write_text(path.read_text().replace("schema = 1", f"schema = {'9' * 5000}"))
    with pytest.raises(Problems) as raised:
        maker.submission("one")
    assert len(raised.value.found) == 1
    assert "not TOML: Exceeds the limit" in raised.value.found[0]
