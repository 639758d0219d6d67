"""Answers of strangers, and to strangers: what comes back on a connection that was dialled to ask, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from structlog.testing import capture_logs

from actors import AskTimeout, DeathCause, Kill
from runtime import ActorSystem, NodeTerminated
from runtime.protocol import handshake
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Hello, Lane, Welcome
from tests.runtime.remote.lanes import counted
from tests.runtime.remote.nodes import Echo, Nodes, here, probe, until
from tests.runtime.remote.strangers import STRANGER, Stranger, dial, goes_on, welcomed

# --- strangers who ask ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("takes_answers", [True, False])
async def test_only_who_says_that_he_takes_answers_gets_them_back(nodes: Nodes, *, takes_answers: bool) -> None:
    """An older peer is dialled and told as ever; who takes them hears behind which message each comes."""
    a = await nodes.start("a")
    called: list[Answering] = []

    def accept() -> Answering:
        called.append(Answering([]))
        return called[-1]

    await nodes.net.transport("s").listen("s", 9, accept)
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(STRANGER, 77, a.address, lane=Lane.ORDINARY, takes_answers=takes_answers)))
    await until(lambda: stranger.said)
    asker = f"{STRANGER}/temp/$5#5"
    stranger.say(msgpack.packb([Kind.ORDINARY, here(a, a.spawn(Echo)), asker, "question"]))
    await asyncio.sleep(1.0)
    answered = [msgpack.unpackb(body) for body in stranger.said[1:]]
    told = [msgpack.unpackb(body) for one in called for body in one.said[1:]]
    if takes_answers:
        assert (answered, called) == ([[11, asker, 0, "question"]], [])
    else:
        assert answered == []
        assert [body[1::2] for body in told if body[0] == Kind.ORDINARY] == [[asker, "question"]]
    a.remote.peer(STRANGER).send(a.remote.resolve_text(f"{STRANGER}/user/x#3"), "before", None)
    await asyncio.sleep(1.0)
    stranger.say(msgpack.packb([Kind.ORDINARY, here(a, a.spawn(Echo)), asker, "another"]))
    await asyncio.sleep(1.0)
    assert len(stranger.said) == (3 if takes_answers else 1)
    if takes_answers:
        assert msgpack.unpackb(stranger.said[2]) == [11, asker, 1, "another"]


# --- strangers who answer ---------------------------------------------------------------------------------------------


class Answering(Stranger):
    """A system that others dial: it welcomes them, and answers each question with frames that it is given.

    Args:
        frames: What to write; a text is replaced by the path of who asks.
    """

    def __init__(self, frames: list[Any]) -> None:
        super().__init__()
        self.questions = 0
        self._frames = frames

    def data_received(self, data: bytes) -> None:
        heard = len(self.said)
        super().data_received(data)
        for body in self.said[heard:]:
            word = msgpack.unpackb(body)
            if word[0] == "deathwatch":
                self.say(handshake.write(Welcome(STRANGER, 77)))
            elif word[0] == Kind.ORDINARY:
                self.questions += 1
                for frame in self._frames:
                    self.write(frame(word[2]) if callable(frame) else frame)


def framed(*items: Any) -> bytes:
    return encode_frame(msgpack.packb(items), 2**31)


def answer(message: Any, position: int = 0) -> Callable[[str], bytes]:
    return lambda asker: framed(Kind.ANSWER, asker, position, message)


async def asks(
    nodes: Nodes, *frames: Any, timeout_s: float = 2.0, is_known: bool = False, **settings: Any
) -> tuple[ActorSystem, list[Answering], Any]:
    """A system, whom it has dialled to ask, and what came of the ask."""
    a = await nodes.start("a", port=7, **settings)
    if is_known:
        await welcomed(nodes, a)
    dialled: list[Answering] = []

    def accept() -> Answering:
        dialled.append(Answering(list(frames)))
        return dialled[-1]

    await nodes.net.transport("s").listen("s", 9, accept)
    far = a.remote.resolve_text(f"{STRANGER}/user/x#3")
    try:
        return a, dialled, await a.ask(far, "question", timeout_s)
    except AskTimeout as error:
        return a, dialled, error


def _in_pieces(asker: str) -> bytes:
    return framed(Kind.ANSWER, asker, 0, "yes")


UNKNOWN = msgpack.ExtType(2, msgpack.packb(["never.registered", 1]))
TWICE = [answer("yes"), answer("again")]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([answer("yes")], "yes"),
        (TWICE, "yes"),
        ([lambda asker: b"".join(frame(asker) for frame in TWICE * 200)], "yes"),
        ([lambda asker, at=at: _in_pieces(asker)[at : at + 1] for at in range(200)], "yes"),
        ([answer(b"x" * 8_000_000)], b"x" * 8_000_000),
        ([answer(UNKNOWN), answer(None), answer("yes")], "yes"),
        ([framed(Kind.ANSWER, "actor://a@a:7/temp/$1#1", 0, "late"), answer("yes")], "yes"),
        ([framed(Kind.ANSWER, "actor://a@a:7/temp/$" + "1" * 3000, 0, "far too long"), answer("yes")], "yes"),
        ([framed(Kind.ANSWER, "actor://a@a:7/temp/$x y/../z#1", 0, "no path"), answer("yes")], "yes"),
    ],
)
async def test_answers_of_strangers(nodes: Nodes, frames: list[Any], expected: Any) -> None:
    """Whole, in pieces, many at once, large; what cannot be read or comes too late costs no other."""
    a, dialled, result = await asks(nodes, *frames)
    assert result == expected
    assert not any(one.is_over for one in dialled)
    await goes_on(nodes, a)


@pytest.mark.parametrize(
    "frame",
    [
        framed(Kind.ANSWER, "actor://a@a:7/user/lobby", 0, "for somebody who has not asked"),
        framed(Kind.ANSWER, "actor://stranger@s:9/temp/$5#5", 0, "for somebody else"),
        framed(Kind.ANSWER, 5, 0, "by number"),
        framed(Kind.ANSWER, [0, "actor://a@a:7/temp/$5#5"], 0, "by number"),
        lambda asker: framed(Kind.ANSWER, asker, -1, "yes"),
        lambda asker: framed(Kind.ANSWER, asker, True, "yes"),
        lambda asker: framed(Kind.ANSWER, asker, 0),
        lambda asker: framed(Kind.ORDINARY, asker, None, "yes"),
        lambda asker: framed(Kind.ORDINARY, "actor://a@a:7/user/lobby", None, "yes"),
        framed(Kind.ACK, 5),
        framed(Kind.POSITION, 5, 0),
        framed(99),
        b"\0\0\0\2\xc1\xc1",
        b"\xff\xff\xff\xff",
    ],
)
async def test_what_does_not_belong_among_answers_ends_the_connection(nodes: Nodes, frame: Any) -> None:
    """No more than an ordinary answer could do: it reaches no actor, the connection ends with a line in the log."""
    with capture_logs() as lines:
        a, dialled, result = await asks(nodes, frame)
    assert isinstance(result, AskTimeout)
    (first,) = [one for one in dialled if one.questions][:1]
    assert first.is_over
    assert "a connection that was dialled failed" in [line["event"] for line in lines]
    await goes_on(nodes, a)


async def test_an_answer_before_a_frame_that_is_too_large_counts(nodes: Nodes) -> None:
    """The connection ends at the length that is too large, and not before."""
    _, dialled, result = await asks(nodes, lambda asker: answer("yes")(asker) + b"\xff\xff\xff\xff")
    assert result == "yes"
    await until(lambda: any(one.is_over for one in dialled if one.questions))


async def test_whoever_is_not_trusted_answers_what_he_was_asked(nodes: Nodes) -> None:
    """What he could not say in an ordinary message he cannot say in an answer: no notice of the runtime's own."""
    harmful = msgpack.ExtType(2, msgpack.packb(["/kill"]))
    with capture_logs() as lines:
        a, dialled, result = await asks(nodes, answer(harmful), answer("yes"), untrusted=True)
    assert result == "yes"
    assert [line["text"] for line in lines if line["event"] == "a message was dropped"] == [
        f"a {Kill.__name__} from an untrusted peer"
    ]
    assert not any(one.is_over for one in dialled)
    assert a.remote._guards.of(STRANGER).given == 1


async def test_a_goodbye_may_come_among_answers(nodes: Nodes) -> None:
    """R8: who leaves says so on each connection, of which any may be the last that there is."""
    a, *_ = await asks(nodes, answer("yes"), framed(Kind.GOODBYE))
    told = counted(a, NodeTerminated)
    await until(lambda: told)
    assert (told[0].uid, told[0].cause) == (77, DeathCause.NODE_SHUTDOWN)


async def test_nothing_is_sent_again_on_a_connection_that_is_full(nodes: Nodes) -> None:
    """R17: whoever misses letters without end, and reads none, has no more in memory than a connection takes."""
    a, *_ = await asks(nodes, answer("yes"))
    link, me, written = a.remote.peer(STRANGER)._outbox.control, probe(a), 0
    for number in range(100):
        me.watch(a.remote.resolve_text(f"{STRANGER}/user/x{number}#{number + 1}"))
    await asyncio.sleep(0.1)
    write = link.write

    def count(data: bytes) -> None:
        nonlocal written
        written += len(data)
        write(data)

    link.write = count
    link.data_received(framed(Kind.NACK, 0) * 2_000)
    assert 5_000 < written < 1_000_000
    await goes_on(nodes, a)


async def test_a_position_that_never_comes_holds_up_nobody_else(nodes: Nodes) -> None:
    """Whoever claims to have sent what he has not is waited for, without more being read; others are served."""
    a, (*_, ordinary), result = await asks(nodes, answer("yes", 2**63), *[answer("more")] * 100, is_known=True)
    assert isinstance(result, AskTimeout)
    assert not ordinary.is_over
    await goes_on(nodes, a)
    link = a.remote.peer(STRANGER)._outbox.ordinary
    assert link._reader.is_held
