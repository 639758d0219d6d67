"""The judgement of one peer node: evidence in, actions out. Pure; the shell is `runtime.remote.association`.

A closed connection is evidence, not death: the node is dialled again and has to say who it is. Refused, or answered by
another incarnation: dead, certainly and now. The same incarnation: a blip. No answer: a few more tries, then the
detector decides by silence (`silence`), and as a last resort the silent node is dialled afresh. Whoever shakes hands is
heard: its silence begins anew. Who answers beside the connection while none can be had is suspected, and lives. A
certain death is told only after all that the node had sent is read (D57). Which rule applies to which evidence in which
state is the table in `rules`; the words are in `evidence` and `standing`. Not here: phi, connections, timers.
"""

from __future__ import annotations

from actors.notices import DeathCause
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Action, Evidence, Ground
from runtime.protocol.graveyard import Graveyard
from runtime.protocol.handshake import Refusal
from runtime.protocol.inquiry import Inquiry
from runtime.protocol.rules import COLUMN, RULES
from runtime.protocol.silence import Silence
from runtime.protocol.standing import Standing, VerdictSettings
from runtime.protocol.suspicion import Suspicion

_REFUSED_AS = {Refusal.QUARANTINED: DeathCause.QUARANTINED, Refusal.VERSION: DeathCause.UNREACHABLE}
_KNOWN, _OVER = (Standing.TRUSTED, Standing.DOUBTED, Standing.ABSENT), (Standing.CONDEMNED, Standing.DEAD)
_CONDEMNED, _SILENCE = Standing.CONDEMNED, Ground.SILENCE  # at hand, for `check` and what each answer asks for
_NO_SENTENCE: tuple[DeathCause, str] = (DeathCause.UNREACHABLE, "")


class Verdict:
    """What is known about one address.

    Attributes:
        standing: The present belief.
        uid: The incarnation that lives there, or lived last; 0 when unknown.
        is_watched: Whether anybody would be told.
        suspicion: What was told and not withdrawn.
    """

    def __init__(self, settings: VerdictSettings | None = None) -> None:
        self._settings = settings or VerdictSettings()
        self.standing, self.uid, self._since, self._drain_until = Standing.NEW, 0, 0.0, 0.0  # older dials say nothing
        self.suspicion, self.is_watched, self._inbound_open, self._sentence = Suspicion(), False, False, _NO_SENTENCE
        self._inquiry, self._silence, self._dead = Inquiry(self._settings), Silence(self._settings), Graveyard()

    def handle(self, evidence: Evidence, now: float) -> list[Action]:
        """Take one piece of evidence at `now` and return what is to be done, in order."""
        rule = RULES[type(evidence)][COLUMN[self.standing]]
        return getattr(self, "_" + rule)(evidence, now) if rule else []

    def minds_silence(self) -> bool:
        """Whether a silence was noticed that an answer would end; else `Heard` says nothing new."""
        return self._silence.is_noticed or _SILENCE in self.suspicion

    @property
    def is_last_dial(self) -> bool:
        """Whether the node is convicted unless it answers the dial that is under way."""
        return self._silence.last_dial is not None

    def is_dead(self, uid: int) -> bool:
        """Whether that incarnation was convicted."""
        return uid in self._dead

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        if (known := self.standing in _KNOWN) != (self.uid != 0 and self.standing not in _OVER):
            raise AssertionError(f"{self.standing} with uid {self.uid}")
        if known and self.uid in self._dead:
            raise AssertionError(f"incarnation {self.uid} is {self.standing} and dead")
        if (self.standing is _CONDEMNED) != (self._sentence is not _NO_SENTENCE):
            raise AssertionError(f"{self.standing} with sentence {self._sentence}")
        if not self.is_watched and self.suspicion:
            raise AssertionError("suspected, though nobody watches")
        if self.is_last_dial and not (self.is_watched and self.standing in (Standing.NEW, Standing.DOUBTED)):
            raise AssertionError(f"{self.standing} with a last dial under way")

    def _watch(self, _: ev.Watched, now: float) -> list[Action]:
        self.is_watched = True
        if self.standing is Standing.ABSENT:  # while nobody cared, nobody has dialled any more
            return [ev.Redial(now, self._settings.redial_timeout_s), self._inquiry.wake(now)]
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
            return [ev.Reject(self._dead.epitaph(evidence.uid))]
        self._begin(Standing.TRUSTED, evidence.uid, inbound_open=True, since=now)
        return [*self._shown_alive(), ev.Admit(evidence.uid)]

    def _compare(self, evidence: ev.Introduced, now: float) -> list[Action]:
        """Another than the known one waits until a dial tells who listens there: its `Hello` may be a late one."""
        if evidence.uid in self._dead:
            return [ev.Reject(self._dead.epitaph(evidence.uid))]
        if evidence.uid == self.uid:
            self._inbound_open = True
            return [*self._shown_alive(), ev.Admit(evidence.uid)]
        is_asked, self.standing = self.standing is Standing.DOUBTED, Standing.DOUBTED
        return [ev.Hold(), *([] if is_asked else self._inquiry.begin("another incarnation claims its address", now))]

    def _hold(self, evidence: ev.Introduced, now: float) -> list[Action]:
        if evidence.uid in self._dead or evidence.uid == self.uid:
            return [ev.Reject(f"incarnation {evidence.uid} is dead")]
        self._drain_until = min(self._drain_until, now + self._settings.hold_s)
        return [ev.Hold(), ev.WakeAt(max(now, self._drain_until))]

    def _accept(self, evidence: ev.Answered, now: float) -> list[Action]:
        """We dialled without knowing who is there."""
        if evidence.uid in self._dead:
            why = self._dead.epitaph(evidence.uid)
            is_asked = self.is_watched and evidence.begun_at >= self._since  # else its word may be a late one
            return [ev.Reject(why), *(self._convict(DeathCause.QUARANTINED, why) if is_asked else [])]
        self._begin(Standing.TRUSTED, evidence.uid, inbound_open=evidence.brings_answers)
        return [*self._shown_alive(), ev.Admit(evidence.uid)]

    def _recognise(self, evidence: ev.Answered, now: float) -> list[Action]:
        """We dialled somebody whom we know: the same is a blip, another is the end of the first."""
        if evidence.uid == self.uid:
            self.standing = Standing.TRUSTED
            self._inbound_open |= evidence.brings_answers
            return [*self._shown_alive(), *self.suspicion.withdraw(Ground.NO_CONNECTION), ev.Admit(evidence.uid)]
        if evidence.uid in self._dead:
            # A predecessor that was convicted by silence still holds the address, so the one we know cannot.
            return [ev.Reject(self._dead.epitaph(evidence.uid))]
        detail = f"incarnation {evidence.uid} answers where {self.uid} was"
        if evidence.begun_at < self._since:  # so it may be the earlier one
            return [ev.Reject(detail), *self._doubt(ev.ConnectionLost(detail), now)]
        actions = self._condemn(DeathCause.NEW_INCARNATION, detail, now, self._settings.hold_s)
        if self.standing is not Standing.DEAD:
            return [*actions, ev.Reject("its predecessor is still being read")]
        self._begin(Standing.TRUSTED, evidence.uid, inbound_open=evidence.brings_answers)
        return [*actions, ev.Admit(evidence.uid)]

    def _reject(self, evidence: ev.Answered, now: float) -> list[Action]:
        return [ev.Reject("a predecessor at its address is still being read")]

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
        """All that the condemned had sent is read, or was waited for long enough."""
        if isinstance(evidence, ev.Woke) and now < self._drain_until:
            return [ev.WakeAt(self._drain_until)]
        return self._convict(*self._sentence)

    def _unreached(self, evidence: ev.DialFailed | ev.DialRefused, now: float) -> list[Action]:
        """Nobody is known: a refusal says that nobody is there, any failure that a last dial has come to nothing."""
        if isinstance(evidence, ev.DialRefused) and self.is_watched and self._settings.refusal_is_certain:
            return self._convict(DeathCause.PROCESS_DEAD, evidence.detail)
        return self._unanswered(now, evidence.detail) if self.is_last_dial else []

    def _refused(self, evidence: ev.DialRefused, now: float) -> list[Action]:
        if self._settings.refusal_is_certain and not self._inquiry.is_answered_beside:
            return self._condemn(DeathCause.PROCESS_DEAD, evidence.detail, now)
        return self._retry(evidence, now) if self.standing is Standing.DOUBTED else []

    def _retry(self, evidence: ev.DialFailed | ev.DialRefused | ev.TurnedAway, now: float) -> list[Action]:
        if self.is_last_dial:
            return self._unanswered(now, evidence.detail)
        dials = self._inquiry.again(now)
        self.standing = Standing.DOUBTED if dials else Standing.ABSENT
        return dials

    def _turned_away_unknown(self, evidence: ev.TurnedAway, now: float) -> list[Action]:
        cause = _REFUSED_AS.get(evidence.reason, DeathCause.NEVER_EXISTED)
        return self._convict(cause, evidence.detail) if self.is_watched else []

    def _turned_away(self, evidence: ev.TurnedAway, now: float) -> list[Action]:
        """Somebody else refuses us where the one we know was, or the one we know is done with us."""
        if evidence.uid not in (0, self.uid) and evidence.uid not in self._dead:
            if evidence.begun_at < self._since:
                return self._doubt(ev.ConnectionLost(evidence.detail), now)
            return self._condemn(DeathCause.NEW_INCARNATION, evidence.detail, now)
        if evidence.reason is Refusal.QUARANTINED:
            return self._convict(DeathCause.QUARANTINED, evidence.detail)
        return self._retry(evidence, now) if self.standing is Standing.DOUBTED else []

    def _goodbye(self, _: ev.Goodbye, now: float) -> list[Action]:
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
            return [*self._suspect(ev.Suspicious(evidence.detail, evidence.reading), now), ev.Recheck()]
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
            return [ev.WakeAt(now + hope_s)]
        return self._convict(DeathCause.UNREACHABLE, f"{why}; {detail}" if detail else why)

    def _waited(self, _: ev.Woke, now: float) -> list[Action]:
        """The last dial has come to nothing; or none has, for so long that people should know."""
        if self.is_last_dial:
            return self._unanswered(now)
        if self.standing is Standing.NEW:
            return []
        if now < (wake := self._inquiry.wake(now)).at:
            return [wake]
        return self.suspicion.add(Ground.NO_CONNECTION, self._inquiry.complaint(now)) if self.is_watched else []

    def _stalled(self, evidence: ev.OwnStall, now: float) -> list[Action]:
        self._silence.excuse(evidence.lateness_s, now)
        return []

    # --- what the rules are made of ----------------------------------------------------------------------------------

    def _begin(self, standing: Standing, uid: int, *, inbound_open: bool = False, since: float = 0.0) -> None:
        self.standing, self.uid, self._inbound_open, self._since = standing, uid, inbound_open, since
        self._silence.end()

    def _shown_alive(self) -> list[Action]:
        """The incarnation that we know has shaken hands: it is heard, and is silent from now on at the earliest."""
        if not self.is_watched or not self._silence.shaken_hands(was_told=_SILENCE in self.suspicion):
            return []
        return [ev.BeginAgain(), *self.suspicion.withdraw(Ground.SILENCE)]

    def _condemn(self, cause: DeathCause, detail: str, now: float, wait_s: float | None = None) -> list[Action]:
        """Certainly dead: convict at once, or after what it had sent is read."""
        if not self._inbound_open:
            return self._convict(cause, detail)
        self._silence.spare()
        self.standing, self._sentence = Standing.CONDEMNED, (cause, detail)
        self._drain_until = now + (self._settings.drain_s if wait_s is None else wait_s)
        return [ev.WakeAt(self._drain_until)]

    def _convict(self, cause: DeathCause, detail: str) -> list[Action]:
        self._dead.bury(self.uid, cause)
        self._begin(Standing.DEAD, self.uid)
        self._sentence, self.is_watched = _NO_SENTENCE, False
        self.suspicion.clear()
        return [ev.Convict(self.uid, cause, detail)]
