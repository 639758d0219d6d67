"""One process's place in an election on ZooKeeper, as a state machine. Pure; its shell is `cluster.election.zookeeper`.

Candidates make ephemeral sequential nodes. A persistent record names the newest epoch and the latch node that it was
given to. The office is free when that node is gone; then the first of the queue takes it, by compare-and-set of the
record in one step with a check of its own node. Each candidate watches only the one before it, the first the holder.

A lost connection is not a lost office: the holder is suspended, and goes on when a probe has gone through in the same
session; or it gives up by itself in time (`tenure`). After Curator's `LeaderLatch`, with its defects as tests.
Deliberately not here: names and their order (`latch_order`), what always holds (`latch_invariants`), reading, writing.
"""

from __future__ import annotations

from cluster.model.latch_effects import (
    Ask,
    Create,
    LatchEffect,
    Place,
    Probe,
    Remove,
    Survey,
    Take,
    Vacancy,
    View,
    Watch,
)
from cluster.model.latch_order import in_order, prefix_of
from cluster.model.tenure import Heard, Tenure

RETRY_S = 0.1
"""Until a step is tried again that failed although there is a connection."""
NEVER = float("inf")


class Latch:
    """One candidate. Each method is an event and returns what is to be done, in order. Times are monotonic seconds.

    Args:
        nonce: Begins the names of its nodes; no two drivers have the same.

    Attributes:
        place: Where it stands.
        name: Its latch node, as far as it is known.
        tenure: What it holds.
        session: The session in which it was connected last; 0 for none.
        connected: Whether there is a connection.
        generation: Of the last step; answers to earlier ones are dropped (CURATOR-498).
        heard: What the ensemble's leader has heard of it.
    """

    def __init__(self, nonce: str) -> None:
        self.place = Place.OUT
        self.name = self._watching = ""
        self.tenure: Tenure | None = None
        self.connected = self._wanted = False
        self.session = self.generation = 0
        self.heard = Heard()
        self._prefix = prefix_of(nonce)
        self._how = Vacancy.LEASE_EXPIRED
        self._taking = self._highest = self._against = 0
        self._next_at = NEVER
        self._seen: View | None = None
        self._given_up: dict[str, tuple[int, int]] = {}  # node -> epoch and version of what it held, or zeros

    # --- what the shell asks ------------------------------------------------------------------------------------------

    @property
    def is_candidate(self) -> bool:
        """Whether it would lead."""
        return self._wanted

    @property
    def wake_at(self) -> float:
        """When `tick` has something to do."""
        if self.place is Place.QUEUED:
            return min(self._next_at, self.heard.ask_at)
        tenure = self.tenure
        return min(self._next_at, tenure.deadline) if tenure is not None and tenure.granted else self._next_at

    def holds(self, epoch: int, now: float) -> bool:
        """Whether the office of `epoch` is ours for certain."""
        return self.tenure is not None and self.tenure.epoch == epoch and self.tenure.holds(now)

    # --- candidacy ----------------------------------------------------------------------------------------------------

    def stand(self) -> list[LatchEffect]:
        """It is a candidate from now on."""
        if self._wanted:
            return []
        self._wanted = True
        self.place = Place.SEEKING
        return self._survey()

    def resign(self) -> list[LatchEffect]:
        """It is no candidate any more, and gives back what it holds."""
        self._wanted = False
        return self._let_go()

    def challenge(self, epoch: int) -> list[LatchEffect]:
        """The holder of `epoch` is dead for certain: take over at once, unless the epoch has passed.

        By what was seen last, if it was of that epoch; if that has changed since, it is refused, and we look again.
        """
        if not self._wanted or (self.tenure is not None and epoch <= self.tenure.epoch):
            return []
        self._against = epoch
        if self.tenure is not None:  # our successor is dead: we are deposed, and have not seen it yet
            return [self._probe(self.tenure)] if self.connected else []
        seen = self._seen if self.connected and self.place is Place.QUEUED else None
        if seen is not None and (holder := seen.holder_of(epoch)):
            return [self._take(seen, Vacancy.CHALLENGED, holder)]
        return [] if self.place is Place.TAKING else self._survey()

    def heard_of(self, epoch: int) -> list[LatchEffect]:
        """Somebody leads or led under `epoch`: ours will be higher, even if it is forgotten. Who queues looks now."""
        self._highest = max(self._highest, epoch)
        news = self.place is Place.QUEUED and self._seen is not None and self._seen.record.epoch < epoch
        return self._survey() if news else []

    # --- the session --------------------------------------------------------------------------------------------------

    def connected_as(self, session: int, timeout_s: float, asked_at: float) -> list[LatchEffect]:
        """There is a connection, begun then. In another session the former one is lost, said or not (CURATOR-220)."""
        effects = self._lose() if session != self.session else []
        self.session, self.connected = session, True
        self.heard.connected(asked_at, timeout_s)
        if self.tenure is not None:
            return [*effects, Watch(self.name), self._probe(self.tenure)]
        return [*effects, *self._survey()]

    def suspended(self) -> list[LatchEffect]:
        """The connection is gone, the session perhaps not. What was under way will not be answered."""
        self.connected = False
        self._step()
        if self.place is Place.TAKING:
            self.place = Place.SEEKING
        return [*self.tenure.suspend()] if self.tenure is not None else []

    def lost(self) -> list[LatchEffect]:
        """The session has expired, and its nodes with it."""
        self.connected, self.session = False, 0
        return self._lose()

    # --- answers ------------------------------------------------------------------------------------------------------

    def created(self, generation: int, name: str) -> list[LatchEffect]:
        """Our node was made."""
        if generation != self.generation:
            return []  # if it is of this session, a survey finds it
        self.name = name
        return self._survey()

    def surveyed(self, generation: int, view: View) -> list[LatchEffect]:
        """The office and its queue, as they are."""
        if generation != self.generation or self.place in (Place.HOLDING, Place.TAKING):
            return []
        queue = in_order(view.queue)
        ours = [one for one in queue if one.startswith(self._prefix)]
        mine = [one for one in ours if view.owners.get(one) == self.session]  # one of an old session's: CURATOR-696
        good = [one for one in mine if self._wanted and one not in self._given_up]
        self.name = self.name if self.name in good else (good[0] if good else "")
        ghosts = [one for one in ours if one != self.name]
        removals = [Remove(one, *self._given_up.setdefault(one, (0, 0))) for one in ghosts]
        if not self._wanted:
            return [*removals]
        if not self.name:
            self.place = Place.SEEKING
            return [*removals, Create(self._step())]
        against, self._against = self._against, 0
        return [*removals, *self._in_queue([one for one in queue if one not in ghosts], view, against)]

    def gone(self, name: str) -> list[LatchEffect]:
        """A latch node that we watch is gone. News of one that does not matter any more is dropped (CURATOR-504)."""
        if self.tenure is not None:
            return [self._probe(self.tenure)] if self.connected and name == self.name else []
        if self.place is not Place.TAKING and name and name in (self.name, self._watching):
            return self._survey()
        return []

    def taken(self, generation: int, version: int, sent_at: float, now: float) -> list[LatchEffect]:
        """The record names us, since a moment after `sent_at`."""
        if generation != self.generation or self.place is not Place.TAKING:
            return []
        tenure = self._hold(self._taking, version, self._how)
        return [Watch(self.name), *self._prove(tenure, sent_at, now)]

    def proven(self, generation: int, sent_at: float, now: float) -> list[LatchEffect]:
        """The probe went through: at a moment after `sent_at` our node and the record were unchanged."""
        if generation != self.generation or self.tenure is None:
            return []
        return self._prove(self.tenure, sent_at, now)

    def refused(self, generation: int) -> list[LatchEffect]:
        """Our node is gone, or the record has changed."""
        if generation != self.generation:
            return []
        if self.tenure is not None:
            return [*self._let_go(), *self._survey()]
        self.place = Place.SEEKING
        return self._survey()

    def failed(self, generation: int, now: float) -> list[LatchEffect]:
        """A step had no result, for another reason; whether it has taken effect is not known."""
        if generation == self.generation:
            self._next_at = now + RETRY_S
            if self.place is Place.TAKING:
                self.place = Place.SEEKING
        return []

    def not_done(self, now: float) -> list[LatchEffect]:
        """A removal or a watch had no result although there is a connection: again, soon, unless the office is ours."""
        if self.place in (Place.OUT, Place.SEEKING, Place.QUEUED):
            self._next_at = min(self._next_at, now + RETRY_S)
        return []

    def tick(self, now: float) -> list[LatchEffect]:
        """Time has passed."""
        if self.tenure is not None and self.tenure.is_over(now):
            return [*self._let_go(), *self._survey()]
        if now < self._next_at:
            return [Ask(self._watching)] if self.place is Place.QUEUED and self.heard.is_to_ask(now) else []
        self._next_at = NEVER
        if self.tenure is None:
            return self._survey()
        return [self._probe(self.tenure)] if self.connected else []

    # --- inside -------------------------------------------------------------------------------------------------------

    def _in_queue(self, queue: list[str], view: View, against: int) -> list[LatchEffect]:
        record = view.record
        self._highest = max(self._highest, record.epoch)
        if record.holder == self.name:  # our own take, whose answer was lost
            return [Watch(self.name), self._probe(self._hold(record.epoch, record.version, self._how))]
        self.place, self._seen = Place.QUEUED, view
        holder = record.holder if record.holder in queue else ""
        waiting = [one for one in queue if one != holder]
        rank = waiting.index(self.name)
        if holder and against == record.epoch:
            return [self._take(view, Vacancy.CHALLENGED, holder)]
        if not holder and rank == 0:
            how = Vacancy.LEASE_EXPIRED if record.holder else record.freed
            return [self._take(view, how if record.epoch else Vacancy.FIRST)]
        self._watching = waiting[rank - 1] if rank else holder
        return [Watch(self.name), Watch(self._watching)]

    def _take(self, view: View, how: Vacancy, deposed: str = "") -> Take:
        self.place, self._how, self._watching = Place.TAKING, how, ""
        self._taking = self._highest + 1
        return Take(self._step(), self.name, self._taking, view.record.version, deposed)

    def _hold(self, epoch: int, version: int, how: Vacancy) -> Tenure:
        self.place, self._against, self._highest = Place.HOLDING, 0, max(self._highest, epoch)
        self.tenure = Tenure(epoch, version, how, self.heard)
        return self.tenure

    def _probe(self, tenure: Tenure) -> Probe:
        return Probe(self._step(), self.name, tenure.epoch, tenure.version)

    def _prove(self, tenure: Tenure, sent_at: float, now: float) -> list[LatchEffect]:
        tenure.prove(sent_at, now)
        if now < tenure.deadline:
            self._next_at = tenure.probe_at
            return [*tenure.go_on(now)]
        if tenure.granted:
            return [*self._let_go(), *self._survey()]
        return [self._probe(tenure)]  # the answer came late: nothing is done before it is looked at again (etcd's lock)

    def _survey(self) -> list[LatchEffect]:
        """Look again, if there is anything to look for."""
        return [Survey(self._step())] if self.connected and (self._wanted or self._given_up) else []

    def _step(self) -> int:
        self.generation += 1
        self._next_at = NEVER
        return self.generation

    def _let_go(self) -> list[LatchEffect]:
        """Give up the office, or the place in the queue, and the node with it: it is never used again."""
        tenure, name = self.tenure, self.name
        effects: list[LatchEffect] = [*tenure.end()] if tenure is not None else []
        if name:
            held = (tenure.epoch, tenure.version) if tenure is not None else (0, 0)
            self._given_up[name] = held  # a removal without an answer is repeated, and then, too, says what is free
            if self.connected:
                effects.append(Remove(name, *held))
        self._forget()
        return effects

    def _lose(self) -> list[LatchEffect]:
        """The session is over: none of its nodes is ours any more."""
        effects: list[LatchEffect] = [*self.tenure.end()] if self.tenure is not None else []
        self._given_up.clear()
        self._forget()
        self.heard = Heard()
        return effects

    def _forget(self) -> None:
        self._step()
        self.place = Place.SEEKING if self._wanted else Place.OUT
        self.name, self.tenure, self._watching, self._seen = "", None, "", None
