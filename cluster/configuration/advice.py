"""What is probably not meant: warnings about a configuration that can be used. Pure; told by `config check`.

The mistakes that people make with Flink's keys and learn about in the first failover (`flink-ha` 8.12). Deliberately
not here: what cannot be used at all (`cluster.configuration.consistency`), and the shape of single values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cluster.configuration import keys as keys
from cluster.configuration.cluster_config import ClusterConfig
from cluster.configuration.keys import KEYS, Key
from cluster.configuration.values import DURATION, DURATION_POSITIVE, format_duration
from cluster.model.restart import FixedDelay, NoRestart
from cluster.remoting import detector_settings
from cluster.store.places import local_path

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TICKS_AT_MOST_S, TICKS_AT_LEAST_S = 40.0, 4.0
"""A ZooKeeper server with its usual tick of 2 s grants sessions of 2 to 20 ticks, whatever is asked for."""


def advise(config: ClusterConfig, is_shared: Callable[[str], bool]) -> list[str]:
    """Everything that is worth a second look, each with the key, its value, and what follows from it.

    Args:
        config: As it was read.
        is_shared: Whether other machines see what is at a path of this one.
    """
    given = dict(config.settings)
    return [
        *_units(given),
        *_storage(config, given, is_shared),
        *_election(config, given),
        *_restarts(config, given),
        *_times(config, given),
        *_ports(config),
        *exposure(config),
    ]


def _units(given: Mapping[str, str]) -> Iterator[str]:
    """A number without a unit is milliseconds, as in Flink; whoever meant seconds finds out late."""
    for name, text in given.items():
        key = KEYS.get(name)
        if key is None or key.type not in (DURATION, DURATION_POSITIVE) or not text.strip().isdigit():
            continue
        read = key.type.read(text)
        if 0 < read < 1.0 <= (key.default or 1.0):
            yield f"{name}: {text!r} is read as {format_duration(read)}; write {text} s if seconds are meant"


def _storage(config: ClusterConfig, given: Mapping[str, str], is_shared: Callable[[str], bool]) -> Iterator[str]:
    for key, url in ((keys.STORAGE_DIR, config.storage_dir), (keys.CHECKPOINT_DIR, config.checkpoint_dir)):
        path = local_path(url) if url is not None else None
        if config.high_availability == "zookeeper" and path is not None and not is_shared(path):
            yield f"{key.name}: {url!r} is on a disk of this machine: a leader on another one finds nothing there"
    place = local_path(config.sqlite_path or config.storage_url)
    if config.high_availability == "sqlite" and place is not None and is_shared(place):
        key = keys.SQLITE_PATH if config.sqlite_path else keys.STORAGE_DIR
        yield f"{key.name}: {place!r} is on a network's disk, where sqlite's locks do not hold"
    if config.high_availability in ("sqlite", "zookeeper") and keys.CLUSTER_ID.name not in given:
        yield (
            f"{keys.CLUSTER_ID.name} is not set, so it is {config.cluster_id!r}: a second cluster with the same "
            "storage would take itself for this one"
        )


def _election(config: ClusterConfig, given: Mapping[str, str]) -> Iterator[str]:
    mode = config.high_availability
    if mode == "none" and keys.STORAGE_DIR.name in given:
        yield (
            f"{keys.HIGH_AVAILABILITY.name} is none: {keys.STORAGE_DIR.name} is used, but a JobManager's death "
            "ends all jobs"
        )
    if mode == "none" and config.recovery.keeps_tasks:
        yield f"{keys.FAILOVER_TASKS.name}: 'keep' has no effect while {keys.HIGH_AVAILABILITY.name} is none"
    if mode == "memory":
        yield f"{keys.HIGH_AVAILABILITY.name}: 'memory' is for deathwatch local; a JobManager accepts another"
    if mode == "zookeeper" and config.jobmanager_address in LOOPBACK:
        yield (
            f"{keys.JOBMANAGER_ADDRESS.name} is {config.jobmanager_address!r}: TaskManagers and standbys on other "
            "machines cannot reach this JobManager"
        )


def _restarts(config: ClusterConfig, given: Mapping[str, str]) -> Iterator[str]:
    strategy, interval_s = config.restart_strategy, config.checkpoint_interval_s
    if interval_s is None and (strategy is None or isinstance(strategy, NoRestart)):
        word = given.get(keys.RESTART_STRATEGY.name)
        yield (
            f"{keys.RESTART_STRATEGY.name} is {repr(word) if word else 'not set'} and "
            f"{keys.CHECKPOINT_INTERVAL.name} is not set: the first failure of a task ends its job, unless the job "
            "says otherwise"
        )
    if interval_s is not None and given.get(keys.RESTART_STRATEGY.name, "").strip().lower() == "none":
        yield (
            f"{keys.RESTART_STRATEGY.name}: 'none' becomes fixed-delay without end, since "
            f"{keys.CHECKPOINT_INTERVAL.name} is set; write off for no restart"
        )
    if isinstance(strategy, FixedDelay):
        detector = detector_settings(config)
        silence_s = detector.heartbeat_interval_s + detector.acceptable_pause_s
        if 0 < strategy.attempts * strategy.delay_s < silence_s:
            yield (
                f"{keys.FIXED_DELAY_ATTEMPTS.name}: {strategy.attempts} attempts, {format_duration(strategy.delay_s)} "
                f"apart, may be used up before a silent TaskManager is known to be dead (about {silence_s:.1f} s)"
            )
    for name in given:
        chosen = given.get(keys.RESTART_STRATEGY.name, "")
        head = name.removeprefix("restart-strategy.").partition(".")[0]
        if name.startswith("restart-strategy.") and name != keys.RESTART_STRATEGY.name and head not in _chosen(chosen):
            yield f"{name} has no effect: {keys.RESTART_STRATEGY.name} is {repr(chosen) if chosen else 'not set'}"


def _chosen(text: str) -> tuple[str, ...]:
    word = text.strip().lower()
    return (word, {"fixeddelay": "fixed-delay", "failurerate": "failure-rate"}.get(word, word))


def _times(config: ClusterConfig, given: Mapping[str, str]) -> Iterator[str]:
    takeover_s = config.lease_ttl_s
    takeover_key: Key[float] | None = keys.LEASE_TTL if config.high_availability == "sqlite" else None
    session_s = _session_s(given) if config.high_availability == "zookeeper" else None
    if session_s is not None:
        granted_s = min(max(session_s, TICKS_AT_LEAST_S), TICKS_AT_MOST_S)
        if granted_s != session_s:
            yield (
                f"{SESSION}: {given[SESSION]!r} is not what a server with a tick of 2 s grants; that is "
                f"{format_duration(granted_s)}"
            )
        takeover_s, takeover_key = granted_s, KEYS.get(SESSION)
    if takeover_key is None:
        return
    for key, value_s, so in (
        (keys.REGISTRATION_TIMEOUT, config.registration_timeout_s, "TaskManagers end before a new leader can be there"),
        (keys.CLIENT_TIMEOUT, config.client_timeout_s, "commands give up before a new leader can be there"),
        (keys.SLOT_REQUEST_TIMEOUT, config.slot_request_timeout_s, "jobs fail before TaskManagers can be back"),
    ):
        if value_s <= takeover_s:
            yield (
                f"{key.name}: {format_duration(value_s)} is not longer than a takeover may last "
                f"({takeover_key.name}, {format_duration(takeover_s)}): {so}"
            )


SESSION = "high-availability.zookeeper.client.session-timeout"


def _session_s(given: Mapping[str, str]) -> float | None:
    try:
        return DURATION_POSITIVE.read(given[SESSION])
    except (KeyError, ValueError):
        return None


def _ports(config: ClusterConfig) -> Iterator[str]:
    taken: dict[int, str] = {}
    rpc = keys.JOBMANAGER_PORT if config.high_availability == "none" else keys.HA_JOBMANAGER_PORT
    rest = keys.REST_BIND_PORT if len(config.rest.ports) > 1 else keys.REST_PORT
    for key, ports in (
        (rpc, config.jobmanager_ports),
        (rest, config.rest.ports if config.rest.chosen else ()),
        (keys.TASKMANAGER_PORT, config.taskmanager_ports),
    ):
        fixed = ports[0] if len(ports) == 1 else 0
        if fixed and fixed in taken:
            yield f"{key.name}: {fixed} is the port of {taken[fixed]}, too"
        elif fixed:
            taken[fixed] = key.name


def exposure(config: ClusterConfig) -> Iterator[str]:
    """Who can reach what; a JobManager says it at its start, too."""
    rest = config.rest
    if rest.ports and not (rest.bind_address in LOOPBACK or rest.bind_address.startswith("127.")):
        open_to = "submit code" if rest.submit else "cancel jobs" if rest.cancel else "see everything"
        yield (
            f"{keys.REST_BIND_ADDRESS.name}: {rest.bind_address!r} lets everybody who reaches that address "
            f"{open_to}, without TLS or passwords"
        )
