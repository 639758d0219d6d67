"""`FailureDetectorSettings`: when silence counts as death, by profile, by wish, or in every detail. No I/O.

Deliberately not here: the detectors themselves (`runtime.protocol.detectors`).
"""

from __future__ import annotations

from collections.abc import Callable

from actors.values import value
from runtime.protocol.detectors import (
    AkkaPhiAccrual,
    AnyDelay,
    Bertier,
    Chen,
    ConstantDelay,
    DelayLaw,
    ExponentialAccrual,
    ExponentialDelay,
    FailureDetector,
    FixedTimeout,
    PhiAccrual,
    TwoWindow,
    Wish,
    configure,
)

CARRIAGES = ("tcp", "udp")
_LOOK_S = 0.04
"""From a detector's threshold to the conviction: the next look, and the second one behind the drained sockets."""


@value
class FailureDetectorSettings:
    """When silence counts as death. Akka counterpart: `pekko.remote.watch-failure-detector`.

    Differs from Akka: the detector is Chen's by default. It convicts `acceptable_pause_s` after the heartbeat was due,
    so at most `heartbeat_interval_s + acceptable_pause_s` and a round trip after a death, whatever happened before;
    Akka's phi, with `"akka-phi"`, after mean interval + `acceptable_pause_s` + y * max(deviation,
    `min_std_deviation_s`), with y = 5.8 at threshold 10. Both plus up to one `check_interval_s`.

    Attributes:
        heartbeat_interval_s: Between two heartbeats to a watched node.
        acceptable_pause_s: Silence that is taken for a pause (garbage collection, a busy machine), 0 or more. The
            margin of Chen and of two windows; a fixed timeout is interval + pause; Bertier and Cassandra's ignore it.
        threshold: phi beyond which a node is condemned, for `"akka-phi"`, `"phi"` and `"exponential"`; 8 is one
            mistake in 1e8 under the model.
        min_std_deviation_s: Floor of the deviation of intervals, above 0, for the first two of them.
        max_samples: Heartbeats that are remembered.
        check_interval_s: Between two looks at the detectors.
        expected_response_after_s: When a node that never answered is first expected to have.
        detector: `"chen"`, `"two-window"`, `"bertier"`, `"fixed"`, `"akka-phi"`, `"phi"` or `"exponential"`.
        heartbeat_carriage: `"tcp"`, or `"udp"`: beside the connection in datagrams, which do not wait for lost ones.
        suspect_at: From which part of the threshold a node is suspected, above 0, at most 1.
        max_stretch: How many times longer `acceptable_pause_s` may get while the loop here or there is late, 1 or more;
            at 1 it never does.
        refusal_is_certain: Whether a refused dial proves that a process is gone. Not where a firewall or a NAT refuses
            in the name of others: there only silence counts.
    """

    heartbeat_interval_s: float = 0.5
    acceptable_pause_s: float = 3.0
    threshold: float = 10.0
    min_std_deviation_s: float = 0.1
    max_samples: int = 200
    check_interval_s: float = 0.1
    expected_response_after_s: float = 1.0
    detector: str = "chen"
    heartbeat_carriage: str = "tcp"
    suspect_at: float = 0.5
    max_stretch: float = 2.0
    refusal_is_certain: bool = True

    def __post_init__(self) -> None:
        for name in ("heartbeat_interval_s", "threshold", "min_std_deviation_s", "max_samples", "check_interval_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"FailureDetectorSettings.{name} must be above 0, not {getattr(self, name)}")
        if not (self.acceptable_pause_s >= 0 and self.expected_response_after_s >= 0):
            raise ValueError("acceptable_pause_s and expected_response_after_s must be 0 or more seconds")
        if self.detector not in _MAKERS:
            raise ValueError(f"detector is one of {', '.join(_MAKERS)}; not {self.detector!r}")
        if self.heartbeat_carriage not in CARRIAGES:
            raise ValueError(f"heartbeat_carriage is one of {', '.join(CARRIAGES)}; not {self.heartbeat_carriage!r}")
        if not 0 < self.suspect_at <= 1:
            raise ValueError(f"suspect_at is a part of the threshold, above 0 and at most 1, not {self.suspect_at}")
        if not self.max_stretch >= 1:
            raise ValueError(f"max_stretch must be 1 or more, not {self.max_stretch}")
        self.make_detector()

    def make_detector(self) -> FailureDetector:
        """A new detector for one peer.

        Raises:
            ValueError: If a setting does not suit the chosen one.
        """
        return _MAKERS[self.detector](self)

    @classmethod
    def default(cls) -> FailureDetectorSettings:
        """At most 3.6 s of silence; calm on busy machines."""
        return cls()

    @classmethod
    def lan(cls) -> FailureDetectorSettings:
        """Less than half a second of silence, over UDP, for quiet machines on one network.

        A loop that is blocked for 0.31 s counts as dead. Where datagrams do not get through, heartbeats
        take the connection, and a second more is allowed.
        """
        return cls(
            0.1, 0.31, check_interval_s=0.02, expected_response_after_s=0.5, heartbeat_carriage="udp", suspect_at=1
        )

    @classmethod
    def wan(cls) -> FailureDetectorSettings:
        """At most 7.3 s of silence, for links that stall."""
        return cls(1.0, 6.0, max_samples=1000, check_interval_s=0.25, expected_response_after_s=3.0)

    @classmethod
    def akka(cls) -> FailureDetectorSettings:
        """Akka's remote-watch defaults, exactly: 11.6 s of silence in steady state."""
        return cls(1.0, 10.0, 10.0, 0.1, 200, 1.0, 1.0, detector="akka-phi", max_stretch=1)

    @classmethod
    def for_target(
        cls,
        *,
        detect_within_s: float,
        mistakes_per_hour: float,
        loss: float = 0.0,
        delay: float | tuple[float, float] = 0.001,
        heartbeat_carriage: str = "udp",
    ) -> FailureDetectorSettings:
        """Chen's detector with the fewest heartbeats that grant a wish, by the paper's configurator.

        A heartbeat is answered, so it is lost when either is, and its delay is a round trip. Losses are taken to be
        independent, which is true of datagrams at best.

        Args:
            detect_within_s: From a death to its conviction, at most. Above 0.
            mistakes_per_hour: On the average, on each link, at most. Above 0.
            loss: Chance that a heartbeat stays without an answer, 0 or more and below 1: twice that of a packet.
            delay: Mean round trip in seconds, exponentially distributed; or mean and deviation of any distribution,
                which asks for more.
            heartbeat_carriage: See there.

        Raises:
            ValueError: If a value is out of range, or if the wish is impossible; then with the best that can be had.
        """
        for name, wished in (("detect_within_s", detect_within_s), ("mistakes_per_hour", mistakes_per_hour)):
            if not wished > 0:
                raise ValueError(f"{name} must be above 0, not {wished}")
        law: DelayLaw
        if isinstance(delay, int | float):
            law = ExponentialDelay(delay) if delay else ConstantDelay(0.0)
        else:
            law = AnyDelay(*delay)
        if not law.mean_s >= 0:
            raise ValueError(f"delay must be 0 or more seconds, not {delay}")
        try:
            timing = configure(Wish(detect_within_s - _LOOK_S, 3600.0 / mistakes_per_hour, loss, law))
        except ValueError as error:
            raise ValueError(
                f"no detector finds deaths within {detect_within_s:g} s and makes at most {mistakes_per_hour:g} "
                f"mistakes per hour at loss {loss:g} and delay {delay}: {error}"
            ) from None
        look_s = min(timing.interval_s / 4, _LOOK_S / 2)
        return cls(
            timing.interval_s,
            timing.shift_s - law.mean_s,
            check_interval_s=look_s,
            expected_response_after_s=detect_within_s,
            heartbeat_carriage=heartbeat_carriage,
            suspect_at=1,
        )


_MAKERS: dict[str, Callable[[FailureDetectorSettings], FailureDetector]] = {
    "chen": lambda s: Chen(s.heartbeat_interval_s, s.acceptable_pause_s, s.max_samples),
    "two-window": lambda s: TwoWindow(s.heartbeat_interval_s, s.acceptable_pause_s, 1, s.max_samples),
    "bertier": lambda s: Bertier(s.heartbeat_interval_s, s.max_samples),
    "fixed": lambda s: FixedTimeout(s.heartbeat_interval_s + s.acceptable_pause_s),
    "akka-phi": lambda s: AkkaPhiAccrual(
        s.threshold, s.max_samples, s.min_std_deviation_s, s.acceptable_pause_s, s.heartbeat_interval_s
    ),
    "phi": lambda s: PhiAccrual(s.threshold, s.max_samples, s.min_std_deviation_s, s.heartbeat_interval_s),
    "exponential": lambda s: ExponentialAccrual(s.threshold, s.max_samples, s.heartbeat_interval_s),
}
DETECTORS = tuple(_MAKERS)
"""The names of the detectors."""
