"""`Excuses`: what may have misled a node about another, in the scenarios `deathwatch` and `strangers`. Pure.

A part of `judge`: silence that a disturbance explains, a node that may not have been heard, a refusal that came from
something on the way. Deliberately not here: what must be true.
"""

from __future__ import annotations

from collections.abc import Callable

from actors import DeathCause
from runtime.remote.times import LOOKS_AGAIN_S, noticed_s
from runtime.settings import RemoteSettings
from runtime.sim.campaign import Record
from runtime.sim.deathwatch.truth import Being, Life, Truth
from runtime.sim.links import FIRST_RETRANSMISSION_S
from runtime.sim.weather import longest_s

UNFELT_S = 1.2
"""Whatever is shorter convicts nobody: a stream that was cut for so long is silent for twice that, and a bit."""
APART_S = 3.0
"""Two disturbances that are not further apart may work together."""
TOLD_WITHIN_S = 14.0
"""From a death, or the end of the last disturbance, to its `Terminated`: silence, a dial, and the kernel's patience."""
CALM_S = 8.0
"""Who has lived for so long, where nothing has disturbed for so long, has felt nothing of what was before."""
ON_THE_WAY_S = 2.0
"""What was said so long ago has arrived, if nothing has swallowed it."""
LEFT_S, SLOWLY_LEFT_S = 1.0, 5.0
"""What was said so long ago has left its process, even if there was no connection for it; on a slow link eight packets,
one behind the other, until both lanes have shaken hands."""
SLOWLY_CAME_S = 0.5
"""What comes on a slow link has left so long before, at most."""
DIALLED_S = 0.25
"""A last dial takes so long at least."""
OWN_STOPS = ("freeze", "stall")
ONE_WAY = ("cut", "loss")
SLOW = ("delay", "datagrams")
"""What makes all that one of two hosts sends take long to reach the other."""
LATE = (*SLOW, "no-datagrams")
"""What makes heartbeats late, or loses them; that somebody has died or left keeps nobody from hearing another."""


class Excuses:
    """Looks at what was disturbed.

    Args:
        truth: What is so.
        record: Is told.
        now: World seconds.
        renewed_s: See `renewed_s`, of these nodes.

    Attributes:
        patience_s: Who waits for a death is told within so long, whatever was amiss before.
    """

    def __init__(
        self, truth: Truth, record: Record, now: Callable[[], float], renewed_s: Callable[[float], float]
    ) -> None:
        self._truth = truth
        self._record = record
        self._now = now
        self._renewed_s = renewed_s
        self.patience_s = TOLD_WITHIN_S

    def is_deceived(self, life: Life, other: Life, cause: DeathCause) -> bool:
        """Whether something on the way has refused a dial, of a node that could not know better.

        It could, if it has watched the other for long, and datagrams have gone between the two all the time.
        """
        if cause is not DeathCause.PROCESS_DEAD:
            return False
        now = self._now()
        spells = list(self._truth.weather.between(life.node, other.node, now - CALM_S))
        walls = [spell for spell in spells if spell.kind == "firewall"]
        if not walls:
            return False
        begin = min(spell.begin for spell in walls) - CALM_S
        watches = [
            since
            for being in self._truth.beings.values()
            if being.life is life
            for key, since in being.watching.items()
            if key[0] == other.node
        ]
        is_known = max(life.born_at, other.born_at) < begin and any(since < begin for since in watches)
        if is_known and len(spells) == len(walls):
            return False
        self._record.sometimes("a refused dial was believed where nothing else was known")
        return True

    def is_deaf(self, life: Life, node: str, heard_at: float) -> bool:
        """Whether of late the other may not have heard us, though we hear it: then it has nothing to answer.

        A kernel waits for as long as a cut has lasted, or several have that it took for one, before it sends again, and
        then another may be there. Who has convicted us answers nothing any more.
        """
        if life.uid in self._truth.lives[node].convicted:
            return True
        spells = list(self._truth.weather.between(life.node, node, self._now() - TOLD_WITHIN_S))
        since = (min(spell.end, heard_at) for spell in spells if spell.kind == "isolate" and spell.begin < heard_at)
        held = any(self._truth.is_held_up(life.node, node, before) for before in since)
        is_slow = self._truth.weather.is_rippled(life.node, node, heard_at, SLOW)
        said_at = heard_at - (SLOWLY_CAME_S if is_slow else 0.0)
        return any(spell.kind in ONE_WAY or (held and spell.begin > said_at) for spell in spells)

    def is_cut_short(self, watcher: Life, subject: Being) -> bool:
        """Whether its process died so soon after somebody had stopped that last words may not have left it."""
        if (died_at := subject.life.gone_at) is None:
            return False
        ripples = self._truth.weather.is_rippled(watcher.node, subject.life.node, died_at - SLOWLY_LEFT_S, LATE)
        return (subject.gone_at or 0.0) > died_at - (SLOWLY_LEFT_S if ripples else LEFT_S)

    def has_come_between(self, watcher: Life, subject: Life, since: float) -> bool:
        """Whether anything may have kept words back. Who stood still itself has what was sent to it in its sockets."""
        spells = self._truth.weather.between(watcher.node, subject.node, since)
        return any(spell.kind not in OWN_STOPS or spell.hosts != (watcher.node,) for spell in spells)

    def explains(self, watcher: Life, subject: Life, cause: DeathCause) -> bool:
        """Whether what came between them was long enough. That we stood still ourselves proves nothing of others.

        Who has never shaken hands there has convicted whoever lives at the address, however short a time; but its last
        dial has failed.
        """
        nodes, now = (watcher.node, subject.node), self._now()
        is_about_one = subject.uid in watcher.convicted or subject.node not in watcher.strangers
        if not is_about_one and self._was_too_late(subject):
            return True
        is_cut = any(self._truth.weather.between(*nodes, now - DIALLED_S))
        since = max(watcher.born_at, subject.born_at if is_about_one or not is_cut else 0.0)
        spells = [
            spell
            for spell in self._truth.weather.between(*nodes, since)
            if spell.kind != "amnesia"
            and not (cause is DeathCause.UNREACHABLE and spell.kind in OWN_STOPS and spell.hosts == (watcher.node,))
        ]
        if any(spell.kind == "loss" for spell in spells) or self._was_dialled_in_vain(*nodes):
            return True
        return longest_s(((max(each.begin, since), min(each.end, now)) for each in spells), APART_S) >= UNFELT_S

    def _was_dialled_in_vain(self, one: str, other: str) -> bool:
        """Whether a connection was forgotten, and something that came between the two since was as long as a last dial.

        Then nothing may have been heard for long before.
        """
        weather, now = self._truth.weather, self._now()
        if (forgotten_at := weather.forgotten_at(one, other)) is None:
            return False
        since = [spell for spell in weather.between(one, other, forgotten_at) if spell.kind != "amnesia"]
        return longest_s(((spell.begin, min(spell.end, now)) for spell in since), 0.0) >= 2 * DIALLED_S

    def _was_too_late(self, subject: Life) -> bool:
        """Whether a dial that has failed just now began before it lived."""
        return subject.born_at > self._now() - DIALLED_S

    def held_up_s(self, life: Life, subject: Life, forgotten_at: float, since: float) -> float:
        """For how long a death may not be told from `since` on, where connections were forgotten before.

        The watch, the death and the last words may each be on one that carries nothing.
        """
        word_at = self._truth.first_word_at(subject, life, forgotten_at - ON_THE_WAY_S)
        return self._renewed_s(0.0 if word_at is None else max(0.0, since - word_at))


def renewed_s(settings: RemoteSettings, before_s: float = 0.0) -> float:
    """Seconds after which a connection that carries nothing is replaced, with a kernel that doubles its pauses.

    Args:
        settings: Of the nodes.
        before_s: For how long it has carried nothing before: so much longer may the pauses be.
    """
    again_s = FIRST_RETRANSMISSION_S
    while again_s < before_s + noticed_s(settings):
        again_s = 2 * again_s + FIRST_RETRANSMISSION_S
    return again_s - before_s + LOOKS_AGAIN_S + settings.connect_timeout_s
