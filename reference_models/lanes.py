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

        What is done before its turn is held. Raises what ``work`` raises, when its turn has come,
        and what ``many`` raises; all images that are in hand are given up then.
        """
        todo = enumerate(names)
        lanes = [_Lane(work, todo) for _ in range(min(self.n, len(names)))]
        done: dict[int, Any] = {}
        turn = 0
        answers: Sequence[Any] = [None] * len(lanes)
        waiting = lanes
        try:
            while waiting:
                asked = []
                for lane, answer in zip(waiting, answers, strict=True):
                    task = lane.run_on(answer, done)
                    asked += [] if task is None else [(lane, task)]
                while turn in done:
                    yield _result(done.pop(turn))
                    turn += 1
                waiting = [lane for lane, _ in asked]
                answers = _answers(self.many, [task for _, task in asked])
        finally:
            for lane in lanes:
                lane.stop()


class _Done(NamedTuple):
    """What became of a name; an error is no result, but comes back as one."""

    number: int
    result: Any


class _Failed(NamedTuple):
    error: BaseException


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

    def run_on(self, answer: Any, done: dict[int, Any]) -> Task | None:
        """Let it run until it asks, or all is done (None); what it has done is put in ``done``."""
        self.given.put(answer)
        while isinstance(said := self.said.get(), _Done):
            done[said.number] = said.result
        task: Task | None = said
        return task

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
