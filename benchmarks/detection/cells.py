"""A cell of the matrix: one way to fail, one detector, one carriage, one profile, so many watchers and watched. Pure.

Cells are chosen by patterns on the command line. Deliberately not here: what a failure does (`trials.failures`).
"""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

PROFILE_NAMES = ("lan", "default", "wan", "akka")
CARRIAGES = ("tcp", "udp")
SUBJECTS = ("full", "bare")
WATCHERS = (1, 10, 100)
WATCHED = (1, 1_000, 100_000)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is varied between trials.

    Attributes:
        failure: What happens to the subject.
        profile: Settings of heartbeats.
        carriage: How heartbeats travel: `tcp` or `udp`.
        detector: `default` is the profile's own.
        watchers: Watching actors, in one process.
        watched: Watched actors of the subject; at least one watch for each and for each watcher.
        peer: The system that watches: `deathwatch`, or the one that was plugged in.
        subject: What is watched: `full`, a system as that one, or `bare`, the least that speaks our wire format.
    """

    failure: str
    profile: str = "lan"
    carriage: str = "tcp"
    detector: str = "default"
    watchers: int = 1
    watched: int = 1
    peer: str = "deathwatch"
    subject: str = "full"

    def __str__(self) -> str:
        crowd = "" if self.watchers == self.watched == 1 else f" {self.watchers}x{self.watched}"
        other = "" if self.peer == "deathwatch" else f" ({self.peer})"
        detector = "" if self.detector == "default" else f" {self.detector}"
        bare = "" if self.subject == "full" else f", {self.subject} subject"
        return f"{self.failure} {self.profile}/{self.carriage}{detector}{crowd}{other}{bare}"


def chosen(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The names that a pattern matches (`sigkill*`), in their own order.

    Raises:
        ValueError: If a pattern matches none; the text lists the names.
    """
    known = list(names)
    wrong = [pattern for pattern in patterns if not fnmatch.filter(known, pattern)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} matches nothing; there are {', '.join(known)}")
    return [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def matrix(
    failures: Sequence[str],
    profiles: Sequence[str] = ("lan",),
    carriages: Sequence[str] = ("tcp",),
    detectors: Sequence[str] = ("default",),
    watchers: Sequence[int] = (1,),
    watched: Sequence[int] = (1,),
    peer: str = "deathwatch",
    subjects: Sequence[str] = ("full",),
) -> list[Cell]:
    """Every combination."""
    choices = itertools.product(failures, profiles, carriages, detectors, watchers, watched, [peer], subjects)
    return [Cell(*choice) for choice in choices]
