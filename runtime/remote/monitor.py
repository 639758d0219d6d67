"""`Monitor`: what is known of the heartbeats of one watched node. Pure state of `pulse` and `judge`.

Deliberately not here: sending, and judging.
"""

from __future__ import annotations

from actors.address import Address
from runtime.protocol.carriage import Carriage
from runtime.protocol.detectors import FailureDetector
from runtime.remote.node import Peer


class Monitor:
    """One watched node.

    Args:
        address: The node.
        peer: Its association.
        detector: The judge of silence.
        carriage: The ways to it.
        key: What seals our datagrams to it.
        since: When watching began.

    Attributes:
        address: The node.
        peer: Its association, which is not forgotten as long as anybody watches.
        detector: The judge of silence.
        carriage: The ways to it.
        key: What seals our datagrams to it.
        since: When watching began.
        uid: The incarnation that answers, 0 before the first answer.
        last: The last answer, or when one was first expected; `None` before.
        interval_s: Between the last two answers; `None` before.
        first: The number of the first heartbeat. The answers to those before, and to a mere question whether anybody is
            there, which has the number 0, are none of this monitor's: for a detector that goes by numbers, the next
            heartbeat would be due as much later as such a number is too low.
        number: Of the last heartbeat that was answered.
        datagram_number: Of the last one that was answered by a datagram.
        lag_s: How late the peer's loop has been, by its own word.
    """

    __slots__ = (
        "_own_beat",
        "address",
        "carriage",
        "datagram_number",
        "detector",
        "first",
        "interval_s",
        "key",
        "lag_s",
        "last",
        "number",
        "peer",
        "since",
        "uid",
    )

    def __init__(
        self, address: Address, peer: Peer, detector: FailureDetector, carriage: Carriage, key: bytes, since: float
    ) -> None:
        self.address = address
        self.peer = peer
        self.detector = detector
        self.carriage = carriage
        self.key = key
        self.since = since
        self.uid = 0
        self.last: float | None = None
        self.interval_s: float | None = None
        self.first = 0
        self.number = self.datagram_number = -1
        self.lag_s = 0.0
        self._own_beat: tuple[float, float | None] | None = None

    def answered(self, now: float, uid: int, number: int, lag_s: float) -> bool:
        """An answer to heartbeat `number` came at `now`, from a loop that has been `lag_s` late.

        Returns:
            Whether it is news: to a later heartbeat than any before.
        """
        if number <= self.number and uid == self.uid:
            return False
        if self.last is not None:
            now = max(now, self.last)  # a datagram's age is told by the wall clock, which may have been set meanwhile
        self.uid = uid
        self.number = number
        self.lag_s = lag_s
        self.detector.heartbeat(now, number)
        self.interval_s = now - self.last if self.last is not None else None
        self.last = now
        return True

    def expect_from(self, now: float) -> None:
        """Nothing was heard yet, and from now on that counts as silence (D90)."""
        self.detector.heartbeat(now)
        self.last = now

    def begin_again(self, now: float, detector: FailureDetector) -> None:
        """The node has just shown by other means that it lives."""
        self.detector = detector
        self.expect_from(now)

    def distrust(self, detector: FailureDetector) -> None:
        """When what is read now has come is not known, since we stood still: it is to teach the detector nothing.

        It goes on with a new one, by the times of what comes from now on. The silence goes on as well.
        """
        if self.last is not None:
            self.detector = detector
            detector.heartbeat(self.last)

    def beat_came(self, now: float, silence_s: float | None) -> None:
        """The node's own heartbeat came: it can be heard, and says how long it has not heard us."""
        self._own_beat = now, silence_s

    def silence_s(self, now: float) -> float:
        """How long no answer has come."""
        return now - (self.last if self.last is not None else self.since)

    def is_late(self, now: float, interval_s: float) -> bool:
        """Whether an answer is overdue, after one that came or was expected."""
        return self.last is not None and now - self.last > 1.5 * interval_s

    def judgement(self, now: float) -> tuple[float, float]:
        """The suspicion, 0 before the first answer, and the threshold."""
        return (self.detector.suspicion(now) if self.last is not None else 0.0, self.detector.threshold)

    def one_way(self, now: float) -> str:
        """If the node still speaks by itself, what that says about the silence, for people."""
        if self._own_beat is None:
            return ""
        at, deaf_s = self._own_beat
        if now - at >= self.silence_s(now) / 2:
            return ""
        deaf = "ever" if deaf_s is None else f"for {deaf_s:.2f} s"
        return f"; it is heard, but has not heard us {deaf}"
