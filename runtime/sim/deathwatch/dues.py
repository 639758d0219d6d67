"""`Dues`: how soon a death is due to whoever watches, in the scenario `deathwatch`. Pure; a part of `judge`.

Where all was calm a death is told soon, else within `Excuses.patience_s` from when nothing stood in the way. Silence is
judged by a detector, and most detectors remember: one that has seen a pause is more patient afterwards, for as long as
the pause is in its window. How much more, a detector like theirs says that is told the worst that may have been.
Deliberately not here: what is so (`truth`), and what has to be told at all (`judge`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from runtime.detection import FailureDetectorSettings
from runtime.sim.deathwatch.excuses import CALM_S, OWN_STOPS, SLOW, Excuses
from runtime.sim.deathwatch.truth import Being, Key, Life, Truth
from runtime.sim.weather import Spell

QUICKLY_S = {"vanish": 10.0, "kill": 3.0, "stop": 3.0, "slow": 5.0}
"""Where all was calm: silence has to be waited for, the end of a connection or a word has not. Akka's detector
takes 8.9 s; if a new incarnation answers then, what the dead one had sent is read for up to a second more. Where each
word takes 0.2 s, a newcomer needs 3.3 s: it dials, is dialled, waits for its predecessor, and asks."""
UNTIL_S = 60.0
"""No detector is asked about a longer silence."""
STEPS = 4
"""Of an interval, from one beginning that is tried to the next."""
EXACTLY_S = 0.001

Span = tuple[float, float]
"""From when until when no heartbeat may have been answered."""


class Dues:
    """Says how soon.

    Args:
        truth: What is so.
        excuses: What may have misled.
        now: World seconds.
        detector: How all nodes judge silence.
    """

    def __init__(
        self, truth: Truth, excuses: Excuses, now: Callable[[], float], detector: FailureDetectorSettings
    ) -> None:
        self._truth = truth
        self._excuses = excuses
        self._now = now
        self._detector = detector
        self._patience: dict[tuple[str, str, float], float] = {}

    def is_late_warning(self, life: Life, node: str, suspicion: float) -> bool:
        """Whether a node is suspected for its silence only when no patience is left, though nobody stood still here.

        Akka's detector gives no warning: its suspicion passes from hardly any to the threshold between two looks.
        """
        if suspicion < 1 or self._detector.detector == "akka-phi":
            return False
        return not any(
            self._excuses_silence(spell, life.node) for spell in self._truth.weather.between(life.node, node)
        )

    def _excuses_silence(self, spell: Spell, node: str) -> bool:
        """Whether a node has stood still of late: for as long as it did, to a limit, it minds no silence afterwards."""
        if spell.kind not in OWN_STOPS or node not in spell.hosts:
            return False
        most_s = self._detector.acceptable_pause_s * self._detector.max_stretch
        lasts_s = max(CALM_S, min(spell.end - spell.begin, most_s)) + 2 * self._detector.check_interval_s
        return self._now() < spell.end + lasts_s

    def overdue_s(self, being: Being, key: Key, since: float) -> float | None:
        """For how long somebody has waited for a death that was to be told since then; `None` if it is not overdue."""
        weather, subject, now = self._truth.weather, self._truth.by_key.get(key), self._now()
        calm = weather.calm_since(now, weather.between(being.life.node, key[0]))
        forgotten_at, begin = weather.forgotten_at(being.life.node, key[0]), max(since, calm)
        waited_s, within_s = now - begin, self._excuses.patience_s
        if forgotten_at is None and since - calm > CALM_S:
            within_s = self._quickly_s(being, key)
        elif forgotten_at is not None and subject is not None and subject.in_order:
            within_s = self._excuses.held_up_s(being.life, subject.life, forgotten_at, begin)
        elif waited_s > within_s and self._truth.has_vanished(key[0], being.life.node):
            within_s = max(within_s, self._silent_s(being.life.node, key[0], begin))
        is_overdue = waited_s > within_s and not self._truth.is_held_up(key[0], being.life.node)
        return waited_s if is_overdue else None

    def _quickly_s(self, being: Being, key: Key) -> float:
        subject, lives = self._truth.by_key.get(key), [self._truth.lives[key[0]], being.life]
        if subject is None or (subject.in_order and subject.life.gone_at is None):
            is_old = all(one.gone_at is None and self._now() - one.born_at > CALM_S for one in lives)
            is_slow = self._truth.weather.is_rippled(being.life.node, key[0], self._now() - CALM_S, SLOW)
            return QUICKLY_S["slow" if is_slow else "stop"] if is_old else self._excuses.patience_s
        gone_at, has_vanished = subject.life.gone_at, self._truth.has_vanished(key[0], being.life.node)
        if has_vanished and gone_at is not None and being.watching[key] > gone_at:
            return self._excuses.patience_s  # a watch that nobody has taken outlives the first silence (decision 37)
        is_known = gone_at is not None and gone_at - subject.life.born_at > CALM_S
        if has_vanished or not is_known:
            return self._silent_s(being.life.node, key[0], max(being.watching[key], gone_at or 0.0))
        return QUICKLY_S["kill"]

    def _silent_s(self, node: str, other: str, since: float) -> float:
        """How soon a node is convicted whose silence tells that it is gone."""
        usual_s = QUICKLY_S["vanish"]
        if self._now() - since <= usual_s:  # then nobody has to know what a detector remembers
            return usual_s
        return usual_s + self._remembered_s(node, other, since)

    def _remembered_s(self, node: str, other: str, since: float) -> float:
        """How much more patient than usual a node may be with another that is silent since then."""
        known = node, other, since
        if known not in self._patience:
            weather = self._truth.weather
            spells = [one for one in (*weather.spells, *weather.ripples) if one.touches(node, other)]
            # What was lost on the way is sent again after up to twice that time; who stood still goes on at once.
            spans = [
                (one.begin, one.end if one.kind in OWN_STOPS else 2 * one.end - one.begin)
                for one in spells
                if one.begin < since
            ]
            self._patience[known] = remembered_s(self._detector, spans, since)
        return self._patience[known]


def remembered_s(settings: FailureDetectorSettings, spans: Iterable[Span], until: float) -> float:
    """How much longer than usual a detector may wait before it suspects, for what it has seen before.

    The worst is taken of when it may have begun: a pause that a detector finds too long leaves nothing in its window,
    but the part of it that came after its beginning may. And of both that may come of heartbeats in a pause: all are
    answered at its end, or none ever.

    Args:
        settings: Of the detector.
        spans: The pauses.
        until: From when on nothing comes any more.
    """
    within = sorted((begin, min(end, until)) for begin, end in spans)
    step_s = settings.heartbeat_interval_s / STEPS
    begins = [begin + step_s * number for begin, end in within for number in range(int((end - begin) / step_s) + 1)]
    usual_s = _patience_s(settings, (), until - UNTIL_S, until)
    worst_s = (
        _patience_s(settings, within, begin, until, is_lossy=is_lossy) for begin in begins for is_lossy in (False, True)
    )
    return round(max(0.0, max(worst_s, default=0.0) - usual_s), 3)


def _patience_s(
    settings: FailureDetectorSettings, spans: Sequence[Span], begin: float, until: float, *, is_lossy: bool = False
) -> float:
    """How long a silence a detector takes that has got heartbeats from one moment until another."""
    detector, interval_s = settings.make_detector(), settings.heartbeat_interval_s
    detector.heartbeat(last := begin, 0)
    for number in range(1, int((until - begin) / interval_s) + 1):
        sent_at = came_at = begin + number * interval_s
        for dark, light in spans:
            if dark <= came_at < light:
                came_at = light
        if came_at == sent_at or not is_lossy:
            last = max(last, came_at)
            detector.heartbeat(last, number)
    shortest_s, longest_s = 0.0, UNTIL_S
    while longest_s - shortest_s > EXACTLY_S:
        silence_s = (shortest_s + longest_s) / 2
        if detector.is_available(last + silence_s):
            shortest_s = silence_s
        else:
            longest_s = silence_s
    return longest_s
