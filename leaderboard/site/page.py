"""The frame of every page: one file with its style and scripts in it, which may load nothing."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from .markup import Html, joined, link, tag, text

Crumb = tuple[str, str]  # address, seen from the root, and text


@dataclass(frozen=True)
class Page:
    """A page ``depth`` folders below the root; ``crumbs`` lead to it."""

    title: str
    body: Html
    depth: int = 0
    crumbs: tuple[Crumb, ...] = ()
    scripts: tuple[str, ...] = ("tables.js",)
    site: str = "Leaderboard"

    def html(self) -> str:
        """The whole document."""
        scripts = [asset(name) for name in self.scripts]
        title = self.title if self.title == self.site else f"{self.title} - {self.site}"
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("link", rel="icon", href="data:,"),
            tag("title", title),
            tag("style", Html(asset("site.css"))),
            tag("script", Html(asset("theme.js"))),
        )
        body = tag(
            "body",
            tag("a", "To the content", href="#content", class_="skip"),
            self._header(),
            tag("main", self.body, id="content", tabindex="-1"),
            _footer(),
            *(tag("script", Html(script)) for script in scripts),
        )
        return f'<!doctype html>\n<html lang="en">\n{head}\n{body}\n</html>\n'

    def _header(self) -> Html:
        root = "../" * self.depth
        trail = [link(root + url, name) for url, name in (("index.html", self.site), *self.crumbs)]
        items = [tag("li", one) for one in trail]
        switch = tag("button", "Theme", id="theme", type="button", hidden=True)
        trail_nav = tag("nav", tag("ol", *items), aria_label="Where you are", class_="trail")
        return tag("header", trail_nav, switch)


@cache
def asset(name: str) -> str:
    """The text of a style or script of this package."""
    found = files(__package__).joinpath("assets").joinpath(name).read_text(encoding="utf-8")
    return found.strip() + "\n"


def section(title: str, *children: str | None, id_: str | None = None, level: int = 2) -> Html:
    """A part of a page with its heading."""
    return tag("section", tag(f"h{level}", title, id=id_), *children)


def facts(pairs: list[tuple[str, str | None]]) -> Html:
    """Names and what they are; what is not known is left out."""
    rows = [tag("div", tag("dt", name), tag("dd", what)) for name, what in pairs if what]
    return tag("dl", *rows, class_="facts") if rows else Html("")


def paragraphs(prose: str) -> Html:
    r"""A text of several paragraphs, with an empty line between them.

    >>> paragraphs("a\n\n<c>")
    '<p>a</p><p>&lt;c&gt;</p>'
    """
    return joined(tag("p", part.strip()) for part in prose.split("\n\n") if part.strip())


def downloads(names: dict[str, str]) -> Html:
    """Files of this page's figures, by address."""
    links = [link(url, name, download=url.rpartition("/")[2]) for url, name in names.items()]
    return tag("p", "Download: ", joined(_between(links, ", ")), class_="downloads")


def _between(parts: list[Html], mark: str) -> list[Html]:
    return [piece for part in parts for piece in (text(mark), part)][1:]


def _footer() -> Html:
    how = "Scored by roadmetrics. Values are compared only where their signatures are the same."
    return tag("footer", tag("p", how))


def _policy(scripts: list[str]) -> str:
    """Only this page's own style and scripts, by their digests; nothing is loaded or sent."""
    allowed = " ".join(_hash(one) for one in (asset("theme.js"), *scripts))
    return (
        f"default-src 'none'; style-src {_hash(asset('site.css'))}; script-src {allowed}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
