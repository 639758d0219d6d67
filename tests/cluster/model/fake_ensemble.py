"""A ZooKeeper ensemble and the wires to it, as plain objects; what is asked and answered when, a seed decides.

Requests of one connection are done in order and answered in order. A cut loses what is under way: requests that were
not done, and answers of those that were. Sessions end by the ensemble's own clock, which runs faster than the others.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass, field

from cluster.model.latch import Latch
from cluster.model.latch_effects import (
    Ask,
    Create,
    Granted,
    LatchEffect,
    OfficeRecord,
    Probe,
    Remove,
    Resumed,
    Revoked,
    Survey,
    Suspended,
    Take,
    Vacancy,
    View,
    Watch,
)
from cluster.model.latch_invariants import check
from cluster.model.latch_order import prefix_of
from cluster.model.tenure import CLOCK_SKEW

TIMEOUT_S = 8.0


@dataclass
class Client:
    """A candidate and its connection."""

    number: int
    nonce: str
    latch: Latch
    session: int = 0
    """Of the ensemble; 0 when it must ask for a new one."""
    connected: bool = False
    requests: deque[tuple[LatchEffect, float]] = field(default_factory=deque)
    answers: deque[tuple[object, ...]] = field(default_factory=deque)
    leads: int = 0
    """The epoch under which the process acts."""
    highest: int = 0
    silent: bool = False
    """Nothing gets through, and nobody has noticed."""


class World:
    """The ensemble and its clients.

    Args:
        seed: Of everything.
        count: Of clients.
        first: The next sequence number.
    """

    def __init__(self, seed: int, count: int = 3, first: int = 0) -> None:
        self.random = random.Random(seed)
        self.now = 100.0
        self.nodes: dict[str, int] = {}
        self.record = OfficeRecord()
        self.next = first
        self.touched: dict[int, float] = {}
        self.sessions = 0
        self.epochs: list[int] = []
        self.late_grants = 0
        self.seen: Counter[str] = Counter()
        self.clients = [Client(n, f"c{n}", Latch(f"c{n}")) for n in range(count)]
        self.watches: set[tuple[int, str]] = set()
        for one in self.clients:
            self.perform(one, one.latch.stand())

    # --- the clients ----------------------------------------------------------------------------------------------

    def perform(self, one: Client, effects: list[LatchEffect]) -> None:
        check(one.latch)
        for effect in effects:
            match effect:
                case Granted(epoch, how):
                    assert not one.leads
                    assert epoch not in self.epochs, "I1: an epoch is granted once"
                    assert epoch > one.highest, "I2: epochs rise"
                    self.late_grants += epoch < max(self.epochs, default=0)
                    self.epochs.append(epoch)
                    one.highest = epoch
                    one.leads = epoch
                    self.seen[f"granted {how.value}"] += 1
                case Revoked(epoch):
                    assert one.leads == epoch
                    one.leads = 0
                    self.seen["revoked"] += 1
                case Suspended() | Resumed():
                    assert one.leads
                    self.seen[type(effect).__name__.lower()] += 1
                case _:
                    one.requests.append((effect, self.now))

    def holders(self) -> list[int]:
        """Who would act now."""
        return [one.number for one in self.clients if one.leads and one.latch.holds(one.leads, self.now)]

    # --- the wires ------------------------------------------------------------------------------------------------

    def connect(self, one: Client) -> None:
        """In the former session if it lives, else in a new one; the client may hear of its end before, or not."""
        if one.connected:
            return
        if one.session and one.session not in self.touched:
            if self.random.random() < 0.5:
                self.perform(one, one.latch.lost())
            else:
                self.seen["lost without a word"] += 1
            one.session = 0
        elif one.session and self.random.random() < 0.15:
            self.seen["another session beside the old one"] += 1
            one.session = 0
        if not one.session:
            self.sessions += 1
            one.session = self.sessions
        self.touched[one.session] = self.now
        one.connected = True
        one.requests.clear()
        self.perform(one, one.latch.connected_as(one.session, TIMEOUT_S, self.now))

    def cut(self, one: Client) -> None:
        if one.connected:
            one.connected = False
            one.silent = False
            while one.requests and self.random.random() < 0.5:
                self.serve(one)
            one.requests.clear()
            one.answers.clear()
            self.watches = {(number, name) for number, name in self.watches if number != one.number}
            self.perform(one, one.latch.suspended())

    def answer(self, one: Client) -> None:
        """The client reads one answer."""
        if not one.answers:
            return
        kind, generation, *values = one.answers.popleft()
        latch = one.latch
        match kind:
            case "gone":
                self.perform(one, latch.gone(str(generation)))
            case "asked":
                latch.heard.answered(generation, self.now)
            case "created":
                latch.heard.answered(values.pop(), self.now)
                self.perform(one, latch.created(generation, *values))
            case "surveyed":
                latch.heard.answered(values.pop(), self.now)
                self.perform(one, latch.surveyed(generation, *values))
            case "taken":
                self.perform(one, latch.taken(generation, *values, self.now))
            case "proven":
                self.perform(one, latch.proven(generation, *values, self.now))
            case "refused":
                self.perform(one, latch.refused(generation))

    # --- the ensemble -------------------------------------------------------------------------------------------------

    def serve(self, one: Client) -> None:
        """Do one request."""
        if not one.requests or one.silent:
            return
        effect, sent_at = one.requests.popleft()
        if one.session not in self.touched:
            return  # its connection is about to be closed
        self.touched[one.session] = self.now
        match effect:
            case Create(generation):
                name = f"{prefix_of(one.nonce)}{self.next:010d}"
                self.next = -(2**31) if self.next == 2**31 - 1 else self.next + 1
                self.nodes[name] = one.session
                one.answers.append(("created", generation, name, sent_at))
            case Survey(generation):
                owners = {name: owner for name, owner in self.nodes.items() if name.startswith(prefix_of(one.nonce))}
                names = list(self.nodes)
                self.random.shuffle(names)
                one.answers.append(("surveyed", generation, View(self.record, tuple(names), owners), sent_at))
            case Ask(name):
                one.answers.append(("asked", sent_at) if name in self.nodes else ("gone", name))
            case Watch(name):
                if name in self.nodes:
                    self.watches.add((one.number, name))
                else:
                    one.answers.append(("gone", name))
            case Take(generation, name, epoch, version, deposed):
                if name in self.nodes and version == self.record.version and (not deposed or deposed in self.nodes):
                    self.delete(deposed)
                    self.record = OfficeRecord(epoch, name, version + 1)
                    one.answers.append(("taken", generation, version + 1, sent_at))
                else:
                    one.answers.append(("refused", generation))
            case Probe(generation, name, _, version):
                held = name in self.nodes and version == self.record.version
                one.answers.append(("proven", generation, sent_at) if held else ("refused", generation))
            case Remove(name, epoch, version):
                if epoch and version == self.record.version and name in self.nodes:
                    self.record = OfficeRecord(epoch, "", version + 1, Vacancy.RESIGNED)
                self.delete(name)

    def delete(self, name: str) -> None:
        if self.nodes.pop(name, None) is not None:
            for number, watched in sorted(self.watches):
                if watched == name:
                    self.watches.discard((number, watched))
                    self.clients[number].answers.append(("gone", name))

    def expire(self) -> None:
        """End the sessions that were silent for too long, by a clock that is as fast as it may be."""
        for session, touched in list(self.touched.items()):
            if (self.now - touched) >= TIMEOUT_S * (1 - CLOCK_SKEW):
                del self.touched[session]
                for name in [name for name, owner in self.nodes.items() if owner == session]:
                    self.delete(name)
                for one in self.clients:
                    if one.session == session and one.silent:
                        self.seen["expired unawares"] += 1
                    elif one.session == session and one.connected:
                        self.cut(one)
