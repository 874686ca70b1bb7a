"""From a board to a folder of pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from roadmetrics import __version__

from ..board import Board
from ..reported import Reported
from ..store import as_json
from . import downloads
from .benchmark_page import benchmark_body
from .board_page import board_body
from .content import Content
from .drawer import drawer
from .markup import Html
from .page import Crumb, Page
from .place import MARKER, replaced
from .reported_page import reported_body
from .submission_page import submission_body
from .tile_page import MAP_SCRIPTS, tile_body
from .tiles_page import tiles_body

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Built:
    """What was written. ``undrawn`` are benchmarks whose ground truth is not here."""

    n_pages: int
    undrawn: tuple[str, ...]


def build(
    board: Board, out: str | Path, *, gt: Mapping[str, str | Path] | None = None,
    archives: str | Path | None = None, progress: Progress | None = None,
) -> Built:  # fmt: skip
    """Write the pages of a board; a folder of pages that is there is replaced as a whole.

    ``gt`` has folders of ground truth by benchmark, where the board does not have it; ``archives``
    is a folder of BENCHMARK/NAME.zip for predictions that are not on the board. Of private tiles
    nothing is written but sums. The same board gives the same bytes. Raises BoardError where the
    board does not fit together or ``out`` is not a folder of pages.
    """
    contents = [Content.read(board, name) for name in board.benchmark_names()]
    reported = board.reported()
    with replaced(Path(out)) as folder:
        site = _Site(folder, board.title)
        _front(site, board, contents, reported)
        n = sum(len(content.public) for content in contents)
        done = 0
        undrawn = []
        for content in contents:
            _benchmark(site, content)
            with drawer(board, content, (gt or {}).get(content.mark.name),
                        None if archives is None else Path(archives)) as pen:  # fmt: skip
                if pen.truths is None and content.public and content.results:
                    undrawn.append(content.mark.name)
                for tile in content.public:
                    body = tile_body(pen, tile, pen.picture(tile))
                    place = f"{content.mark.name}/tiles/{content.pages[tile]}.html"
                    trail = (*_trail(content), (f"{content.mark.name}/tiles.html", "Tiles"))
                    site.page(place, f"{tile} - {content.mark.title}", body, trail, MAP_SCRIPTS)
                    done += 1
                    if progress:
                        progress(done, n)
        return Built(site.n_pages, tuple(undrawn))


@dataclass
class _Site:
    folder: Path
    title: str
    n_pages: int = 0

    def page(
        self, place: str, title: str, body: Html, trail: tuple[Crumb, ...] = (),
        scripts: tuple[str, ...] = ("tables.js",),
    ) -> None:  # fmt: skip
        """Write a page."""
        depth = place.count("/")
        self.file(place, Page(title, body, depth, trail, scripts, self.title).html())
        self.n_pages += 1

    def file(self, place: str, content: str | bytes) -> None:
        """Write a file, and the folders above it."""
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = content.encode("utf-8", "replace") if isinstance(content, str) else content
        path.write_bytes(whole)


def _front(site: _Site, board: Board, contents: list[Content], reported: list[Reported]) -> None:
    site.page("index.html", board.title, board_body(board, contents, len(reported)))
    if reported:
        site.page("reported.html", "Reported by papers", reported_body(reported))
        site.file("reported.csv", downloads.reported_csv(reported))
    about = {"kind": "leaderboard site", "roadmetrics": __version__}
    site.file(MARKER, as_json(about))


def _benchmark(site: _Site, content: Content) -> None:
    name, title = content.mark.name, content.mark.title
    site.page(f"{name}/index.html", title, benchmark_body(content))
    if not content.results:
        if content.public:
            site.page(f"{name}/tiles.html", "Tiles", tiles_body(content), _trail(content))
        return
    site.file(f"{name}/ranking.csv", downloads.ranking_csv(content))
    site.file(f"{name}/ranking.json", as_json(content.ranking))
    if content.public:
        site.page(f"{name}/tiles.html", f"Tiles of {title}", tiles_body(content), _trail(content))
    for row in content.every_row():
        one = row["submission"]
        result = content.results[one]
        body = submission_body(content, row)
        site.page(f"{name}/submissions/{one}.html", f"{row['title']} - {title}", body,
                  _trail(content))  # fmt: skip
        whole = content.files[one]
        site.file(f"{name}/submissions/{one}.json",
                  as_json(result) if whole is None else whole.read_bytes())  # fmt: skip
        if result["tiles"]:
            site.file(f"{name}/submissions/{one}.csv", downloads.tiles_csv(result))


def _trail(content: Content) -> tuple[Crumb, ...]:
    return ((f"{content.mark.name}/index.html", content.mark.title),)
