"""How long an office that depends on a session may be used without word from the ensemble. Pure.

The holder counts from when a probe that was answered was sent, never from when the connection broke or the answer came
(CURATOR-460). But not each answered probe has moved the ensemble's clock. Its leader ends sessions, rounding up to a
tick, and counts from what it has heard; a write does not count for it. The member that we are connected to tells it of
its clients with each answer to its pings, which come each half tick. Between two of them the member takes our probes,
has the leader write and answers us, while the leader's idea of our session is older; and if the member dies then, it
stays so. What a member has answered is known to the leader for certain when a write that was sent half a tick later is
answered, too: its ping and what was decided come to the member in order, also after one of them has stood still. So who
waits for the office asks its member again and again (`Heard`): of kazoo's pings nobody knows when they have arrived. A
session lasts two ticks or more, unless `minSessionTimeout` was set lower, which one should not do.

Members may differ in how long they let a session last. The leader ends it by the word that came last, and the member
that the client has left may tell of it once more, behind the next one: it counts with the shortest that any has set.

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
ASKS_PER_TIMEOUT = 4
"""As often who waits for the office asks its member something."""


class Heard:
    """What the ensemble's leader has heard of a session for certain, by what was answered in it.

    Attributes:
        known_at: The leader has heard a word that was said then, or later.
        ask_at: When who waits has to say something again.
        timeout_s: The session's, the shortest that a member has set which admitted it.
    """

    __slots__ = ("_answered", "_report_s", "ask_at", "known_at", "timeout_s")

    def __init__(self) -> None:
        self.known_at, self.ask_at = float("-inf"), float("inf")
        self.timeout_s = self._report_s = 0.0
        self._answered: deque[tuple[float, float]] = deque()

    def connected(self, asked_at: float, timeout_s: float) -> None:
        """A member has admitted the session, also if it is the former one, for which it has to ask the leader."""
        self.timeout_s = min(timeout_s, self.timeout_s or timeout_s)
        self._report_s = timeout_s / REPORTS_PER_TIMEOUT
        self._answered.clear()
        self.known_at = max(self.known_at, asked_at)

    def answered(self, sent_at: float, answered_at: float) -> None:
        """A member has heard us at a moment between these two."""
        while len(self._answered) > 1 and self._is_reported(self._answered[1], answered_at):
            self._answered.popleft()  # whatever is decided later says as much of the next
        self._answered.append((sent_at, answered_at))
        self.ask_at = answered_at + self.timeout_s / ASKS_PER_TIMEOUT

    def decided(self, sent_at: float) -> None:
        """A write that was sent then was answered."""
        while self._answered and self._is_reported(self._answered[0], sent_at):
            self.known_at = max(self.known_at, self._answered.popleft()[0])

    def is_to_ask(self, now: float) -> bool:
        """Whether it is time to say something again, which is then taken to be said."""
        if now < self.ask_at:
            return False
        self.ask_at = now + self.timeout_s / ASKS_PER_TIMEOUT
        return True

    def _is_reported(self, heard: tuple[float, float], sent_at: float) -> bool:
        """Whether the member that heard it has told the leader before it brings it what is sent then."""
        return heard[1] + self._report_s <= sent_at


class Tenure:
    """One holding of the office.

    Args:
        epoch: That the record gives us.
        version: Of the record then; it does not change while we hold.
        how: Why it was free.
        heard: Of the session.

    Attributes:
        granted: Whether the process was told. It is not before it is certain that there is time left.
        is_suspended: Whether the process was told to stop acting for now.
    """

    __slots__ = (
        "_heard",
        "_proven_at",
        "epoch",
        "granted",
        "how",
        "is_suspended",
        "version",
    )

    def __init__(self, epoch: int, version: int, how: Vacancy, heard: Heard) -> None:
        self.epoch = epoch
        self.version = version
        self.how = how
        self.granted = False
        self.is_suspended = False
        self._heard = heard
        self._proven_at = float("-inf")

    @property
    def deadline(self) -> float:
        """When we give up by ourselves."""
        return self._proven_at + self._heard.timeout_s * (1 - CLOCK_SKEW - MARGIN)

    @property
    def acts_until(self) -> float:
        """Before that, nobody else can have taken over."""
        return self._heard.known_at + self._heard.timeout_s * (1 - CLOCK_SKEW)

    @property
    def probe_at(self) -> float:
        """When the next probe is due."""
        return self._proven_at + self._heard.timeout_s / PROBES_PER_TIMEOUT

    def holds(self, now: float) -> bool:
        """Whether it is ours for certain, and the process may act."""
        return self.granted and not self.is_suspended and now < min(self.acts_until, self.deadline)

    def is_over(self, now: float) -> bool:
        """Whether a process that was told that it leads has to give up."""
        return self.granted and now >= self.deadline

    def prove(self, sent_at: float, answered_at: float) -> None:
        """Our node and the record were unchanged at a moment between these two."""
        self._proven_at = max(self._proven_at, sent_at)
        self._heard.decided(sent_at)
        self._heard.answered(sent_at, answered_at)

    def go_on(self, now: float) -> list[Granted | Resumed]:
        """It is ours and there is time left: what the process has to hear."""
        if not self.granted:
            self.granted = now < self.acts_until  # of whom little was heard before, the leader knows a little later
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
