"""Says once why the first call after install takes long: numba compiles the kernels.

Kernels that come from numba's cache do not raise the event that this listens to.
"""

from __future__ import annotations

from .output import say


def announce_compiling() -> None:
    """From here on, print one line at the first kernel that is really compiled."""
    from numba.core import event

    class Once(event.Listener):
        is_said = False

        def on_start(self, event: object) -> None:
            if not self.is_said:
                self.is_said = True
                say("compiling kernels (once after install, half a minute for all metrics) ...")

        def on_end(self, event: object) -> None:
            pass

    event.register("numba:compile", Once())  # type: ignore[no-untyped-call]
