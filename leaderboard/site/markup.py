"""Elements of a page: whatever is not markup already is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

VOID = frozenset({"meta", "link", "input", "br"})


class Html(str):
    """Text that is markup: made by this module only."""

    __slots__ = ()


Child = str | int | None
Children = Iterable[Child]


def text(value: Child) -> Html:
    """Escaped, for content and for quoted attributes; None is nothing.

    >>> text("<b>&'")
    '&lt;b&gt;&amp;&#x27;'
    >>> text(None)
    ''
    """
    if value is None:
        return Html("")
    return value if isinstance(value, Html) else Html(escape(str(value)))


def joined(children: Children) -> Html:
    """One piece of markup of several."""
    return Html("".join(map(text, children)))


def tag(name: str, /, *children: Child, **attributes: Any) -> Html:
    """An element. ``class_`` is class, ``aria_label`` aria-label; None and False leave one out.

    >>> tag("a", "<x>", href="a&b", class_="c", hidden=True, title=None)
    '<a href="a&amp;b" class="c" hidden>&lt;x&gt;</a>'
    >>> tag("br")
    '<br>'
    """
    given = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{text(str(value))}"'
        for key, value in attributes.items() if value is not None and value is not False
    )  # fmt: skip
    if name in VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{joined(children)}</{name}>")


def link(url: str, /, *children: Child, **attributes: Any) -> Html:
    """A link; an address that is neither relative nor http(s) is only shown.

    >>> link("javascript:alert(1)", "x")
    'x'
    >>> link("a.html", "x")
    '<a href="a.html">x</a>'
    """
    is_web = url.startswith(("https://", "http://"))
    if ":" in url and not is_web:
        return joined(children)
    if is_web:
        attributes["rel"] = "noopener noreferrer external"
    return tag("a", *children, href=url, **attributes)


def data(identifier: str, value: Any) -> Html:
    """JSON for a script of the page to read; it cannot end its element."""
    packed = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    safe = packed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    kind = 'type="application/json"'
    return Html(f'<script {kind} id="{text(identifier)}">{safe}</script>')


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
