"""Everything that is wrong with a folder of tiles, at once: every file is read, whatever breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .errors import PairingError
from .graph import Bounds, Mask, RoadGraph, Tile
from .io.files import shown
from .io.repairs import Repairs
from .layouts import CHOICES, LAYOUTS, Layout, fitting
from .listing import Entry, Finding, Listing, by_id, finding_of, listed, told_by_names, where
from .load import SUFFIXES, read
from .parallel import mapped

MANY = 1_000_000  # vertices of a tile above which scoring takes minutes
MOSTLY_ROAD = 0.5  # share of a mask


@dataclass(frozen=True)
class TileFacts:
    """What one tile is; of a mask, vertices, edges and length are those of its centre lines."""

    id: str
    path: str
    format: str
    kind: str  # "graph" or "mask"
    unit: str
    crs: str | None
    vertices: int
    edges: int
    length: float
    extent: Bounds | None
    shape: tuple[int, int] | None = None
    pixels: int | None = None


@dataclass(frozen=True)
class Examined:
    """One tile after reading: its facts where it could be read, and what was seen."""

    facts: TileFacts | None
    wrong: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    repairs: Repairs | None = None


@dataclass(frozen=True)
class Validation:
    """A folder, looked through. ``wrong``: what stops `score`; ``notes``: what may be meant."""

    folder: str
    layout: str
    n_tiles: int
    tiles: Mapping[str, TileFacts]
    wrong: Sequence[Finding]
    notes: Sequence[Finding]
    ignored: Sequence[Finding]
    repairs: Mapping[str, Mapping[str, int]]  # what was done to what -> file -> how often
    against: str | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def validate_folder(
    folder: str | Path,
    *,
    layout: str = "auto",
    threshold: float | None = None,
    against: str | Path | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Read every tile of a folder or file and collect all that is wrong.

    Parameters
    ----------
    folder : ground truth or predictions
    layout : how file names tell the tile; "auto": as `pair_paths` with ``against``, else the
        published layout that the names show, else "exact"
    threshold : see `load.read`
    against : the ground truth that the tiles of ``folder`` are predictions of; only names are read
    jobs, progress : as of `score_folders`

    Raises
    ------
    PairingError : no such path, no such layout; nothing else

    Examples
    --------
    >>> from roadmetrics import sample
    >>> found = validate_folder(sample.path() / "gt")
    >>> found.is_fine, len(found.tiles)
    (True, 19)
    >>> validate_folder("no/such/folder")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: no/such/folder: no such file or folder
    """
    path = Path(folder)
    listing = listed(path)
    truth = None if against is None else listed(Path(against))
    rule = _rule_of(layout, listing, truth)
    tiles = by_id(listing, rule, as_pred=None if truth is None else True)
    wrong = [*listing.wrong, *_doubles(tiles, "files for tile"), *_unreadable(listing, rule)]
    notes = list(listing.notes)
    if truth is not None:
        is_pair = not path.is_dir() and not Path(str(against)).is_dir()
        _pair(tiles, truth, rule, wrong, notes, is_pair=is_pair)
    if not tiles and path.is_dir():
        wrong.append(Finding("there is no tile in the folder", shown(path)))
    asked = [(key, entry) for key, entries in sorted(tiles.items()) for entry in entries]
    work = partial(_examine, threshold=threshold)
    done = list(_reported(mapped(work, asked, jobs), len(asked), progress))
    for one in done:
        wrong += one.wrong
        notes += one.notes
    facts = [one.facts for one in done if one.facts]
    return Validation(
        folder=str(folder),
        layout=rule.name,
        n_tiles=len(asked),
        tiles={_unique(one, tiles): one for one in facts},
        wrong=wrong,
        notes=[*notes, *_mixtures(facts)],
        ignored=listing.ignored,
        repairs=_repairs(asked, done),
        against=None if against is None else str(against),
    )


def _rule_of(layout: str, listing: Listing, truth: Listing | None) -> Layout:
    if layout not in CHOICES:
        raise PairingError(f"layout must be one of {', '.join(CHOICES)}, not {layout!r}")
    if layout != "auto":
        return LAYOUTS[layout]
    names = [entry.name for entry in listing.tiles]
    if truth is None:
        return told_by_names(names)
    found = fitting([entry.name for entry in truth.tiles], names)
    if len(found) > 1:
        several = " and ".join(one.name for one in found)
        listing.wrong.append(Finding(f"layouts {several} both pair files: say --layout", ""))
    return found[0] if len(found) == 1 else LAYOUTS["exact"]


def _doubles(tiles: Mapping[str, list[Entry]], what: str) -> Iterator[Finding]:
    for key, entries in tiles.items():
        if len(entries) > 1:
            names = ", ".join(where(entry) for entry in entries)
            yield Finding(f"several {what}", f"tile {shown(key)}", names)


def _unreadable(listing: Listing, rule: Layout) -> Iterator[Finding]:
    """Files that no reader knows: wrong where every file is a tile, else none of the layout."""
    for path in listing.unreadable:
        if rule.name == "exact":
            yield Finding(f"suffix {path.suffix!r} cannot be read", shown(path))
        else:
            listing.ignored.append(Finding(f"no part of layout {rule.name}", shown(path)))


def _pair(
    tiles: Mapping[str, list[Entry]],
    truth: Listing,
    rule: Layout,
    wrong: list[Finding],
    notes: list[Finding],
    *,
    is_pair: bool,
) -> None:
    """What keeps predictions and ground truth from pairing; two single files pair as they are."""
    gts = by_id(truth, rule, as_pred=False)
    wrong += [*truth.wrong, *_unreadable(truth, rule), *_doubles(gts, "ground truths for tile")]
    if not gts:
        wrong.append(Finding(f"no ground truth is named as layout {rule.name} has it",
                             "", rule.summary))  # fmt: skip
    if is_pair and len(gts) == len(tiles) == 1:
        return
    wrong += [
        Finding("ground truth without prediction", f"tile {shown(key)}", where(gts[key][0]))
        for key in sorted(set(gts) - set(tiles))
    ]
    notes += [
        Finding("prediction without ground truth: it is not scored", f"tile {shown(key)}",
                where(tiles[key][0]))
        for key in sorted(set(tiles) - set(gts))
    ]  # fmt: skip


def _examine(asked: tuple[str, Entry], threshold: float | None) -> Examined:
    """Read one tile; whatever goes wrong becomes a finding."""
    key, (_, (path, tile)) = asked
    repairs = Repairs()
    try:
        read_tile = read(path, threshold=threshold, tile=tile, repairs=repairs)
        facts = _facts(key, asked[1], read_tile)
    except Exception as error:  # a broken file, or a broken reader: the others are read
        return Examined(None, (finding_of(error, path),))
    place = where(asked[1])
    notes = tuple(Finding(rule, place, text) for rule, text in _oddities(read_tile, facts))
    return Examined(facts, (), notes, repairs)


def _facts(key: str, entry: Entry, tile: Tile) -> TileFacts:
    path, is_mask = entry.place.path, isinstance(tile, Mask)
    graph = tile.graph if isinstance(tile, Mask) else tile
    return TileFacts(
        id=key,
        path=shown(path),
        format=SUFFIXES.get(path.suffix.lower(), path.suffix),
        kind="mask" if is_mask else "graph",
        unit=tile.unit,
        crs=graph.crs,
        vertices=len(graph.vertices),
        edges=len(graph.edges),
        length=graph.length,
        extent=tile.extent,
        shape=(tile.array.shape[0], tile.array.shape[1]) if isinstance(tile, Mask) else None,
        pixels=tile.n_pixels if isinstance(tile, Mask) else None,
    )


def _oddities(tile: Tile, facts: TileFacts) -> Iterator[tuple[str, str]]:
    """What may be meant and may be a fault, as (rule, what is special here)."""
    if not facts.edges:
        yield "no road in it", ""
    if facts.vertices > MANY:
        yield f"more than {MANY:,} vertices: scoring takes minutes", f"{facts.vertices:,}"
    if isinstance(tile, Mask):
        share = tile.n_pixels / max(tile.array.size, 1)
        if share > MOSTLY_ROAD:
            yield "most of the mask is road: are road and background exchanged?", f"{share:.0%}"
    elif n_outside := _n_outside(tile):
        yield "vertices outside the tile's extent", f"{n_outside} of {facts.vertices}"


def _n_outside(graph: RoadGraph) -> int:
    if graph.extent is None or not len(graph.vertices):
        return 0
    x0, y0, x1, y1 = graph.extent
    x, y = graph.vertices.T
    return int(((x < x0) | (x > x1) | (y < y0) | (y > y1)).sum())


def _mixtures(facts: Sequence[TileFacts]) -> Iterator[Finding]:
    """Differences between tiles that mostly are alike; the rarest are named."""
    yield from _mixture(facts, "unit", lambda one: one.unit, "score needs --gsd to join them")
    yield from _mixture(facts, "crs", lambda one: one.crs or "none", "")
    yield from _mixture(facts, "kind", lambda one: one.kind, "")
    masks = [one for one in facts if one.shape]
    yield from _mixture(masks, "size", lambda one: "{} x {}".format(*(one.shape or (0, 0))), "")


def _mixture(
    facts: Sequence[TileFacts], what: str, value: Callable[[TileFacts], str], hint: str
) -> Iterator[Finding]:
    counts = Counter(value(one) for one in facts)
    if len(counts) < 2:
        return
    usual = counts.most_common(1)[0][0]
    rule = f"tiles differ in {what} (most: {usual})" + (f": {hint}" if hint else "")
    for one in facts:
        if value(one) != usual:
            yield Finding(rule, one.path, value(one))


def _repairs(
    asked: Sequence[tuple[str, Entry]], done: Sequence[Examined]
) -> dict[str, dict[str, int]]:
    """What readers dropped or repaired, and in which files."""
    every: dict[str, dict[str, int]] = {}
    for (_, entry), one in zip(asked, done, strict=True):
        for what, n in (one.repairs or {}).items():
            files = every.setdefault(what, {})
            files[where(entry)] = files.get(where(entry), 0) + n
    return every


def _unique(one: TileFacts, tiles: Mapping[str, list[Entry]]) -> str:
    """The id; with the file where several claim it."""
    return one.id if len(tiles[one.id]) == 1 else f"{one.id} ({one.path})"


def _reported(
    done: Iterator[Examined], n: int, progress: Callable[[int, int], None] | None
) -> Iterator[Examined]:
    for i, one in enumerate(done, 1):
        if progress is not None:
            progress(i, n)
        yield one
