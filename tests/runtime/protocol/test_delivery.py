"""System messages arrive once each and in order, for one pair of incarnations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.delivery import Receipt, SystemReceiver, SystemSender, SystemSenderFull


@given(st.integers(0, 25), st.data())
def test_any_loss_duplication_and_reordering_ends_in_order_and_exactly_once(count: int, data: st.DataObject) -> None:
    """R15-R17: whatever the network does to messages and answers, all arrive, in order, once each."""
    sender: SystemSender[int] = SystemSender(100)
    receiver = SystemReceiver()
    sender.bind(7)
    there = [sender.number(content) for content in range(count)]
    back: list[tuple[bool, int]] = []
    delivered: list[int] = []
    for _ in range(data.draw(st.integers(0, 150))):
        match data.draw(st.integers(0, 6)):
            case 0 if there:
                there.pop(data.draw(st.integers(0, len(there) - 1)))
            case 1 if there:
                there.append(there[data.draw(st.integers(0, len(there) - 1))])
            case 2 if back:
                back.pop(data.draw(st.integers(0, len(back) - 1)))
            case 3:
                there += sender.unacked()
            case 4 if back:
                nack, sequence = back.pop(data.draw(st.integers(0, len(back) - 1)))
                sender.acked(sequence, 7)
                there += sender.unacked() if nack else []
            case _ if there:
                sequence, content = there.pop(data.draw(st.integers(0, len(there) - 1)))
                receipt = receiver.receive(sequence)
                if receipt is Receipt.DELIVER:
                    delivered.append(content)
                back.append((receipt is Receipt.GAP, receiver.delivered))
        sender.check()
        assert delivered == list(range(len(delivered)))
        assert len(sender) >= count - len(delivered)
    # The network heals: one round of the resend timer is enough.
    for sequence, content in sender.unacked():
        if receiver.receive(sequence) is Receipt.DELIVER:
            delivered.append(content)
    sender.acked(receiver.delivered, 7)
    assert delivered == list(range(count))
    assert len(sender) == 0


def test_the_receiver_delivers_acknowledges_or_says_what_is_missing() -> None:
    """R16: expected is delivered, lower is a duplicate, higher is a gap; both answers name the highest delivered."""
    receiver = SystemReceiver()
    assert [receiver.receive(n) for n in (1, 1, 3, 2, 3)] == [
        Receipt.DELIVER,
        Receipt.DUPLICATE,
        Receipt.GAP,
        Receipt.DELIVER,
        Receipt.DELIVER,
    ]
    assert receiver.delivered == 3


def test_an_ack_of_a_stale_incarnation_is_ignored() -> None:
    """R18: only the incarnation to which the numbers belong can acknowledge, and only what was sent."""
    sender: SystemSender[str] = SystemSender(10)
    sender.number("a")
    assert not sender.acked(1, 5)
    sender.bind(5)
    assert not sender.acked(1, 4)
    assert not sender.acked(2, 5)
    assert len(sender) == 1
    assert sender.acked(1, 5)
    assert not sender.acked(1, 5)


def test_a_new_incarnation_starts_at_one_and_gets_nothing_of_the_old() -> None:
    """R14: what the old one did not acknowledge is handed back for dead letters."""
    sender: SystemSender[str] = SystemSender(10)
    sender.number("a")
    assert sender.bind(5) == []
    sender.number("b")
    assert sender.bind(5) == []
    assert sender.bind(6) == ["a", "b"]
    assert sender.number("c") == (1, "c")


def test_the_buffer_is_bounded() -> None:
    """R19: the message that finds no room is reported, not lost in silence."""
    sender: SystemSender[str] = SystemSender(2)
    sender.number("a")
    sender.number("b")
    with pytest.raises(SystemSenderFull, match="2 system messages"):
        sender.number("c")
    assert sender.unacked(up_to=1) == [(1, "a")]
    with pytest.raises(ValueError, match="capacity"):
        SystemSender[str](0)
