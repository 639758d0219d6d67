"""`Voice`: when something came from a peer by itself, rather than as an answer. SHELL of `runtime.protocol.silence`.

Who was mute for as long as a pause may last, and speaks again, may answer next: that is evidence. While its silence is
minded, one word that did not come is enough: whoever does not hear us, and watches us, leaves none out. Any other word
is evidence then, too: of who goes on speaking, and of whoever is dialled for the last time. Deliberately not here: what
follows (`runtime.protocol.verdict`), and what was said.
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.protocol.evidence import Evidence, Spoke
from runtime.protocol.verdict import Verdict
from runtime.remote.node import Node


class Voice:
    """The voice of one peer.

    Args:
        node: Our system.
        verdict: What is believed about the peer.
        report: Takes the evidence.
    """

    def __init__(self, node: Node, verdict: Verdict, report: Callable[[Evidence], None]) -> None:
        self._time = node.loop.time
        self._verdict = verdict
        self._report = report
        detector = node.settings.failure_detector
        self._missed_s = 1.5 * detector.heartbeat_interval_s  # who watches us says something each interval
        self._pause_s = max(detector.acceptable_pause_s, self._missed_s)
        self._at = self._time()

    def heard(self) -> None:
        """Something came."""
        now = self._time()
        silence_s, self._at = now - self._at, now
        is_minded = self._verdict.minds_silence()
        was_mute = silence_s > (self._missed_s if is_minded else self._pause_s)
        if was_mute or is_minded:
            self._report(Spoke(was_mute))
