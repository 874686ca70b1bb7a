"""Several images worked over side by side, so that a network is given a patch of each at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any

from .task import Task

Refine = Callable[[Task], Any]  # edges [M, 2] of one patch
Many = Callable[[list[Task]], Sequence[Any]]  # of several, in order


def side_by_side(
    names: Sequence[str], work: Callable[[str, Refine], None], many: Many, n: int = 32
) -> None:
    """Call ``work(name, refine)`` for each name, ``n`` at a time, each in a thread of its own.

    What ``refine`` is asked waits until every other thread asks or is done; then ``many`` answers
    all of them in this thread, in the order of the names. So the same names give the same batches.
    Raises what ``work`` or ``many`` raises, of the first name.

    >>> class Asked(list):
    ...     def __call__(self, tasks):
    ...         self.append(tasks)
    ...         return [task.upper() for task in tasks]
    >>> answers, asked = {}, Asked()
    >>> def work(name, refine):
    ...     answers[name] = [refine(letter) for letter in name]
    >>> side_by_side(["ab", "c"], work, asked)
    >>> sorted(answers.items()), asked
    ([('ab', ['A', 'B']), ('c', ['C'])], [['a', 'c'], ['b']])
    >>> side_by_side([], work, asked)
    """
    lanes = [_Lane(k, names[k::n], work) for k in range(min(n, len(names)))]
    asked: SimpleQueue[tuple[_Lane, Task | None]] = SimpleQueue()
    for lane in lanes:
        lane.start_with(asked)
    n_live = len(lanes)
    while n_live:
        waiting: list[tuple[_Lane, Task]] = []
        while len(waiting) < n_live:
            lane, task = asked.get()
            if task is None:
                n_live -= 1
            else:
                waiting.append((lane, task))
        _answer(sorted(waiting, key=lambda each: each[0].number), many)
    for lane in lanes:
        if lane.error is not None:
            raise lane.error


def _answer(waiting: list[tuple[_Lane, Task]], many: Many) -> None:
    """Give each lane its answer, or all of them the error."""
    if not waiting:
        return
    try:
        found: Sequence[Any] = many([task for _, task in waiting])
    except Exception as error:
        found = [error] * len(waiting)
    for (lane, _), answer in zip(waiting, found, strict=True):
        lane.answers.put(answer)


class _Lane:
    """A thread that works over some of the names, one after the other."""

    def __init__(
        self, number: int, names: Sequence[str], work: Callable[[str, Refine], None]
    ) -> None:
        self.number, self.names, self.work = number, names, work
        self.answers: SimpleQueue[Any] = SimpleQueue()
        self.error: Exception | None = None

    def start_with(self, asked: SimpleQueue[tuple[_Lane, Task | None]]) -> None:
        """Begin; ask there, and say there that all is done."""
        Thread(target=self._run, args=(asked,), daemon=True).start()

    def _run(self, asked: SimpleQueue[tuple[_Lane, Task | None]]) -> None:
        def refine(task: Task) -> Any:
            asked.put((self, task))
            answer = self.answers.get()
            if isinstance(answer, Exception):
                raise answer
            return answer

        try:
            for name in self.names:
                self.work(name, refine)
        except Exception as error:
            self.error = error
        finally:
            asked.put((self, None))
