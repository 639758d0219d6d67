"""Which way heartbeats take, and when datagrams are given up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.carriage import Carriage, Ways, stream_each

BOTH, STREAM, DATAGRAM = Ways(True, True), Ways(True, False), Ways(False, True)


def test_without_the_wish_everything_takes_the_connection() -> None:
    """A system that takes no datagrams sends none, whatever the peer offers."""
    carriage = Carriage(wants_datagrams=False)
    for number in range(50):
        assert carriage.ways(number, is_late=number % 2 == 0) == STREAM
        assert not carriage.stream_answered(port=5)
    assert not carriage.has_given_up


def test_datagrams_are_tried_beside_the_connection_and_then_preferred() -> None:
    """Until the peer's port is known the connection; then both; and datagrams alone once one was answered."""
    carriage = Carriage(wants_datagrams=True, each=20)
    assert carriage.ways(1, is_late=False) == STREAM
    assert not carriage.stream_answered(port=5)
    assert carriage.ways(2, is_late=False) == BOTH
    carriage.datagram_answered()
    assert carriage.prefers_datagrams
    assert carriage.ways(3, is_late=False) == DATAGRAM
    assert carriage.ways(4, is_late=True) == BOTH
    assert [number for number in range(60) if carriage.ways(number, is_late=False) == BOTH] == [0, 20, 40]


def test_a_heartbeat_takes_the_connection_about_once_a_second() -> None:
    """So that one that carries nothing is found in the time that silence takes; never each of them."""
    assert [stream_each(interval_s) for interval_s in (0.02, 0.1, 0.5, 1.0, 10.0)] == [50, 10, 2, 2, 2]


def test_a_peer_without_datagrams_is_known_at_once() -> None:
    """Port 0 gives them up, once, and none is sent."""
    carriage = Carriage(wants_datagrams=True)
    assert carriage.stream_answered(port=0)
    assert not carriage.stream_answered(port=0)
    assert carriage.has_given_up
    assert {carriage.ways(number, is_late=False) for number in range(50)} == {STREAM}


def test_datagrams_that_never_get_through_are_given_up_once_and_come_back() -> None:
    """After ten answers on the connection without one; then one in twenty tries, and the first answer restores them."""
    carriage = Carriage(wants_datagrams=True)
    assert [carriage.stream_answered(port=5) for _ in range(14)] == [False] * 10 + [True] + [False] * 3
    assert carriage.has_given_up
    assert [number for number in range(60) if carriage.ways(number, is_late=True) == BOTH] == [0, 20, 40]
    carriage.datagram_answered()
    assert not carriage.has_given_up
    assert carriage.ways(3, is_late=False) == DATAGRAM


def test_datagrams_that_get_through_no_more_are_given_up_too() -> None:
    """A firewall that changes its mind: late heartbeats take both ways, and ten answers decide."""
    carriage = Carriage(wants_datagrams=True)
    carriage.stream_answered(port=5)
    carriage.datagram_answered()
    assert [carriage.stream_answered(port=5) for _ in range(11)] == [False] * 10 + [True]
    assert carriage.ways(3, is_late=False) == STREAM


@given(st.booleans(), st.lists(st.sampled_from(["in a datagram", "on the connection", "there are none"])))
def test_in_any_order_of_answers_a_heartbeat_has_a_way(wants: bool, answers: list[str]) -> None:
    """Datagrams that get through are preferred, those that are given up are not; the connection is never left alone."""
    carriage = Carriage(wants)
    for number, answer in enumerate(answers):
        before = carriage.has_given_up
        if answer == "in a datagram" and carriage.ways(number, is_late=False).datagram:
            carriage.datagram_answered()
        elif answer != "in a datagram":
            has_given_up = carriage.stream_answered(0 if answer == "there are none" else 7)
            assert has_given_up == (carriage.has_given_up and not before)
        carriage.check()
        assert any(carriage.ways(number, is_late=False))
        assert carriage.ways(number, is_late=True).stream
