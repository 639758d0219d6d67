"""How long an office that depends on a session may be used without word from the ensemble. Pure.

The holder counts from when the last probe that was answered was sent, never from when the connection broke or the
answer came (CURATOR-460): the ensemble's clock began no earlier. Deliberately not here: winning it (`latch`).
"""

from __future__ import annotations

from cluster.model.latch_effects import Granted, Resumed, Revoked, Suspended, Vacancy

CLOCK_SKEW = 0.01
"""How much faster the ensemble's clocks may run than ours."""
MARGIN = 0.125
"""Share of the session's timeout by which we give up earlier: the last sign of life that the ensemble's leader has seen
may be one probe older than the last that was answered, if we are connected to a follower."""
PROBES_PER_TIMEOUT = 8


class Tenure:
    """One holding of the office.

    Args:
        epoch: That the record gives us.
        version: Of the record then; it does not change while we hold.
        how: Why it was free.
        timeout_s: The session's, as the ensemble has set it.

    Attributes:
        granted: Whether the process was told. It is not before it is certain that there is time left.
        is_suspended: Whether the process was told to stop acting for now.
    """

    __slots__ = ("_proven_at", "epoch", "granted", "how", "is_suspended", "timeout_s", "version")

    def __init__(self, epoch: int, version: int, how: Vacancy, timeout_s: float) -> None:
        self.epoch = epoch
        self.version = version
        self.how = how
        self.timeout_s = timeout_s
        self.granted = False
        self.is_suspended = False
        self._proven_at = float("-inf")

    @property
    def deadline(self) -> float:
        """When we give up by ourselves, before anybody else can have taken over."""
        return self._proven_at + self.timeout_s * (1 - CLOCK_SKEW - MARGIN)

    @property
    def probe_at(self) -> float:
        """When the next probe is due."""
        return self._proven_at + self.timeout_s / PROBES_PER_TIMEOUT

    def holds(self, now: float) -> bool:
        """Whether it is ours for certain, and the process may act."""
        return self.granted and not self.is_suspended and now < self.deadline

    def is_over(self, now: float) -> bool:
        """Whether a process that was told that it leads has to give up."""
        return self.granted and now >= self.deadline

    def prove(self, sent_at: float) -> None:
        """Our node and the record were unchanged at a moment after `sent_at`."""
        self._proven_at = max(self._proven_at, sent_at)

    def go_on(self) -> list[Granted | Resumed]:
        """It is ours and there is time left: what the process has to hear."""
        if not self.granted:
            self.granted = True
            return [Granted(self.epoch, self.how)]
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
