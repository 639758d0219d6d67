"""Who is let in, who is refused with which reason, and what both know then."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.address import Address
from runtime.protocol import handshake
from runtime.protocol.handshake import (
    MAX_HELLO_BYTES,
    Acceptor,
    Dialler,
    HandshakeError,
    Hello,
    Lane,
    Proof,
    Refusal,
    Refuse,
    Wait,
    Welcome,
)

A = Address("a", "127.0.0.1", 1)
B = Address("b", "::1", 2)


def test_two_systems_learn_each_others_incarnation() -> None:
    """R9, R10: after Hello and Welcome both know address and uid of the other."""
    dialler, acceptor = Dialler(A, 11, B), Acceptor(B, 22)
    hello = acceptor.hear(handshake.write(dialler.hello))
    assert hello == Hello(A, 11, B)
    assert dialler.hear(handshake.write(acceptor.welcome())) == Welcome(B, 22)


def test_each_connection_is_for_one_lane() -> None:
    """The lane that the dialler asks for arrives, and the answer says how many ordinary messages were read."""
    dialler, acceptor = Dialler(A, 11, B, Lane.ORDINARY), Acceptor(B, 22)
    hello = acceptor.hear(handshake.write(dialler.hello))
    assert isinstance(hello, Hello)
    assert hello.lane is Lane.ORDINARY
    assert dialler.hear(handshake.write(acceptor.welcome(7))) == Welcome(B, 22, 7)


@pytest.mark.parametrize("nonce", [b"", bytes(range(32))])
def test_who_dials_an_ordinary_lane_takes_answers_on_it(nonce: bytes) -> None:
    """The word stands behind the nonce, where older acceptors do not look; who does not say it takes none."""
    secret = b"between us" if nonce else None
    body = handshake.write(Dialler(A, 11, B, Lane.ORDINARY, secret, nonce).hello)
    assert handshake.read(body) == Hello(A, 11, B, lane=Lane.ORDINARY, nonce=nonce, takes_answers=True)
    said = msgpack.unpackb(body)
    assert said[7:] == [nonce or None, ["answers"]]
    assert not Dialler(A, 11, B, Lane.CONTROL).hello.takes_answers
    for words in ([], ["other"], "answers", {"answers": 1}, None, 5):
        word = handshake.read(msgpack.packb([*said[:8], words]))
        assert word == Hello(A, 11, B, lane=Lane.ORDINARY, nonce=nonce)
    word = handshake.read(msgpack.packb([*said[:8], ["other", 5, "answers"], "what comes later"]))
    assert isinstance(word, Hello)
    assert word.takes_answers


def test_who_was_meant_for_another_address_is_refused() -> None:
    """R11: another system name, host or port at the place that was dialled is refused, with both names in the text."""
    for other in (Address("x", "::1", 2), Address("b", "localhost", 2), Address("b", "::1", 3)):
        word = Acceptor(B, 22).hear(handshake.write(Hello(A, 11, other)))
        assert isinstance(word, Refuse)
        assert word.reason is Refusal.WRONG_TARGET
        assert word.uid == 22
        assert str(other) in word.text
        assert str(B) in word.text
        assert Dialler(A, 11, other).hear(handshake.write(word)) == word


def test_another_version_is_refused_with_both_numbers() -> None:
    """The text for people says which side speaks which version."""
    word = Acceptor(B, 22).hear(handshake.write(Hello(A, 11, B, version=99)))
    assert isinstance(word, Refuse)
    assert word.reason is Refusal.VERSION
    assert "speaks protocol version 2" in word.text
    assert "speaks 99" in word.text


def test_a_welcome_of_somebody_else_counts_as_a_refusal() -> None:
    """A dialler does not take the first best for the one it looked for."""
    word = Dialler(A, 11, B).hear(handshake.write(Welcome(Address("c", "::1", 2), 33)))
    assert isinstance(word, Refuse)
    assert word.reason is Refusal.WRONG_TARGET
    assert word.uid == 33


@given(st.binary(max_size=100))
def test_garbage_is_refused_and_raises_nothing_else(body: bytes) -> None:
    """Whatever comes first, the acceptor answers, and the dialler gets a HandshakeError."""
    word = Acceptor(B, 22).hear(body)
    assert isinstance(word, Refuse)
    assert word.reason is Refusal.NOT_OURS
    with pytest.raises(HandshakeError):
        Dialler(A, 11, B).hear(body)


@pytest.mark.parametrize(
    "fields",
    [
        ["hello", 2, "actor://a", 5, str(B), "control"],
        ["hello", 2, str(A), 0, str(B), "control"],
        ["hello", 2, str(A), -5, str(B), "control"],
        ["hello", 2, str(A), 5],
        ["hello", 2, str(A), 5, str(B)],
        ["hello", 2, str(A), 5, str(B), "fast"],
        ["hello", "2", str(A), 5, str(B), "control"],
        ["welcome", 2, str(A), 5],
        ["refuse", 1, "no-such-reason", "text", 5],
        ["greetings"],
        [],
    ],
)
def test_half_a_handshake_is_no_handshake(fields: list[object]) -> None:
    """Missing or senseless fields are refused like garbage."""
    with pytest.raises(HandshakeError):
        handshake.read(msgpack.packb(["deathwatch", *fields]))


def test_words_out_of_turn_are_refused() -> None:
    """An acceptor wants Hello, a dialler does not."""
    word = Acceptor(B, 22).hear(handshake.write(Welcome(A, 11)))
    assert isinstance(word, Refuse)
    assert word.reason is Refusal.NOT_OURS
    with pytest.raises(HandshakeError, match="Hello came"):
        Dialler(A, 11, B).hear(handshake.write(Hello(B, 22, A)))


def test_a_hello_fits_into_what_a_stranger_is_given() -> None:
    """The bound on first frames leaves room for the longest names."""
    long = Address("s" * 200, "h" * 253, 65535)
    assert len(handshake.write(Hello(long, 2**63 - 1, long))) < MAX_HELLO_BYTES


def test_who_has_to_wait_learns_who_lives_there() -> None:
    """A wait says which incarnation answers, and another answer follows; one of somebody else counts as a refusal."""
    dialler, acceptor = Dialler(A, 11, B), Acceptor(B, 22)
    acceptor.hear(handshake.write(dialler.hello))
    assert dialler.hear(handshake.write(acceptor.wait())) == Wait(B, 22)
    assert dialler.hear(handshake.write(acceptor.welcome(3))) == Welcome(B, 22, 3)
    other = dialler.hear(handshake.write(Acceptor(A, 22).wait()))
    assert isinstance(other, Refuse)
    assert other.reason is Refusal.WRONG_TARGET


def test_a_wait_is_proven_where_there_is_a_secret() -> None:
    """Without a proof it is no evidence of who lives there."""
    dialler = Dialler(A, 11, B, secret=b"s", nonce=bytes(32))
    acceptor = Acceptor(B, 22, b"s", bytes(32))
    proof = dialler.hear(handshake.write(acceptor.hear(handshake.write(dialler.hello))))
    assert isinstance(proof, Proof)
    acceptor.hear(handshake.write(proof))
    wait = acceptor.wait()
    assert dialler.hear(handshake.write(wait)) == wait
    for forged in (Wait(B, 22), Wait(B, 23, wait.proof), Wait(B, 22, acceptor.welcome().proof)):
        with pytest.raises(HandshakeError):
            dialler.hear(handshake.write(forged))
