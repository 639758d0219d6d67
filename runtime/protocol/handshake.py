"""The first words of a connection: who are you, whom do you look for, do we speak the same protocol. Pure.

The dialler says `Hello` and for which lane it dials; the acceptor says `Welcome` or `Refuse` with a text for people.
Where a secret is set, the acceptor first says `Challenge`, the dialler `Proof`, and the answer is proven too (`proof`).
What comes out is the peer's incarnation uid. The shells are `runtime.remote.outbound` (dialler) and
`runtime.remote.inbound` (acceptor). Deliberately not here: what the uid means for those who watch (`verdict`). Akka
counterpart: HandshakeReq, HandshakeRsp (R9-R13).
"""

from __future__ import annotations

from actors.address import Address
from runtime.protocol.proof import Role, Transcript
from runtime.protocol.words import MAX_HELLO_BYTES as MAX_HELLO_BYTES
from runtime.protocol.words import VERSION as VERSION
from runtime.protocol.words import Challenge as Challenge
from runtime.protocol.words import HandshakeError as HandshakeError
from runtime.protocol.words import Hello as Hello
from runtime.protocol.words import Lane as Lane
from runtime.protocol.words import Proof as Proof
from runtime.protocol.words import Refusal as Refusal
from runtime.protocol.words import Refuse as Refuse
from runtime.protocol.words import Wait as Wait
from runtime.protocol.words import Welcome as Welcome
from runtime.protocol.words import Word as Word
from runtime.protocol.words import read as read
from runtime.protocol.words import write as write


class Acceptor:
    """The side that was dialled, for one connection.

    Args:
        own: Our address.
        uid: Our incarnation.
        secret: What the dialler has to know, if anything.
        nonce: A random number for this connection; of no meaning without a secret.
    """

    def __init__(self, own: Address, uid: int, secret: bytes | None = None, nonce: bytes = b"") -> None:
        self._own = own
        self._uid = uid
        self._secret = secret
        self._nonce = nonce
        self._hello: Hello | None = None
        self._transcript: Transcript | None = None  # of one who has proven to know the secret

    def hear(self, body: bytes) -> Hello | Challenge | Refuse:
        """Judge a first frame: the `Hello` if it may be welcomed, else what to answer."""
        try:
            word = read(body)
        except HandshakeError as error:
            return self.refuse(Refusal.NOT_OURS, str(error))
        if self._hello is not None and self._secret is not None:
            return self._judge_proof(word, self._hello, self._secret)
        if not isinstance(word, Hello):
            return self.refuse(Refusal.NOT_OURS, f"a connection begins with Hello, not with {type(word).__name__}")
        if word.version != VERSION:
            return self.refuse(
                Refusal.VERSION, f"{self._own} speaks protocol version {VERSION}, {word.own} speaks {word.version}"
            )
        if self._secret is None:
            if word.nonce:
                return self.refuse(Refusal.SECRET, f"{self._own} has no secret, and the dialler wants it to prove one")
            return self._judge_target(word)
        if not word.nonce:
            return self.refuse(Refusal.SECRET, f"{self._own} listens only to those who know its secret")
        self._hello = word
        return Challenge(self._own, self._uid, self._nonce)

    def welcome(self, read: int = 0) -> Welcome:
        """The answer to a `Hello` that shall be let in; `read` as in `Welcome`."""
        return Welcome(self._own, self._uid, read, self._prove("welcome", read))

    def wait(self) -> Wait:
        """The first answer to a `Hello` whose second one takes long."""
        return Wait(self._own, self._uid, self._prove("wait"))

    def refuse(self, reason: Refusal, text: str) -> Refuse:
        """The answer to whoever shall not be let in."""
        return Refuse(reason, text, self._uid, self._prove("refuse", reason.value, text))

    def _judge_proof(self, word: Word, hello: Hello, secret: bytes) -> Hello | Refuse:
        transcript = transcript_of(hello, Challenge(self._own, self._uid, self._nonce))
        if not isinstance(word, Proof):
            return self.refuse(Refusal.NOT_OURS, f"a proof was asked for, and {type(word).__name__} came")
        if not transcript.is_proven(word.proof, secret, Role.DIALLER):
            return self.refuse(Refusal.SECRET, f"the secrets of {self._own} and of the dialler differ")
        self._transcript = transcript
        return self._judge_target(hello)

    def _judge_target(self, hello: Hello) -> Hello | Refuse:
        if hello.target != self._own:
            return self.refuse(
                Refusal.WRONG_TARGET,
                f"{hello.own} looks for {hello.target}, but here is {self._own}; "
                "a system is reached only by the name, host and port that it calls its own",
            )
        return hello

    def _prove(self, *answer: str | int) -> bytes:
        if self._transcript is None or self._secret is None:
            return b""
        return self._transcript.prove(self._secret, Role.ACCEPTOR, *answer)


class Dialler:
    """The side that dials, for one connection.

    Args:
        own: Our address.
        uid: Our incarnation.
        target: Whom we mean to reach.
        lane: What for.
        secret: What the acceptor has to know, if anything.
        nonce: A random number for this connection; of no meaning without a secret.
    """

    def __init__(
        self,
        own: Address,
        uid: int,
        target: Address,
        lane: Lane = Lane.CONTROL,
        secret: bytes | None = None,
        nonce: bytes = b"",
    ) -> None:
        nonce = nonce if secret is not None else b""
        self.hello = Hello(own, uid, target, lane=lane, nonce=nonce, takes_answers=lane is Lane.ORDINARY)
        self._secret = secret
        self._transcript: Transcript | None = None

    def hear(self, body: bytes) -> Proof | Welcome | Wait | Refuse:
        """Judge the acceptor's answer; a `Welcome` of somebody else comes back as a `Refuse`. A `Proof` is to be sent.

        After a `Wait` another answer comes.

        Raises:
            HandshakeError: If it is no answer of this protocol, or of somebody who does not know the secret.
        """
        word = read(body)
        if isinstance(word, Challenge) and self._secret is not None and self._transcript is None:
            self._transcript = transcript_of(self.hello, word)
            return Proof(self._transcript.prove(self._secret, Role.DIALLER))
        if not isinstance(word, Welcome | Wait | Refuse):
            raise HandshakeError(f"a {type(word).__name__} came where Welcome or Refuse was expected")
        if self._secret is not None and not self._is_proven(word, self._secret):
            if isinstance(word, Refuse):
                raise HandshakeError(f"it refuses us, without proof that it knows the secret: {word.text}")
            raise HandshakeError("it did not prove that it knows the secret")
        if not isinstance(word, Refuse) and word.own != self.hello.target:
            return Refuse(Refusal.WRONG_TARGET, f"{self.hello.target} was dialled, but {word.own} answers", word.uid)
        return word

    def _is_proven(self, word: Welcome | Wait | Refuse, secret: bytes) -> bool:
        said = self._transcript
        if said is None or word.uid != said.acceptor_uid:
            return False
        if not isinstance(word, Refuse) and word.own != said.acceptor:
            return False
        if isinstance(word, Wait):
            return said.is_proven(word.proof, secret, Role.ACCEPTOR, "wait")
        if isinstance(word, Welcome):
            return said.is_proven(word.proof, secret, Role.ACCEPTOR, "welcome", word.read)
        return said.is_proven(word.proof, secret, Role.ACCEPTOR, "refuse", word.reason.value, word.text)


def transcript_of(hello: Hello, challenge: Challenge) -> Transcript:
    """What the two have said when the dialler is to prove itself."""
    return Transcript(
        *(hello.version, hello.own, hello.uid, hello.target, hello.lane.value, hello.nonce),
        *(challenge.own, challenge.uid, challenge.nonce),
    )
