"""How actors fail, restart and stop, told what they do and looked at from the same system and from another one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import (
    AllForOneStrategy,
    AskTimeout,
    DeadLetter,
    DeathCause,
    Directive,
    Kill,
    OneForOneStrategy,
    PoisonPill,
    Props,
    Terminated,
)
from runtime import TestProbe, graceful_stop
from tests.runtime.across.stage import Stage
from tests.runtime.local.people import Do, Ill, Obedient, fail, nap, obedient, stop, supervisor, watching


class Counting(Obedient):
    """Answers with how many messages its instance has had; fails at "fail"; says when it ends."""

    def __init__(self, report: TestProbe | None = None) -> None:
        super().__init__(report)
        self.count = 0

    def receive(self, message: Any) -> Any:
        """Count, fail, or obey."""
        if isinstance(message, Do):
            return message.what(self)
        self.count += 1
        if message == "fail":
            raise Ill("told to fail")
        if message == "name":
            self.reply(self.ref)
        else:
            self.reply(self.count)
        return None

    def post_stop(self) -> None:
        """Say so."""
        if self.report is not None:
            self.report.tell(f"{self.ref.name} stopped")


@pytest.mark.parametrize(
    ("directive", "counts"),
    [(Directive.RESUME, [1, 3, 4]), (Directive.RESTART, [1, 1, 2]), (Directive.STOP, [1])],
    ids=["resume", "restart", "stop"],
)
async def test_the_directives(stage: Stage, directive: Directive, counts: list[int]) -> None:
    """S1, S2, S3: resume keeps the state, restart gives a fresh one behind the same reference, stop ends the child."""
    probe, parent = stage.probe(), stage.subject(supervisor(OneForOneStrategy(decider={Ill: directive})))
    child = probe.watch(await stage.child(parent, Counting))
    for message in ("one", "fail", "two", "three"):
        child.tell(message, probe.ref)

    assert [await probe.expect(int) for _ in counts] == counts
    if directive is Directive.STOP:
        assert (await probe.expect_terminated(child)).cause is DeathCause.FAILED
    else:
        child.tell("name", probe.ref)
        assert await probe.receive_one() == child
    await probe.expect_no_message()


async def test_escalation(stage: Stage) -> None:
    """S4, S57: the failure of a grandchild fails its parent, whose restart stops it; watchers elsewhere are told."""
    probe = stage.probe()
    top = stage.subject(supervisor(OneForOneStrategy(decider={Ill: Directive.RESTART})))
    middle = await stage.child(top, supervisor(OneForOneStrategy(decider={Ill: Directive.ESCALATE}), probe))
    bottom = await stage.child(middle, Counting)
    probe.watch(middle)
    probe.watch(bottom)
    await stage.quiet()
    bottom.tell("fail")

    terminated = await probe.expect_terminated(bottom)
    assert (terminated.existence_confirmed, terminated.address_terminated) == (True, False)
    middle.tell("there")
    await probe.expect("there")
    await probe.expect_no_message()


@pytest.mark.parametrize("strategy", [OneForOneStrategy, AllForOneStrategy])
async def test_siblings(stage: Stage, strategy: type[OneForOneStrategy]) -> None:
    """S15, S16, S20: siblings keep their state, or restart with who failed; none of it is a death."""
    probe, parent = stage.probe(), stage.subject(supervisor(strategy(decider={Ill: Directive.RESTART})))
    ill, other, leaving = [probe.watch(await stage.child(parent, Counting)) for _ in range(3)]
    stage.order(leaving, stop)
    await probe.expect_terminated(leaving)
    for message in ("one", "two"):
        other.tell(message, probe.ref)
    ill.tell("fail")
    await stage.quiet()
    other.tell("three", probe.ref)

    expected = [1, 2, 3] if strategy is OneForOneStrategy else [1, 2, 1]
    assert [await probe.expect(int) for _ in expected] == expected
    await probe.expect_no_message()


async def test_no_message_while_nobody_has_judged(stage: Stage) -> None:
    """S49, S56: until the verdict messages wait in their order; a watch and a stop are heard all the same."""
    probe, parent = stage.probe(), stage.subject(supervisor(OneForOneStrategy(decider={Ill: Directive.RESUME})))
    child = await stage.child(parent, obedient(probe))
    stage.at_home(parent).tell(nap(1.0))
    stage.order(child, fail)
    await stage.quiet()
    for number in range(50):
        child.tell(number)
    await probe.expect_no_message(0.5)
    assert [await probe.receive_one() for _ in range(50)] == list(range(50))

    other = stage.subject(supervisor(OneForOneStrategy(decider={Ill: Directive.RESUME})))
    stage.order(other, lambda actor: actor.context.watch(stage.at_home(parent)))
    suspended = await stage.child(other, obedient())
    stage.at_home(other).tell(nap(1.0))
    stage.order(suspended, fail)
    await stage.quiet()
    probe.watch(suspended)
    stage.order(suspended, stop)
    stage.stop(other)
    assert (await probe.expect_terminated(suspended)).existence_confirmed


async def test_the_order_of_an_end(stage: Stage) -> None:
    """S60: the message being handled is finished, no other is; children end, then post_stop; then watchers know."""
    probe, parent = stage.probe(), stage.subject(Props(Counting, None))
    told = stage.probe()
    child = await stage.child(parent, Props(Counting, probe), "child")
    told.watch(parent)
    told.watch(child)
    stage.at_home(parent).tell(nap(1.0))
    await stage.quiet()
    parent.tell("too late", told.ref)
    stage.stop(parent)

    await told.expect_no_message(0.5)
    await told.expect_terminated(child)
    await told.expect_terminated(parent)
    await probe.expect("child stopped")
    await told.expect_no_message()


async def test_what_was_left_is_dead_letters(stage: Stage) -> None:
    """S61: messages left in the mailbox are dead letters where it was, in order, with sender and recipient."""
    letters, sender, subject = stage.probe(), stage.probe(), stage.subject()
    stage.there.event_stream.subscribe(letters.tell, DeadLetter)
    home = stage.at_home(subject)
    home.tell(nap(1.0))
    await stage.quiet()
    for number in range(5):
        subject.tell(number, sender.ref)
    await stage.quiet()
    stage.stop(subject)
    await asyncio.sleep(1.0)
    subject.tell("late", sender.ref)

    for message in (*range(5), "late"):
        letter = await letters.expect(DeadLetter)
        assert (letter.message, str(letter.recipient.path.without_uid())) == (message, str(home.path.without_uid()))
        assert letter.sender is not None
        assert letter.sender.path.elements == sender.ref.path.elements
    await letters.expect_no_message()


async def test_a_poison_pill_waits_for_its_turn(stage: Stage) -> None:
    """S62, S64: what was sent before a PoisonPill is handled, the pill is not seen, and nothing after it."""
    probe = stage.probe()
    subject = probe.watch(stage.subject(obedient(probe)))
    for number in range(200):
        subject.tell(number)
    subject.tell(PoisonPill())
    subject.tell("too late")

    got = [await probe.receive_one() for _ in range(201)]
    assert [message for message in got if not isinstance(message, Terminated)] == list(range(200))
    assert [message.ref for message in got if isinstance(message, Terminated)] == [subject]
    await probe.expect_no_message()


@pytest.mark.parametrize("directive", [None, Directive.RESTART])
async def test_a_kill(stage: Stage, directive: Directive | None) -> None:
    """S63: a kill ends the actor, and watchers learn why; a supervisor that restarts lets it live."""
    strategy = OneForOneStrategy() if directive is None else OneForOneStrategy(decider=lambda error: Directive.RESTART)
    probe, parent = stage.probe(), stage.subject(supervisor(strategy))
    child = probe.watch(await stage.child(parent, Counting))
    child.tell("one", probe.ref)
    child.tell(Kill())
    child.tell("two", probe.ref)

    await probe.expect(1)
    if directive is None:
        assert (await probe.expect_terminated(child)).cause is DeathCause.KILLED
    else:
        await probe.expect(1)
    await probe.expect_no_message()


async def test_stopping_is_asynchronous(stage: Stage) -> None:
    """S65: stopping what is dying or dead already is nothing, in whatever way and from wherever it is told."""
    probe = stage.probe()
    subject = probe.watch(stage.subject())
    await stage.quiet()
    for _ in range(3):
        subject.tell(PoisonPill())
        stage.stop(subject)

    await probe.expect_terminated(subject)
    subject.tell(PoisonPill())
    stage.stop(subject)
    await probe.expect_no_message(20.0)


async def test_only_parents_stop(stage: Stage) -> None:
    """S65, S81: an actor or a system that stops a stranger, of whatever system, gets a ValueError, and it lives on."""
    probe = stage.probe()
    subject = await stage.child(stage.subject(), Counting)

    def stop_stranger(actor: Any) -> None:
        with pytest.raises(ValueError, match="only itself and its children"):
            actor.context.stop(subject)
        probe.tell("raised")

    stage.watcher(obedient(probe)).tell(Do(stop_stranger))
    await probe.expect("raised")
    with pytest.raises(ValueError, match="only itself and its children"):
        stage.here.stop(subject)
    assert await subject.ask("alive", timeout=1.0) == 1


async def test_who_stops_ignores_failures_of_children(stage: Stage) -> None:
    """S66: a stopping actor does not judge its children's failures; it, and their watchers, hear of their ends."""
    probe, judged = stage.probe(), []

    def decide(error: BaseException) -> Directive:
        judged.append(error)
        return Directive.RESTART

    parent = probe.watch(stage.subject(supervisor(OneForOneStrategy(decider=decide))))
    child = probe.watch(await stage.child(parent))

    async def nap_and_fail(actor: Any) -> None:
        await nap(1.0).what(actor)
        raise Ill

    stage.order(child, nap_and_fail)
    await stage.quiet()
    stage.stop(parent)

    await probe.expect_terminated(child)
    await probe.expect_terminated(parent)
    assert judged == []


async def test_no_child_while_stopping(stage: Stage) -> None:
    """S67: spawning while stopping is an error, and nothing that was half made is left to watch."""
    probe = stage.probe()

    class Late(Obedient):
        def post_stop(self) -> None:
            try:
                self.context.spawn(obedient(), "late")
            except RuntimeError:
                probe.tell("refused")

    subject = probe.watch(stage.subject(Late))
    await stage.quiet()
    stage.stop(subject)

    await probe.expect("refused")
    await probe.expect_terminated(subject)
    with pytest.raises(LookupError):
        await stage.here.resolve(f"{stage.there.address}/user/{subject.name}/late")


async def test_a_graceful_stop(stage: Stage) -> None:
    """S68: it returns when the actor is gone, behind its mailbox; at once for the dead; else TimeoutError names it."""
    probe, slow = stage.probe(), stage.subject()
    subject = stage.subject(obedient(probe))
    stage.at_home(subject).tell(nap(1.0))
    subject.tell("before")
    await graceful_stop(subject, timeout=2.0)
    await probe.expect("before")
    began = stage.here.now()
    await graceful_stop(subject)
    await graceful_stop(stage.nobody())
    assert stage.here.now() - began < 0.1

    stage.at_home(slow).tell(nap(2.0))
    with pytest.raises(TimeoutError, match=r"did not stop within 1\.0 s"):
        await graceful_stop(slow, timeout=1.0)
    probe.watch(slow)
    await probe.expect_terminated(slow)


async def test_asking_the_dead(stage: Stage) -> None:
    """A13: an ask of a dead actor fails when its time is over, and the question is a dead letter where it lived."""
    letters, subject = stage.probe(), stage.subject()
    stage.there.event_stream.subscribe(letters.tell, DeadLetter)
    stage.stop(subject)
    await stage.quiet()

    with pytest.raises(AskTimeout):
        await subject.ask("question", timeout=1.0)
    assert (await letters.expect(DeadLetter)).message == "question"


async def test_identify(stage: Stage) -> None:
    """A14: resolve finds the living with its uid, and says so when nobody lives there, before its time is over."""
    subject = stage.subject(Counting, "somebody")
    text = f"{stage.there.address}/user/somebody"
    assert await stage.here.resolve(text) == subject
    stage.stop(subject)
    await stage.quiet()
    began = stage.here.now()

    with pytest.raises(LookupError, match="nothing lives at"):
        await stage.here.resolve(text)
    assert stage.here.now() - began < 0.1


async def test_a_watcher_that_is_restarted_from_afar(stage: Stage) -> None:
    """S38: a restart, caused from anywhere, keeps watches, path, uid and mailbox of the watcher."""
    probe, watched = stage.probe(), stage.watcher(obedient())
    subject = stage.subject(Counting)
    stage.at_home(subject).tell(watching(stage.seen_there(watched)))
    stage.order(subject, lambda actor: actor.context.watch(stage.seen_there(watched)))
    subject.tell("fail")
    subject.tell("name", probe.ref)
    assert await probe.receive_one() == subject
    book = stage.at_home(subject).sink.book  # type: ignore[attr-defined]
    assert len(book.watching) == 1
