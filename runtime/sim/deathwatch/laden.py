"""`LadenTown`: five nodes that may say only so much, and people who say more, for the scenario `floods`. SHELL.

Some nodes keep few messages or bytes for a peer, few news that are not acknowledged, or send no large frames. What they
cannot send becomes a dead letter, and nothing else may: none of what there was room for. Nobody gets a word that is
larger than its node takes. Who keeps too much for a peer gives that peer up (R19), and never where all is calm. In some
seeds all prove to know a secret; in some nobody is trusted, and then nobody ends anybody elsewhere.
Deliberately not here: what people are told to say, and when (`floods`).
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from actors import DeadLetter, DeathCause, Terminated, message
from actors.address import ActorPath
from actors.values import value
from runtime.protocol.standing import Standing
from runtime.remote.events import MessagesLost, NodeTerminated
from runtime.settings import RemoteSettings
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults, ledgers
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.people import Order, Person, Word
from runtime.sim.deathwatch.remoting import remoting, with_remoting
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Being, Life
from runtime.sim.world import World

FEW, MANY = 12, 100_000
"""Messages and news that may wait for one peer."""
PEOPLE = tuple(f"/user/p{number}" for number in range(1, 10))
"""Whom everybody may name, where nobody is trusted."""
TWO_SILENCES_S = 15.6
"""Of a host that is gone for longer than both take, of whoever rested: nobody has taken the watch (decision 37)."""
HANDSHAKES = 24
"""That may be unfinished; half of them of one host."""
FRAME_BYTES, FEW_BYTES = 100_000, 60_000
VALUES = 2_000
"""More numbers in one message are not sent."""
AROUND_BYTES = 500
"""What a word is more than what is in it."""
PACKED = 4
"""So many words may have gone at once, before those that wait are counted."""


@message(name="simulation.long-word")
class LongWord(Word):
    """A word with something in it that makes it long, or that cannot be sent at all.

    Attributes:
        load: That.
    """

    load: Any


@value
class Flood:
    """An order to say much to somebody.

    Attributes:
        path: Of the other.
        other: Its number.
        words: How many.
        size: Of each, in bytes; of a list, its length; 0 for what nobody can write.
        is_list: Whether it is numbers rather than bytes.
    """

    path: ActorPath
    other: int
    words: int
    size: int
    is_list: bool

    def load(self) -> Any:
        """What is in a word."""
        if not self.size:
            return object()
        return [0] * self.size if self.is_list else bytes(self.size)


@value
class Harm:
    """An order to send somebody what ends it.

    Attributes:
        path: Of the other.
        harm: That.
    """

    path: ActorPath
    harm: Any


class Talker(Person):
    """A person who can be told to say much at once."""

    def receive(self, message: Any) -> Any:
        """See `Person`."""
        if isinstance(message, Harm):
            self.context.system.ref_for(message.path).tell(message.harm)
            return None
        if not isinstance(message, Flood):
            if isinstance(message, LongWord) and isinstance(self._witness, LadenJudge):
                self._witness.weighs(self._who, len(message.load))
            return super().receive(message)
        other = self.context.system.ref_for(message.path)
        for _ in range(message.words):
            number = self._witness.says(self._who, message.other)
            other.tell(LongWord(self._who, message.other, number, message.load()), self.ref)
        return None


class LadenJudge(Judge):
    """A `Judge` who knows that a node may be given up because too much waits for it.

    Attributes:
        heaviest: What may be in a word to a node, in bytes.
        given_up: Pairs of incarnations of which one has given the other up so.
        cut_off: Pairs of nodes of which the second said that it had lost messages of the first, which takes larger
            frames: a word that is too large ends its connection, with what is behind it.
        may_end: Who was told to stop by whoever may do so, by number; `None` where anybody may.
    """

    heaviest: Callable[[str], int]

    def __init__(self, *known: Any) -> None:
        super().__init__(*known)
        self.given_up: set[frozenset[int]] = set()
        self.cut_off: set[tuple[str, str]] = set()
        self.may_end: set[int] | None = None
        self._excuses.patience_s = TWO_SILENCES_S

    def ended(self, who: int) -> None:
        """See `Witness`: nobody who is not trusted has ended it."""
        life = self._truth.beings[who].life
        is_right = self.may_end is None or who in self.may_end or life.is_leaving
        self._record.require(is_right, "S81", f"{self._text(who)} ends, and nobody here has told it to")
        super().ended(who)

    def weighs(self, who: int, size: int) -> None:
        """Somebody has got a word in which there is so much."""
        being = self._truth.beings[who]
        most = self.heaviest(being.life.node)
        self._record.require(size <= most, "D9", f"{self._text(who)} gets {size} bytes at once, and {most} may come")

    def overflows(self, life: Life, event: NodeTerminated) -> None:
        """A node has given another up because it acknowledges too little: R19."""
        other = self._truth.lives[event.address.system]
        if other.uid == event.uid and other.gone_at is None:
            text = f"{life.node} gives {other.node} up, from which nothing keeps it: {event.detail}"
            self._record.require(not self.is_calm(life, other), "D7", text)
        self._record.sometimes("a node was given up for what waits for it")
        self.given_up.add(frozenset((life.uid, event.uid)))

    def lost(self, node: str, of: str) -> None:
        """A node says that it has lost messages of another."""
        if self.heaviest(node) < self.heaviest(of):
            self.cut_off.add((of, node))

    def _complete(self, being: Being, subject: Being) -> None:
        if (subject.life.node, being.life.node) not in self.cut_off:
            super()._complete(being, subject)

    def _last_words(self, being: Being, subject: Being) -> None:
        if (subject.life.node, being.life.node) not in self.cut_off:
            super()._last_words(being, subject)

    def _blamed(self, being: Being, subject: Being, notice: Terminated) -> None:
        is_given_up = frozenset((being.life.uid, subject.life.uid)) in self.given_up
        if not is_given_up or notice.cause is not DeathCause.QUARANTINED:
            super()._blamed(being, subject, notice)


class LadenTown(Town):
    """See the module."""

    person = Talker

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        chance = random.Random(f"{seed}/bounds")
        few_messages, few_news = chance.choice([FEW, FEW, MANY]), chance.choice([FEW, FEW, MANY])
        most_bytes = chance.choice([FEW_BYTES, 5 * FEW_BYTES, 256 * 1024 * 1024])
        frames: dict[str, int] = {node: chance.choice([FRAME_BYTES, 8 * 1024 * 1024]) for node in faults.NODES}
        if chance.random() < 0.7:
            frames.update(dict.fromkeys(faults.NODES, frames[faults.NODES[0]]))
        patience_s = chance.choice([1.5, 20.0])
        idle_close_s = chance.choice([None, 0.8])
        secret, self.is_untrusted = chance.choice([None, "the same"]), chance.random() < 0.4

        def change(node: str, remote: RemoteSettings) -> RemoteSettings:
            return dataclasses.replace(
                remote,
                queue_messages=few_messages,
                queue_bytes=most_bytes,
                system_queue_messages=few_news,
                max_frame_bytes=frames[node],
                max_message_values=VALUES,
                handshake_timeout_s=patience_s,
                idle_close_s=idle_close_s or remote.idle_close_s,
                secret=secret,
                untrusted=self.is_untrusted,
                trusted_paths=PEOPLE,
                max_handshakes=HANDSHAKES,
                max_handshakes_per_host=HANDSHAKES // 2,
            )

        self.settings = with_remoting(self.settings, change)
        remote = remoting(self.settings(faults.NODES[0]))
        judge = LadenJudge(self.truth, record, world.network.now, remote)
        judge.heaviest = lambda node: frames[node]
        judge.may_end = set() if self.is_untrusted else None
        self.judge: LadenJudge = judge

    def look(self, *, is_over: bool = False) -> None:
        """See `Town`; and no bound is passed anywhere."""
        super().look(is_over=is_over)
        for node, system in self._systems.items():
            for address, association in system.remote._associations.items():
                if wrong := ledgers.beyond(association._outbox):
                    self._record.require(False, "D8", f"{node} {wrong}: {address.system}")

    def _lost(self, node: str, event: MessagesLost) -> None:
        super()._lost(node, event)
        self.judge.lost(node, event.address.system)

    def _convicted(self, life: Life, event: NodeTerminated) -> None:
        if event.cause is DeathCause.QUARANTINED and "not acknowledged" in event.detail:
            self.judge.overflows(life, event)
        super()._convicted(life, event)

    def _undelivered(self, letter: DeadLetter) -> None:
        super()._undelivered(letter)
        word, record = letter.message, self._record
        if not isinstance(word, Word) or not letter.recipient.path.address.is_remote:
            return
        author, to = self.truth.beings[word.author], self.truth.beings[word.to]
        author.unsent[to.who] = author.unsent.get(to.who, 0) + 1
        if isinstance(word, LongWord) and (why := self._too_large(author.life.node, word.load)):
            record.sometimes(f"a word was not sent: {why}")
        elif self._has_room(author.life.node, letter.recipient.path.address, len(getattr(word, "load", ""))):
            record.require(False, "D9", f"a word of {author.path} to {to.path} is a dead letter, and there is room")

    def _too_large(self, node: str, load: Any) -> str:
        """Why nobody can send a word with that in it; empty if somebody can."""
        if not isinstance(load, bytes | list):
            return "nobody can write it"
        if isinstance(load, list):
            return "it has too many values" if len(load) >= VALUES else ""
        return "it is too large" if len(load) > remoting(self.settings(node)).max_frame_bytes - AROUND_BYTES else ""

    def _has_room(self, node: str, address: Any, size: int) -> bool:
        """Whether a node surely could send that to another."""
        association = self._systems[node].remote._associations.get(address)
        if association is None or self.truth.lives[node].is_leaving:
            return False
        outbox, verdict, remote = association._outbox, association.verdict, remoting(self.settings(node))
        if outbox.control is None or outbox.ordinary is None or verdict.standing is not Standing.TRUSTED:
            return False
        waiting = outbox._backlog
        is_full = len(waiting) + PACKED > remote.queue_messages
        return not is_full and waiting.size_bytes + size + AROUND_BYTES * FEW < remote.queue_bytes

    def order(self, being: Being, order: Any) -> None:
        """See `Town`."""
        if isinstance(order, Order) and order.what == "stop" and self.judge.may_end is not None:
            self.judge.may_end.add(being.who)
        super().order(being, order)

    def flood(self, being: Being, flood: Flood | Harm) -> None:
        """Tell somebody to say much, or to send harm, unless it is dead."""
        self.order(being, flood)

    def storm(self, being: Being, others: list[Being], times: int) -> None:
        """Have somebody change its mind about others, again and again."""
        for _ in range(times):
            for other in others:
                self.order(being, Order("watch", other.path))
                self.order(being, Order("unwatch", other.path))
