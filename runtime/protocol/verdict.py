"""The judgement of one peer node: evidence in, actions out. Pure; the shell is `runtime.remote.association`.

A closed connection is evidence, not death: the node is dialled again and has to say who it is. Refused, or answered by
another incarnation: dead, certainly and now. The same incarnation: a blip. No answer: a few more tries, then the
detector decides by silence (`silence`), and as a last resort the silent node is dialled afresh. Whoever shakes hands is
heard: its silence begins anew. Who answers beside the connection while none can be had is suspected, and lives. A
certain death is told only after all that the node had sent is read (D57). Which rule applies to which evidence in which
state is the table in `rules`; what is believed, and the moves that the rules make of it, are in `belief`; the words are
in `evidence`, `actions` and `standing`. Not here: phi, connections, timers.
"""

from __future__ import annotations

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.actions import Action
from runtime.protocol.belief import Belief
from runtime.protocol.evidence import Evidence, Ground
from runtime.protocol.handshake import Refusal
from runtime.protocol.rules import COLUMN, RULES
from runtime.protocol.standing import Standing

_REFUSED_AS = {Refusal.QUARANTINED: DeathCause.QUARANTINED, Refusal.VERSION: DeathCause.UNREACHABLE}


class Verdict(Belief):
    """What is believed about one address, and the rules by which evidence changes it."""

    def handle(self, evidence: Evidence, now: float) -> list[Action]:
        """Take one piece of evidence at `now` and return what is to be done, in order."""
        rule = RULES[type(evidence)][COLUMN[self.standing]]
        return getattr(self, "_" + rule)(evidence, now) if rule else []

    def _watch(self, _: ev.Watched, now: float) -> list[Action]:
        if self.standing is Standing.NEW and not self.is_watched:
            self._since = now  # what a dial finds that was begun before may be over since
        self.is_watched = True
        if self.standing is Standing.ABSENT:  # while nobody cared, nobody has dialled any more
            return [do.Redial(now, self._settings.redial_timeout_s), self._inquiry.wake(now)]
        return [self._inquiry.wake(now)] if self.standing is Standing.DOUBTED else []

    def _watch_again(self, _: ev.Watched, now: float) -> list[Action]:
        """A watch on the dead begins afresh (D74): a dial will tell who is there."""
        self.is_watched = True
        self._begin(Standing.NEW, 0, since=now)
        return []

    def _unwatch(self, _: ev.Unwatched, now: float) -> list[Action]:
        self.is_watched = False
        self._silence.spare()
        return self.suspicion.clear()

    # --- who is there? -----------------------------------------------------------------------------------------------

    def _meet(self, evidence: ev.Introduced, now: float) -> list[Action]:
        """Nobody is known at the address: whoever dials us and is not dead lives there."""
        if evidence.uid in self._dead:
            return [do.Reject(self._dead.epitaph(evidence.uid))]
        self._begin(Standing.TRUSTED, evidence.uid, inbound_open=True, since=now)
        return [*self._shown_alive(), do.Admit(evidence.uid)]

    def _compare(self, evidence: ev.Introduced, now: float) -> list[Action]:
        """Another than the known one waits until a dial tells who listens there: its `Hello` may be a late one."""
        if evidence.uid in self._dead:
            return [do.Reject(self._dead.epitaph(evidence.uid))]
        if evidence.uid == self.uid:
            self._inbound_open = True
            return [*self._shown_alive(), do.Admit(evidence.uid)]
        if self.standing is Standing.DOUBTED:  # it is asked already
            return [do.Hold()]
        self.standing = Standing.DOUBTED
        return [do.Hold(), *self._inquiry.begin("another incarnation claims its address", now)]

    def _hold(self, evidence: ev.Introduced, now: float) -> list[Action]:
        if evidence.uid in self._dead or evidence.uid == self.uid:
            return [do.Reject(f"incarnation {evidence.uid} is dead")]
        self._drain_until = min(self._drain_until, now + self._settings.hold_s)
        return [do.Hold(), do.WakeAt(max(now, self._drain_until))]

    def _accept(self, evidence: ev.Answered, now: float) -> list[Action]:
        """We dialled without knowing who is there."""
        if evidence.uid in self._dead:
            why = self._dead.epitaph(evidence.uid)
            is_asked = self.is_watched and not self._may_be_late(evidence.begun_at)
            return [
                do.Reject(why),
                *(self._convict(DeathCause.QUARANTINED, why, evidence.begun_at) if is_asked else []),
            ]
        self._begin(Standing.TRUSTED, evidence.uid, inbound_open=evidence.brings_answers)
        return [*self._shown_alive(), do.Admit(evidence.uid)]

    def _recognise(self, evidence: ev.Answered, now: float) -> list[Action]:
        """We dialled somebody whom we know: the same is a blip, another is the end of the first."""
        if evidence.uid == self.uid:
            self.standing = Standing.TRUSTED
            self._inbound_open |= evidence.brings_answers
            return [*self._shown_alive(), *self.suspicion.withdraw(Ground.NO_CONNECTION), do.Admit(evidence.uid)]
        if evidence.uid in self._dead:
            # A predecessor that was convicted by silence still holds the address, so the one we know cannot.
            why = self._dead.epitaph(evidence.uid)
            is_asked = self.standing is Standing.DOUBTED and not self.is_last_dial
            return [do.Reject(why), *(self._retry(ev.DialFailed(why), now) if is_asked else [])]
        detail = f"incarnation {evidence.uid} answers where {self.uid} was"
        if self._may_be_late(evidence.begun_at):
            return [do.Reject(detail), *self._doubt(ev.ConnectionLost(detail), now)]
        actions = self._condemn(DeathCause.NEW_INCARNATION, detail, now, self._settings.hold_s)
        if self.standing is not Standing.DEAD:
            return [*actions, do.Reject("its predecessor is still being read")]
        self._begin(Standing.TRUSTED, evidence.uid, inbound_open=evidence.brings_answers)
        return [*actions, do.Admit(evidence.uid)]

    def _reject(self, evidence: ev.Answered, now: float) -> list[Action]:
        return [do.Reject("a predecessor at its address is still being read")]

    # --- connections -------------------------------------------------------------------------------------------------

    def _doubt(self, evidence: ev.ConnectionLost | ev.ConnectionMute, now: float) -> list[Action]:
        self.standing = Standing.DOUBTED
        is_alive = isinstance(evidence, ev.ConnectionMute) and evidence.is_alive
        # At once: a dying process's listener is gone before its connections are (`runtime.transport.tombstone`).
        return self._inquiry.begin(evidence.detail, now, is_answered_beside=is_alive)

    def _drained(self, _: ev.InboundClosed, now: float) -> list[Action]:
        self._inbound_open = False
        return []

    def _execute(self, evidence: ev.InboundClosed | ev.Woke, now: float) -> list[Action]:
        """All that the condemned had sent is read, or was waited for long enough by a loop that could read it."""
        if isinstance(evidence, ev.Woke):
            if now > self._drain_until + self._settings.late_s and self._stays < self._settings.stays:
                self._stays += 1
                self._drain_until = now + self._settings.hold_s
            if now < self._drain_until:
                return [do.WakeAt(self._drain_until)]
        return self._convict(*self._sentence)

    def _unreached(self, evidence: ev.DialFailed | ev.DialRefused, now: float) -> list[Action]:
        """Nobody is known: a refusal says that nobody is there, any failure that a last dial has come to nothing."""
        if isinstance(evidence, ev.DialRefused) and self.is_watched and self._settings.refusal_is_certain:
            if self._may_be_late(evidence.begun_at):
                return self._ask_now(now)
            return self._convict(DeathCause.PROCESS_DEAD, evidence.detail, evidence.begun_at)
        return self._unanswered(now, evidence.detail) if self.is_last_dial else []

    def _refused(self, evidence: ev.DialRefused, now: float) -> list[Action]:
        is_certain = self._settings.refusal_is_certain and not self._inquiry.is_answered_beside
        if is_certain and not self._may_be_late(evidence.begun_at):
            return self._condemn(DeathCause.PROCESS_DEAD, evidence.detail, now)
        return self._retry(evidence, now) if self.standing is Standing.DOUBTED else []

    def _retry(self, evidence: ev.DialFailed | ev.DialRefused | ev.TurnedAway, now: float) -> list[Action]:
        if self.is_last_dial:
            return self._unanswered(now, evidence.detail)
        dials = self._inquiry.again(now)
        self.standing = Standing.DOUBTED if dials else Standing.ABSENT
        return dials

    def _turned_away_unknown(self, evidence: ev.TurnedAway, now: float) -> list[Action]:
        if not self.is_watched:
            return []
        if self._may_be_late(evidence.begun_at):
            return self._ask_now(now)
        cause = _REFUSED_AS.get(evidence.reason, DeathCause.NEVER_EXISTED)
        return self._convict(cause, evidence.detail, evidence.begun_at)

    def _turned_away(self, evidence: ev.TurnedAway, now: float) -> list[Action]:
        """Somebody else refuses us where the one we know was, or the one we know is done with us."""
        is_dead = evidence.uid in self._dead  # then it is a late one, or has kept the address: not whom we know
        if evidence.uid not in (0, self.uid) and not is_dead:
            if self._may_be_late(evidence.begun_at):
                return self._doubt(ev.ConnectionLost(evidence.detail), now)
            return self._condemn(DeathCause.NEW_INCARNATION, evidence.detail, now)
        if evidence.reason is Refusal.QUARANTINED and not is_dead:
            return self._convict(DeathCause.QUARANTINED, evidence.detail)
        return self._retry(evidence, now) if self.standing is Standing.DOUBTED else []

    def _goodbye(self, evidence: ev.Goodbye, now: float) -> list[Action]:
        if evidence.uid != self.uid:  # the last word of a predecessor, of which something was still to be read
            return []
        return self._condemn(DeathCause.NODE_SHUTDOWN, "the node shut down", now)

    def _exited(self, evidence: ev.Exited, now: float) -> list[Action]:
        return self._condemn(DeathCause.PROCESS_DEAD, evidence.detail, now)

    def _declared(self, evidence: ev.Declared, now: float) -> list[Action]:
        """Nothing is waited for: whoever says so has looked, or has seen to it."""
        return self._convict(DeathCause.PROCESS_DEAD, evidence.detail) if self.uid or self.is_watched else []

    def _overflowed(self, evidence: ev.Overflowed, now: float) -> list[Action]:
        return self._convict(DeathCause.QUARANTINED, evidence.detail)

    # --- silence -----------------------------------------------------------------------------------------------------

    def _heard(self, _: ev.Heard, now: float) -> list[Action]:
        self._silence.end()
        return self.suspicion.withdraw(Ground.SILENCE)

    def _suspect(self, evidence: ev.Suspicious, now: float) -> list[Action]:
        if not self.is_watched or self._silence.is_excused(now):
            return []
        return self.suspicion.add(Ground.SILENCE, evidence.detail, evidence.reading)

    def _silent(self, evidence: ev.Silent, now: float) -> list[Action]:
        """First time: mark, and look again after the sockets were read. Still silent then: dial afresh, or convict."""
        if not self.is_watched or self._silence.is_excused(now) or self.is_last_dial:
            return []
        if not self._silence.is_marked:
            self._silence.is_marked = True
            self._inquiry.is_answered_beside = False
            return [*self._suspect(ev.Suspicious(evidence.detail, evidence.reading), now), do.Recheck()]
        if self._silence.may_be_saved:
            return self._dial_last(evidence.detail, now)
        return self._convict(DeathCause.UNREACHABLE, evidence.detail)

    def _dial_last(self, why: str, now: float) -> list[Action]:
        """A middlebox may have forgotten the connection, and a dial that goes on may still wait for a lost packet."""
        self.standing = Standing.DOUBTED if self.uid else Standing.NEW
        self._silence.dial(why)
        return self._inquiry.begin_last(why, now, self._silence.hope_s(now))

    def _spoke(self, evidence: ev.Spoke, now: float) -> list[Action]:
        self._silence.spoke(now, was_mute=evidence.was_mute)
        return []

    def _unanswered(self, now: float, detail: str = "") -> list[Action]:
        """The last dial has come to nothing. Who was heard meanwhile is dialled once more: the cut may just be over."""
        why = self._silence.last_dial or ""
        if self._silence.was_late(now, self._inquiry.until):  # and nobody has looked at our lateness yet
            return self._inquiry.begin(why, now)
        if self._silence.dial_again():
            return self._dial_last(why, now)
        if hope_s := self._silence.hope_s(now):
            return [do.WakeAt(now + hope_s)]
        return self._convict(DeathCause.UNREACHABLE, f"{why}; {detail}" if detail else why)

    def _waited(self, _: ev.Woke, now: float) -> list[Action]:
        """The last dial has come to nothing; or none has, for so long that people should know."""
        if self.is_last_dial:
            return self._unanswered(now)
        if self.standing is Standing.NEW:
            return []
        wake = self._inquiry.wake(now)
        if now < wake.at:
            return [wake]
        return self.suspicion.add(Ground.NO_CONNECTION, self._inquiry.complaint(now)) if self.is_watched else []

    def _stalled(self, evidence: ev.OwnStall, now: float) -> list[Action]:
        self._silence.excuse(evidence.lateness_s, now)
        return []
