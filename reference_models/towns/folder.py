"""A folder of tiles: images, masks, graphs, and a manifest that says what they are."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import roadmetrics
from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown, write_bytes
from roadmetrics.io.graph_json import write_graph_json
from roadmetrics.parallel import mapped

from .options import Options
from .tile import MASKS, REVISION, Tile, make_tile

FORMAT = "reference_models.towns"
SCHEMA = 1
MANIFEST = "manifest.json"
MOST_TILES = 1_000_000

Progress = Callable[[int, int], None]  # tiles done, tiles in all


def tile_id(seed: int, index: int) -> str:
    """The name of a tile's files.

    >>> tile_id(0, 12)
    'town_0_00012'
    """
    return f"town_{seed}_{index:05d}"


def write_towns(
    out: Path,
    n_tiles: int,
    seed: int = 0,
    options: Options | None = None,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Make tiles 0 to ``n_tiles`` - 1 of a seed in a new folder; the manifest comes back.

    The folder is written under another name and renamed, so that it is there whole or not at all.

    Raises RoadMetricsError for a folder that holds something, and where it cannot be written.
    """
    options = options or Options()
    if not 1 <= n_tiles <= MOST_TILES:
        raise RoadMetricsError(f"the number of tiles must be 1 to {MOST_TILES:,}, not {n_tiles}")
    if seed < 0:
        raise RoadMetricsError(f"a seed must not be negative: {seed}")
    _check_place(out)
    draft = out.absolute().with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        for name in ("images", "graphs", *(f"masks/{mask}" for mask in MASKS)):
            (draft / name).mkdir(parents=True)
        work = partial(_write_tile, folder=draft, seed=seed, options=options)
        rows: list[dict[str, Any]] = []
        for row in mapped(work, range(n_tiles), jobs):
            rows.append(row)
            if progress is not None:
                progress(len(rows), n_tiles)
        manifest = _manifest(rows, seed, options)
        write_bytes(draft / MANIFEST, _json(manifest, indent=1))
        draft.replace(out)
    except OSError as error:
        raise RoadMetricsError(f"{shown(out)}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def digest(array: npt.NDArray[Any]) -> str:
    """Of shape and values; masks are packed, so that it is that of their bits.

    >>> digest(np.zeros((2, 2), dtype=bool)) == digest(np.zeros((4, 1), dtype=bool))
    False
    """
    state = hashlib.blake2b(repr((array.shape, array.dtype.kind)).encode(), digest_size=16)
    plain = np.packbits(array) if array.dtype == np.bool_ else array
    state.update(np.ascontiguousarray(plain).tobytes())
    return state.hexdigest()


def digests(tile: Tile) -> dict[str, str]:
    """Of all that is the same on every machine: masks, graph, levels."""
    marks = {name: digest(getattr(tile, name)) for name in MASKS}
    levels = digest(tile.level.astype("<i8"))
    return {**marks, "graph": tile.graph.digest, "levels": levels}


def _check_place(out: Path) -> None:
    name = shown(out)
    if not out.absolute().parent.is_dir():
        raise RoadMetricsError(f"{name}: cannot be written: not in a folder that exists")
    if os.path.lexists(out) and not out.is_dir():
        raise RoadMetricsError(f"{name}: it is there already, and no folder: give another name")
    if out.is_dir() and (out.is_symlink() or any(out.iterdir())):
        raise RoadMetricsError(f"{name}: the folder is not empty: give a new one")


def _write_tile(index: int, folder: Path, seed: int, options: Options) -> dict[str, Any]:
    tile = make_tile(seed, index, options)
    name = tile_id(seed, index)
    write_bytes(folder / "images" / f"{name}.png", _png(tile.image))
    for mask in MASKS:
        pixels = getattr(tile, mask).astype(np.uint8) * np.uint8(255)
        write_bytes(folder / "masks" / mask / f"{name}.png", _png(pixels))
    document = json.loads(write_graph_json(tile.graph))
    document["levels"] = tile.level.tolist()
    write_bytes(folder / "graphs" / f"{name}.json", _json(document))
    n_road = max(int(np.count_nonzero(tile.road)), 1)
    return {
        "id": name, "index": index, "difficulty": tile.difficulty, **tile.facts,
        "road_pixels": int(np.count_nonzero(tile.road)),
        "road_in_shadow": int(np.count_nonzero(tile.road & tile.shadow)) / n_road,
        "road_behind_houses": int(np.count_nonzero(tile.building_over_road)) / n_road,
        "edges": len(tile.graph.edges), "edges_on_overpasses": int(np.count_nonzero(tile.level)),
        "digests": digests(tile), "image_digest": digest(tile.image),
    }  # fmt: skip


def _manifest(rows: list[dict[str, Any]], seed: int, options: Options) -> dict[str, Any]:
    """``digest`` is over masks and graphs of all tiles: two folders with one are the same data."""
    import PIL

    state = hashlib.blake2b(digest_size=16)
    for row in rows:
        state.update(json.dumps([row["id"], row["digests"]], sort_keys=True).encode())
    return {
        "format": FORMAT, "schema": SCHEMA, "revision": REVISION, "seed": seed,
        "options": asdict(options), "digest": state.hexdigest(),
        "versions": {
            "roadmetrics": roadmetrics.__version__, "numpy": np.__version__,
            "pillow": PIL.__version__,
        },
        "tiles": rows,
    }  # fmt: skip


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Little compression: noise has none, and time counts."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def _json(document: dict[str, Any], indent: int | None = None) -> bytes:
    return (json.dumps(document, allow_nan=False, indent=indent) + "\n").encode()
