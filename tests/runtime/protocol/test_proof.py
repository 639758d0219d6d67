"""Whoever knows the secret can prove it, for one connection and one pair of incarnations."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.address import Address
from runtime.protocol import handshake
from runtime.protocol.handshake import Acceptor, Challenge, Dialler, HandshakeError, Hello, Lane, Proof, Refusal, Refuse
from runtime.protocol.handshake import Welcome as Welcome
from runtime.protocol.proof import NONCE_BYTES, Role

A, B, C = Address("a", "127.0.0.1", 1), Address("b", "127.0.0.1", 2), Address("c", "127.0.0.1", 3)
SECRET = b"correct horse battery staple"


def nonce(number: int) -> bytes:
    return bytes([number]) * NONCE_BYTES


def dialler(secret: bytes | None = SECRET, number: int = 1, target: Address = B) -> Dialler:
    return Dialler(A, 11, target, Lane.CONTROL, secret, nonce(number))


def acceptor(secret: bytes | None = SECRET, number: int = 2) -> Acceptor:
    return Acceptor(B, 22, secret, nonce(number))


def challenged(one: Dialler, other: Acceptor) -> Proof:
    """The dialler's proof, after Hello and Challenge."""
    challenge = other.hear(handshake.write(one.hello))
    assert isinstance(challenge, Challenge)
    proof = one.hear(handshake.write(challenge))
    assert isinstance(proof, Proof)
    return proof


def test_both_sides_prove_that_they_know_the_secret() -> None:
    """Hello, Challenge, Proof, and a Welcome that is proven; the number of read messages is part of it."""
    one, other = dialler(), acceptor()
    hello = other.hear(handshake.write(challenged(one, other)))
    assert hello == one.hello
    welcome = one.hear(handshake.write(other.welcome(7)))
    assert isinstance(welcome, Welcome)
    assert (welcome.own, welcome.uid, welcome.read) == (B, 22, 7)


def test_other_secrets_are_refused_and_nothing_more_is_said() -> None:
    """The acceptor's answer says that the secrets differ; the dialler takes it for no evidence, but passes it on."""
    one, other = dialler(b"wrong"), acceptor()
    refuse = other.hear(handshake.write(challenged(one, other)))
    assert isinstance(refuse, Refuse)
    assert (refuse.reason, refuse.proof) == (Refusal.SECRET, b"")
    assert "differ" in refuse.text
    with pytest.raises(HandshakeError, match=r"without proof that it knows the secret.*differ"):
        one.hear(handshake.write(refuse))


@pytest.mark.parametrize(
    ("mine", "yours", "text"), [(None, SECRET, "only to those who know"), (SECRET, None, "no secret")]
)
def test_a_secret_on_one_side_only_is_refused_at_once(mine: bytes | None, yours: bytes | None, text: str) -> None:
    """Before anything is proven; the text says on which side it is missing."""
    refuse = acceptor(yours).hear(handshake.write(dialler(mine).hello))
    assert isinstance(refuse, Refuse)
    assert refuse.reason is Refusal.SECRET
    assert text in refuse.text
    assert not refuse.reason.tells_who


def test_an_acceptor_without_the_secret_convinces_nobody() -> None:
    """A Welcome, or a Refuse with another uid, is no word of the system that was dialled unless it is proven."""
    forged = [
        handshake.Welcome(B, 99),
        handshake.Welcome(B, 99, 0, bytes(32)),
        Refuse(Refusal.QUARANTINED, "you are dead", 22),
        Refuse(Refusal.WRONG_TARGET, "another lives here", 99, bytes(32)),
    ]
    for word in forged:
        for is_challenged in (False, True):
            one = dialler()
            if is_challenged:
                one.hear(handshake.write(Challenge(B, 99, nonce(3))))
            with pytest.raises(HandshakeError, match=r"proof|prove"):
                one.hear(handshake.write(word))


def test_nothing_can_be_said_twice() -> None:
    """What was heard on one connection proves nothing on another, to nobody, in no direction."""
    one, other = dialler(), acceptor()
    proof = challenged(one, other)
    other.hear(handshake.write(proof))
    welcome = other.welcome()

    again = acceptor(number=5)  # the same Hello and Proof on another connection
    again.hear(handshake.write(one.hello))
    assert isinstance(again.hear(handshake.write(proof)), Refuse)
    later = dialler(number=6)  # the same Challenge and Welcome on another connection
    later.hear(handshake.write(Challenge(B, 22, nonce(2))))
    with pytest.raises(HandshakeError):
        later.hear(handshake.write(welcome))
    back = dialler()  # the dialler's own proof, sent back to it
    mine = back.hear(handshake.write(Challenge(B, 22, nonce(2))))
    assert isinstance(mine, Proof)
    with pytest.raises(HandshakeError):
        back.hear(handshake.write(handshake.Welcome(B, 22, 0, mine.proof)))


@pytest.mark.parametrize(
    "change",
    [{"own": C}, {"uid": 12}, {"target": C}, {"lane": Lane.ORDINARY}, {"nonce": nonce(9)}],
    ids=lambda change: next(iter(change)),
)
def test_a_proof_holds_for_what_was_said_with_it(change: dict[str, object]) -> None:
    """Addresses, incarnations, lane and numbers are bound: a Hello that was changed on its way is refused."""
    one, other = dialler(), acceptor()
    other.hear(handshake.write(dataclasses.replace(one.hello, **change)))  # type: ignore[arg-type]
    proof = one.hear(handshake.write(Challenge(B, 22, nonce(2))))
    assert isinstance(proof, Proof)
    refuse = other.hear(handshake.write(proof))
    assert isinstance(refuse, Refuse)
    assert refuse.reason is Refusal.SECRET


def test_a_wrong_target_is_told_with_proof() -> None:
    """R11 with a secret: who proved itself hears who lives there, and can rely on it; others hear nothing of it."""
    one, other = dialler(target=C), acceptor()
    refuse = other.hear(handshake.write(challenged(one, other)))
    assert isinstance(refuse, Refuse)
    assert one.hear(handshake.write(refuse)) == refuse
    assert refuse.reason is Refusal.WRONG_TARGET


@given(st.binary(max_size=64) | st.just(b""))
def test_no_other_bytes_are_a_proof(guess: bytes) -> None:
    """Whatever is said in the place of a proof is refused, and raises nothing."""
    other = acceptor()
    hello = dialler().hello
    assert isinstance(other.hear(handshake.write(hello)), Challenge)
    assert isinstance(other.hear(handshake.write(Proof(guess))), Refuse)
    transcript = handshake.transcript_of(hello, Challenge(B, 22, nonce(2)))
    assert not transcript.is_proven(guess, SECRET, Role.DIALLER)


def test_a_word_of_a_later_version_may_say_more() -> None:
    """What stands where a proof may stand, and is none, is no proof and no error."""
    import msgpack

    assert handshake.read(msgpack.packb(["deathwatch", "welcome", 2, str(B), 22, 0, "more"])) == handshake.Welcome(
        B, 22
    )
    hello = handshake.read(msgpack.packb(["deathwatch", "hello", 2, str(A), 11, str(B), "control", {}]))
    assert hello == Hello(A, 11, B)
