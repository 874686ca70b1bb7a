"""FlatGeobuf lines, by GDAL through pyogrio (extra ``geo``)."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from ..errors import FormatError
from ..graph import RoadGraph
from .crs_text import crs_of
from .extras import complaint, needed
from .lines import graph_of_wkb

MAGIC = b"fgb\x03fgb"  # version 3; GDAL sees no file that begins otherwise
logging.getLogger("pyogrio").addHandler(logging.NullHandler())  # else its errors are printed
FEATURE = 32  # bytes that a feature takes at least


def read_flatgeobuf(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """The lines as a graph in metres, in ``crs`` or else as `lines.graph_on_ground`.

    Raises FormatError for what is no FlatGeobuf of lines, or has no crs.

    >>> read_flatgeobuf(b"<OGRVRTDataSource/>", "a.fgb")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.fgb: not a FlatGeobuf of version 3
    """
    if not data.startswith(MAGIC):
        raise FormatError(f"{name}: not a FlatGeobuf of version 3")
    pyogrio = needed("pyogrio", "geo", name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source, shapes = _read(pyogrio, data, name)
        except FormatError:
            raise
        except IndexError:
            raise FormatError(f"{name}: a damaged FlatGeobuf: GDAL finds no layer in it") from None
        except Exception as error:  # GDAL's errors, and NumPy's about forged counts
            raise FormatError(
                f"{name}: a damaged FlatGeobuf, GDAL says {complaint(error)}"
            ) from None
    if not source:
        raise FormatError(f"{name}: it names no crs")
    return graph_of_wkb(shapes, "feature", crs_of(source, name), crs, name)


def _read(pyogrio: Any, data: bytes, name: str) -> tuple[Any, Any]:
    """The text of the crs, and the WKB of each feature."""
    info = pyogrio.read_info(data)
    if info["driver"] != "FlatGeobuf":
        raise FormatError(f"{name}: not a FlatGeobuf")
    if info["features"] > len(data) // FEATURE:
        raise FormatError(f"{name}: {info['features']} features do not fit in {len(data)} bytes")
    meta, _, shapes, _ = pyogrio.raw.read(data, columns=[])
    if len(shapes) < info["features"]:  # -1: the header does not say
        raise FormatError(
            f"{name}: cut short: {len(shapes)} of {info['features']} features are there"
        )
    return meta["crs"], shapes
