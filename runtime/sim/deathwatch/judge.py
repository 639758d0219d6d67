"""`Judge`: the properties D1 to D7 of DeathWatch, asked at each step of the scenario `deathwatch`. Pure.

D1 one `Terminated` for a registration; D2 none after unwatch; D3 every word of a subject comes before its `Terminated`,
in order, once, and none is missing where nothing has disturbed; D4 who watches the dead hears so; D5 a death is told
within a bound, counted from when nothing disturbs any more; D6 nothing comes from an incarnation that was declared
dead, and no word for an earlier incarnation reaches a later; D7 whoever lives is declared dead only by silence, and
only where a disturbance was long enough to explain it. What a cause calls certain must be so.
Deliberately not here: what is so (`truth`), how soon a death is due (`dues`), and doing anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from actors import DeathCause, Terminated
from actors.address import ActorPath
from runtime.protocol.evidence import Ground
from runtime.remote.events import NodeSuspected
from runtime.settings import RemoteSettings
from runtime.sim.campaign import Record
from runtime.sim.deathwatch.dues import Dues
from runtime.sim.deathwatch.excuses import CALM_S, LATE, OWN_STOPS, SLOW, Excuses, renewed_s
from runtime.sim.deathwatch.people import Word
from runtime.sim.deathwatch.truth import Being, Key, Life, Truth, key_of

WRITTEN_S = 0.005
"""What was said so long ago has been written."""
GOODBYE_S = 2.0
"""Who leaves says so, if it has said so shortly before that somebody there has stopped."""
SILENT_S = 1.5
"""Whoever is convicted by silence has been silent for so long at least, as its convict's kernel has it."""


class Judge:
    """Compares what people see with what is so. A `Witness`.

    Args:
        truth: What is so.
        record: Is told, and raises.
        now: World seconds.
        settings: Of all nodes.
    """

    def __init__(self, truth: Truth, record: Record, now: Callable[[], float], settings: RemoteSettings) -> None:
        self._truth = truth
        self._record = record
        self._now = now
        self._excuses = Excuses(truth, record, now, partial(renewed_s, settings))
        self._dues = Dues(truth, self._excuses, now, settings.failure_detector)
        self._told_at: dict[tuple[int, int], float] = {}

    # --- Witness ------------------------------------------------------------------------------------------------------

    def watched(self, who: int, path: ActorPath) -> None:
        """See `Witness`."""
        being, key = self._truth.beings[who], key_of(path)
        if key in being.watching:
            return
        if being.ever.get(key) == "told":
            self._record.sometimes("a dead actor was watched again")
        elif being.ever.get(key) == "unwatched":
            self._record.sometimes("an actor was watched again after unwatch")
        self._truth.watches(being, key, self._now())

    def unwatched(self, who: int, path: ActorPath) -> None:
        """See `Witness`."""
        being, key = self._truth.beings[who], key_of(path)
        if being.watching.pop(key, None) is None:
            return
        being.ever[key] = "unwatched"
        if self._gone_at(key) is not None:
            self._record.sometimes("a dead actor was unwatched before its Terminated")

    def says(self, who: int, to: int) -> int:
        """See `Witness`."""
        said = self._truth.beings[who].said
        said[to] = said.get(to, 0) + 1
        self._truth.beings[who].moments.setdefault(to, []).append(self._now())
        return said[to]

    def heard(self, who: int, word: Word) -> None:
        """See `Witness`: D3, D6."""
        truth, require = self._truth, self._record.require
        being, author = truth.beings[who], truth.beings[word.author]
        if word.to != who:
            require(False, "D6", f"a word for {self._text(word.to)} reaches {self._text(who)}")
        last, count = being.heard.get(word.author, (0, 0))
        if word.number <= last:
            require(False, "D3", f"word {word.number} of {self._text(word.author)} comes after word {last}")
        being.heard[word.author] = word.number, count + 1
        key = key_of(author.path)
        if author.life.node in being.life.strangers:
            self._record.sometimes("a node that was convicted before it was known has spoken")
            return
        if being.ever.get(key) == "told":
            require(False, "D3", f"a word of {self._text(word.author)} comes after its Terminated")
        if author.life.uid in being.parted:
            require(False, "D6", f"a word of {self._text(word.author)}, whose node was convicted")
        if author.life.uid in being.life.convicted:
            self._record.sometimes("a word waited while its author's node was convicted")

    def told(self, who: int, notice: Terminated) -> None:
        """See `Witness`: D1, D2, D3, D7."""
        being, key = self._truth.beings[who], key_of(notice.ref.path)
        text = f"{being.path.name} hears of {key[0]}/{key[1]}: {notice.cause}"
        self._record.tell(being.life.node, "terminated", text)
        if key not in being.watching:
            before = being.ever.get(key, "")
            rule = "D2" if before == "unwatched" else "D1"
            self._record.require(False, rule, f"{self._text(who)} is told of {key} that it does not watch ({before})")
            return
        since, is_first = being.watching.pop(key), key not in being.ever  # else it may be the answer to one before
        being.ever[key] = "told"
        subject = self._truth.by_key.get(key)
        gone_at = None if subject is None else subject.gone_at
        self._flagged(notice, gone_at - since if is_first and gone_at is not None else None)
        if subject is None:
            self._record.sometimes("an actor that never was")
        elif subject.gone_at is None:
            self._blamed(being, subject, notice)
        else:
            if not self._excuses.is_deceived(being.life, subject.life, notice.cause):
                self._caused(subject, notice)
            self._record.sometimes(f"told: {notice.cause.value}")
            if notice.cause is DeathCause.STOPPED:
                self._told_at[being.life.uid, subject.life.uid] = self._now()
                self._complete(being, subject)
            elif notice.cause is DeathCause.PROCESS_DEAD and not subject.in_order:
                self._last_words(being, subject)

    def parted(self, who: int, uid: int) -> None:
        """See `Witness`: what had come before may have waited for somebody who sleeps, and nothing else is left."""
        self._truth.beings[who].parted.add(uid)

    def ended(self, who: int) -> None:
        """See `Witness`."""
        self._truth.gone(self._truth.beings[who], self._now(), in_order=True)

    # --- others who tell ----------------------------------------------------------------------------------------------

    def convicted(self, life: Life, node: str, uid: int, cause: DeathCause, heard_at: float) -> None:
        """A node has convicted an incarnation of another, of whose host something came last at `heard_at`: D7."""
        now = self._now()
        self._record.tell(life.node, "convicts", f"{node}: {cause.value}")
        if cause is DeathCause.UNREACHABLE:
            self._truth.unheard.add((life.node, node))  # the end of its connections may be lost, as its word is
        if uid:
            life.convicted.setdefault(uid, now)
        else:  # it had never shaken hands: nobody can tell later whether it is the same, as in Akka
            life.strangers.add(node)
        present = self._truth.lives[node]
        told_at = self._told_at.get((life.uid, uid), float("-inf"))  # if so, there is a connection for its goodbye
        if uid == present.uid and present.is_leaving and now - told_at < GOODBYE_S and self.is_calm(life, present):
            text = f"{life.node} has convicted {node} by {cause.value}, which has left in good order"
            self._record.require(cause is DeathCause.NODE_SHUTDOWN, "D7", text)
        if present.gone_at is None and uid == present.uid and present.is_leaving:
            self._record.sometimes("a node that leaves was convicted")
        elif present.gone_at is None and uid == present.uid:
            self._record.sometimes("a living node was convicted by silence")
            if self._excuses.is_deceived(life, present, cause):
                return
            if cause is DeathCause.UNREACHABLE:
                watched_s = now - self._truth.watches_since(life, node, now)
                text = f"{life.node} has convicted {node} by silence, which it watches for {watched_s:.2f} s"
                self._record.require(watched_s >= SILENT_S, "D7", text)
            text = f"{life.node} has convicted {node}, which lives, by {cause.value}"
            self._record.require(not cause.is_certain, "D7", text)
            if cause is DeathCause.UNREACHABLE and not self._excuses.is_deaf(life, node, heard_at):
                text = f"{text}, {now - heard_at:.2f} s after something came from there"
                self._record.require(now - heard_at >= SILENT_S, "D7", text)
        elif present.gone_at is None and uid:
            self._record.sometimes("a node was convicted when its next incarnation lived already")

    def suspected(self, life: Life, event: NodeSuspected) -> None:
        """A node suspects another: in time (D5), and D7 again: that it stood still itself is no reason, nor is calm."""
        node, ground = event.address.system, event.ground
        other, now = self._truth.lives[node], self._now()
        if ground is Ground.SILENCE and self._dues.is_late_warning(life, node, event.suspicion):
            self._record.require(False, "D5", f"{life.node} suspects {node} only when no patience is left")
        if ground is not Ground.SILENCE or other.gone_at is not None or now - max(life.born_at, other.born_at) < CALM_S:
            return
        spells = list(self._truth.weather.between(life.node, node, now - CALM_S))
        ours = [spell for spell in spells if spell.kind in OWN_STOPS and spell.hosts == (life.node,)]
        weather = self._truth.weather
        if weather.has_forgotten(life.node, node) or weather.is_rippled(life.node, node, now - CALM_S):
            return
        text = f"{life.node} suspects {node}, which lives: {'itself stood still' if ours else 'nothing has happened'}"
        self._record.require(len(ours) < len(spells), "D7", text)

    def look(self) -> None:
        """D4, D5: whoever should have been told by now."""
        for being in self._truth.beings.values():
            if being.gone_at is None:
                for key, since in being.watching.items():
                    gone_at = self._gone_at(key, being.life)
                    if gone_at is not None:
                        self._due(being, key, max(since, gone_at))

    def is_calm(self, one: Life, other: Life) -> bool:
        """Whether two nodes have lived for long, and nothing has come between them for long, nor made anything late."""
        since, weather, nodes = self._now() - CALM_S, self._truth.weather, (one.node, other.node)
        if max(one.born_at, other.born_at) > since or weather.has_forgotten(*nodes):
            return False
        return not (any(weather.between(*nodes, since)) or weather.is_rippled(*nodes, since, LATE))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _due(self, being: Being, key: Key, since: float) -> None:
        waited_s = self._dues.overdue_s(being, key, since)
        if waited_s is not None:
            rule = "D5" if key in self._truth.by_key else "D4"
            text = f"{self._text(being.who)} was not told of {key}, {waited_s:.1f} s after nothing stood in the way"
            self._record.require(False, rule, text)

    def _gone_at(self, key: Key, watcher: Life | None = None) -> float | None:
        """Since when a subject is gone, or dead to the watcher's node; from the beginning, if it never was."""
        subject = self._truth.by_key.get(key)
        if subject is None:
            return 0.0
        return subject.gone_at if watcher is None else watcher.convicted.get(subject.life.uid, subject.gone_at)

    def _caused(self, subject: Being, notice: Terminated) -> None:
        """D7, of the dead: what a cause says is so."""
        life, cause = subject.life, notice.cause
        holds = {
            DeathCause.STOPPED: subject.in_order,
            DeathCause.FAILED: False,
            DeathCause.KILLED: False,
            DeathCause.NODE_SHUTDOWN: life.is_leaving,
            DeathCause.PROCESS_DEAD: life.gone_at is not None or life.is_leaving,
            DeathCause.NEW_INCARNATION: life.gone_at is not None or life.is_leaving,
        }.get(cause, True)
        text = f"{self._text(subject.who)} is said to be dead by {cause.value}, and is not: {notice.detail}"
        self._record.require(holds, "D7", text)

    def _flagged(self, notice: Terminated, lived_on_s: float | None) -> None:
        """D7: flags and cause agree. Why who was dead before its watch has died, nobody knows."""
        cause, of_actor = notice.cause, notice.cause in (DeathCause.STOPPED, DeathCause.FAILED, DeathCause.KILLED)
        is_right = (lived_on_s is None or lived_on_s >= 0) if of_actor else not notice.existence_confirmed
        is_right &= cause is DeathCause.NEVER_EXISTED or notice.address_terminated is not of_actor
        self._record.require(is_right, "D7", f"{notice.ref} is said to be dead by {notice}, lived on: {lived_on_s}")

    def _blamed(self, being: Being, subject: Being, notice: Terminated) -> None:
        """D7: somebody who lives was declared dead."""
        where = f"{self._text(being.who)} is told that {self._text(subject.who)} is dead, which lives"
        text = f"{where}: {notice.cause.value} {notice.detail}"
        self._record.require(being.life is not subject.life, "D7", text)
        if self._excuses.is_deceived(being.life, subject.life, notice.cause):
            return
        self._record.require(not notice.is_certain, "D7", text)
        self._record.require(self._excuses.explains(being.life, subject.life, notice.cause), "D7", text)
        self._record.sometimes("a living actor was declared dead, by silence")

    def _complete(self, being: Being, subject: Being) -> None:
        """D3: it has stopped in order; where nothing has disturbed, nothing that it said is missing."""
        since = max(being.life.born_at, subject.life.born_at)
        if self._excuses.is_cut_short(being.life, subject) or max(being.life.number, subject.life.number) > 1:
            return  # or what was sent first may have gone to a connection of its predecessor
        if self._excuses.has_come_between(being.life, subject.life, since):
            return
        said, (_, heard) = subject.said.get(being.who, 0), being.heard.get(subject.who, (0, 0))
        said -= subject.unsent.get(being.who, 0)
        self._record.require(said == heard, "D3", f"{self._text(being.who)} heard {heard} of {said} words")

    def _last_words(self, being: Being, subject: Being) -> None:
        """D3: it was killed; what had left its process long enough before has come, where a connection was known."""
        died_at = subject.gone_at or 0.0
        since = max(being.life.born_at, subject.life.born_at)
        _, heard = being.heard.get(subject.who, (0, 0))
        weather, nodes = self._truth.weather, (being.life.node, subject.life.node)
        if being.life.number > 1 or weather.is_rippled(*nodes, died_at - CALM_S, SLOW):
            return  # as above, or on a slow link its connection may have been under way
        if (
            subject.unsent
            or subject.life.has_vanished
            or self._excuses.has_come_between(being.life, subject.life, since)
        ):
            return
        due = sum(moment < died_at - WRITTEN_S for moment in subject.moments.get(being.who, []))
        # What is said to a node that stands still proves no connection: it may not have shaken hands yet.
        until = min((died_at - 1.0, *self._stops(being.life.node, died_at - 5.0)))
        if due and self._truth.have_spoken(subject.life, being.life, died_at - 5.0, until):
            self._record.sometimes("words were due before a kill")
            text = f"{self._text(being.who)} heard {heard} of {due} words before a kill"
            self._record.require(heard >= due, "D3", text)

    def _stops(self, node: str, since: float) -> list[float]:
        """When a node began to stand still, of what was not over at `since`."""
        spells = self._truth.weather.between(node, node, since)
        return [spell.begin for spell in spells if spell.kind in OWN_STOPS and node in spell.hosts]

    def _text(self, who: int) -> str:
        being = self._truth.beings.get(who)
        return f"nobody ({who})" if being is None else f"{being.life.node}.{being.life.number}/{being.path.name}"
