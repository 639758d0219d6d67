"""Checkpoints of one job: complete only when every running task has acknowledged, restored from only when stored."""

from __future__ import annotations

import contextlib
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.model.checkpoints import (
    CheckpointCoordinator,
    CheckpointLost,
    DiscardStates,
    StoreCheckpoint,
)
from cluster.model.completed_checkpoint import CompletedCheckpoint, StateHandle, UnreadableCheckpoint
from tests.cluster.model.coordinating import coordinator, handle

RUNNING = {"a[0]": 1, "a[1]": 1}


def triggered(results: dict[str, Any] | None = None, **changes: Any) -> CheckpointCoordinator:
    made = coordinator(**changes)
    assert made.begin(0.0)
    assert made.trigger(1, 0.0, RUNNING, results or {}) == []
    return made


def complete(made: CheckpointCoordinator, number: int, now: float) -> CompletedCheckpoint:
    made.acknowledged("a[0]", 1, number, handle("a[0]", number), now)
    (effect,) = made.acknowledged("a[1]", 1, number, handle("a[1]", number), now)
    assert isinstance(effect, StoreCheckpoint)
    return effect.checkpoint


def test_complete_when_all_have_acknowledged() -> None:
    """The last acknowledgement, and no earlier one, completes a checkpoint with all states."""
    made = triggered()
    assert made.acknowledged("a[0]", 1, 1, handle("a[0]"), 0.1) == []
    assert made.in_progress == 1
    expected = CompletedCheckpoint(1, {"a[0]": handle("a[0]"), "a[1]": handle("a[1]")}, {}, RUNNING, 0.25)
    assert made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.25) == [StoreCheckpoint(expected)]
    assert expected.state_bytes == 20


def test_it_counts_only_when_stored() -> None:
    """2.3: bytes and pointer first; before that nothing is restored from it."""
    made = triggered()
    checkpoint = complete(made, 1, 0.5)
    assert made.latest is None
    assert made.in_progress == 1
    assert made.stored(1, 0.6) == []
    assert made.latest == checkpoint
    assert made.in_progress is None
    assert made.completed_count == 1


def test_one_at_a_time() -> None:
    """No checkpoint begins while an id is drawn, acknowledgements are missing, or the last one is being stored."""
    made = coordinator()
    assert made.begin(0.0)
    assert not made.begin(5.0)
    made.trigger(1, 5.0, RUNNING, {})
    assert not made.begin(10.0)
    complete(made, 1, 11.0)
    assert not made.begin(15.0)
    made.stored(1, 15.0)
    assert made.begin(15.0)


def test_the_interval_counts_from_trigger_to_trigger() -> None:
    """A tick that comes within the interval begins nothing."""
    made = triggered()
    complete(made, 1, 0.1)
    made.stored(1, 0.1)
    assert not made.begin(0.5)
    assert made.begin(1.0)


def test_min_pause_counts_from_the_end() -> None:
    """After a slow checkpoint the tasks get their pause."""
    made = triggered(min_pause_s=3.0)
    complete(made, 1, 2.0)
    made.stored(1, 2.0)
    assert not made.begin(4.9)
    assert made.begin(5.0)


def test_a_task_that_finishes_needs_no_acknowledgement() -> None:
    """The result of a task that ended meanwhile takes the place of its state."""
    made = triggered()
    made.acknowledged("a[0]", 1, 1, handle("a[0]"), 0.1)
    (effect,) = made.task_finished("a[1]", {"n": 3}, 0.2)
    assert isinstance(effect, StoreCheckpoint)
    assert effect.checkpoint.states == {"a[0]": handle("a[0]")}
    assert effect.checkpoint.results == {"a[1]": {"n": 3}}


def test_a_task_that_finishes_after_its_acknowledgement_keeps_its_state_in_this_one() -> None:
    """What was acknowledged stays; the result comes with the next checkpoint."""
    made = triggered()
    made.acknowledged("a[0]", 1, 1, handle("a[0]"), 0.1)
    assert made.task_finished("a[0]", 3, 0.2) == []
    (effect,) = made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.3)
    assert isinstance(effect, StoreCheckpoint)
    assert set(effect.checkpoint.states) == {"a[0]", "a[1]"}


def test_results_of_finished_tasks_are_carried() -> None:
    """A task that had finished before is in each later checkpoint."""
    assert complete(triggered(results={"b[0]": 7}), 1, 0.1).results == {"b[0]": 7}


@pytest.mark.parametrize(("task_id", "attempt"), [("a[0]", 2), ("a[0]", 0), ("b[0]", 1)])
def test_stale_and_foreign_acknowledgements_do_not_count(task_id: str, attempt: int) -> None:
    """Only the attempt that was asked completes a checkpoint."""
    made = triggered()
    made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.1)
    assert made.acknowledged(task_id, attempt, 1, handle(task_id), 0.2) == []
    assert made.in_progress == 1


def test_a_second_acknowledgement_changes_nothing() -> None:
    """A repeated message neither completes the checkpoint nor replaces the state."""
    made = triggered()
    made.acknowledged("a[0]", 1, 1, handle("a[0]"), 0.1)
    assert made.acknowledged("a[0]", 1, 1, handle("other"), 0.2) == []
    (effect,) = made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.3)
    assert isinstance(effect, StoreCheckpoint)
    assert effect.checkpoint.states["a[0]"] == handle("a[0]")


def test_abort_deletes_what_was_written_also_what_comes_late() -> None:
    """States of a lost checkpoint are deleted, also those that arrive after its end; the loss does not count."""
    made = triggered()
    made.acknowledged("a[0]", 1, 1, handle("a[0]"), 0.1)
    assert made.abort("a task failed", 0.2) == [
        CheckpointLost(1, "a task failed"),
        DiscardStates((handle("a[0]"),)),
    ]
    assert made.in_progress is None
    assert made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.3) == [DiscardStates((handle("a[1]"),))]


def test_late_acknowledgements_of_stored_checkpoints_delete_nothing() -> None:
    """A repeated acknowledgement of a checkpoint that counts must not cost it its state."""
    made = triggered()
    complete(made, 1, 0.1)
    assert made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.2) == []
    made.stored(1, 0.2)
    assert made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.3) == []


def test_declining_counts_against_the_tolerance() -> None:
    """One more failure in a row than tolerated is a failure of the job, and the row begins anew."""
    made = coordinator(tolerable_failures=1)
    for number, intolerable in ((1, False), (2, True), (3, False)):
        assert made.begin(number * 10.0)
        made.trigger(number, number * 10.0, RUNNING, {})
        (lost,) = made.declined("a[0]", 1, number, "disk full", number * 10.0)
        assert lost == CheckpointLost(number, "a[0] declined it: disk full", intolerable)


def test_a_good_checkpoint_ends_the_row_of_failures() -> None:
    """Only failures in a row count."""
    made = triggered(tolerable_failures=1)
    made.declined("a[0]", 1, 1, "x", 0.1)
    made.begin(10.0)
    made.trigger(2, 10.0, RUNNING, {})
    complete(made, 2, 10.0)
    made.stored(2, 10.0)
    made.begin(20.0)
    made.trigger(3, 20.0, RUNNING, {})
    (lost,) = made.declined("a[0]", 1, 3, "x", 20.1)
    assert isinstance(lost, CheckpointLost)
    assert not lost.intolerable


@pytest.mark.parametrize(("attempt", "number"), [(2, 1), (1, 2)])
def test_stale_declines_are_ignored(attempt: int, number: int) -> None:
    """A decline of another attempt or checkpoint ends nothing."""
    made = triggered()
    assert made.declined("a[0]", attempt, number, "x", 0.1) == []
    assert made.in_progress == 1


def test_expiry_names_who_is_missing() -> None:
    """A checkpoint that waits too long is given up, and the text names the tasks that did not answer."""
    made = triggered(timeout_s=5.0)
    made.acknowledged("a[0]", 1, 1, handle("a[0]"), 0.1)
    assert made.expire(4.9) == []
    lost, discard = made.expire(5.0)
    assert lost == CheckpointLost(1, "not acknowledged within 5 s by a[1]", True)
    assert discard == DiscardStates((handle("a[0]"),))


def test_a_store_that_fails_keeps_the_states() -> None:
    """2.3: when it is unknown whether the pointer was written, the files are kept."""
    made = triggered(tolerable_failures=1)
    complete(made, 1, 0.1)
    assert made.store_failed(1, "disk full", 0.2) == [CheckpointLost(1, "it could not be stored: disk full")]
    assert made.last_failure == (1, 0.2, "it could not be stored: disk full")
    assert made.latest is None
    assert made.acknowledged("a[1]", 1, 1, handle("a[1]"), 0.3) == []


def test_an_id_that_cannot_be_drawn_is_a_lost_checkpoint() -> None:
    """A store that is down counts against the tolerance, too."""
    made = coordinator()
    made.begin(0.0)
    assert made.draw_failed("no contact", 0.1) == [CheckpointLost(0, "no id could be drawn: no contact", True)]
    assert made.begin(1.0)


def test_skipping_leaves_the_way_free() -> None:
    """When the tasks changed while the id was drawn, the next tick tries again."""
    made = coordinator()
    made.begin(0.0)
    made.skip()
    assert made.begin(1.0)


def test_without_running_tasks_a_checkpoint_is_complete_at_once() -> None:
    """When all tasks have finished there is nobody to wait for."""
    made = coordinator()
    made.begin(0.0)
    (effect,) = made.trigger(1, 0.0, {}, {"a[0]": 1})
    assert isinstance(effect, StoreCheckpoint)


@given(
    st.dictionaries(st.text(), st.tuples(st.text(), st.integers(0, 1 << 40), st.text())),
    st.dictionaries(st.text(), st.none() | st.binary() | st.lists(st.integers(-100, 100))),
)
def test_any_checkpoint_comes_back(states: dict[str, StateHandle], results: dict[str, Any]) -> None:
    """What was written is read back equal."""
    checkpoint = CompletedCheckpoint(3, states, results, dict.fromkeys(states, 2), 0.5, 99.0)
    assert CompletedCheckpoint.from_bytes(checkpoint.to_bytes()) == checkpoint


GOOD = msgpack.unpackb(CompletedCheckpoint(3, {"a": ("n", 1, "s")}).to_bytes())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", msgpack.packb([]), msgpack.packb({"version": 9}), msgpack.packb({**GOOD, "states": {"a": [1]}})],
)
def test_bytes_that_are_no_checkpoint_are_refused(data: bytes) -> None:
    """FLINK-22502: an unreadable checkpoint is an error, never an empty state."""
    with pytest.raises(UnreadableCheckpoint):
        CompletedCheckpoint.from_bytes(data)


@given(st.binary(max_size=100))
def test_garbage_never_raises_anything_else(data: bytes) -> None:
    """No bytes whatever make reading raise another exception."""
    with contextlib.suppress(UnreadableCheckpoint):
        CompletedCheckpoint.from_bytes(data)
