"""What processes still wait for, as their loop knows it: D10 of the scenario `deathwatch`. SHELL: only reads.

No timer outlives its reason: whoever has set one still knows it, so that it can be cancelled, and waits for something
that may yet come. A timer that nobody cancels strikes later at what has taken its owner's place, and most often at
nothing, so what people see does not show it. Deliberately not here: timers of user code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from runtime.remote.alarms import Alarms
from runtime.remote.answers import Answers
from runtime.remote.dialling import Dialling
from runtime.remote.inbound import InboundLink
from runtime.remote.inlet import Inlet
from runtime.remote.judge import Judge
from runtime.remote.outbound import OutboundLink
from runtime.remote.provider import RemoteProvider
from runtime.remote.pulse import Pulse
from runtime.sim.process import PROCESS

Reasons: TypeAlias = Mapping[type, tuple[str, Callable[[Any], bool]]]
"""By class of the owner: its attribute that holds the timer, and whether it has a reason to wait."""

OF_REMOTING: Reasons = {
    InboundLink: ("_timer", lambda link: link.is_unfinished),
    OutboundLink: ("_timer", lambda link: not link.uid and link._caller._dials._of[link.lane]._link is link),
    Dialling: ("_timer", lambda dialling: dialling._task is None and dialling._link is None),
    Inlet: ("_timer", lambda inlet: bool(inlet._links)),
    Answers: ("_timer", lambda answers: True),  # looks by itself whether there is anything left
    Pulse: ("_timer", lambda pulse: len(pulse._wheel) > 0),
    Judge: ("_timer", lambda judge: bool(judge._monitors)),
    RemoteProvider: ("_sweep_timer", lambda provider: bool(provider._associations)),
}
_SECOND_LOOK = "_drain"
"""Of a judge, which keeps one for each monitor that it looks at again."""


def look(loop: Any, reasons: Reasons, complain: Callable[[str], None]) -> None:
    """Ask each timer that somebody's process waits for, who knows it and why.

    Args:
        loop: The world's.
        reasons: Of those who are asked.
        complain: Takes what is wrong.
    """
    for _, _, timer in loop._timers:
        if not timer._cancelled and timer._context is not None:
            process = timer._context.get(PROCESS)
            if process is not None and process.alive and (wrong := _complaint(timer, reasons)):
                complain(f"{process.name} {wrong}")


def _complaint(timer: asyncio.TimerHandle, reasons: Reasons) -> str:
    """What is wrong with a timer; empty if nothing is, or if it is none of theirs."""
    callback: Any = timer._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if owner is None:
        named = getattr(callback, "__closure__", None) or ()
        alarms = next((cell.cell_contents for cell in named if isinstance(cell.cell_contents, Alarms)), None)
        is_known = alarms is None or timer in alarms._timers.values()
        return "" if is_known else "waits for an alarm that its owner has forgotten"
    kind = type(owner)
    if kind not in reasons:
        return ""
    if callback.__name__ == _SECOND_LOOK:
        return "" if timer in owner._again.values() else "waits for a second look that its judge has forgotten"
    attribute, reason = reasons[kind]
    if getattr(owner, attribute) is not timer:
        return f"waits in the name of a {kind.__name__} that has forgotten it"
    return "" if reason(owner) else f"waits in the name of a {kind.__name__} that has nothing to wait for"
