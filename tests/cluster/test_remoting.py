"""What the configuration's words about silence come to."""

from __future__ import annotations

import pytest

from cluster.config import ConfigError, load
from cluster.remoting import detector_settings, task_lease_s
from runtime.detection import DETECTORS


@pytest.mark.parametrize(
    ("settings", "lease_s"),
    [
        ((), 2.8),
        (("failure-detector=lan",), 2.0),
        (("failure-detector=wan",), 5.6),
        (("jobmanager.failover.tasks=keep",), 10.0),
        (("taskmanager.task-lease=1 s", "jobmanager.failover.tasks=keep"), 1.0),
        (("taskmanager.slot.isolation=inline",), None),
        (("taskmanager.slot.isolation=inline", "taskmanager.task-lease=1 s"), 1.0),
    ],
)
def test_the_lease_of_tasks(settings: tuple[str, ...], lease_s: float | None) -> None:
    """A little shorter than the silence that is death, longer than a failover with `keep`, none for inline slots."""
    config, _ = load(None, settings)
    assert task_lease_s(config) == (lease_s if lease_s is None else pytest.approx(lease_s))


def test_a_profile_is_what_it_is_unless_something_else_is_said() -> None:
    """The profile's own detector and carriage; a refusal is certain."""
    settings = {name: detector_settings(load(None, (f"failure-detector={name}",))[0]) for name in ("lan", "akka")}
    told = [(one.detector, one.heartbeat_carriage, one.refusal_is_certain) for one in settings.values()]
    assert told == [("chen", "udp", True), ("akka-phi", "tcp", True)]


@pytest.mark.parametrize("algorithm", DETECTORS)
def test_what_judges_silence_can_be_chosen(algorithm: str) -> None:
    """Any detector with any profile; and how heartbeats travel, and whether a refusal counts."""
    config, warnings = load(
        None,
        (
            "failure-detector.profile=lan",
            f"failure-detector.algorithm={algorithm}",
            "failure-detector.heartbeats=tcp",
            "failure-detector.refusal-is-certain=false",
            "akka.watch.threshold=7",
        ),
    )
    settings = detector_settings(config)
    assert not warnings
    assert (settings.detector, settings.heartbeat_carriage, settings.refusal_is_certain) == (algorithm, "tcp", False)
    assert settings.threshold == 7
    assert settings.heartbeat_interval_s == 0.1


@pytest.mark.parametrize(
    ("setting", "accepted"),
    [
        ("failure-detector.algorithm=oracle", "chen"),
        ("failure-detector.heartbeats=carrier pigeon", "tcp, udp"),
        ("failure-detector.refusal-is-certain=perhaps", "true or false"),
    ],
)
def test_what_is_not_to_be_had_is_told(setting: str, accepted: str) -> None:
    """The complaint names the key and what is accepted."""
    with pytest.raises(ConfigError, match=f"{setting.partition('=')[0]}.*{accepted}"):
        load(None, (setting,))
