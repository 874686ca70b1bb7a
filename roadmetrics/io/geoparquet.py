"""GeoParquet lines (OGC 24-013), by pyarrow (extra ``geo``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import FormatError
from ..graph import RoadGraph
from .crs_text import crs_of
from .extras import needed
from .files import MIB, quoted
from .lines import MAX_POINTS, graph_of_wkb
from .parquet_pages import unpacked_size
from .projection import LONLAT
from .strict_json import parse_json

MAGIC = b"PAR1"
BATCH = 10_000  # rows
MAX_GROUPS = 10_000  # of rows
MAX_UNPACKED = 128 * MIB  # of the column of geometries: `lines.MAX_POINTS` take 100


def read_geoparquet(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """The lines as a graph in metres, in ``crs`` or else as `lines.graph_on_ground`.

    The primary column, encoded as WKB; without a crs it is lon/lat, as the format says. Raises
    FormatError for what is no GeoParquet of lines.

    >>> read_geoparquet(b"roads", "a.parquet")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.parquet: not a Parquet file
    """
    if not (data.startswith(MAGIC) and data.endswith(MAGIC) and len(data) > 12):
        raise FormatError(f"{name}: not a Parquet file")
    parquet = needed("pyarrow.parquet", "geo", name)
    try:
        return _graph(parquet, data, name, crs)
    except FormatError:
        raise
    except Exception as error:  # pyarrow raises nearly anything for damaged bytes
        raise FormatError(
            f"{name}: a damaged Parquet file, pyarrow says {quoted(str(error), 80)}"
        ) from None


def _graph(parquet: Any, data: bytes, name: str, crs: str | None) -> RoadGraph:
    pyarrow = needed("pyarrow", "geo", name)
    limits = {"thrift_string_size_limit": 16 * MIB, "thrift_container_size_limit": 1_000_000}
    file = parquet.ParquetFile(pyarrow.BufferReader(data), **limits)
    column, text = _primary(file.metadata.metadata, name)
    _check_size(data, file.metadata, column, name)
    file = parquet.ParquetFile(pyarrow.BufferReader(data), read_dictionary=[column], **limits)
    return graph_of_wkb(_features(file, column, name), "row", text, crs, name)


def _primary(metadata: dict[bytes, bytes] | None, name: str) -> tuple[str, str]:
    """Name and crs of the column that the key ``geo`` calls primary."""
    text = (metadata or {}).get(b"geo")
    if text is None:
        raise FormatError(f"{name}: no GeoParquet: its metadata have no key 'geo'")
    geo = parse_json(text, f"{name}: geo")
    columns = geo.get("columns") if isinstance(geo, dict) else None
    column = geo.get("primary_column") if isinstance(geo, dict) else None
    about = columns.get(column) if isinstance(columns, dict) and isinstance(column, str) else None
    if not isinstance(about, dict) or not isinstance(column, str):
        raise FormatError(f"{name}: its metadata 'geo' name no primary column")
    if about.get("encoding") != "WKB":
        raise FormatError(
            f"{name}: geometries encoded as {quoted(about.get('encoding'))}: write them as WKB"
        )
    if "crs" in about and about["crs"] is None:
        raise FormatError(f"{name}: it says that its crs is unknown: write the file with one")
    return column, crs_of(about["crs"], name) if "crs" in about else LONLAT


def _check_size(data: bytes, metadata: Any, column: str, name: str) -> None:
    """What the column unpacks to, before it does; rows are counted before they are made."""
    if metadata.num_rows > MAX_POINTS:
        raise FormatError(f"{name}: {metadata.num_rows} rows, above {MAX_POINTS}: cut it up")
    if metadata.num_row_groups > MAX_GROUPS:
        raise FormatError(f"{name}: {metadata.num_row_groups} row groups, above {MAX_GROUPS}")
    size, place = 0, _place(metadata, column, name)
    for g in range(metadata.num_row_groups):
        chunk = metadata.row_group(g).column(place)
        first = chunk.data_page_offset
        if chunk.has_dictionary_page:
            first = min(first, chunk.dictionary_page_offset)
        size += unpacked_size(data, max(first, 0), chunk.total_compressed_size)
    if size > MAX_UNPACKED:
        raise FormatError(
            f"{name}: geometries of {size // MIB} MiB, above {MAX_UNPACKED // MIB} MiB: cut it up"
        )


def _place(metadata: Any, column: str, name: str) -> int:
    """Which column of the file has this name."""
    for i in range(metadata.num_columns):
        if metadata.schema.column(i).path == column:
            return i
    raise FormatError(f"{name}: there is no column {quoted(column)} of plain values in it")


def _features(file: Any, column: str, name: str) -> Iterator[bytes | None]:
    total = 0
    for batch in file.iter_batches(batch_size=BATCH, columns=[column], use_threads=False):
        array = batch.column(0)  # dictionary and indices: a repeated value is held once
        values = array.dictionary.to_pylist()
        for index in array.indices.to_pylist():
            value = None if index is None else values[index]
            total += len(value or b"")
            if total > MAX_UNPACKED:
                raise FormatError(f"{name}: geometries above {MAX_UNPACKED // MIB} MiB: cut it up")
            yield value
