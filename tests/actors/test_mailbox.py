"""The user lane of a mailbox: order, bounds, what overflows where, and what no bound applies to."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import MailboxFull, MailboxSettings, Overflow, Terminated
from actors.mailbox import BoundedLane, DeadLane, Envelope, UserLane, put_exempt, put_front
from actors.watching import CustomTermination
from tests.actors.refs import ref

SUBJECT = ref("subject")


def lane(capacity: int, overflow: Overflow = Overflow.DROP_NEW) -> tuple[BoundedLane, list[Any]]:
    """A bounded lane, and what it drops."""
    dropped: list[Any] = []
    return BoundedLane(MailboxSettings(capacity, overflow), lambda envelope: dropped.append(envelope[0])), dropped


def fill(user: UserLane, *messages: Any) -> None:
    """Append messages without a sender."""
    for message in messages:
        user.append((message, None))


def drain(user: UserLane) -> list[Any]:
    """Take everything."""
    return [user.popleft()[0] for _ in range(len(user))]


def test_within_its_bound_a_lane_is_a_queue() -> None:
    """Messages come out in their order, with their senders; nothing is dropped."""
    user, dropped = lane(3)
    envelopes: list[Envelope] = [("a", None), ("b", SUBJECT), ("c", None)]
    for envelope in envelopes:
        user.append(envelope)

    assert len(user) == 3
    assert [user.popleft() for _ in range(3)] == envelopes
    assert not user
    assert not dropped
    with pytest.raises(IndexError):
        user.popleft()


def test_drop_new_drops_the_newcomer() -> None:
    """With DROP_NEW the message that finds no room is dropped."""
    user, dropped = lane(2, Overflow.DROP_NEW)
    fill(user, "a", "b", "c")

    assert (drain(user), dropped) == (["a", "b"], ["c"])


def test_drop_oldest_makes_room() -> None:
    """With DROP_OLDEST the oldest waiting message gives way."""
    user, dropped = lane(2, Overflow.DROP_OLDEST)
    fill(user, "a", "b", "c", "d")

    assert (drain(user), dropped) == (["c", "d"], ["a", "b"])


def test_fail_raises_in_the_sender() -> None:
    """With FAIL the sender hears of it, and the lane is as before."""
    user, dropped = lane(1, Overflow.FAIL)
    fill(user, "a")

    with pytest.raises(MailboxFull, match="1 messages; str not sent"):
        fill(user, "b")
    assert (drain(user), dropped) == (["a"], [])


@pytest.mark.parametrize("overflow", list(Overflow))
def test_no_bound_applies_to_a_death_notice(overflow: Overflow) -> None:
    """D61: Terminated gets in when the lane is full, keeps its place at the tail, and takes no room from others."""
    user, dropped = lane(2, overflow)
    notices = [Terminated(SUBJECT), CustomTermination(SUBJECT, "gone")]
    fill(user, "a")
    put_exempt(user, (notices[0], SUBJECT))
    fill(user, "b")
    put_exempt(user, (notices[1], SUBJECT))

    assert (drain(user), dropped) == (["a", notices[0], "b", notices[1]], [])


def test_drop_oldest_never_drops_a_death_notice() -> None:
    """D61: where the oldest gives way, a Terminated that is older still stays."""
    user, dropped = lane(1, Overflow.DROP_OLDEST)
    notice = Terminated(SUBJECT)
    put_exempt(user, (notice, SUBJECT))
    fill(user, "a", "b", "c")

    assert (drain(user), dropped) == ([notice, "c"], ["a", "b"])


def test_a_death_notice_that_was_stashed_is_exempt_again() -> None:
    """D61: a Terminated that comes back from the stash can no more be dropped than a fresh one."""
    user, dropped = lane(1, Overflow.DROP_OLDEST)
    notice, custom = Terminated(SUBJECT), CustomTermination(SUBJECT, "gone")
    put_front(user, [(notice, SUBJECT), (custom, SUBJECT)])
    fill(user, "a", "b")

    assert (drain(user), dropped) == ([notice, custom, "b"], ["a"])


def test_what_was_here_before_comes_back_whatever_the_bound() -> None:
    """A6: unstashed messages return to the front in their order, also beyond the bound; newcomers then find no room."""
    user, dropped = lane(2)
    fill(user, "c", "d")
    put_front(user, [("a", None), ("b", SUBJECT)])
    fill(user, "e")

    assert (drain(user), dropped) == (["a", "b", "c", "d"], ["e"])


def test_an_unbounded_lane_is_a_deque() -> None:
    """The two ways in for special messages work on the plain deque as well."""
    user: deque[Envelope] = deque([("a", None)])
    put_exempt(user, (Terminated(SUBJECT), SUBJECT))
    put_front(user, [("x", None), ("y", None)])

    assert drain(user) == ["x", "y", "a", Terminated(SUBJECT)]


def test_a_dead_lane_drops_everything() -> None:
    """S61: what is sent to an actor that is gone is dropped with its sender, by whatever way it comes in."""
    dropped: list[Envelope] = []
    user = DeadLane(dropped.append)
    fill(user, "a")
    put_exempt(user, (Terminated(SUBJECT), SUBJECT))
    put_front(user, [("b", SUBJECT)])

    assert dropped == [("a", None), (Terminated(SUBJECT), SUBJECT), ("b", SUBJECT)]
    assert len(user) == 0
    with pytest.raises(IndexError):
        user.popleft()


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_mailbox_without_room_is_refused(capacity: int) -> None:
    """A bound is 1 or more."""
    with pytest.raises(ValueError, match="1 or more"):
        MailboxSettings(capacity)


def test_a_bounded_lane_needs_a_bound() -> None:
    """A lane for a mailbox without bound is a mistake of the caller."""
    with pytest.raises(ValueError, match="capacity"):
        BoundedLane(MailboxSettings(None), lambda envelope: None)


@given(
    st.integers(1, 4),
    st.sampled_from(list(Overflow)),
    st.lists(st.sampled_from(["put", "notice", "take", "front", "front notice"]), max_size=40),
)
def test_a_bounded_lane_never_loses_anything_silently(capacity: int, overflow: Overflow, steps: list[str]) -> None:
    """D61: what goes in comes out in order or is dropped by the policy, notices always come out, the bound holds."""
    user, dropped = lane(capacity, overflow)
    model: list[Any] = []
    expected_drops: list[Any] = []
    for number, step in enumerate(steps):
        plain = [message for message in model if isinstance(message, int)]
        notice = Terminated(ref(f"subject-{number}"))
        if step == "notice":
            put_exempt(user, (notice, None))
            model.append(notice)
        elif step == "front":
            put_front(user, [(number, None)])
            model.insert(0, number)
        elif step == "front notice":
            put_front(user, [(notice, None)])
            model.insert(0, notice)
        elif step == "take":
            if model:
                assert user.popleft()[0] == model.pop(0)
        elif len(plain) < capacity:
            fill(user, number)
            model.append(number)
        elif overflow is Overflow.FAIL:
            with pytest.raises(MailboxFull):
                fill(user, number)
        elif overflow is Overflow.DROP_NEW:
            fill(user, number)
            expected_drops.append(number)
        else:
            fill(user, number)
            expected_drops.append(plain[0])
            model.remove(plain[0])
            model.append(number)
        assert len(user) == len(model)
    assert dropped == expected_drops
    assert drain(user) == model
