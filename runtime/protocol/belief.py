"""What is believed about one address, and the few moves by which that changes. Pure; the base of `verdict`.

Nobody is known there, or an incarnation is, in one of the standings; one is condemned, until all that it had sent is
read; and those who were convicted are dead for ever (`graveyard`). Deliberately not here: which evidence makes which
move (`verdict`).
"""

from __future__ import annotations

import math

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol.actions import Action
from runtime.protocol.evidence import Ground
from runtime.protocol.graveyard import Graveyard
from runtime.protocol.inquiry import Inquiry
from runtime.protocol.silence import Silence
from runtime.protocol.standing import Standing, VerdictSettings
from runtime.protocol.suspicion import Suspicion

_KNOWN, _OVER = (Standing.TRUSTED, Standing.DOUBTED, Standing.ABSENT), (Standing.CONDEMNED, Standing.DEAD)
_CONDEMNED, _SILENCE = Standing.CONDEMNED, Ground.SILENCE  # at hand, for `check` and what each answer asks for
_NO_SENTENCE: tuple[DeathCause, str] = (DeathCause.UNREACHABLE, "")


class Belief:
    """What is known about one address.

    Args:
        settings: The times of the judgement.

    Attributes:
        standing: The present belief.
        uid: The incarnation that lives there, or lived last; 0 when unknown.
        is_watched: Whether anybody would be told.
        suspicion: What was told and not withdrawn.
    """

    def __init__(self, settings: VerdictSettings | None = None) -> None:
        self._settings = settings or VerdictSettings()
        self.standing = Standing.NEW
        self.uid = 0
        self.is_watched = False
        self.suspicion = Suspicion()
        self._since = 0.0
        self._inbound_open = False
        self._sentence = _NO_SENTENCE
        self._drain_until = 0.0
        self._stays = 0
        self._inquiry = Inquiry(self._settings)
        self._silence = Silence(self._settings)
        self._dead = Graveyard()

    def is_dead(self, uid: int) -> bool:
        """Whether that incarnation was convicted."""
        return uid in self._dead

    def is_succeeded(self, uid: int) -> bool:
        """Whether that incarnation was convicted, and another is known to live there: its late word is about nobody."""
        return uid in self._dead and self.standing in _KNOWN

    def is_another(self, uid: int) -> bool:
        """Whether an incarnation is known to live there, and it is not that one."""
        return self.standing in _KNOWN and uid != self.uid and uid not in self._dead

    def minds_silence(self) -> bool:
        """Whether a silence was noticed that an answer would end; else `Heard` says nothing new."""
        return self._silence.is_noticed or _SILENCE in self.suspicion.grounds

    @property
    def is_last_dial(self) -> bool:
        """Whether the node is convicted unless it answers the dial that is under way."""
        return self._silence.last_dial is not None

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        is_known = self.standing in _KNOWN
        if is_known != (self.uid != 0 and self.standing not in _OVER):
            raise AssertionError(f"{self.standing} with uid {self.uid}")
        if is_known and self.uid in self._dead:
            raise AssertionError(f"incarnation {self.uid} is {self.standing} and dead")
        if (self.standing is _CONDEMNED) != (self._sentence is not _NO_SENTENCE):
            raise AssertionError(f"{self.standing} with sentence {self._sentence}")
        if not self.is_watched and self.suspicion.grounds:
            raise AssertionError("suspected, though nobody watches")
        if self._stays > self._settings.stays:
            raise AssertionError(f"waited {self._stays} times anew for last words")
        if self.is_last_dial and not (self.is_watched and self.standing in (Standing.NEW, Standing.DOUBTED)):
            raise AssertionError(f"{self.standing} with a last dial under way")

    # --- moves --------------------------------------------------------------------------------------------------------

    def _begin(self, standing: Standing, uid: int, *, inbound_open: bool = False, since: float = 0.0) -> None:
        self.standing, self.uid = standing, uid
        self._inbound_open, self._since = inbound_open, since
        self._silence.end()

    def _may_be_late(self, begun_at: float) -> bool:
        """Whether a dial that began at that time may tell of an earlier incarnation than the one that is meant."""
        return begun_at < self._since

    def _ask_now(self, now: float) -> list[Action]:
        """What a dial has found was so before anybody asked: dial again."""
        return [do.Redial(now, self._settings.redial_timeout_s)]

    def _shown_alive(self) -> list[Action]:
        """The incarnation that we know has shaken hands: it is heard, and is silent from now on at the earliest."""
        if not self.is_watched or not self._silence.shaken_hands(was_told=_SILENCE in self.suspicion.grounds):
            return []
        return [do.BeginAgain(), *self.suspicion.withdraw(Ground.SILENCE)]

    def _condemn(self, cause: DeathCause, detail: str, now: float, wait_s: float | None = None) -> list[Action]:
        """Certainly dead: convict at once, or after what it had sent is read."""
        if not self._inbound_open:
            return self._convict(cause, detail)
        self._silence.spare()
        self.standing, self._sentence = Standing.CONDEMNED, (cause, detail)
        self._stays = 0
        self._drain_until = now + (self._settings.drain_s if wait_s is None else wait_s)
        return [do.WakeAt(self._drain_until)]

    def _convict(self, cause: DeathCause, detail: str, as_of: float = math.inf) -> list[Action]:
        """Dead, for ever.

        Args:
            cause: By which evidence.
            detail: For people.
            as_of: Where nobody is known: when whoever found nobody there, or the wrong one, began to look. A watch that
                was made later may mean somebody who lives there since (D7).
        """
        if self.uid and cause is not DeathCause.QUARANTINED:
            # A watch that this incarnation never got may be meant for the next one, which must not be blamed for it.
            # Differs from Akka: whoever is watched there ends with its address, however new the watch is.
            as_of = -math.inf
        self._dead.bury(self.uid, cause)
        self._begin(Standing.DEAD, self.uid)
        self._sentence, self.is_watched = _NO_SENTENCE, False
        self.suspicion.clear()
        return [do.Convict(self.uid, cause, detail, as_of)]
