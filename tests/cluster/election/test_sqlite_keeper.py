"""The lease in the file, step by step: no thread, no loop, a clock that the test moves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.election.driver import ElectionUnavailable, LeaderInfo, Succession
from cluster.election.sqlite_keeper import (
    KeeperEvent,
    LeaderSeen,
    LeaseKeeper,
    Seated,
    SqliteSettings,
    Trouble,
    Unseated,
)
from cluster.election.witness import Witness, own_proof
from tests.cluster.election.machine import TTL_S, Machine


def info(epoch: int) -> LeaderInfo:
    return LeaderInfo(epoch, "dispatcher", "contender", "a")


def test_a_lease_that_is_renewed_is_held(machine: Machine) -> None:
    """A living leader holds its lease for many times its time to live, and its standby does not lead."""
    leader, events = machine.keeper("a")
    standby, heard = machine.keeper("b")
    for _ in range(100):
        machine.now += TTL_S / 5
        leader.look(machine.now)
        standby.look(machine.now)

    assert events == [Seated(1)]
    assert heard == []


def test_a_leader_whose_loop_is_stuck_stops_renewing(machine: Machine) -> None:
    """The thread does not keep a lease alive for an event loop that gives no sign of life."""
    leader, _ = machine.keeper("a")
    standby, heard = machine.keeper("b")
    stuck_since = machine.now
    for _ in range(40):
        machine.now += TTL_S / 5
        leader.look(stuck_since)
        standby.look(machine.now)

    assert heard == [Seated(2, Succession.LEASE_EXPIRED)]


def test_what_is_left_of_another_boot_is_void(machine: Machine) -> None:
    """After a reboot the clock counts anew: an older boot's lease is free, whatever its time says, and epochs go on."""
    machine.keeper("a")
    machine.now, machine.boot_id = 1.0, "boot-2"
    _, heard = machine.keeper("b")

    assert heard == [Seated(2, Succession.LEASE_EXPIRED)]


def test_an_expired_leader_is_no_longer_shown(machine: Machine) -> None:
    """Followers of a dead leader learn that nobody leads when its lease runs out, also if nobody succeeds it."""
    leader, _ = machine.keeper("a")
    assert leader.publish(info(1))
    follower, heard = machine.keeper()
    assert heard == [LeaderSeen(info(1))]
    machine.now += TTL_S
    follower.look(machine.now)

    assert heard == [LeaderSeen(info(1)), LeaderSeen(None)]


def test_an_expired_leader_cannot_publish(machine: Machine) -> None:
    """A leader that was stopped over its lease's end is not shown when it wakes up, even if nobody leads yet.

    Nor is it refused, for it may go on if nobody has taken its office: else it would hold that, and not lead.
    """
    leader, events = machine.keeper("a")
    machine.now += TTL_S
    with pytest.raises(ElectionUnavailable, match="run out"):
        leader.publish(info(1))
    leader.look(machine.now)
    assert leader.publish(info(1))
    leader.look(machine.now)
    assert events == [Seated(1), LeaderSeen(info(1))]


def test_an_office_that_was_dropped_is_free_at_once(machine: Machine) -> None:
    """When the loop has stopped acting, the lease is given back and may be taken anew, under a higher epoch."""
    leader, events = machine.keeper("a")
    leader.drop(1)
    leader.look(machine.now)

    assert events == [Seated(1), Seated(2, Succession.RESIGNED)]


def test_a_succeeded_leader_learns_it_by_looking(machine: Machine) -> None:
    """Whoever was overtaken sees it at its next look, long before its next renewal."""
    leader, events = machine.keeper("a")
    challenger, _ = machine.keeper("b")
    challenger.challenge(1)
    leader.look(machine.now)

    assert events == [Seated(1), Unseated(1)]


def test_who_was_deposed_without_seeing_it_may_challenge(machine: Machine) -> None:
    """It knows that its successor is dead before it has looked whether it has one, and does not think that it leads."""
    former, events = machine.keeper("a")
    successor, _ = machine.keeper("b")
    successor.challenge(1)
    former.challenge(1)
    assert events == [Seated(1)]
    former.challenge(2)
    assert events == [Seated(1), Unseated(1), Seated(3, Succession.CHALLENGED)]


def test_a_takeover_is_one_piece_of_news(machine: Machine) -> None:
    """A deposed leader is shown until its successor is; one whose lease has run out is not shown any more."""
    leader, _ = machine.keeper("a")
    assert leader.publish(info(1))
    follower, heard = machine.keeper()
    challenger, _ = machine.keeper("b")
    challenger.challenge(1)
    follower.look(machine.now)
    assert challenger.publish(replace(info(2), candidate="b"))
    follower.look(machine.now)
    assert [event.info and event.info.epoch for event in heard if isinstance(event, LeaderSeen)] == [1, 2]

    machine.now += TTL_S
    successor, _ = machine.keeper("c")
    assert successor.lease is not None
    follower.look(machine.now)
    assert heard[-1] == LeaderSeen(None)


def test_trouble_is_told_once_per_outage(machine: Machine) -> None:
    """A file that cannot be used is told once, not at each look; and again after it worked in between."""
    leader, events = machine.keeper("a")
    other, _ = machine.keeper()
    for _ in range(2):
        other.database._connection.execute("BEGIN EXCLUSIVE")
        machine.now += TTL_S / 4
        leader.look(machine.now)
        leader.look(machine.now)
        other.database._connection.execute("ROLLBACK")
        leader.look(machine.now)

    assert [type(event) for event in events] == [Seated, Trouble, Trouble]
    assert "election.db" in str(events[1])


@pytest.mark.real
def test_the_end_of_the_holders_process_is_seen(machine: Machine) -> None:
    """A holder whose process is gone is succeeded at the next look, without waiting for its lease."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as holder:
        keeper, _ = machine.keeper("a")
        started = Path(f"/proc/{holder.pid}/stat").read_text().rpartition(")")[2].split()[19]
        parts = own_proof(machine.boot_id).split(" ")
        keeper.database._connection.execute(
            "UPDATE lease SET proof = ?", (" ".join([*parts[:2], str(holder.pid), started]),)
        )
        patient, unheard = machine.keeper("c", by_evidence=False)
        standby, heard = machine.keeper("b")
        assert heard == []
        holder.kill()
    patient.look(machine.now)
    assert unheard == []  # it was told to wait for the end of the lease
    standby.look(machine.now)

    assert heard == [Seated(2, Succession.PROCESS_DEAD)]


@pytest.mark.parametrize("proof", ["", "boot-1", "another 1 1 1", "boot-1 1 1 1"])
def test_a_witness_does_not_guess(proof: str) -> None:
    """What the proof does not name on this machine and boot is not known, so not dead."""
    witness = Witness("boot-1")
    assert not witness.saw_end(proof)
    witness.close()


def test_a_pid_that_was_given_to_another_process_is_an_end() -> None:
    """A process with the right id but another start time is not the holder."""
    witness = Witness("boot-1")
    *place, _ = own_proof("boot-1").split(" ")
    assert witness.saw_end(" ".join([*place, "1"]))
    assert not witness.saw_end(own_proof("boot-1"))
    witness.close()


def test_an_unusable_file_is_one_clear_error(tmp_path: Path) -> None:
    """A file that is no election, of a later release, or in a place that cannot be written, is refused by name."""
    (tmp_path / "text").write_text("this is not a database, but long enough to be looked at" * 20)
    machine = Machine(tmp_path)
    keeper, _ = machine.keeper()
    keeper.database._connection.execute("PRAGMA user_version = 99")
    keeper.close()
    for place, words in (("text", "not a database"), ("election.db", "format 99"), ("text/x.db", "text")):
        machine.path = tmp_path / place
        with pytest.raises(ElectionUnavailable, match=words):
            machine.keeper()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["look", "look", "look", "pause", "wake", "resign", "stand", "drop", "crash", "wait"]),
        st.integers(0, 2),
        st.floats(0.01, 3.0),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(STEPS)
def test_no_two_lead_at_once_and_epochs_rise(steps: list[tuple[str, int, float]]) -> None:
    """I1, I2: whatever pauses, crashes and resignations happen, nobody is seated before the other must have stopped."""
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        epochs: list[int] = []
        acting: dict[int, float] = {}  # until when each may act, by its own deadline
        keepers: list[LeaseKeeper] = []
        paused: set[int] = set()
        names = iter(range(10_000))

        def told(number: int, event: KeeperEvent) -> None:
            if isinstance(event, Seated):
                assert all(machine.now >= until for other, until in acting.items() if other != number)
                epochs.append(event.epoch)
            elif isinstance(event, Unseated):
                acting.pop(number, None)

        def join(number: int) -> LeaseKeeper:
            made = SqliteSettings(machine.path, lambda: machine.now, machine.boot_id, TTL_S)
            keeper = LeaseKeeper(made, lambda event: told(number, event))
            keeper.stand(f"k{next(names)}")
            return keeper

        keepers.extend(join(number) for number in range(3))
        for what, number, seconds in steps:
            keeper = keepers[number]
            if what == "wait":
                machine.now += seconds
            elif what == "pause":
                paused.add(number)
            elif what == "wake":
                paused.discard(number)
            elif what == "crash":
                keeper.close()
                keepers[number] = join(number)
            elif number not in paused and what == "look":
                keeper.look(machine.now)
            elif number not in paused and what == "resign":
                keeper.resign()
                acting.pop(number, None)
            elif number not in paused and what == "stand":
                keeper.stand(f"k{next(names)}") if keeper.lease is None else None
            elif number not in paused and keeper.lease is not None:
                acting.pop(number, None)
                keeper.drop(keeper.lease.epoch)
            lease = keepers[number].lease
            if lease is not None and what != "crash":
                acting[number] = lease.acts_until()
        for keeper in keepers:
            keeper.close()
        assert epochs == sorted(set(epochs))
