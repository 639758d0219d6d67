"""`symptoms`: what may be wrong in a run that has failed: whoever failed again and again, or goes on alone. Pure.

Said beside the error itself, which most often says only what has not come. Deliberately not here: the last events
(`runtime.sim.report`), and the mishaps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from runtime.sim.failures import is_ours
from runtime.sim.timeline import DEATHS
from runtime.sim.trace import ENDED, LOGGED_ERROR, RETURNED, SYSTEM_ENDED, Event, in_short

OFTEN = 3
"""A program that has ended so often with the same error is told of."""
MOST = 5
"""Different errors in the log that are told of: the first."""
LATE_S = 1.0
"""After its system's end, a program that has not ended is told of."""
_INCARNATION = re.compile(r"#\d+")
_SILENCE = re.compile(r" silence=.*")
_PLACE = re.compile(r'File "([^"]+)", line (\d+)')


def symptoms(events: Sequence[Event]) -> Iterator[str]:
    """A text for each."""
    yield from _programs_that_end(events)
    yield from _programs_that_stay(events)
    yield from _errors(events)


def _programs_that_end(events: Sequence[Event]) -> Iterator[str]:
    ended = (event for event in events if event.kind == ENDED and event.detail != RETURNED)
    for (machine, why), times in Counter((event.host, in_short(event).detail) for event in ended).items():
        if times >= OFTEN:
            yield f"The program of {machine} ended {times} times with {why}"


def _programs_that_stay(events: Sequence[Event]) -> Iterator[str]:
    left: dict[str, Event] = {}
    for event in events:
        if event.kind == SYSTEM_ENDED:
            left[event.host] = event
        elif event.kind in (ENDED, "started", *DEATHS):
            left.pop(event.host, None)
    for machine, event in left.items():
        if events[-1].at_s - event.at_s > LATE_S:
            yield (
                f"The actor system of {machine} ended at {event.at_s:.4f} s ({event.detail}), and its program goes on "
                "without it: let it wait for `system.when_terminated()`, and return then"
            )


def _errors(events: Sequence[Event]) -> Iterator[str]:
    found: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        if event.kind == LOGGED_ERROR:
            text = _SILENCE.sub("", _INCARNATION.sub("", in_short(event).detail))
            found.setdefault((event.host, text), []).append(event)
    if found:
        lines = [f"{events[0].at_s:10.4f} {host:8} {text}{_more(events)}" for (host, text), events in found.items()]
        more = [f"  and {len(lines) - MOST} others, which the page has"] if len(lines) > MOST else []
        yield "\n".join(["Errors in the log, each where it came first:", *lines[:MOST], *more])


def _more(same: list[Event]) -> str:
    """How often it came, and where: in code that is none of this package, if there is any."""
    places = [(file, line) for file, line in _PLACE.findall(same[0].detail) if not is_ours(file)]
    where = "; at {}:{}".format(*places[-1]) if places else ""
    return where + (f"; {len(same)} times" if len(same) > 1 else "")
