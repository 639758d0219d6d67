"""What is really so in the scenario `deathwatch`: who lives where, who is gone since when, what is disturbed. Pure.

Fed by the town and the nemesis, which do these things, and never by the code under test. The judge compares what people
were told with it. Deliberately not here: judging (`runtime.sim.deathwatch.judge`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from actors.address import ActorPath
from runtime.sim.weather import Weather

SILENT_S = 10.0
"""What has disturbed so shortly before a death may keep others from hearing of it."""
Key = tuple[str, str, int]
"""A person's node, name and uid: what a reference says of it, from wherever it is looked at."""


def key_of(path: ActorPath) -> Key:
    """Whom a path means."""
    return path.address.system, path.name, path.uid


@dataclass(slots=True)
class Life:
    """One incarnation of a node.

    Attributes:
        node: Its name, which is its host's, too.
        number: From 1.
        born_at: World seconds.
        uid: Of its actor system.
        gone_at: When it died; `None` while it lives.
        has_vanished: Whether it died with its host, so that nobody is told.
        is_leaving: Whether it has begun to shut down in good order.
        strangers: Nodes that it has convicted before they had shaken hands.
        convicted: When it has convicted which incarnation of another node, by uid of the system.
        watching: Since when which other node is watched from there, as long as it is.
    """

    node: str
    number: int
    born_at: float
    uid: int = 0
    gone_at: float | None = None
    has_vanished: bool = False
    is_leaving: bool = False
    convicted: dict[int, float] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    watching: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Being:
    """One incarnation of a person.

    Attributes:
        who: Its number; no two have the same.
        life: Of its node.
        path: With the node's address.
        gone_at: When it was over; `None` while it lives.
        in_order: Whether it has stopped by itself rather than with its process.
        watching: Subject -> since when.
        calls: The same of what is at a name that several bear, by uid or by the name, as far as there is such a name.
        ever: Subjects whose `Terminated` it has had, and those that it has ceased to watch.
        said: How many words to whom.
        unsent: How many of those were dead letters where they were said, as far as somebody may say too much.
        moments: When, for each of them.
        heard: The number of the last word from whom, and how many in all.
        parted: Incarnations of other nodes, by uid, of which nothing may be in its mailbox any more.
    """

    who: int
    life: Life
    path: ActorPath
    gone_at: float | None = None
    in_order: bool = False
    watching: dict[Key, float] = field(default_factory=dict)
    calls: dict[Key, float] = field(default_factory=dict)
    ever: dict[Key, str] = field(default_factory=dict)
    said: dict[int, int] = field(default_factory=dict)
    unsent: dict[int, int] = field(default_factory=dict)
    moments: dict[int, list[float]] = field(default_factory=dict)
    heard: dict[int, tuple[int, int]] = field(default_factory=dict)
    parted: set[int] = field(default_factory=set)


class Truth:
    """Everything that is so.

    Attributes:
        lives: The present or last incarnation of each node.
        beings: By number.
        by_key: By what references say.
        vanished: Nodes that have ever gone without a word, with their host or while it could not be reached.
        unheard: The same of two nodes, of which the second may not hear of the end of the first, since something came
            between the two, or it was convicted there by silence.
        weather: What is disturbed. The death of a process is none: whom it concerns hears of it.
        is_held_up: Whether the kernel of one host has had to send something again to another, since before a time or at
            all.
    """

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self.beings: dict[int, Being] = {}
        self.by_key: dict[Key, Being] = {}
        self._living: dict[str, dict[int, Being]] = {}  # by node and number, as they are asked for at each errand
        self.vanished: set[str] = set()
        self.unheard: set[tuple[str, str]] = set()
        self.weather = Weather()
        self.is_held_up: Callable[..., bool] = lambda *_: False

    def node_born(self, node: str, uid: int, now: float) -> Life:
        """A node lives (again)."""
        former = self.lives.get(node)
        life = self.lives[node] = Life(node, 1 if former is None else former.number + 1, now, uid)
        return life

    def node_gone(self, node: str, now: float) -> None:
        """A node's process is no more, and everybody there with it."""
        life = self.lives[node]
        life.gone_at = now
        for spell in self.weather.spells:
            if spell.end > now - SILENT_S and spell.concerns(node):
                if len(spell.hosts) == 2:
                    self.unheard.update((node, host) for host in spell.hosts)
                else:
                    self.vanished.add(node)
        for being in self.living(node):
            if being.life is life:
                self.gone(being, now)

    def has_vanished(self, node: str, watcher: str) -> bool:
        """Whether a node may have gone without a word for another."""
        return node in self.vanished or (node, watcher) in self.unheard

    def born(self, who: int, life: Life, path: ActorPath) -> Being:
        """A person lives."""
        being = self.beings[who] = self.by_key[key_of(path)] = Being(who, life, path, parted=set(life.convicted))
        self._living.setdefault(life.node, {})[who] = being
        return being

    def living(self, node: str) -> list[Being]:
        """Those who live on a node, in the order in which they were born."""
        return list(self._living.get(node, {}).values())

    def watches(self, being: Being, key: Key, now: float) -> None:
        """Somebody watches somebody from now on."""
        if not self._watch(being.life, key[0]):
            being.life.watching[key[0]] = now
        being.watching[key] = now

    def calls(self, being: Being, key: Key, now: float) -> None:
        """The same, of what is at a name that several bear."""
        if not self._watch(being.life, key[0]):
            being.life.watching[key[0]] = now
        being.calls.setdefault(key, now)

    def watches_since(self, life: Life, node: str, now: float) -> float:
        """Since when there was always somebody of one node who watched somebody of another; `now` if nobody does."""
        return life.watching[node] if self._watch(life, node) else now

    def _watch(self, life: Life, node: str) -> bool:
        mine = (being for being in self.living(life.node) if being.life is life)
        return any(key[0] == node for being in mine for key in (*being.watching, *being.calls))

    def have_spoken(self, life: Life, other: Life, since: float, until: float) -> bool:
        """Whether somebody of one node has spoken to somebody of another between two moments."""
        return any(since < moment < until for moment in self._moments(life, other))

    def first_word_at(self, life: Life, other: Life, since: float) -> float | None:
        """When somebody of one node has first spoken to somebody of another from that moment on."""
        return min((moment for moment in self._moments(life, other) if moment >= since), default=None)

    def _moments(self, life: Life, other: Life) -> Iterator[float]:
        return (
            moment
            for being in self.beings.values()
            if being.life is life
            for who, moments in being.moments.items()
            if self.beings[who].life is other
            for moment in moments
        )

    def watchers_of(self, being: Being) -> list[Being]:
        """Who watches somebody from another node."""
        key = key_of(being.path)
        return [one for one in self.beings.values() if key in one.watching and one.life is not being.life]

    def gone(self, being: Being, now: float, *, in_order: bool = False) -> None:
        """A person is no more; it watches nobody."""
        being.gone_at, being.in_order = now, in_order
        self._living[being.life.node].pop(being.who, None)
        being.watching.clear()
        being.calls.clear()
