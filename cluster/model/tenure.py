"""How long an office that depends on a session may be used without word from the ensemble. Pure.

The holder counts from when a probe that was answered was sent, never from when the connection broke or the answer came
(CURATOR-460). But not each answered probe has moved the ensemble's clock. Its leader ends sessions, rounding up to a
tick, and counts from what it has heard; a write does not count for it. The member that we are connected to tells it of
its clients with each answer to its pings, which come each half tick. Between two of them the member takes our probes,
has the leader write and answers us, while the leader's idea of our session is older; and if the member dies then, it
stays so. A probe is known to the leader for certain when a later one, sent half a tick after the first was answered,
is answered, too: its ping and what was decided come to the member in order, also after one of them has stood still. Of
who has just got the office it is known that it has pinged, unless it stood still (`Pulse`). A session lasts two ticks
or more, unless `minSessionTimeout` was set lower, which one should not do.

So there are two ends: until `acts_until` nobody else can have the office, and after it nothing is done; at `deadline`,
later, it is given up. Deliberately not here: winning it (`latch`).
"""

from __future__ import annotations

from collections import deque

from cluster.model.latch_effects import Granted, Resumed, Revoked, Suspended, Vacancy

CLOCK_SKEW = 0.01
"""How much faster the ensemble's clocks may run than ours."""
MARGIN = 0.125
"""Share of the session's timeout by which we give up earlier than it, counted from the last probe that was answered."""
PROBES_PER_TIMEOUT = 8
REPORTS_PER_TIMEOUT = 4
"""At least as often a member tells its leader who of its clients lives: each half tick of two ticks or more."""
PINGS_PER_TIMEOUT = 3
"""kazoo's, which are all that the ensemble has heard of us before the office is ours."""
BEATS_PER_TIMEOUT = 12
"""How often a candidate is seen to run, at least; if it was not for twice as long, it has stood still."""


class Pulse:
    """When a process was seen to run: while it stands still, nobody pings the ensemble for it."""

    def __init__(self) -> None:
        self._at = self._stood_from = self._stood_until = float("-inf")

    def beat(self, now: float, timeout_s: float) -> float:
        """It runs, and its session has that timeout; the seconds until this has to be said again."""
        most_s = timeout_s / BEATS_PER_TIMEOUT
        if now - self._at > 2 * most_s and self._at > float("-inf"):
            if self._at - self._stood_until > timeout_s:  # else it has hardly spoken since it stood still before
                self._stood_from = self._at
            self._stood_until = now
        self._at = now
        return most_s

    def ran_until(self, moment: float, for_s: float) -> float:
        """That moment, if it has run for so long before it; else when it began to stand still."""
        return min(moment, self._stood_from) if self._stood_until > moment - for_s else moment


class Tenure:
    """One holding of the office.

    Args:
        epoch: That the record gives us.
        version: Of the record then; it does not change while we hold.
        how: Why it was free.
        timeout_s: The session's, as the ensemble has set it.
        pulse: Of the process.

    Attributes:
        granted: Whether the process was told. It is not before it is certain that there is time left.
        is_suspended: Whether the process was told to stop acting for now.
    """

    __slots__ = (
        "_answered",
        "_known_at",
        "_proven_at",
        "_pulse",
        "epoch",
        "granted",
        "how",
        "is_suspended",
        "timeout_s",
        "version",
    )

    def __init__(self, epoch: int, version: int, how: Vacancy, timeout_s: float, pulse: Pulse | None = None) -> None:
        self.epoch = epoch
        self.version = version
        self.how = how
        self.timeout_s = timeout_s
        self.granted = False
        self.is_suspended = False
        self._pulse = pulse or Pulse()
        self._proven_at = self._known_at = float("-inf")
        self._answered: deque[tuple[float, float]] = deque()

    @property
    def deadline(self) -> float:
        """When we give up by ourselves."""
        return self._proven_at + self.timeout_s * (1 - CLOCK_SKEW - MARGIN)

    @property
    def acts_until(self) -> float:
        """Before that, nobody else can have taken over."""
        return self._known_at + self.timeout_s * (1 - CLOCK_SKEW)

    @property
    def probe_at(self) -> float:
        """When the next probe is due."""
        return self._proven_at + self.timeout_s / PROBES_PER_TIMEOUT

    def holds(self, now: float) -> bool:
        """Whether it is ours for certain, and the process may act."""
        return self.granted and not self.is_suspended and now < min(self.acts_until, self.deadline)

    def is_over(self, now: float) -> bool:
        """Whether a process that was told that it leads has to give up."""
        return self.granted and now >= self.deadline

    def prove(self, sent_at: float, answered_at: float) -> None:
        """Our node and the record were unchanged at a moment between these two."""
        report_s = self.timeout_s / REPORTS_PER_TIMEOUT
        if not self._answered and self._known_at == float("-inf"):
            unheard_s = report_s + self.timeout_s / PINGS_PER_TIMEOUT
            self._known_at = self._pulse.ran_until(sent_at, unheard_s) - unheard_s
        self._proven_at = max(self._proven_at, sent_at)
        self._answered.append((sent_at, answered_at))
        while self._answered and self._answered[0][1] + report_s <= self._proven_at:
            self._known_at = max(self._known_at, self._answered.popleft()[0])

    def go_on(self, now: float) -> list[Granted | Resumed]:
        """It is ours and there is time left: what the process has to hear."""
        if not self.granted:
            self.granted = now < self.acts_until  # who stood still before is known to the leader a little later
            return [Granted(self.epoch, self.how)] if self.granted else []
        if self.is_suspended:
            self.is_suspended = False
            return [Resumed()]
        return []

    def suspend(self) -> list[Suspended]:
        """Contact is lost: what the process has to hear."""
        if not self.granted or self.is_suspended:
            return []
        self.is_suspended = True
        return [Suspended()]

    def end(self) -> list[Revoked]:
        """It is over: what the process has to hear."""
        return [Revoked(self.epoch)] if self.granted else []
