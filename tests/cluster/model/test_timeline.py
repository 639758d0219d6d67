"""The timeline of failovers: each one opens with a death and closes when all tasks run again."""

from __future__ import annotations

import msgpack

from cluster.model.timeline import KEPT, FailoverRecord, Takeover, Timeline

TAKEOVER = Takeover("jobmanager-1", "process-dead", "refused", 9.9, 10.0, 10.1)


def test_a_leader_failover_from_the_first_sign_to_all_tasks_running() -> None:
    """Suspected, convicted, elected, recovered, confirmed, TaskManagers back, all jobs running."""
    timeline = Timeline()
    timeline.leader_failed(TAKEOVER, epoch=2)
    timeline.leader_recovered(2, ["j", "k"], 10.2)
    timeline.leader_confirmed(2, 10.3)
    assert timeline.task_manager_registered(1, 10.35)
    assert timeline.task_manager_registered(2, 10.4)
    assert not timeline.job_running("j", 10.5)
    assert timeline.job_running("k", 10.6)
    assert not timeline.task_manager_registered(3, 99.0)
    assert not timeline.leader_confirmed(1, 99.0)
    assert timeline.records == [
        FailoverRecord(
            "leader", "jobmanager-1", 2, "process-dead", "refused",
            9.9, 10.0, 10.1, 10.3, 10.4, 2, 10.2, 10.6, ["j", "k"], [],
        )
    ]  # fmt: skip


def test_a_task_manager_failover() -> None:
    """A dead TaskManager's record closes when the jobs that it served run again."""
    timeline = Timeline()
    timeline.task_manager_lost("tm-1", 1, "process-dead", "refused", 5.0, ["j"])
    assert not timeline.job_running("other", 5.1)
    assert timeline.job_running("j", 5.2)
    (record,) = timeline.records
    assert (record.kind, record.convicted_at, record.running_at) == ("task-manager", 5.0, 5.2)


def test_a_death_that_concerned_no_job_is_closed_from_the_start() -> None:
    """Nothing waits for a TaskManager on which nothing ran."""
    timeline = Timeline()
    timeline.task_manager_lost("tm-1", 1, "stopped", "", 5.0, [])
    assert not timeline.job_running("j", 6.0)
    assert timeline.records[0].running_at is None


def test_a_job_that_ends_instead_closes_without_a_time() -> None:
    """A job that fails for good did not run again."""
    timeline = Timeline()
    timeline.task_manager_lost("tm-1", 1, "stopped", "", 5.0, ["j"])
    assert timeline.job_ended("j", 6.0)
    assert timeline.records[0].running_at is None
    assert timeline.records[0].waiting == []


def test_a_leader_failover_takes_over_what_was_open() -> None:
    """When the leader dies while jobs wait, they wait for the new leader's failover, not for the old one's."""
    timeline = Timeline()
    timeline.task_manager_lost("tm-1", 1, "process-dead", "", 5.0, ["j"])
    timeline.leader_failed(TAKEOVER, epoch=2)
    timeline.leader_recovered(2, ["j"], 10.2)
    timeline.job_running("j", 11.0)
    assert [record.running_at for record in timeline.records] == [None, 11.0]


def test_the_timeline_survives_its_leader() -> None:
    """Its plain form crosses MessagePack and comes back, also with fields of a later version."""
    timeline = Timeline()
    timeline.leader_failed(TAKEOVER, epoch=2)
    plain = msgpack.unpackb(msgpack.packb(timeline.to_plain()))
    assert Timeline.from_plain([{**plain[0], "later": 1}]).records == timeline.records


def test_only_the_newest_are_kept() -> None:
    """The timeline is bounded."""
    timeline = Timeline()
    for number in range(KEPT + 5):
        timeline.task_manager_lost(str(number), 1, "stopped", "", 0.0, [])
    assert [record.subject for record in timeline.records] == [str(number) for number in range(5, KEPT + 5)]
