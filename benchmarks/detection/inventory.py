"""What there is to choose from, and what of it can be run here: `--list`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.detection.catalogue import CONTENDERS
from benchmarks.detection.cells import CARRIAGES, PROFILE_NAMES, WATCHED, WATCHERS
from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.network import why_not


def inventory() -> str:
    """The lists as text."""
    return "\n".join(_lines(why_not()))


def _lines(reason: str | None) -> Iterator[str]:
    yield "failures (trials; * needs network namespaces)"
    for failure in FAILURES.values():
        star = "*" if failure.is_divided else " "
        yield f"  {failure.name:12} {star} {failure.truth:7} {failure.title}"
    yield f"namespaces: {f'no, {reason}' if reason else 'yes'}"
    yield f"profiles: {', '.join(PROFILE_NAMES)}; carriages: {', '.join(CARRIAGES)}"
    yield f"watchers: {', '.join(map(str, WATCHERS))}; watched actors: {', '.join(map(str, WATCHED))} (or any)"
    yield "detectors (simulation)"
    for contender in CONTENDERS.values():
        settings = ", ".join(f"{value:g}" for value in contender.settings)
        yield f"  {contender.name:12} {contender.title}{f'; {contender.knob}: {settings}' if contender.knob else ''}"
    yield "links (simulation)"
    for link in LINKS.values():
        yield f"  {link.name:12} beats every {link.interval_s * 1000:g} ms; {link.source}"
