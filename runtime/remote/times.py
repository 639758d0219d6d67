"""The times of the remoting that follow from its settings. Pure.

Deliberately not here: settings themselves (`runtime.settings`), and times that only one part knows.
"""

from __future__ import annotations

from runtime.protocol.standing import VerdictSettings
from runtime.settings import RemoteSettings

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
        refusal_is_certain=detector.refusal_is_certain,
    )


def sweep_s(settings: RemoteSettings) -> float:
    """Seconds from one look at all connections to the next."""
    return min(settings.idle_close_s / 4, _SWEEP_S)
