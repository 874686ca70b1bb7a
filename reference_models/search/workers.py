"""Where episodes are played: in this process, or by actors of Ray; in the same order.

    with workers("ray", 8, make) as crew:  # make() is a `Player`, and can be pickled
        crew.publish(3, weights)
        crew.submit(Unit(0, 0, 16, version=3))
        crew.submit(Unit(1, 16, 16, version=3))
        episodes = crew.collect() + crew.collect()  # of unit 0, of unit 1

Which weights play a unit is said when it is submitted, never when a worker comes to it: so the same
units give the same episodes for any number of workers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from roadmetrics.errors import RoadMetricsError

from .crew import Crew, Make, Turns
from .episode import Episode
from .selfplay import Unit

__all__ = ["Crew", "Embedded", "Make", "engine_of", "workers"]

ADDRESS = re.compile(r"ray(?::(?://)?(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\])(?::(?P<port>\d{1,5}))?)?")


class Embedded:
    """Everything in this process, when it is collected."""

    def __init__(self, make: Make) -> None:
        self.player, self.version = make(), -1
        self.turns = Turns()

    def publish(self, version: int, weights: bytes) -> None:
        """See `Crew`."""
        self.turns.publish(version, weights)

    def submit(self, unit: Unit) -> None:
        """See `Crew`."""
        self.turns.submit(unit)

    def collect(self) -> list[Episode]:
        """See `Crew`."""
        unit = self.turns.next()
        if unit.version != self.version:
            self.player.load(self.turns.weights[unit.version])
            self.version = unit.version
        episodes = self.player.play(unit)
        self.turns.done()
        return episodes


@contextmanager
def workers(text: str, n_workers: int, make: Make) -> Iterator[Crew]:
    """Of "embedded" (``n_workers`` is not looked at), "ray" or "ray:HOST[:PORT]".

    A Ray that was begun for it ends with the block. Raises RoadMetricsError for any other text,
    where the extra is not installed, and where no Ray answers.
    """
    engine = engine_of(text)
    if engine is None:
        yield Embedded(make)
        return
    if n_workers < 1:
        raise RoadMetricsError(f"{text}: a worker at least, not {n_workers}")
    from roadmetrics.ray_engine import ray_engine
    from roadmetrics.ray_workers import RayEngine

    from .ray_crew import RayCrew

    with ray_engine(engine, n_workers, n_workers) as begun:
        crew = RayCrew(cast(RayEngine, begun), n_workers, make)
        try:
            yield crew
        finally:
            crew.dismiss()


def engine_of(text: str) -> str | None:
    """What `roadmetrics` calls it; None for embedded.

    >>> engine_of("embedded"), engine_of("ray"), engine_of("ray:head"), engine_of("ray://head:1")
    (None, 'ray', 'ray://head', 'ray://head:1')
    >>> engine_of("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: workers are embedded, ray or ray:HOST[:PORT], not ''
    """
    if text == "embedded":
        return None
    found = ADDRESS.fullmatch(text)
    if found is None:
        raise RoadMetricsError(f"workers are embedded, ray or ray:HOST[:PORT], not {text!r}")
    if found["host"] is None:
        return "ray"
    return f"ray://{found['host']}" + (f":{found['port']}" if found["port"] else "")
