"""The configuration's words about the wire and the failure detector, as settings of an actor system.

Pure but for reading the file of the secret, which does not stay in memory as configuration, and is shown nowhere.

Deliberately not here: the words themselves (`cluster.configuration.keys`) and what the settings do
(`runtime.settings`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cluster.config import ClusterConfig, ConfigError
from cluster.configuration import keys as keys
from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings

SHORTEST_LEASE_S = 2.0
"""By default no leader that is held up for less costs a task."""
KEPT_LEASE_S = 10.0
"""By default a failover may take so long without costing a task, where tasks are kept."""


def detector_settings(config: ClusterConfig) -> FailureDetectorSettings:
    """The chosen profile, with what the configuration says otherwise.

    `heartbeat.timeout` is the silence that is taken for a pause.
    """
    profile: FailureDetectorSettings = getattr(FailureDetectorSettings, config.detector)()
    changes: dict[str, Any] = {}
    if config.heartbeat_interval_s is not None:
        changes["heartbeat_interval_s"] = config.heartbeat_interval_s
        changes["check_interval_s"] = min(profile.check_interval_s, config.heartbeat_interval_s)
    if config.heartbeat_timeout_s is not None:
        changes["acceptable_pause_s"] = config.heartbeat_timeout_s
    if config.detector_threshold is not None:
        changes["threshold"] = config.detector_threshold
    return replace(profile, **changes)


def task_lease_s(config: ClusterConfig) -> float | None:
    """How long tasks run without word from a leader, in seconds; `None` for ever.

    By default a little shorter than the silence by which a TaskManager is judged dead, so that nothing is waited for;
    and long enough for the next leader to be there where tasks go on through a failover. Inline slots have none unless
    it is asked for: a task that blocks there holds up those who would renew it.
    """
    if config.recovery.task_lease_s is not None or config.slot_isolation == "inline":
        return config.recovery.task_lease_s
    detector = detector_settings(config)
    silence_s = 0.8 * (detector.heartbeat_interval_s + detector.acceptable_pause_s)
    return max(silence_s, KEPT_LEASE_S if config.recovery.keeps_tasks else SHORTEST_LEASE_S)


def _read_secret(file: str) -> bytes:
    try:
        secret = Path(file).read_bytes().strip()
    except OSError as error:
        raise ConfigError([f"{keys.SECRET_FILE.name}: {file!r} cannot be read: {error.strerror}"]) from error
    if not secret:
        raise ConfigError([f"{keys.SECRET_FILE.name}: {file!r} is empty; accepted is a file with a secret"])
    return secret


def system_settings(config: ClusterConfig, host: str, port: int) -> Settings:
    """Of an actor system that listens at `host` and `port`."""
    changes: dict[str, Any] = {}
    if config.connect_timeout_s is not None:
        changes["connect_timeout_s"] = config.connect_timeout_s
    if config.max_frame_bytes is not None:
        changes["max_frame_bytes"] = config.max_frame_bytes
    security = config.security
    changes |= {"tls": security.tls, "insecure": security.insecure, "secret": security.secret}
    if security.secret_file is not None:
        changes["secret"] = _read_secret(security.secret_file)
    remote = RemoteSettings(host=host, port=port, failure_detector=detector_settings(config), **changes)
    return Settings(remote=remote)
