"""Images with more key points than fit: a warning of the library, a line of the command lines."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

from roadmetrics.cli.output import say

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO, TypeVar

    Made = TypeVar("Made")


class CrowdedWarning(UserWarning):
    """Key points that an image has and the cap has no room for."""


def all_of(made: Iterable[Made], name: str, most: int) -> list[Made]:
    """All that is made, such as tasks; how many of them were crowded is one warning.

    ``name``: of what they are made from; ``most``: the key points that fit.

    >>> all_of([], "towns", 64)
    []
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CrowdedWarning)
        found = list(made)
    crowded = [each for each in caught if issubclass(each.category, CrowdedWarning)]
    for each in caught:
        if each not in crowded:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if crowded:
        warnings.warn(
            f"{name}: {len(crowded)} of {len(found)} images have more than {most} key points, and "
            "lost some: raise --max-key-points", CrowdedWarning, stacklevel=3,
        )  # fmt: skip
    return found


@contextmanager
def saying(program: str) -> Iterator[None]:
    """A `CrowdedWarning` is a line on standard error, each text once; others stay warnings."""
    told: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", CrowdedWarning)
        show = warnings.showwarning

        def shown(
            message: Warning | str, category: type[Warning], filename: str, lineno: int,
            file: TextIO | None = None, line: str | None = None,
        ) -> None:  # fmt: skip
            if not issubclass(category, CrowdedWarning):
                show(message, category, filename, lineno, file, line)
            elif str(message) not in told:
                told.add(str(message))
                say(str(message), program)

        warnings.showwarning = shown
        yield
