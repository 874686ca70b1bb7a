"""Several images worked over side by side, so that a network is given a patch of each at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any, NamedTuple

from roadmetrics.errors import RoadMetricsError

from .task import Task

Many = Callable[[list[Task]], Sequence[Any]]  # edges [M, 2] of several patches, in order


class Lanes:
    """A refiner that works on ``n`` images side by side, by one that takes ``many`` tasks at once.

    Each image is in the hands of a thread, which waits when it has called the refiner. Of these
    threads one runs at a time, and the other one waits for it: what they share needs no lock, and
    the same names give the same batches. Where ``many`` raises RoadMetricsError, each task of that
    batch is tried by itself, so that only those to blame have the error.

    >>> def many(tasks):
    ...     print(tasks)
    ...     return [task.upper() for task in tasks]
    >>> lanes = Lanes(many, 2)
    >>> list(lanes.map(lambda name: [lanes(letter) for letter in name], ["ab", "c", "", "d"]))
    ['a', 'c']
    ['b', 'd']
    [['A', 'B'], ['C'], [], ['D']]
    >>> list(lanes.map(len, []))
    []
    """

    def __init__(self, many: Many, n: int) -> None:
        self.many, self.n = many, n

    def __call__(self, task: Task) -> Any:
        """The answer to one task, asked by what `map` has called, or by anybody."""
        lane = current_thread()
        return lane.ask(task) if isinstance(lane, _Lane) else self.many([task])[0]

    def map(self, work: Callable[[str], Any], names: Sequence[str]) -> Generator[Any, None, None]:
        """``work(name)`` for each name, in their order; begun in it, too, ``n`` at a time.

        What is done before its turn is held, ``2 n`` at most when another is begun. Raises what
        ``work`` raises, when its turn has come, and what ``many`` raises; all images that are in
        hand are given up then.
        """
        todo = enumerate(names)
        lanes = [_Lane(work, todo) for _ in range(min(self.n, len(names)))]
        held = _Held()
        answers: dict[_Lane, Any] = dict.fromkeys(lanes)
        try:
            while answers:
                asked: dict[_Lane, Task] = {}
                paused: dict[_Lane, Any] = {}
                for lane, answer in answers.items():
                    said = lane.run_on(answer)
                    while isinstance(said, _Done) and lane not in paused:
                        held.found[said.number] = said.result
                        yield from held.due()
                        if len(held.found) < 2 * self.n:
                            said = lane.run_on(None)
                        else:
                            paused[lane] = None
                    if said is not None and not isinstance(said, _Done):
                        asked[lane] = said
                found = _answers(self.many, list(asked.values()))
                answers = {**dict(zip(asked, found, strict=True)), **paused}
        finally:
            for lane in lanes:
                lane.stop()


class _Done(NamedTuple):
    """What became of a name; an error is no result, but comes back as one."""

    number: int
    result: Any


class _Failed(NamedTuple):
    error: BaseException


class _Held:
    """Results that wait for their turn."""

    def __init__(self) -> None:
        self.found: dict[int, Any] = {}
        self.turn = 0

    def due(self) -> Iterator[Any]:
        """Those whose turn has come; raises what came instead of one."""
        while self.turn in self.found:
            yield _result(self.found.pop(self.turn))
            self.turn += 1


class _Stopped(Exception):
    """Raised in a lane in place of an answer, when nobody wants its result any more."""


def _result(found: Any) -> Any:
    if isinstance(found, _Failed):
        raise found.error
    return found


def _answers(many: Many, tasks: list[Task]) -> Sequence[Any]:
    """Of each task the answer, or the RoadMetricsError that it is to blame for."""
    if not tasks:
        return []
    try:
        return many(tasks)
    except RoadMetricsError as error:
        if len(tasks) == 1:
            return [_Failed(error)]
    return [answer for task in tasks for answer in _answers(many, [task])]


class _Lane(Thread):
    """A thread that works over names one after the other, and only while it is waited for."""

    def __init__(self, work: Callable[[str], Any], todo: Iterator[tuple[int, str]]) -> None:
        super().__init__(daemon=True)
        self.work, self.todo = work, todo
        self.given: SimpleQueue[Any] = SimpleQueue()
        self.said: SimpleQueue[Any] = SimpleQueue()  # a task, _Done, or None at the end
        self.start()

    def run_on(self, answer: Any) -> Task | _Done | None:
        """Let it run until it asks or is done with a name; None: there are no more."""
        self.given.put(answer)
        said: Task | _Done | None = self.said.get()
        return said

    def ask(self, task: Task) -> Any:
        """In the lane: say what is asked, and wait."""
        self.said.put(task)
        return _result(self.given.get())

    def stop(self) -> None:
        """Let it end, whatever it waits for; it has let go of its image then."""
        self.given.put(_Failed(_Stopped()))
        self.join()

    def run(self) -> None:
        """All of it, in the thread."""
        try:
            _result(self.given.get())
            for number, name in self.todo:
                self.said.put(_Done(number, self._worked(name)))
                _result(self.given.get())
        except _Stopped:
            return
        self.said.put(None)

    def _worked(self, name: str) -> Any:
        try:
            return self.work(name)
        except _Stopped:
            raise
        except BaseException as error:
            return _Failed(error)
