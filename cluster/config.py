"""From configuration text to a typed `ClusterConfig`, or to every complaint at once.

`load` reads a file and lays the `-D key=value` settings over it; `check` only collects what is wrong. Reading a file is
in `cluster.configuration.file`, the table of keys in `cluster.configuration.keys`. Deliberately not here: acting on any
value.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from cluster.configuration import keys as keys
from cluster.configuration.cluster_config import ClusterConfig as ClusterConfig
from cluster.configuration.consistency import compare
from cluster.configuration.file import Setting, find_file, read_settings
from cluster.configuration.keys import KEYS, WITHOUT_EFFECT, WITHOUT_EFFECT_PREFIXES, Key
from cluster.configuration.recovery import read_recovery
from cluster.configuration.rest import read_log, read_rest
from cluster.configuration.restart import read_restart_strategy
from cluster.configuration.security import read_security
from cluster.configuration.zookeeper import read_zookeeper

T = TypeVar("T")


class ConfigError(Exception):
    """The configuration cannot be used.

    Attributes:
        complaints: One line for each thing that is wrong: the key, the value and what is accepted.
    """

    exit_code = 2

    def __init__(self, complaints: Sequence[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = tuple(complaints)


class _Values:
    """The settings by key, with complaints and warnings piling up as they are read."""

    def __init__(self, settings: Iterable[Setting]) -> None:
        self.complaints: list[str] = []
        self.warnings: list[str] = []
        self.settings: dict[str, Setting] = {}
        for setting in settings:
            self._put(setting)

    def _put(self, setting: Setting) -> None:
        key = KEYS.get(setting.key)
        if key is None:
            self.warnings.append(_about_unknown(setting))
            return
        before = self.settings.get(key.name)
        if before is not None and "-D" not in (before.place, setting.place):
            if before.value != setting.value:
                self.warnings.append(
                    f"{setting.place}: {setting.key}: {setting.value!r} replaces {before.value!r} at {before.place}"
                )
            elif before.key != setting.key:
                self.warnings.append(
                    f"{setting.place}: {setting.key} and {before.key} ({before.place}) are the same key"
                )
        self.settings[key.name] = setting

    def get(self, key: Key[T]) -> Any:
        setting = self.settings.get(key.name)
        if setting is None:
            return key.default
        try:
            return key.type.read(setting.value)
        except ValueError:
            self.refuse(key, f"accepted is {key.type.accepted}")
            return key.default

    def refuse(self, key: Key[Any], accepted: str) -> None:
        setting = self.settings.get(key.name)
        if setting is None:
            self.complaints.append(f"{key.name} is missing: {accepted}")
        else:
            self.complaints.append(f"{setting.key}: {setting.value!r} is not accepted ({setting.place}); {accepted}")


def load(place: Path | None = None, overrides: Sequence[str] = ()) -> tuple[ClusterConfig, list[str]]:
    """Read the configuration of a process.

    Args:
        place: A file, a directory with `config.yaml` or `flink-conf.yaml`, or `None` for defaults only.
        overrides: `key=value` texts, which win over the file.

    Returns:
        The configuration, and warnings for people.

    Raises:
        ConfigError: With every complaint at once.
    """
    config, complaints, warnings = examine(place, overrides)
    if complaints:
        raise ConfigError(complaints)
    return config, warnings


def check(place: Path, overrides: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """All complaints and all warnings about a configuration, at once."""
    _, complaints, warnings = examine(place, overrides)
    return complaints, warnings


def examine(place: Path | None, overrides: Sequence[str] = ()) -> tuple[ClusterConfig, list[str], list[str]]:
    """A configuration as far as it can be read, all complaints and all warnings about it.

    Args:
        place: As for `load`.
        overrides: As for `load`.
    """
    settings: list[Setting] = []
    unreadable: list[str] = []
    file = None
    if place is not None:
        try:
            file = find_file(place)
            settings, unreadable = read_settings(file)
        except FileNotFoundError as error:
            unreadable = [str(error)]
    for override in overrides:
        name, separator, value = override.partition("=")
        if separator and name.strip():
            settings.append(Setting(name.strip(), value.strip(), "-D"))
        else:
            unreadable.append(f"-D {override}: accepted is key=value")
    values = _Values(settings)
    config = replace(_build(values), source=str(file.absolute()) if file else None, overrides=tuple(overrides))
    return config, unreadable + values.complaints, values.warnings


def _build(values: _Values) -> ClusterConfig:
    get = values.get
    mode, cluster_id = get(keys.HIGH_AVAILABILITY), get(keys.CLUSTER_ID).strip("/") or "default"
    zookeeper = read_zookeeper(cluster_id, get, values.refuse, values.warnings.append)
    config = ClusterConfig(
        high_availability=mode,
        storage_dir=get(keys.STORAGE_DIR),
        cluster_id=cluster_id,
        sqlite_path=get(keys.SQLITE_PATH),
        lease_ttl_s=get(keys.LEASE_TTL),
        election_poll_s=get(keys.ELECTION_POLL),
        takes_over_by_evidence=get(keys.TAKEOVER) == "evidence",
        jobmanager_address=get(keys.JOBMANAGER_ADDRESS),
        jobmanager_ports=(get(keys.JOBMANAGER_PORT),) if mode == "none" else get(keys.HA_JOBMANAGER_PORT),
        jobmanager_bind_host=get(keys.JOBMANAGER_BIND_HOST),
        jobmanager_resource_id=get(keys.JOBMANAGER_RESOURCE_ID),
        taskmanager_host=get(keys.TASKMANAGER_HOST),
        taskmanager_ports=get(keys.TASKMANAGER_PORT),
        taskmanager_resource_id=get(keys.TASKMANAGER_RESOURCE_ID),
        slots=get(keys.SLOTS),
        slot_isolation=get(keys.SLOT_ISOLATION),
        slot_warm_spares=get(keys.SLOT_WARM_SPARES),
        provider=get(keys.PROVIDER),
        taskmanagers=get(keys.TASKMANAGERS),
        taskmanager_start_timeout_s=get(keys.TASKMANAGER_START_TIMEOUT),
        slot_request_timeout_s=get(keys.SLOT_REQUEST_TIMEOUT),
        cancellation_timeout_s=get(keys.CANCELLATION_TIMEOUT),
        registration_initial_s=get(keys.REGISTRATION_INITIAL),
        registration_max_s=get(keys.REGISTRATION_MAX),
        registration_refused_delay_s=get(keys.REGISTRATION_REFUSED_DELAY),
        registration_timeout_s=get(keys.REGISTRATION_TIMEOUT),
        shutdown_timeout_s=get(keys.SHUTDOWN_TIMEOUT),
        client_timeout_s=get(keys.CLIENT_TIMEOUT),
        detector=get(keys.DETECTOR),
        heartbeat_interval_s=get(keys.HEARTBEAT_INTERVAL),
        heartbeat_timeout_s=get(keys.HEARTBEAT_TIMEOUT),
        detector_threshold=get(keys.DETECTOR_THRESHOLD),
        ask_timeout_s=get(keys.ASK_TIMEOUT),
        connect_timeout_s=get(keys.CONNECT_TIMEOUT),
        max_frame_bytes=get(keys.FRAME_SIZE),
        checkpoint_interval_s=get(keys.CHECKPOINT_INTERVAL),
        checkpoint_timeout_s=get(keys.CHECKPOINT_TIMEOUT),
        checkpoint_min_pause_s=get(keys.CHECKPOINT_MIN_PAUSE),
        checkpoints_retained=get(keys.CHECKPOINTS_RETAINED),
        checkpoint_failures_tolerated=get(keys.CHECKPOINT_TOLERABLE),
        checkpoint_dir=get(keys.CHECKPOINT_DIR),
        restart_strategy=read_restart_strategy(get, values.refuse),
        failover_strategy=get(keys.FAILOVER_STRATEGY),
        attempts_history=get(keys.ATTEMPTS_HISTORY),
        zookeeper=zookeeper if mode == "zookeeper" else None,
        recovery=read_recovery(get, values.refuse),
        rest=read_rest(get),
        log=read_log(get),
        security=read_security(get, values.refuse),
        settings=tuple((key, setting.value) for key, setting in values.settings.items()),
    )
    compare(config, values)
    return config


def _about_unknown(setting: Setting) -> str:
    if setting.key in WITHOUT_EFFECT or setting.key.startswith(WITHOUT_EFFECT_PREFIXES):
        return f"{setting.place}: {setting.key} has no effect here"
    nearest = difflib.get_close_matches(setting.key, (*KEYS, *WITHOUT_EFFECT), n=1, cutoff=0.0)
    return f"{setting.place}: unknown key {setting.key}; the nearest known one is {nearest[0]}"
