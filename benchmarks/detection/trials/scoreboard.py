"""`Scoreboard`: the trials that are going on, and what the watcher's events mean for them. Pure.

An event's time becomes seconds since the injection of its trial; what comes before that is a mistake.
"""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.detection.trials.trial import Trial

Event = dict[str, Any]


class Watched:
    """One trial that is going on.

    Args:
        trial: What is filled in.

    Attributes:
        injected_t: When it was hurt; `None` before.
        is_dead: Set when every watcher was told.
    """

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.injected_t: float | None = None
        self.is_dead = asyncio.Event()
        self.dead: Event | None = None
        self.first_suspect_t: float | None = None
        self.signal_t: float | None = None

    def hear(self, event: Event) -> None:
        """The watcher said something about this subject."""
        match event["event"]:
            case "signal":
                detail = event.get("detail", "")
                if self.signal_t is None or (self.dead is None and "reset" in detail):  # of several connections
                    self.trial.signal = detail
                if self.signal_t is None:
                    self.signal_t = event["t"]
            case "suspect":
                self.trial.suspicions += 1
                if self.first_suspect_t is None and self.injected_t is not None:
                    self.first_suspect_t = event["t"]
            case "extra":
                self.trial.extra += 1
            case "dead":
                self.dead = event
                self.is_dead.set()

    def settle(self, until_t: float, mended_s: float | None = None) -> Trial:
        """Write down what came of it.

        Args:
            until_t: How long it was observed.
            mended_s: After so long a silent subject was there again; a later conviction is false.
        """
        trial, start = self.trial, self.injected_t
        if self.dead is not None:
            trial.cause, trial.detail = self.dead.get("cause", ""), self.dead.get("detail", "")
        if start is None:
            trial.is_false = self.dead is not None
            return trial
        trial.signal_s = None if self.signal_t is None else self.signal_t - start
        trial.suspect_s = None if self.first_suspect_t is None else self.first_suspect_t - start
        trial.watched_s = until_t - start
        if self.dead is not None:
            terminated_s = trial.terminated_s = float(self.dead["t"]) - start
            trial.all_s = float(self.dead.get("all_t") or self.dead["t"]) - start
            late = mended_s is not None and terminated_s > mended_s
            trial.is_false = trial.truth == "alive" or terminated_s < 0 or (trial.truth == "silent" and late)
        return trial


class Scoreboard:
    """All trials of one watcher, by the names of their subjects."""

    def __init__(self) -> None:
        self._watched: dict[str, Watched] = {}

    def open(self, name: str, trial: Trial) -> Watched:
        """A subject is going to be watched."""
        watched = self._watched[name] = Watched(trial)
        return watched

    def hear(self, event: Event) -> None:
        """An event of the watcher; those that name no subject of ours say nothing here."""
        watched = self._watched.get(event.get("id", ""))
        if watched is not None:
            watched.hear(event)

    def close(self, name: str) -> None:
        """Hear no more of it."""
        self._watched.pop(name, None)
