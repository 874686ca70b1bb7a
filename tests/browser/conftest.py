"""A headless Chromium, and the pages of a board to look at with it.

Without a browser these tests are skipped; `make test-browser` installs one and asks for it.
"""

import importlib.util
import json
import os
import shutil
from pathlib import Path

import pytest

BOARD = Path(__file__).resolve().parents[2] / "leaderboard" / "board"
IS_NEEDED = os.environ.get("ROADMETRICS_BROWSER") == "1"
HOSTILE = "<img src=x onerror=console.error(1)>'\"</script><script>console.error(2)</script>"
PAGES = {
    "board": "index.html",
    "benchmark": "nauru-damage/index.html",
    "tiles": "nauru-damage/tiles.html",
    "submission": "nauru-damage/submissions/strong-damage.html",
    "unranked submission": "nauru-damage/submissions/truth-twice.html",
    "hostile submission": "nauru-damage/submissions/rival.html",
    "tile": "nauru-damage/tiles/nauru_r1_c1.html",
    "benchmark without submissions": "deepglobe/index.html",
    "reported": "reported.html",
}


def _needed(found, what):
    """Skip without it; fail where the browser tests were asked for."""
    if not found:
        reason = f"{what} is not installed: make test-browser"
        pytest.fail(reason) if IS_NEEDED else pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def programs():
    """Paths of the browser and of its driver."""
    _needed(importlib.util.find_spec("selenium"), "selenium")
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    return _needed(browser, "chromium"), _needed(shutil.which("chromedriver"), "chromedriver")


@pytest.fixture(scope="session")
def axe():
    """The accessibility checker, a script."""
    found = _needed(importlib.util.find_spec("axe_playwright_python"), "axe-playwright-python")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(programs, tmp_path_factory):
    """The pages of the project's own board, with a rival of other settings and a hostile name."""
    from leaderboard.board import Board
    from leaderboard.site import build
    from leaderboard.store import digest

    if not BOARD.is_dir():
        pytest.skip("the board is not part of a wheel")
    home = tmp_path_factory.mktemp("browser")
    board = Path(shutil.copytree(BOARD, home / "board"))
    for table in (board / "reported").glob("*.csv"):  # a few rows: the checker takes its time
        header, *rows = table.read_text().splitlines(True)
        table.write_text("".join([header, *rows[::8]]))
    result = json.loads((board / "results/nauru-damage/light-damage.json").read_text())
    result["submission"] |= {"name": "rival", "title": HOSTILE, "description": HOSTILE}
    ccq = result["totals"]["all"]["ccq"]
    ccq["signature"] = ccq["signature"].replace("slack=5.0", "slack=9.0")
    path = board / "results/nauru-damage/rival.json"
    path.write_text(json.dumps(result))
    order = json.loads((board / "rankings/nauru-damage.json").read_text())
    own = {"submission": "rival", "title": HOSTILE, "result": digest(path.read_bytes())}
    row = order["rows"][0] | own | {"rank": None, "rank_interval": None}
    signatures = {key: one["signature"] for key, one in result["totals"]["all"].items()}
    order["others"] = [{"why": "scored by other signatures", "benchmark_version": 1,
                        "signatures": signatures, "rows": [row]}]  # fmt: skip
    (board / "rankings/nauru-damage.json").write_text(json.dumps(order))
    build(Board.read(board), home / "site")
    return home / "site"


@pytest.fixture(scope="session")
def browser(programs):
    """One browser for all tests; it logs its console and every request."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    path, driver_path = programs
    options = webdriver.ChromeOptions()
    options.binary_location = path
    words = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    words += ["--no-sandbox"] * (hasattr(os, "geteuid") and os.geteuid() == 0)
    for word in words:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    driver.set_page_load_timeout(60)
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


class Visit:
    """A browser at a page, with what it said and asked for since the test began."""

    def __init__(self, driver, site):
        self.driver, self.site = driver, site
        self.says, self.requests = [], []
        driver.execute_cdp_cmd("Network.enable", {})
        self.screen(1280, 900)
        self.prefers("light")
        self.listen()
        self.says, self.requests = [], []

    def open(self, place):
        self.driver.get("about:blank")  # a change of the hash alone would load nothing
        self.driver.get((self.site / place.partition("#")[0]).as_uri() + "".join(
            place.partition("#")[1:]))  # fmt: skip
        return self.driver

    def screen(self, width, height, is_phone=False):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone,
        })  # fmt: skip

    def prefers(self, scheme):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def js(self, script, *args):
        return self.driver.execute_script(script, *args)

    def one(self, css):
        return self.driver.find_element("css selector", css)

    def every(self, css):
        return self.driver.find_elements("css selector", css)

    def listen(self):
        self.says += self.driver.get_log("browser")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
        return self


@pytest.fixture
def visit(browser, site):
    """At every end: nothing on the console, and no request but for pages of the site."""
    found = Visit(browser, site)
    yield found
    found.listen()
    assert found.says == []
    home = site.as_uri()
    asked = [url for url in found.requests if not url.startswith(("about:", "data:"))]
    assert [url for url in asked if not url.startswith(home)] == []
    assert [url for url in asked if not url.partition("#")[0].endswith(".html")] == []
    assert asked
