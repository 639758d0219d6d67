"""Campaigns: the seeds of one scenario, or as many of each that there is, counted and told. SHELL.

Where all are played, each gets the same number: whoever takes a safeguard out does not know which scenario would miss
it. A scenario says its line when its seeds are over, and the last line names those in which some have failed. Made by
`runtime.sim.__main__`.
Deliberately not here: what is said of one seed (`runtime.sim.telling`), processes (`runtime.sim.jobs`).
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime.sim.campaign import Outcome
from runtime.sim.junit import Case
from runtime.sim.moments import AT
from runtime.sim.telling import Pages, in_short

TOLD_EVERY = 500
"""Seeds after which is said how far a campaign is."""
NAMED = 5
"""Seeds of a scenario that the last line names."""


@dataclass(slots=True)
class Tally:
    """What came of a scenario's seeds.

    Attributes:
        scenario: Its name.
        cases: Each, in order.
        failed: Those that have failed.
        cpu_s: What all cost.
        virtual_s: How long all were.
        reached: In how many seeds each interesting state was reached.
        digests: The trace of each, in a word.
    """

    scenario: str
    cases: list[Case] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    cpu_s: float = 0.0
    virtual_s: float = 0.0
    reached: Counter[str] = field(default_factory=Counter)
    digests: list[str] = field(default_factory=list)

    def play(self, outcomes: Iterable[Outcome], of: int, pages: Pages) -> None:
        """Count them, and tell each that has failed.

        Args:
            outcomes: Of the seeds, as they are played.
            of: How many there will be.
            pages: Tells, and keeps files.
        """
        for outcome in outcomes:
            self.cpu_s += outcome.cpu_s
            self.virtual_s += outcome.virtual_s
            self.reached.update(outcome.reached.keys())
            self.digests.append(outcome.digest)
            self.cases.append(Case(outcome.seed, outcome.cpu_s))
            if outcome.error:
                self._tell(outcome, pages)
            count = len(self.cases)
            if count % TOLD_EVERY == 0 and count < of:
                sys.stderr.write(f"{count} of {of} seeds, {len(self.failed)} failed; {self._pace()} seeds/s/core\n")

    def _tell(self, outcome: Outcome, pages: Pages) -> None:
        self.failed.append(outcome.seed)
        told = in_short(self.scenario, outcome)
        try:
            told = pages.failed(self.scenario, outcome, len(self.failed) - 1)
        finally:  # also if nobody has the patience until it is made smaller
            self.cases[-1] = Case(outcome.seed, outcome.cpu_s, outcome.reason, told)
            say(told)

    def line(self) -> str:
        """All in a line; the traces of all are one word, which is the same on another machine."""
        count = len(self.cases)
        trace = hashlib.sha256("".join(self.digests).encode()).hexdigest()
        return (
            f"{count} seeds, {len(self.failed)} failed; {self._pace()} seeds/s/core, "
            f"{self.virtual_s / max(count, 1):.1f} virtual s each, trace {trace[:16]}"
        )

    def states(self) -> list[str]:
        """In how many seeds each interesting state was reached; and what struck at how many moments."""
        struck: dict[str, list[int]] = {}
        for what, count in sorted(self.reached.items()):
            kind, at, _ = what.partition(AT)
            if at:
                struck.setdefault(kind, []).append(count)
        states = [f"{count:6} seeds: {what}" for what, count in sorted(self.reached.items()) if AT not in what]
        return [*states, *(f"{sum(seeds):6} times: {kind}, at {len(seeds)} moments" for kind, seeds in struck.items())]

    def lines(self) -> list[str]:
        """The trace of each seed in a line, to be compared with those of another machine."""
        return [f"{self.scenario} {case.seed} {digest}" for case, digest in zip(self.cases, self.digests, strict=True)]

    def _pace(self) -> str:
        return f"{len(self.cases) / max(self.cpu_s, 1e-9):.2f}"


def verdict(tallies: list[Tally]) -> str:
    """The last line of a campaign of several scenarios."""
    count, failed = sum(len(tally.cases) for tally in tallies), sum(len(tally.failed) for tally in tallies)
    text = f"{len(tallies)} scenarios, {count} seeds, {failed} failed"
    return f"{text}: {'; '.join(_named(tally) for tally in tallies if tally.failed)}" if failed else text


def _named(tally: Tally) -> str:
    seeds = ", ".join(map(str, tally.failed[:NAMED]))
    return f"{tally.scenario} {seeds}{', ...' if len(tally.failed) > NAMED else ''}"


def say(text: str) -> None:
    """Say it at once: who waits for minutes wants to see each line when it is there."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
