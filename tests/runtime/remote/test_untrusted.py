"""What a peer that is not trusted can reach, and what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actors import Actor, ActorRef, DeathCause, Kill, PoisonPill, message
from actors.address import ActorPath, Address
from actors.notices import Terminated
from actors.signals import DeathWatchNotification, Terminate, Watch
from runtime import ActorSystem, RemoteSettings
from runtime.protocol.trust import Gate
from tests.runtime.remote.nodes import Echo, Nodes, Say, here, probe, seen_from


@message(name="test.untrusted.introduce")
class Introduce:
    """Ask the lobby for a session."""


@message(name="test.untrusted.pass")
class PassOn:
    """Tell `to` something on our behalf."""

    to: ActorRef[Any]


class Lobby(Actor[Any]):
    """Gives each caller a session, and passes messages on to whom it is told: a deputy to be confused."""

    def receive(self, message: Any) -> None:
        match message:
            case Introduce():
                self.sender.tell(self.context.spawn(Echo), self.ref)
            case PassOn(to):
                to.tell("passed on", self.ref)


async def wary(nodes: Nodes, **changes: Any) -> tuple[ActorSystem, ActorSystem, ActorRef[Any], ActorRef[Any]]:
    """A system that trusts nobody, one that talks to it, and what that sees: the lobby, and what it was not given."""
    a = await nodes.start("a", untrusted=True, trusted_paths=("/user/lobby",), **changes)
    b = await nodes.start("b")
    a.spawn(Lobby, "lobby")
    return a, b, b.remote.resolve_text(f"{a.address}/user/lobby"), seen_from(b, a, a.spawn(Echo, "secret"))


async def test_what_was_given_can_be_asked_watched_and_waited_for(nodes: Nodes) -> None:
    """A trusted path may be named; the reference that comes back may be asked and watched, and its death is told."""
    a, b, lobby, _ = await wary(nodes)
    me = probe(b)
    session = await b.ask(lobby, Introduce(), 5.0)
    assert await b.ask(session, Say(1), 5.0) == Say(1)
    me.watch(session)
    assert await b.ask(session, Say(2), 5.0) == Say(2)
    a.remote.resolve_text(str(session.path)).sink.signal(Terminate())
    assert (await me.expect_terminated(session)).cause is DeathCause.STOPPED


async def test_what_was_not_given_cannot_be_named(nodes: Nodes) -> None:
    """A message to it is a dead letter, a look-up finds nobody, and a watch is answered as if nothing lived there."""
    a, b, _, secret = await wary(nodes)
    me = probe(b)
    secret.tell(Say(1), me.ref)
    await me.expect_no_message(2.0)
    with pytest.raises(LookupError):
        await b.resolve(f"{a.address}/user/secret", timeout=2.0)
    me.watch(secret)
    notice = await me.expect_terminated(secret)
    assert (notice.cause, notice.existence_confirmed, notice.address_terminated) == (
        DeathCause.NEVER_EXISTED,
        False,
        False,
    )
    assert await b.ask(b.spawn(Echo), Say(1), 5.0) == Say(1)


async def test_nobody_is_deceived_into_naming_it(nodes: Nodes) -> None:
    """A reference within a message, to what its sender was not given, leads to nobody: a deputy is not confused."""
    a, _b, lobby, secret = await wary(nodes)
    me = probe(a)
    lobby.tell(PassOn(seen_from(_b, a, me.ref)))
    lobby.tell(PassOn(secret))
    await me.expect_no_message(2.0)


HARM: dict[str, Callable[[ActorRef[Any]], None]] = {
    "stop": lambda ref: ref.sink.signal(Terminate()),
    "poison": lambda ref: ref.tell(PoisonPill()),
    "kill": lambda ref: ref.tell(Kill()),
    "forged death": lambda ref: ref.tell(Terminated(ref, True, True, DeathCause.STOPPED, "")),
    "death of another's": lambda ref: ref.sink.signal(DeathWatchNotification(ref, True, False, DeathCause.STOPPED, "")),
}


@pytest.mark.parametrize("harm", HARM)
async def test_what_was_given_cannot_be_harmed(nodes: Nodes, harm: str) -> None:
    """Stop, PoisonPill, Kill and forged deaths are dropped; the actor goes on, and so does the peer."""
    _, b, lobby, _ = await wary(nodes)
    session = await b.ask(lobby, Introduce(), 5.0)
    HARM[harm](session)
    assert await b.ask(session, Say(1), 5.0) == Say(1)


async def test_nobody_is_set_to_answer_himself(nodes: Nodes) -> None:
    """A message whose sender is an actor here has none: else who answers everything would talk to itself for ever."""
    _, b, lobby, _ = await wary(nodes)
    session = await b.ask(lobby, Introduce(), 5.0)
    session.tell(Say("loop"), session)
    assert await b.ask(session, Say(1), 5.0) == Say(1)


async def test_a_watch_in_anothers_name_is_dropped(nodes: Nodes) -> None:
    """The watcher of an untrusted peer's watch lives with that peer: no third one gets deaths it did not ask for."""
    a, b, lobby, _ = await wary(nodes)
    session = await b.ask(lobby, Introduce(), 5.0)
    c = await nodes.start("c")
    session.sink.signal(Watch(session, seen_from(b, c, probe(c).ref)))
    assert await b.ask(session, Say(1), 5.0) == Say(1)
    assert a.remote.watch_counts() == {}


async def test_a_peers_word_makes_nobody_dial(nodes: Nodes) -> None:
    """A reference to a third system, of which nothing is known, leads to nobody: else peers could point at any port."""
    a, b, lobby, _ = await wary(nodes)
    c = await nodes.start("c")
    me = probe(c)
    lobby.tell(PassOn(seen_from(b, c, me.ref)))
    await me.expect_no_message(2.0)
    assert list(a.remote._associations) == [b.address]


async def test_the_trusting_side_is_unharmed(nodes: Nodes) -> None:
    """The other direction works as ever: the wary system asks, watches and hears of deaths."""
    a, b, *_ = await wary(nodes)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    nodes.kill(b)
    assert (await me.expect_terminated(echo)).cause is DeathCause.PROCESS_DEAD


async def test_a_new_incarnation_was_given_nothing(nodes: Nodes) -> None:
    """What the one before it had does not pass to whoever takes its place."""
    a, b, lobby, _ = await wary(nodes)
    session = await b.ask(lobby, Introduce(), 5.0)
    me = probe(a)
    me.watch(seen_from(a, b, b.spawn(Echo)))
    address = b.address
    nodes.kill(b)
    await me.receive_one()
    b = await nodes.start("b", port=address.port or 0)
    again = b.remote.resolve_text(here(a, a.remote.resolve_text(str(session.path))))
    late = probe(b)
    again.tell(Say(1), late.ref)
    await late.expect_no_message(2.0)


async def test_the_table_of_what_was_given_is_bounded(nodes: Nodes) -> None:
    """Answered asks and dead actors are forgotten first, then the oldest; what lives and is newer stays."""
    own = Address("a")
    gate = Gate(Address("b", "b", 1), (), most_given=100)
    paths = [ActorPath(own, ("user", f"x{number}"), number + 1) for number in range(1000)]
    for path in paths:
        gate.give(path, lambda one: one.uid % 2 == 0)
        assert len(gate) <= 101
    assert gate.may_name(paths[-1], exactly=True)
    assert not gate.may_name(paths[-1], exactly=False)
    assert not gate.may_name(paths[1], exactly=True)


def test_trusted_paths_are_paths() -> None:
    """A text in the place of a tuple, or a path without a slash, is refused at once."""
    for wrong in ("/user/lobby", ("user/lobby",)):
        with pytest.raises(ValueError, match="trusted_paths"):
            RemoteSettings(trusted_paths=wrong)  # type: ignore[arg-type]
