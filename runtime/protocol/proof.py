"""Proofs that both sides of a handshake know the same secret. Pure; numbers that are used once are handed in.

A proof is a keyed hash of everything that the two have said, both their random numbers among it: so it is of no use on
another connection, in the other direction, or for another address. The dialler proves itself first, so who merely dials
learns nothing with which secrets could be tried out. Deliberately not here: who says what when (`handshake`).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from dataclasses import dataclass

import msgpack

from actors.address import Address

NONCE_BYTES = 32
PROOF_BYTES = 32


class Role(enum.Enum):
    """Whose proof it is: nobody can be answered with his own."""

    DIALLER = "dialler"
    ACCEPTOR = "acceptor"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the two have said.

    Attributes:
        version: Of the protocol.
        dialler: Its address.
        dialler_uid: Its incarnation.
        target: The address that it means to reach.
        lane: What the connection is for.
        dialler_nonce: Its random number.
        acceptor: The acceptor's address.
        acceptor_uid: Its incarnation.
        acceptor_nonce: Its random number.
    """

    version: int
    dialler: Address
    dialler_uid: int
    target: Address
    lane: str
    dialler_nonce: bytes
    acceptor: Address
    acceptor_uid: int
    acceptor_nonce: bytes

    def prove(self, secret: bytes, role: Role, *answer: str | int) -> bytes:
        """The proof of one side; `answer` is what the acceptor says along with it."""
        dialler = [str(self.dialler), self.dialler_uid, str(self.target), self.lane, self.dialler_nonce]
        acceptor = [str(self.acceptor), self.acceptor_uid, self.acceptor_nonce]
        said = msgpack.packb(["deathwatch", self.version, role.value, dialler, acceptor, list(answer)])
        return hmac.new(secret, said, hashlib.sha256).digest()

    def is_proven(self, proof: bytes, secret: bytes, role: Role, *answer: str | int) -> bool:
        """Whether that is the proof; takes the same time whatever it is."""
        return hmac.compare_digest(proof, self.prove(secret, role, *answer))
