"""`/metrics`: what Prometheus reads. SHELL around `prometheus_client`, which is imported with the first look.

Each look makes a registry of its own from the counters and from what is known at that moment, so that nothing is kept
twice and no other program's metrics are in it. Names and units are the usual ones: seconds, `_total` on counters, few
labels. What only the leader knows is shown by the leader only; a dashboard adds over all JobManagers. Deliberately not
here: counting (`cluster.rest.counters`).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cluster.model.failover_times import Histogram
from cluster.rest.counters import Counters


def exposition(
    counters: Counters,
    tree: Mapping[str, Any],
    cluster: Mapping[str, Any] | None,
    epoch: int,
    version: str,
    accept: str,
) -> tuple[bytes, str]:
    """The text, and its content type.

    Args:
        counters: Of this process.
        tree: Its living actors, see `ActorSystem.tree_data`.
        cluster: The answer to `GetCluster`, if this process leads.
        epoch: Of the confirmed leader, 0 if there is none.
        version: Of this program.
        accept: The header of the request.

    Raises:
        ImportError: If `prometheus_client` is not installed.
    """
    from prometheus_client import CollectorRegistry, ProcessCollector
    from prometheus_client.exposition import choose_encoder

    class Now:
        def collect(self) -> Iterator[Any]:
            yield from own_families(counters, tree, leads=cluster is not None, epoch=epoch, version=version)
            if cluster is not None:
                yield from leader_families(counters, cluster)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Now())
    ProcessCollector(registry=registry)
    encoder, content_type = choose_encoder(accept)
    text: bytes = encoder(registry)
    return text, content_type


def own_families(
    counters: Counters, tree: Mapping[str, Any], *, leads: bool, epoch: int, version: str
) -> Iterator[Any]:
    """What every JobManager shows."""
    yield _info(version)
    yield _gauge("leader_is_leader", "1 for the JobManager that leads, else 0.", float(leads))
    yield _gauge("leader_epoch", "Epoch of the leader that this JobManager knows; 0 if it knows none.", float(epoch))
    yield _counter("leader_changes", "Changes of the leader that this JobManager has seen.", counters.leader_changes)
    yield _counter("actor_dead_letters", "Messages to nobody.", counters.dead_letters)
    yield _counter("remote_suspicions", "Times that another process was suspected to be dead.", counters.suspicions)
    deaths = _family("counter", "remote_deaths", "Processes that were convicted, by evidence.", ["cause"])
    for cause, count in counters.deaths.items():
        deaths.add_metric([cause], count)
    yield deaths
    restarts = _family("counter", "actor_restarts", "Restarts of actors, by class of exception.", ["reason"])
    for reason, count in counters.restarts.items():
        restarts.add_metric([reason], count)
    yield restarts
    yield _histograms("event_loop_lag_seconds", "How late the event loop was.", [], {(): counters.lag})
    depths: Counter[str] = Counter()
    _add_depths(tree, depths)
    mailboxes = _family("gauge", "actor_mailbox_depth", "Messages that wait, by class of actor.", ["class"])
    for name, depth in depths.items():
        mailboxes.add_metric([name], depth)
    yield mailboxes
    for name, text, found in (
        ("actor_mailbox_wait_seconds", "How long a message waits in a mailbox, tried at each look.", counters.waits),
        (
            "actor_processing_seconds",
            "How long an actor holds the loop for a message, in the second after each look.",
            counters.work,
        ),
    ):
        yield _histograms(name, text, ["class"], {(kind,): one for kind, one in found.items()})


def leader_families(counters: Counters, cluster: Mapping[str, Any]) -> Iterator[Any]:
    """What only the leader shows."""
    members = cluster["task_managers"]
    for name, text, field in (
        ("taskmanager_heartbeat_age_seconds", "Since the last heartbeat of a TaskManager.", "heartbeat_age_s"),
        (
            "remote_heartbeat_interval_seconds",
            "Between the last two heartbeats of a TaskManager that were answered.",
            "heartbeat_interval_s",
        ),
        ("remote_phi", "Suspicion of a TaskManager, in the scale of the failure detector.", "suspicion"),
        ("taskmanager_suspected", "1 for a TaskManager that is suspected to be dead.", "suspected"),
    ):
        family = _family("gauge", name, text, ["taskmanager"])
        for member in members:
            if member.get(field) is not None:
                family.add_metric([member["id"]], float(member[field]))
        yield family
    yield _gauge("taskmanagers", "TaskManagers that are registered.", len(members))
    slots = _family("gauge", "slots", "Slots of all TaskManagers, by what is in them.", ["state"])
    slots.add_metric(["free"], cluster["slots_free"])
    slots.add_metric(["used"], cluster["slots_total"] - cluster["slots_free"])
    yield slots
    yield _gauge("slots_missing", "Slots that jobs wait for beyond the free ones.", cluster["slots_missing"])
    jobs = _family("gauge", "jobs", "Jobs that the leader knows, by status.", ["status"])
    for status, count in Counter(str(job["status"]) for job in cluster["jobs"]).items():
        jobs.add_metric([status], count)
    yield jobs
    restarts = sum(int(job.get("restarts") or 0) for job in cluster["jobs"])
    yield _gauge("job_restarts", "Restarts of the jobs that the leader knows, all together.", restarts)
    times = counters.failovers.by_step
    total = times.get(("leader", "total"))
    yield _histograms(
        "deathwatch_detection_seconds",
        "From the first sign of a death to the verdict.",
        ["kind"],
        {(kind,): one for (kind, step), one in times.items() if step == "detection"},
    )
    yield _histograms(
        "leader_failover_seconds",
        "From the first sign of a leader's death until everything ran again.",
        [],
        {} if total is None else {(): total},
    )
    yield _histograms(
        "failover_step_seconds",
        "Each step of a failover; total is from the first sign until everything ran again.",
        ["kind", "step"],
        {(kind, step): one for (kind, step), one in times.items()},
    )


def _info(version: str) -> Any:
    info = _family("gauge", "build_info", "What runs here.", ["version", "python"])
    info.add_metric([version, ".".join(map(str, sys.version_info[:3]))], 1)
    return info


def _gauge(name: str, text: str, value: float) -> Any:
    family = _family("gauge", name, text, [])
    family.add_metric([], value)
    return family


def _counter(name: str, text: str, value: float) -> Any:
    family = _family("counter", name, text, [])
    family.add_metric([], value)
    return family


def _histograms(name: str, text: str, labels: list[str], found: Mapping[tuple[str, ...], Histogram]) -> Any:
    family = _family("histogram", name, text, labels)
    for values, one in found.items():
        family.add_metric(list(values), one.cumulative(), one.total_s)
    return family


def _family(kind: str, name: str, text: str, labels: list[str]) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    kinds = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily, "histogram": HistogramMetricFamily}
    return kinds[kind](name, text, labels=labels)


def _add_depths(tree: Mapping[str, Any], depths: Counter[str]) -> None:
    if tree:
        depths[tree["class"]] += tree["mailbox"]
        for child in tree["children"]:
            _add_depths(child, depths)
