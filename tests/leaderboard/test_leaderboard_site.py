"""Pages without a browser: what is in them, what is not, and that all of it is escaped."""

import csv
import json
import re
import shutil
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from board_maker import Maker

from leaderboard import tiles as tiles_module
from leaderboard.cli import main
from leaderboard.errors import BoardError
from leaderboard.publish import publish
from leaderboard.ranking import rank
from leaderboard.reported import HEADER
from leaderboard.scoring import score
from leaderboard.site import build
from leaderboard.site.overlay import STEPS, Frame, drawing
from leaderboard.store import as_json
from roadmetrics import RoadGraph
from roadmetrics.parallel import finished

START = datetime(2026, 11, 21, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;"


class Elements(HTMLParser):
    """Every element of a page with its attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def scored(maker, *names, private=None):
    """Score submissions, and write results and order."""
    for name in names:
        scoring = score(maker.mark, maker.submission(name))
        publish(maker.board, scoring, started=START, wall_seconds=1.0, jobs=1, private=private)
    order = as_json(rank(maker.board, "towns", private))
    maker.board.ranking_path("towns").parent.mkdir(exist_ok=True)
    maker.board.ranking_path("towns").write_bytes(order)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Ten towns; one good, one worse, one partial submission."""
    maker = Maker(tmp_path_factory.mktemp("kept") / "board", metrics=("ccq", "jct"), n=10)
    maker.submit("good", maker.good(1.0))
    maker.submit("worse", maker.good(6.0, drop=0.3))
    maker.submit("partial", dict(list(maker.good(2.0).items())[1:]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles_module, "finished", lambda w, t, j, *, limits: finished(w, t, 1))
        scored(maker, "good", "worse", "partial")
    return maker


@pytest.fixture
def three(kept, tmp_path):
    """A copy of it."""
    maker = copy(kept)
    maker.folder = shutil.copytree(kept.folder, tmp_path / "three")
    return maker


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def pages_of(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.html")}


def test_pages(three, tmp_path):
    built = build(three.board, tmp_path / "site")
    pages = pages_of(tmp_path / "site")
    assert built.n_pages == len(pages) == 1 + 1 + 1 + 3 + 10
    assert built.undrawn == ()
    order = Elements(pages["towns/index.html"]).text
    assert "no rank: partial" in order
    assert "1 \N{EN DASH}" not in order
    assert re.search(r"Good .* best .* 1\.000", order)
    mine = Elements(pages["towns/submissions/worse.html"]).text
    assert three.mark.signatures["ccq"] in mine.replace(", ", ",")
    assert "ccq over 10 public tiles" in mine
    for page in pages.values():
        for _, attributes in Elements(page).found:
            if "href" in attributes and not attributes["href"].startswith(("#", "data:,")):
                assert not attributes["href"].startswith(("/", "http", "file"))


def test_links_lead_to_files(three, tmp_path):
    build(three.board, tmp_path / "site")
    for path in (tmp_path / "site").rglob("*.html"):
        for _, attributes in Elements(path.read_text()).found:
            url = attributes.get("href", "#").partition("#")[0]
            if url and not url.startswith("data:"):
                assert (path.parent / url).is_file(), (path, url)


def test_the_same_board_gives_the_same_bytes(three, tmp_path):
    for name in ("one", "two"):
        build(three.board, tmp_path / name)
    one, two = ({p.relative_to(tmp_path / name): p.read_bytes() for p in
                 (tmp_path / name).rglob("*.*")} for name in ("one", "two"))  # fmt: skip
    assert one == two


def test_nothing_is_loaded_and_only_own_scripts_run(three, tmp_path):
    build(three.board, tmp_path / "site")
    for page in pages_of(tmp_path / "site").values():
        elements = Elements(page).found
        policies = [a["content"] for t, a in elements
                    if a.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
        assert len(policies) == 1
        assert "default-src 'none'" in policies[0]
        assert "unsafe" not in policies[0]
        assert "http" not in policies[0]
        for tag, attributes in elements:
            assert "src" not in attributes, tag
            assert "style" not in attributes, tag
            assert not [key for key in attributes if key.startswith("on")], tag


def test_names_are_escaped_everywhere(make, here, tmp_path):
    maker = make(metrics=("ccq",), n=2)
    quoted = json.dumps(EVIL)
    folder = maker.submit("evil", maker.good(), description=quoted,
                          code='"https://example.org/?a=1&b=2"')  # fmt: skip
    path = folder / "submission.toml"
    text = path.read_text().replace('title = "Evil"', f"title = {quoted}")
    path.write_text(text.replace('"A. Author"', quoted).replace('"none"', quoted))
    (maker.folder / "reported").mkdir()
    (maker.folder / "reported/sources.toml").write_text(
        f'[one]\ntitle = {quoted}\nauthors = {quoted}\nyear = 2020\nurl = "https://example.org"\n'
    )
    with (maker.folder / "reported/one.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(HEADER)
        rows.writerow([EVIL, "towns", "=1+1", EVIL, 1, EVIL, EVIL])
    board = maker.folder / "board.toml"
    board.write_text(f"schema = 1\ntitle = {quoted}\nabout = {quoted}\n")
    scored(maker, "evil")
    build(maker.board, tmp_path / "site")
    pages = pages_of(tmp_path / "site")
    for name, page in pages.items():
        found = Elements(page).found
        assert "img" not in [tag for tag, _ in found], name
        assert not [a for _, a in found if any(key.startswith("on") for key in a)], name
        assert "<script>alert" not in page, name
    assert EVIL in Elements(pages["towns/submissions/evil.html"]).text
    [cells] = rows_of(tmp_path / "site/reported.csv")
    assert cells["method"] == "'=1+1"
    assert cells["measured_here"] == "false"


def test_reported_figures_stand_apart(make, here, tmp_path):
    maker = make(metrics=("ccq",), n=2)
    maker.submit("ours", maker.good())
    (maker.folder / "reported").mkdir()
    (maker.folder / "reported/one.csv").write_text(
        "table,benchmark,method,metric,value,unit,note\n3,towns,Theirs,CCQ,77.75,percent,\n"
        "3,elsewhere,Theirs,CCQ,66.5,percent,\n"
    )
    (maker.folder / "reported/sources.toml").write_text(
        '[one]\ntitle = "A paper"\nauthors = "Doe, Roe"\nyear = 2020\nurl = "https://example.org/p"\n'
    )
    scored(maker, "ours")
    build(maker.board, tmp_path / "site")
    page = (tmp_path / "site/towns/index.html").read_text()
    order, _, rest = page.partition("Reported by papers, not measured here")
    assert "77.75" in rest
    assert "77.75" not in order
    assert "66.5" not in page
    assert 'href="https://example.org/p"' in rest
    assert "66.5" in (tmp_path / "site/reported.html").read_text()


def test_private_tiles_are_nowhere(make, here, tmp_path):
    maker = make(metrics=("ccq",), n=14, n_private=10)
    maker.submit("ours", maker.good())
    scored(maker, "ours", private=tmp_path / "counts")
    private = [key for key, part in maker.mark.tiles.items() if part == "private"]
    assert len(private) == 10
    build(maker.board, tmp_path / "site", gt={"towns": maker.folder / "benchmarks/towns/gt"})
    figures = json.dumps(json.loads(next((tmp_path / "counts").rglob("*.json")).read_text()))
    lengths = set(re.findall(r'"(?:length|total_gt|total_pred)": ([0-9.]{8,})', figures))
    assert len(lengths) >= 20
    for path in (tmp_path / "site").rglob("*.*"):
        text = path.read_text()
        for secret in (*private, *lengths):
            assert secret not in text, (path, secret)
    assert len(list((tmp_path / "site/towns/tiles").iterdir())) == 4


def test_a_tile_that_became_private_is_not_shown(three, tmp_path):
    """A result of the version before still tells of it; pages and downloads do not."""
    tiles = three.folder / "benchmarks/towns/tiles.csv"
    tiles.write_text(tiles.read_text().replace("public", "private"))
    toml = three.folder / "benchmarks/towns/benchmark.toml"
    toml.write_text(toml.read_text().replace("version = 1", "version = 2"))
    three.board.ranking_path("towns").write_bytes(as_json(rank(three.board, "towns", tmp_path)))
    build(three.board, tmp_path / "site")
    assert not (tmp_path / "site/towns/tiles").exists()
    for path in (tmp_path / "site").rglob("*.*"):
        if "partial" not in path.name:  # it names the tile that it lacks, as the result does
            assert not re.search(r"town\d\d", path.read_text()), path
    assert "scored by version 1" in (tmp_path / "site/towns/index.html").read_text()


def test_other_signatures_have_a_table_of_their_own(three, tmp_path):
    path = three.board.result_path("towns", "worse")
    path.write_text(path.read_text().replace("slack=5.0", "slack=9.0"))
    three.board.ranking_path("towns").write_bytes(as_json(rank(three.board, "towns")))
    build(three.board, tmp_path / "site")
    page = (tmp_path / "site/towns/index.html").read_text()
    order, _, other = page.partition("Not comparable: scored by other signatures")
    assert "worse.html" not in order
    assert "worse.html" in other
    assert "slack=9.0" in other
    tile = (tmp_path / "site/towns/tiles/town00.html").read_text()
    assert "worse" not in tile


def test_only_what_was_scored_is_drawn(three, tmp_path):
    changed = three.folder / "submissions/towns/worse/predictions/town03.json"
    changed.write_text(changed.read_text() + " ")
    build(three.board, tmp_path / "site")
    drawn = drawings((tmp_path / "site/towns/tiles/town00.html").read_text())
    assert set(drawn["of"]) == {"good"}
    page = Elements((tmp_path / "site/towns/tiles/town00.html").read_text()).text
    assert "not the ones that were scored" in page


def test_without_ground_truth_there_are_scores_and_no_map(three, tmp_path, here, capsys):
    toml = three.folder / "benchmarks/towns/benchmark.toml"
    text = toml.read_text().replace('source = "board"', 'source = "maintainer"')
    toml.write_text(text.replace("version = 1", "version = 2"))
    gt = (three.folder / "benchmarks/towns/gt").rename(tmp_path / "hidden")
    for name in ("good", "worse"):
        scoring = score(three.mark, three.submission(name), gt)
        publish(three.board, scoring, started=START, wall_seconds=1.0, jobs=1, private=None)
    three.board.ranking_path("towns").unlink()
    words = ["build", str(tmp_path / "site"), "--board", str(three.folder)]
    assert main(words) == 0
    assert "towns: no maps" in capsys.readouterr().err
    tile = tmp_path / "site/towns/tiles/town01.html"
    assert 'id="drawings"' not in tile.read_text()
    assert "Good" in tile.read_text()
    assert main([*words, "--gt", f"towns={gt}"]) == 0
    assert set(drawings(tile.read_text())["of"]) == {"good", "worse"}
    (gt / "town00.json").write_text((gt / "town01.json").read_text())
    assert main([*words, "--gt", f"towns={gt}"]) == 3
    assert "not the ground truth" in capsys.readouterr().err
    assert tile.is_file()
    assert main([*words, "--gt", "nowhere=x"]) == 2


def test_out_is_replaced_only_where_it_is_a_site(three, tmp_path):
    out = tmp_path / "site"
    build(three.board, out)
    (out / "stale.html").write_text("old")
    build(three.board, out)
    assert not (out / "stale.html").exists()
    (out / "site.json").unlink()
    with pytest.raises(BoardError, match=r"there is something in it, and no site\.json"):
        build(three.board, out)
    (tmp_path / "file").write_text("")
    with pytest.raises(BoardError, match="not a folder"):
        build(three.board, tmp_path / "file")
    assert not list(tmp_path.glob(".*.tmp"))


def test_csv_has_all_digits(three, tmp_path):
    build(three.board, tmp_path / "site")
    rows = {r["submission"]: r for r in rows_of(tmp_path / "site/towns/ranking.csv")}
    result = three.board.result("towns", "good").raw
    assert float(rows["good"]["ccq"]) == result["totals"]["all"]["ccq"]["value"]
    assert rows["good"]["ccq_signature"] == three.mark.signatures["ccq"]
    assert rows["partial"]["rank"] == ""
    assert rows["partial"]["no_rank_because"].startswith("partial")
    tiles = rows_of(tmp_path / "site/towns/submissions/good.csv")
    assert [r["tile"] for r in tiles] == three.ids
    one = result["tiles"]["town04"]["scores"]["jct"]["parts"]["recall"]
    assert float(tiles[4]["jct_recall"]) == one
    copied = (tmp_path / "site/towns/submissions/good.json").read_bytes()
    assert copied == three.board.result_path("towns", "good").read_bytes()


def drawings(page):
    """What a tile's page gives its script."""
    text = re.search(r'<script type="application/json" id="drawings">(.*?)</script>', page)[1]
    return json.loads(text)


def points(path):
    """The lines of a path, each [k, 2]."""
    lines, at = [], np.zeros(2)
    for run in path.split("m")[1:]:
        first, *rest = re.findall(r"[ml]?(-?\d+)[ ]?(-?\d+)", run.replace("l", " "))
        at = at + np.array(first, dtype=float)
        line = [at]
        for step in rest:
            at = at + np.array(step, dtype=float)
            line.append(at)
        lines.append(np.array(line))
    return lines


def test_missed_and_invented_roads_are_where_they_are():
    gt = RoadGraph([(0, 0), (100, 0), (100, 50)], [(0, 1), (1, 2)], "m", extent=(0, 0, 100, 100))
    pred = RoadGraph([(0, 1), (100, 1), (0, 80), (100, 80)], [(0, 1), (2, 3)], "m")
    frame = Frame.of(gt)
    drawn = drawing(frame, gt, pred, 5.0)
    x0, _, _, y1 = frame.box
    [invented] = points(drawn.invented)
    assert invented * frame.step + (x0, 0) == pytest.approx(
        np.array([(0, y1 - 80), (100, y1 - 80)]), abs=frame.step
    )
    assert drawn.invented_length == pytest.approx(100)
    assert drawn.missed_length == pytest.approx(50 - 6)
    assert len(points(drawn.pred)) == 2
    assert max(frame.size) == STEPS


def test_coordinates_that_lie_anywhere_are_cut():
    gt = RoadGraph([(0, 0), (100, 0)], [(0, 1)], "m", extent=(0, 0, 100, 100))
    pred = RoadGraph([(-1e11, 50), (1e11, 50), (5e10, 5e10), (6e10, 5e10)], [(0, 1), (2, 3)], "m")
    drawn = drawing(Frame.of(gt), gt, pred, 5.0)
    [line] = points(drawn.invented)
    assert np.abs(line).max() <= 1.3 * STEPS
    many = replace(gt, vertices=np.zeros((30_000, 2)) + np.arange(30_000)[:, None],
                   edges=np.stack([np.arange(29_999), np.arange(1, 30_000)], axis=1))  # fmt: skip
    assert drawing(Frame.of(gt), gt, many, 5.0) is None


@pytest.mark.parametrize("name", ["a", "A", "a b", "a/b", "../a", "con", "ä", "a" * 200, "%2e", ""])
def test_names_of_pages_are_plain_and_differ(name):
    from leaderboard.site.place import slug

    assert re.fullmatch(r"[a-z0-9_-]{1,80}", slug(name))
    assert name == "a" or slug(name) != slug("a")
