"""What a reader does with the pages: sort, drill down, look at maps; by mouse, keys and touch."""

import re
from functools import partial

import pytest
from conftest import PAGES

TILE = "nauru-damage/tiles/nauru_r1_c1.html"


@pytest.mark.parametrize("place", PAGES.values(), ids=PAGES)
def test_a_page_opens_quietly(visit, place):
    visit.open(place)
    assert len(visit.every("h1")) == 1
    assert visit.one("main").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PAGES.values(), ids=PAGES)
def test_accessibility(visit, axe, place, scheme):
    visit.prefers(scheme)
    visit.open(place)
    visit.js(axe)
    only = ["color-contrast"] if scheme == "dark" else None  # colours are all that differs
    found = visit.driver.execute_async_script(
        "const [only, done] = arguments; axe.run({resultTypes: ['violations'], ...(only && "
        "{runOnly: only})}).then((r) => done(r.violations.map((v) => [v.id, "
        "v.nodes.slice(0, 3).map((n) => n.html)])))", only,
    )  # fmt: skip
    assert found == []


@pytest.mark.parametrize("place", PAGES.values(), ids=PAGES)
def test_a_phone_shows_the_whole_width(visit, place):
    visit.screen(360, 740, is_phone=True)
    visit.open(place)
    width, inner = visit.js("return [document.documentElement.scrollWidth, innerWidth]")
    assert (width, inner) == (360, 360)


def column(visit, table, title):
    """A button of a heading, and the cells below it as they stand."""
    for heading in visit.every(f"#{table} thead th"):
        if heading.text.startswith(title):
            k = heading.get_property("cellIndex") + 1
            return heading, partial(values_of, visit, f"#{table} tbody tr > :nth-child({k})")
    raise AssertionError(title)


def values_of(visit, cells):
    return [float(cell.get_attribute("data-v")) for cell in visit.every(cells)]


def test_sorting_by_mouse_and_keys(visit):
    visit.open("nauru-damage/index.html")
    heading, values = column(visit, "order", "apls")
    was = values()
    button = heading.find_element("css selector", "button")
    button.click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert values() == sorted(was, reverse=True)
    button.send_keys("\ue007")  # Enter
    assert heading.get_attribute("aria-sort") == "ascending"
    assert values() == sorted(was)
    assert len(visit.every("#order th[aria-sort]")) == 1
    heading, values = column(visit, "order", "Rank")
    heading.find_element("css selector", "button").click()
    assert values() == sorted(values())


def test_sorting_puts_what_is_absent_last(visit):
    visit.open("nauru-damage/index.html")
    visit.js("document.querySelector('#order tbody tr').cells[2].dataset.v = ''")
    heading, _ = column(visit, "order", "apls")
    for _ in range(2):
        heading.find_element("css selector", "button").click()
        assert visit.every("#order tbody tr > :nth-child(3)")[-1].get_attribute("data-v") == ""


def test_sorting_text(visit):
    visit.open("deepglobe/index.html")
    visit.one("#reported thead th button").click()
    names = [cell.text.lower() for cell in visit.every("#reported tbody th")][:40]
    assert names[0] <= names[-1]
    assert visit.one("#reported thead th").get_attribute("aria-sort") in ("ascending", "descending")


def test_from_the_board_to_a_tile_of_a_submission(visit):
    visit.open("index.html")
    visit.one("h2 a").click()
    assert visit.one("h1").text == "Nauru, damaged"
    visit.driver.find_element("link text", "Strong damage").click()
    assert visit.one("h1").text.startswith("Strong damage")
    worst = visit.one("#worst-0 tbody a")
    name = worst.text
    worst.click()
    assert visit.one("h1").text == f"Tile {name}"
    assert visit.one("#choice").get_property("value") == "strong-damage"
    assert "Missed" in visit.one("#told").text
    visit.driver.find_element("link text", "Nauru, damaged").click()
    assert visit.one("h1").text == "Nauru, damaged"


def box(visit):
    words = visit.js("return document.getElementById('roads').getAttribute('viewBox')")
    return [float(word) for word in words.split()]


def test_the_overlay_shows_the_chosen_submission(visit):
    from selenium.webdriver.support.ui import Select

    visit.open(TILE)
    paths = {
        key: visit.one(f"#roads path.{key}") for key in ("gt", "pred", "missed", "invented")
    }  # fmt: skip
    for path in paths.values():
        assert path.get_attribute("d").startswith("m")
        assert visit.js("const b = arguments[0].getBBox(); return b.width * b.height", path) > 0
    light = paths["missed"].get_attribute("d")
    told = visit.one("#told").text
    Select(visit.one("#choice")).select_by_value("strong-damage")
    assert paths["missed"].get_attribute("d") != light
    assert visit.one("#told").text != told
    assert visit.driver.current_url.endswith("#strong-damage")
    Select(visit.one("#choice")).select_by_value("empty")
    assert paths["pred"].get_attribute("d") == ""
    length = visit.js("return [...document.querySelectorAll('#roads path')].map((p) => "
                      "p.getTotalLength())")  # fmt: skip
    assert length[0] == pytest.approx(length[2], rel=1e-3)  # all of the truth is missed
    assert length[3] == 0
    colours = [path.value_of_css_property("stroke") for path in paths.values()]
    assert len(set(colours)) == 4
    visit.one("input[data-layer=missed]").click()
    assert paths["missed"].value_of_css_property("display") == "none"
    visit.one("input[data-layer=missed]").click()
    assert paths["missed"].value_of_css_property("display") != "none"


def test_the_map_moves_by_keys_and_buttons(visit):
    visit.open(TILE)
    pane = visit.one("#map")
    whole = box(visit)
    pane.send_keys("+")
    near = box(visit)
    assert near[2] == pytest.approx(whole[2] / 1.4)
    assert near[0] + near[2] / 2 == pytest.approx(whole[2] / 2)
    pane.send_keys("\ue014")  # arrow to the right
    assert box(visit)[0] == pytest.approx(near[0] + near[2] / 8)
    pane.send_keys("\ue015")  # down
    assert box(visit)[1] == pytest.approx(near[1] + near[3] / 8)
    pane.send_keys("0")
    assert box(visit) == whole
    visit.one("button[data-move=in]").click()
    visit.one("button[data-move=in]").click()
    visit.one("button[data-move=out]").click()
    assert box(visit)[2] == pytest.approx(whole[2] / 1.4)
    visit.one("button[data-move=whole]").click()
    assert box(visit) == whole
    for _ in range(40):
        pane.send_keys("+")
    assert box(visit)[2] == pytest.approx(whole[2] / 200)


def middle_of(visit):
    found = visit.js("document.getElementById('map').scrollIntoView({block: 'center'});"
                     "const b = document.getElementById('map').getBoundingClientRect();"
                     "return [b.x + b.width / 2, b.y + b.height / 2]")  # fmt: skip
    return [round(one) for one in found]


def mouse(visit, kind, x, y, **more):
    visit.driver.execute_cdp_cmd(
        "Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **more}
    )  # fmt: skip


def test_the_map_moves_by_mouse(visit):
    visit.open(TILE)
    x, y = middle_of(visit)
    whole = box(visit)
    mouse(visit, "mouseWheel", x, y, deltaX=0, deltaY=-120)
    near = box(visit)
    assert near[2] < whole[2]
    mouse(visit, "mousePressed", x, y, button="left", clickCount=1)
    mouse(visit, "mouseMoved", x - 100, y + 40, button="left", buttons=1)
    mouse(visit, "mouseReleased", x - 100, y + 40, button="left")
    moved = box(visit)
    assert moved[0] > near[0]
    assert moved[1] < near[1]
    assert moved[2] == near[2]
    mouse(visit, "mouseMoved", x, y)
    assert box(visit) == moved
    scale = visit.js("return document.getElementById('bar-length').textContent")
    assert re.fullmatch(r"[125]0* m", scale)


def test_the_map_moves_by_touch(visit):
    visit.screen(390, 844, is_phone=True)
    visit.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    visit.open(TILE)
    x, y = middle_of(visit)
    whole = box(visit)

    def touch(kind, *points):
        visit.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {
            "type": kind, "touchPoints": [{"x": a, "y": b, "id": k} for k, (a, b) in
                                          enumerate(points)]})  # fmt: skip

    touch("touchStart", (x, y))
    touch("touchMove", (x + 50, y))
    touch("touchEnd")
    moved = box(visit)
    assert moved[0] < whole[0]
    assert moved[2] == whole[2]
    touch("touchStart", (x - 20, y), (x + 20, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchEnd")
    visit.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert box(visit)[2] == pytest.approx(whole[2] / 3, rel=0.05)


def test_a_signature_is_copied(visit):
    visit.open("nauru-damage/submissions/strong-damage.html")
    button = visit.one("button.copy")
    signature = visit.one("dl.signatures code").text.replace("\n", "")
    visit.js("window.copied = ''; document.addEventListener('copy', () => { window.copied ="
             " String(getSelection()); }); Object.defineProperty(navigator, 'clipboard', {value: "
             "{writeText: async (text) => { window.copied = text; }}})")  # fmt: skip
    button.click()
    assert visit.js("return window.copied") == signature
    assert signature.startswith("apls,snap_dist=4.0")
    assert button.text == "Copied"


def test_the_theme_can_be_chosen(visit):
    def ground():
        return visit.js("return getComputedStyle(document.body).backgroundColor")

    visit.open("index.html")
    light = ground()
    visit.prefers("dark")
    dark = ground()
    assert dark != light
    button = visit.one("#theme")
    assert button.text == "Theme: auto"
    button.click()
    assert (button.text, ground()) == ("Theme: light", light)
    visit.driver.refresh()
    assert ground() == light  # it is remembered
    visit.prefers("light")
    visit.one("#theme").click()
    assert ground() == dark
    visit.one("#theme").click()
    assert ground() == light


def test_the_first_key_leads_past_the_header(visit):
    visit.open("nauru-damage/index.html")
    visit.one("body").send_keys("\ue004")  # Tab
    assert visit.js("return document.activeElement.className") == "skip"
    visit.driver.switch_to.active_element.send_keys("\ue007")
    assert visit.js("return document.activeElement.id") == "content"


def test_hostile_names_are_text(visit):
    visit.open("nauru-damage/index.html")
    assert "<img src=x onerror" in visit.one("#other-0 tbody th").text
    assert visit.every("img") == []
    assert len(visit.every("#other-0 tbody tr")) == 1
    assert "slack=9.0" in visit.one("#other-0").find_element("xpath", "../..").text
