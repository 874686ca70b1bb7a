"""Protocols: the columns of one paper's table, each a part of a metric's preset.

A preset of a protocol's name says which of its constants the paper states and which are assumed
(``roadmetrics show hm:oner2021``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import SignatureError

Scale = Literal["percent", "fraction"]


@dataclass(frozen=True)
class Column:
    """One column of a table: its header there, the metric, and the part of it."""

    header: str
    metric: str
    part: str


@dataclass(frozen=True)
class Protocol:
    """What one paper's table needs, in the order of its columns."""

    name: str
    title: str
    reference: str
    scale: Scale
    columns: tuple[Column, ...]
    note: str = ""

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, each once, in the order of the columns."""
        return list(dict.fromkeys(column.metric for column in self.columns))

    def shown(self, value: float) -> str:
        """A value as the table prints it: 81.2 or 0.812."""
        return f"{100 * value:.1f}" if self.scale == "percent" else f"{value:.4f}"


def protocol(name: str) -> Protocol:
    """The protocol of a name.

    Raises SignatureError for an unknown one.

    >>> protocol("oner2021").metrics[0]
    'apls:oner2021'
    >>> protocol("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.SignatureError: there is no protocol '': there are oner2021, \
anagnostidis2022, citraro2020, spacenet, sat2graph, samroad
    """
    if name not in PROTOCOLS:
        raise SignatureError(f"there is no protocol {name!r}: there are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def _prf(metric: str, what: str) -> tuple[Column, ...]:
    """Precision, recall and F1 of one metric."""
    names = {"precision": "precision", "recall": "recall", "f1": "F1"}
    return tuple(Column(f"{what} {header}", metric, part) for part, header in names.items())


def _ccq(preset: str) -> tuple[Column, ...]:
    parts = ("correctness", "completeness", "quality")
    return tuple(Column(f"CCQ {part}", f"ccq:{preset}", part) for part in parts)


_ALL = (
    Protocol(
        "oner2021",
        "APLS, TLTS within 5 %, JCT, HM and CCQ quality, in percent",
        "Oner, Kozinski, Citraro, Dadap, Konings, Fua 2021, Tables 1 to 8",
        "percent",
        (
            Column("APLS", "apls:oner2021", "apls"),
            Column("TLTS", "tlts:oner2021", "correct"),
            Column("JCT", "jct:oner2021", "f1"),
            Column("HM", "hm:oner2021", "f1"),
            Column("CCQ", "ccq:oner2021", "quality"),
        ),
        "the paper states 5 % for TLTS and 5 pixels for CCQ; every other constant is assumed",
    ),
    Protocol(
        "anagnostidis2022",
        "CCQ, TLTS, APLS, path, junction and sub-graph, as fractions",
        "Anagnostidis, Lucchi, Hofmann 2022, Table 2 (arXiv version)",
        "fraction",
        (
            *_ccq("anagnostidis2022"),
            Column("TLTS correct", "tlts:anagnostidis2022", "correct"),
            Column("TLTS 2l+2s ↓", "tlts:anagnostidis2022", "2l+2s"),
            Column("APLS", "apls:anagnostidis2022", "apls"),
            *_prf("path:anagnostidis2022", "path"),
            *_prf("junction:anagnostidis2022", "junction"),
            *_prf("subgraph:anagnostidis2022", "sub-graph"),
        ),
        "the paper names the measures and gives Eq. 4; every other constant is assumed",
    ),
    Protocol(
        "citraro2020",
        "the measures of metrics_delin: CCQ, TLTS, holes and marbles, path, junction, sub-graph",
        "Citraro, Kozinski, Fua 2020; code lcit/metrics_delin@30f1ad9",
        "fraction",
        (
            *_ccq("citraro2020"),
            Column("TLTS correct", "tlts:citraro2020", "correct"),
            *_prf("hm:citraro2020", "H&M"),
            *_prf("path:citraro2020", "path"),
            *_prf("junction:citraro2020", "junction"),
            *_prf("subgraph:citraro2020", "sub-graph"),
        ),
        "constants are those of the published code, in pixels of RoadTracer's graphs",
    ),
    Protocol(
        "spacenet",
        "APLS as the SpaceNet road challenges score it",
        "SpaceNet 3, topcoderinc/Spacenet-Challenge-Round3 scorer; Van Etten et al. 2018",
        "fraction",
        (Column("APLS", "apls:spacenet", "apls"),),
    ),
    Protocol(
        "sat2graph",
        "TOPO and APLS on City-scale tiles, in percent",
        "He et al. 2020 (Sat2Graph); code songtaohe/Sat2Graph@7ca4a34",
        "percent",
        (*_prf("hm:sat2graph", "TOPO"), Column("APLS", "apls:sat2graph", "apls")),
        "lengths are metres: tiles in pixels need --gsd 1",
    ),
    Protocol(
        "samroad",
        "TOPO and APLS on City-scale tiles, in percent",
        "Hetang et al. 2024 (SAM-Road); code htcr/sam_road@04b67c5 cityscale_metrics",
        "percent",
        (*_prf("hm:samroad", "TOPO"), Column("APLS", "apls:samroad", "apls")),
        "its SpaceNet table: --metric hm:sat2graph-spacenet --metric apls:samroad-352",
    ),
)

PROTOCOLS: dict[str, Protocol] = {one.name: one for one in _ALL}
