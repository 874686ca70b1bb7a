"""What the doctor found: which change makes predictions match, in words and as a document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from . import __version__
from .graph import UnitName
from .tables import Row, as_text
from .trials import Trial

SCHEMA = 1
N_SHOWN = 5  # trials in the table
Verdict = Literal["nothing to change", "change", "no match"]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """How predictions lie to their ground truth.

    ``given`` is how they match with the options that were given, ``best`` with the change that is
    advised (the same where there is nothing to change). Trials change the coordinates as the
    files have them. ``is_framed``: whether score knows the height of every tile, as --flip-y needs.
    ``is_gsd_pred``: whether --gsd scales the predictions only. ``alike``: other turns that match as
    well, where roads are symmetric.
    """

    verdict: Verdict
    given: Trial
    best: Trial
    tried: Sequence[Trial]
    tiles: Sequence[str]
    n_tiles: int
    unit: UnitName
    tolerance: float
    is_framed: bool = True
    gsd: float | None = None
    is_gsd_pred: bool = False
    alike: Sequence[Trial] = ()

    @property
    def match(self) -> float:
        """Agreement after the change, 0 (as by chance) to 1; see `overlay`."""
        return self.best.agreement.value

    @property
    def shift(self) -> tuple[float, float]:
        """What is added after turning and scaling, beside what mirroring in the tile adds."""
        return float(self.best.shift[0]), float(self.best.shift[1])

    @property
    def options(self) -> list[str]:
        """The options of score that state the axes of the best trial; see `advice`.

        They are all that is needed where nothing but axes is wrong.
        """
        turn = self.best.turn
        return ["--pred-axis yx"] * turn.swap + ["--flip-y"] * turn.flip_y

    @property
    def summary(self) -> str:
        """One line: what matches how well, and what to do."""
        value, given = f"{self.match:.2f}", f"{self.given.agreement.value:.2f}"
        if self.verdict == "nothing to change":
            return f"nothing to change: predictions match {value}"
        if self.verdict == "no match":
            return (
                f"no change tried makes them match: best {value} ({self._change()}), "
                f"{given} as given"
            )
        return f"matches {value} after {self._change()}, {given} as given: {self.advice}"

    @property
    def advice(self) -> str:
        """What to type, or how to correct the predictions; empty where nothing is to be changed."""
        if self.verdict != "change":
            return ""
        best, given = self.best, self.given
        is_plain = best.reference == "frame" and not best.is_shifted
        if best.turn.scale == 1 and not best.turn.flip_x and (is_plain or self._is_at_height()):
            return self._by_options()
        if is_plain and best.turn == given.turn.scaled(best.turn.scale):
            return self._by_scale()
        left = self._leave_out()
        also = f" and {left}" if left else ""
        return f"score has no option for it: rewrite the predictions{also}: {self.formula}"

    @property
    def formula(self) -> str:
        """How coordinates change: ``x becomes 400 - y, y becomes x``."""
        parts = [self._axis(k) for k in range(2)]
        text = ", ".join(part for part in parts if part)
        return text + " (c differs by tile: see --format json)" * any("c" in p[9:] for p in parts)

    def to_dict(self) -> dict[str, Any]:
        """The document."""
        best = self.best
        return {
            "schema": SCHEMA,
            "roadmetrics": __version__,
            "verdict": self.verdict,
            "summary": self.summary,
            "advice": self.advice,
            "match": self.match,
            "as_given": self.given.agreement.value,
            "change": _document(best) | {
                "matrix": best.turn.matrix.tolist(),
                "offsets": dict(zip(self.tiles, (o.tolist() for o in best.offsets), strict=True)),
            },
            "alike": [_document(trial) for trial in self.alike],
            "shares": {"gt": best.agreement.of_gt, "pred": best.agreement.of_pred},
            "unit": self.unit,
            "tolerance": self.tolerance,
            "tiles": list(self.tiles),
            "n_tiles": self.n_tiles,
            "tried": [
                _document(trial) | {"match": trial.agreement.value} for trial in self.tried
            ],
        }  # fmt: skip

    def render(self, form: str) -> str:
        """``table`` or ``json``, without a last newline."""
        if form == "json":
            return json.dumps(self.to_dict(), indent=1, allow_nan=False)
        of_gt, of_pred = self.best.agreement[1:]
        looked = f"looked at {len(self.tiles)} of {self.n_tiles} tiles"
        near = f"near: within {self.tolerance:.3g} {self.unit}"
        shares = (
            f"{100 * of_pred:.0f} % of predicted road is near true road, "
            f"{100 * of_gt:.0f} % of true road near predicted"
        )
        shown = sorted(self.tried[:N_SHOWN], key=lambda trial: -trial.agreement.value)
        rows = [_row(trial, self.given) for trial in shown]
        table = as_text(["tried", "shift x", "shift y", "match"], rows)
        also = ", ".join(f"{t.turn.name} {t.agreement.value:.2f}" for t in self.alike)
        note = f"\nthe roads are nearly symmetric, others match as well: {also}" if also else ""
        return f"{self.summary}\n\n{table}\n\n{shares}\n{near}; {looked}{note}"

    def _change(self) -> str:
        """In words, after "after"."""
        best, turn = self.best, self.best.turn
        parts = [turn.words] if turn.words else []
        if turn.scale != 1:
            parts.append(f"scaling by {turn.scale:.4g}")
        if best.reference == "own":
            parts.append("shifting each tile by an amount of its own")
        elif best.is_shifted and (self.is_framed or self._drift() > self.tolerance):
            parts.append(f"shifting by ({self.shift[0]:.1f}, {self.shift[1]:.1f}) {self.unit}")
        given = self.given.turn
        parts += ["leaving x and y in their order"] * (given.swap and not turn.swap)
        parts += ["leaving y as it is"] * (given.flip_y and not turn.flip_y)
        return (
            ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1] if parts else "nothing"
        )

    def _drift(self) -> float:
        """The largest offset along an axis that is not mirrored."""
        turn = self.best.turn
        straight = np.array([not turn.flip_x, not turn.flip_y])
        return float(np.abs(np.array(self.best.offsets) * straight).max())

    def _is_at_height(self) -> bool:
        """Whether y is mirrored at a height that only the user can know, and no more."""
        return self.best.turn.flip_y and not self.is_framed and self._drift() <= self.tolerance

    def _by_options(self) -> str:
        text = f"pass {' '.join(self.options)}" if self.options else ""
        if self.best.turn.flip_y and not self.is_framed:
            height = self._steps(1)
            text += " and the bounds of the tile, such that y0 + y1 is " + (
                f"{_number(height)} (--bounds)"
                if height is not None
                else "c (in a table of --pairs; c of each tile: see --format json)"
            )
        return ", ".join(part for part in (text, self._leave_out()) if part)

    def _by_scale(self) -> str:
        k = self.best.turn.scale
        size = f"predictions are at {1 / k:.4g} times the scale"
        if self.gsd and self.is_gsd_pred:
            return f"{size}: pass --gsd {self.gsd * k:.6g}"
        return f"{size}: rewrite them: {self.formula}"

    def _leave_out(self) -> str:
        """Options that were given and do harm."""
        best, given = self.best.turn, self.given.turn
        left = ["--pred-axis yx"] * (given.swap and not best.swap)
        left += ["--flip-y"] * (given.flip_y and not best.flip_y)
        return f"leave out {' and '.join(left)}" if left else ""

    def _steps(self, k: int) -> float | None:
        """What is added to coordinate ``k`` in every tile; None where tiles differ."""
        steps = np.array([offset[k] for offset in self.best.offsets])
        return float(np.median(steps)) if np.ptp(steps) <= self.tolerance else None

    def _axis(self, k: int) -> str:
        row = self.best.turn.matrix[k]
        at = int(np.argmax(row != 0))
        factor, step = float(row[at]), self._steps(k)
        name = ("" if abs(factor) == 1 else f"{abs(factor):.4g} * ") + "xy"[at]
        if step is not None and abs(step) < 0.05:
            return (
                "" if (factor, at) == (1.0, k) else f"{'xy'[k]} becomes {'-' * (factor < 0)}{name}"
            )
        text = "c" if step is None else _number(abs(step))
        if factor < 0:
            return f"{'xy'[k]} becomes {'-' * (step is not None and step < 0)}{text} - {name}"
        return f"{'xy'[k]} becomes {name} {'-' if step is not None and step < 0 else '+'} {text}"


def _number(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def _document(trial: Trial) -> dict[str, Any]:
    turn = trial.turn
    return {
        "name": turn.name, "swap": turn.swap, "flip_x": turn.flip_x, "flip_y": turn.flip_y,
        "scale": turn.scale, "shift": trial.shift.tolist(), "about": trial.reference,
    }  # fmt: skip


def _row(trial: Trial, given: Trial) -> Row:
    is_given = trial.turn == given.turn and not trial.is_shifted
    name = trial.turn.name + (" (as given)" if is_given and trial.turn.words else "")
    x, y = ("own", "own") if trial.reference == "own" else map(_number, trial.shift.tolist())
    return [name, x, y, f"{trial.agreement.value:.2f}"]
