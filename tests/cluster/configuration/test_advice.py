"""`config check` finds what people get wrong before the first failover does (`flink-ha` 8.12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.commands.configuration import examine_file, is_shared
from cluster.config import examine
from cluster.configuration.advice import advise

QUIET = """
high-availability: sqlite
high-availability.storageDir: {folder}/store
high-availability.cluster-id: orders
restart-strategy: fixed-delay
restart-strategy.fixed-delay.attempts: 3
restart-strategy.fixed-delay.delay: 10 s
"""


SESSION = "high-availability.zookeeper.client.session-timeout"
ZOOKEEPER = (
    "high-availability=zookeeper",
    "high-availability.zookeeper.quorum=zk1:2181",
    "high-availability.storageDir=/x",
)


def advice(*settings: str, shared: bool = False) -> list[str]:
    config, _, _ = examine(None, settings)
    return advise(config, lambda _: shared)


def test_a_good_configuration_is_left_in_peace(tmp_path: Path) -> None:
    """No complaint and no warning about a configuration that means what it says."""
    file = tmp_path / "flink-conf.yaml"
    file.write_text(QUIET.format(folder=tmp_path), encoding="utf-8")
    assert examine_file(file, ()) == ([], [])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["heartbeat.timeout=50"], ["heartbeat.timeout", "'50'", "50 ms", "50 s"]),
        (["high-availability=sqlite", "high-availability.storageDir=/x"], ["cluster-id is not set"]),
        (["high-availability.storageDir=/x"], ["high-availability is none", "ends all jobs"]),
        (["jobmanager.failover.tasks=keep"], ["'keep' has no effect"]),
        (["high-availability=memory"], ["deathwatch local"]),
        ([], ["restart-strategy is not set", "ends its job"]),
        (["restart-strategy=none"], ["'none'", "ends its job"]),
        (["restart-strategy=none", "execution.checkpointing.interval=1 s"], ["becomes fixed-delay", "write off"]),
        (["restart-strategy=fixed-delay", "restart-strategy.fixed-delay.delay=1 ms"], ["1 attempts", "used up"]),
        (["restart-strategy=off", "restart-strategy.fixed-delay.delay=1 s"], ["no effect", "'off'"]),
        (["restart-strategy.failure-rate.delay=1 s"], ["no effect", "not set"]),
        (["rest.port=6123"], ["rest.port", "6123", "jobmanager.rpc.port"]),
        (["rest.port=7000", "taskmanager.rpc.port=7000"], ["taskmanager.rpc.port", "rest.port"]),
        (["rest.bind-address=0.0.0.0"], ["0.0.0.0", "submit code"]),
        (["rest.bind-address=0.0.0.0", "web.submit.enable=false"], ["cancel jobs"]),
        (
            ["high-availability=sqlite", "high-availability.storageDir=/x", "client.timeout=1 s"],
            ["client.timeout", "1 s", "high-availability.lease.ttl", "2 s"],
        ),
        ([*ZOOKEEPER], ["storageDir", "'/x'", "on a disk of this machine"]),
        ([*ZOOKEEPER, "state.checkpoints.dir=file:///y"], ["state.checkpoints.dir", "file:///y", "another one finds"]),
        ([*ZOOKEEPER], ["cluster-id is not set", "'default'"]),
        ([*ZOOKEEPER], ["jobmanager.rpc.address", "127.0.0.1", "cannot reach"]),
        ([*ZOOKEEPER, f"{SESSION}=60 s"], [SESSION, "'60 s'", "grants", "40 s"]),
        ([*ZOOKEEPER, f"{SESSION}=1 s"], [SESSION, "'1 s'", "grants", "4 s"]),
        ([*ZOOKEEPER, f"{SESSION}=60 s", "client.timeout=30 s"], ["client.timeout", "30 s", SESSION, "40 s"]),
        (
            [*ZOOKEEPER, f"{SESSION}=30 s", "taskmanager.registration.timeout=20 s"],
            ["taskmanager.registration.timeout", "20 s", "end before a new leader"],
        ),
    ],
)
def test_a_likely_mistake_is_told(settings: list[str], words: list[str]) -> None:
    """Each warning names the key, its value and what follows from it."""
    assert [line for line in advice(*settings) if all(word in line for word in words)]


def test_disks_are_looked_at() -> None:
    """Sqlite's locks do not hold on a network's disk."""
    settings = ("high-availability=sqlite", "high-availability.storageDir=/x", "high-availability.cluster-id=a")
    assert not [line for line in advice(*settings) if "disk" in line]
    assert [line for line in advice(*settings, shared=True) if "network's disk" in line]
    assert is_shared("/") is False


def test_masters_are_looked_at(tmp_path: Path) -> None:
    """What `masters` says and the configuration does not go together with."""
    file = tmp_path / "config.yaml"
    file.write_text(QUIET.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "masters").write_text("localhost:8081\nlocalhost:8081\nfar.example\n", encoding="utf-8")
    _, told = examine_file(tmp_path, ["high-availability.jobmanager.port=6123"])
    assert [words for words in ("8081 is given to several", "sqlite is for one machine", "6123 is one port for 2")
            if not any(words in line for line in told)] == []  # fmt: skip
    _, told = examine_file(file, ["high-availability=none"])
    assert any("only one of 3 JobManagers" in line for line in told)


def test_an_older_name_beside_the_current_one(tmp_path: Path) -> None:
    """A key that is given by two of its names is told, whether or not the values differ."""
    file = tmp_path / "flink-conf.yaml"
    file.write_text("high-availability: none\nrecovery.mode: none\n", encoding="utf-8")
    _, _, warnings = examine(file)
    assert [line for line in warnings if "recovery.mode and high-availability" in line]
