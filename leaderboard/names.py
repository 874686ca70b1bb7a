"""Which names of files a set of predictions may hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from roadmetrics.load import IGNORED, SIDECARS, SUFFIXES

from .limits import Caps

PICKLES = (".p", ".pickle", ".pkl", ".gpickle")
ARCHIVES = (
    ".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".lzma", ".7z", ".rar", ".zst",
    ".jar", ".whl", ".iso", ".cab", ".lz4",
)  # fmt: skip
MAGIC = {
    b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2",
    b"\xfd7zXZ": "xz", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "rar", b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip
MAX_BYTES = 200  # of a name


def wrong_name(name: str) -> str:
    """Why a file may not be called so; empty where it may. The name has no folder before it.

    >>> wrong_name("boston.graph")
    ''
    >>> wrong_name("../boston.graph")
    'a path that leads out of its folder'
    """
    parts = name.split("/")
    if not name or not name.isprintable():
        return "control characters in the name, or no name"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "an absolute path"
    if ".." in parts or "." in parts:
        return "a path that leads out of its folder"
    if "\\" in name or ":" in name:
        return "a backslash or colon in the name"
    if unicodedata.normalize("NFC", name) != name:
        return "a name that is not in normal form (NFC)"
    if len(name.encode("utf-8", "surrogateescape")) > MAX_BYTES:
        return f"a name of more than {MAX_BYTES} bytes"
    if len(parts) > 1:
        return "a folder in the folder: all predictions lie side by side"
    if name.startswith(".") or name.endswith((".", " ")):
        return "a hidden file, or a name that ends in a dot or space: take it away"
    return ""


def wrong_kind(name: str, caps: Caps) -> str:
    """Why a file of this suffix is not taken; empty where it is."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in ARCHIVES:
        return "an archive in the predictions: unpack it"
    if suffix in PICKLES and not caps.pickles:
        return "this benchmark takes no pickles: roadmetrics convert writes other formats"
    is_known = suffix in SUFFIXES or suffix in SIDECARS or is_note(name)
    return "" if is_known else f"suffix {suffix!r} is not one that predictions have: take it away"


def wrong_content(name: str, head: bytes) -> str:
    """Why a file that begins so is not taken: archives in disguise; .npz is one by its format."""
    if PurePosixPath(name).suffix.lower() == ".npz":
        return ""
    found = [kind for magic, kind in MAGIC.items() if head.startswith(magic)]
    found += ["tar"] * (head[257:262] == b"ustar")
    return f"its content is an archive ({found[0]})" if found else ""


def is_note(name: str) -> bool:
    """Whether a file is a licence or note, which nobody reads."""
    lower = name.lower()
    return lower.startswith(IGNORED) or lower.endswith((".txt", ".md"))


def doubles(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are another one but for case or form, with that other; the same name, too.

    >>> list(doubles(["a.json", "A.json", "b.json"]))
    [('A.json', 'a.json')]
    """
    seen: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
        if key in seen:
            yield name, seen[key]
        seen.setdefault(key, name)
