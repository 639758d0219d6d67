"""The times of the remoting that follow from its settings. Pure.

Deliberately not here: settings themselves (`runtime.settings`), and times that only one part knows.
"""

from __future__ import annotations

from runtime.protocol.standing import VerdictSettings
from runtime.settings import RemoteSettings

STREAM_S = 1.0
"""More patience than with datagrams: a lost segment costs 200 ms and doubles."""
LOOKS_AGAIN_S = 2.0
"""From one look at a connection that may carry nothing to the next."""
_SWEEP_S = 10.0


def judgement_times(settings: RemoteSettings) -> VerdictSettings:
    """How long the judgement of a node waits for what."""
    detector = settings.failure_detector
    beat_s = detector.heartbeat_interval_s
    unreached_s = max(detector.acceptable_pause_s, 2 * beat_s)
    return VerdictSettings(
        settings.redial_wait_s,
        settings.redial_connect_timeout_s,
        confirm_s=max(settings.redial_connect_timeout_s, min(beat_s / 4, 1.0)),
        answer_s=beat_s + detector.acceptable_pause_s / 4,
        unreached_s=unreached_s,
        mute_unreached_s=min(unreached_s, 1.5),
        hold_s=min(1.0, max(detector.acceptable_pause_s / 3, settings.redial_connect_timeout_s)),
        grace_s=max(2 * beat_s, 0.2),
        most_grace_s=detector.acceptable_pause_s * detector.max_stretch,  # what else is allowed at most
        refusal_is_certain=detector.refusal_is_certain,
    )


def sweep_s(settings: RemoteSettings) -> float:
    """Seconds from one look at all connections to the next."""
    return min(settings.idle_close_s / 4, _SWEEP_S)


def noticed_s(settings: RemoteSettings) -> float:
    """Seconds after which it is known that a connection carries nothing, though the peer can be reached, at the latest.

    The sweep finds what is not acknowledged and asks on the other connection. If that carries nothing either, it has
    to be mute for long, and to be dialled again, before the next look finds an answer. What is written on the first is
    given up when the kernel has sent it again once more in vain, and another dial shakes hands.
    """
    detector = settings.failure_detector
    mute_s = detector.acceptable_pause_s * detector.max_stretch + STREAM_S
    beats_s = 2 * max(detector.heartbeat_interval_s, settings.resend_s)
    return 2 * STREAM_S + sweep_s(settings) + mute_s + beats_s + LOOKS_AGAIN_S
