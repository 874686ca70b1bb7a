"""The stack, marks and memo that the opcodes of a pickle work on, and the kinds of value."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple


class Refused(Exception):
    """A name that an adjacency pickle does not need."""


class Symbol(NamedTuple):
    """The name of a class or function: never looked up."""

    module: str
    name: str


class Pairs:
    """A dictionary as it was written: keys and values in order."""

    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[tuple[Any, Any]] = []


class Machine:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0  # next byte
        self.start = 0  # of the current opcode, for messages
        self.stack: list[Any] = []
        self.marks: list[int] = []  # stack heights
        self.memo: dict[int, Any] = {}

    def pop(self) -> Any:
        if not self.stack or (self.marks and self.marks[-1] >= len(self.stack)):
            raise ValueError("the stack is empty")
        return self.stack.pop()

    def take(self, n: int) -> bytes:
        end = self.at + n
        if end > len(self.data):
            raise ValueError(f"{n} bytes are announced, {len(self.data) - self.at} are left")
        part = self.data[self.at : end]
        self.at = end
        return part

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> bytes:
        end = self.data.find(b"\n", self.at)
        if end < 0:
            raise ValueError("a line does not end")
        part = self.data[self.at : end]
        self.at = end + 1
        return part

    def pop_mark(self) -> list[Any]:
        if not self.marks:
            raise ValueError("no mark on the stack")
        height = self.marks.pop()
        items = self.stack[height:]
        del self.stack[height:]
        return items

    def top(self, kind: type[Any]) -> Any:
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise ValueError(f"the stack holds no {kind.__name__.lower()} to fill")
        return self.stack[-1]
