"""`Timeline`: what the events of a run mean, as spans and marks in lanes. Pure; drawn by `runtime.sim.timeline_page`.

What is known is told by the world itself (lives, links, verdicts; see `runtime.sim.network`), by scenarios (`leads`,
`grant`, `task started`, `violation`) and by whoever performs faults: a kind and later `end of` that kind are a span.
Whatever else is told is a mark where it was told. Deliberately not here: any text of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime.sim.trace import Event

EVERYWHERE = "cluster"
"""The lane of what has no host."""
ROWS = ("life", "office", "leads", "task", "link", "fault")
"""What spans are about, in the order in which a lane shows them."""
VERDICTS = ("suspected", "trusted", "convicted", "convicts", "quarantined")
LASTING = re.compile(r"(.*)\bfor [0-9.e+-]+ s")
"""What is said of a fault that will be taken back: to whom else it happens, and for how long."""
DEATHS = ("killed", "vanished", "stopped")


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts.

    Attributes:
        lane: Where.
        row: What it is about, of `ROWS`.
        kind: What it is, in a word: `up`, `frozen`, `office`, `leads`, `task`, `cut`, `lossy`, `fault`.
        begin_s: From when.
        end_s: Until when.
        text: More about it.
    """

    lane: str
    row: str
    kind: str
    begin_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happens in a moment.

    Attributes:
        lane: Where.
        kind: What, in a word.
        at_s: When.
        text: More about it.
    """

    lane: str
    kind: str
    at_s: float
    text: str


@dataclass(slots=True)
class Timeline:
    """A run.

    Attributes:
        begin_s: Its first event.
        end_s: Its last one.
        hosts: Lanes of processes and hosts, by name.
        links: Lanes of links that were hurt, by name.
        spans: What lasted.
        marks: What happened.
        violations: Events that say which rule was broken.
    """

    begin_s: float = 0.0
    end_s: float = 0.0
    hosts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    violations: list[Event] = field(default_factory=list)


def timeline(events: Iterable[Event]) -> Timeline:
    """What these events mean."""
    reader = _Reader()
    for event in events:
        reader.read(event)
    return reader.finish()


@dataclass(frozen=True, slots=True)
class _Open:
    """A span that has not ended."""

    lane: str
    row: str
    kind: str
    begin_s: float
    text: str


class _Reader:
    """Takes one event after the other."""

    def __init__(self) -> None:
        self._found = Timeline()
        self._hosts: dict[str, None] = {}
        self._links: dict[str, None] = {}
        self._open: dict[tuple[str, ...], _Open] = {}
        self._epochs: dict[str, str] = {}
        self._leaders: tuple[str, ...] = ()
        self._now = 0.0
        self._is_first = True

    def read(self, event: Event) -> None:
        """The next event."""
        self._now = event.at_s
        self._found.end_s = max(self._found.end_s, event.at_s)
        if self._is_first:
            self._found.begin_s, self._is_first = event.at_s, False
        host, kind, detail = event.host, event.kind, event.detail
        if kind == "leads":
            self._lead(detail)
        elif kind == "violation":
            self._found.violations.append(event)
        elif kind == "started":
            self._begin(("life", host), host, "life", "up", f"{host} started {detail}")
        elif kind in ("frozen", "thawed"):
            word = "frozen" if kind == "frozen" else "up"
            self._begin(("life", host), host, "life", word, f"{host} {kind} {detail}")
        elif kind in DEATHS:
            self._die(host)
            self._mark(host, kind, detail)
        elif kind.startswith("link "):
            self._link(kind, host, detail)
        elif kind.startswith("task "):
            self._task(kind, host, detail)
        elif kind.startswith("end of "):
            self._end(("fault", host, kind.removeprefix("end of "), detail.strip()), "")
        elif kind not in VERDICTS and (lasting := LASTING.fullmatch(detail)):
            key = ("fault", host, kind, lasting[1].strip())
            self._begin(key, host, "fault", "fault", f"{kind} {detail}")
        else:
            if kind == "grant":
                self._epochs[host] = detail.partition(" to ")[0]
                self._begin(("office",), host, "office", "office", f"{self._epochs[host]} was granted to {host}")
            self._mark(host, kind, detail)

    def finish(self) -> Timeline:
        """What has not ended lasts to the end."""
        self._now = self._found.end_s
        for key in list(self._open):
            self._end(key, "")
        found = self._found
        found.hosts, found.links = sorted(self._hosts), sorted(self._links)
        found.spans.sort(key=lambda span: (span.begin_s, span.end_s))
        return found

    # --- spans and marks ----------------------------------------------------------------------------------------------

    def _host(self, host: str) -> str:
        name = host or EVERYWHERE
        self._hosts[name] = None
        return name

    def _begin(self, key: tuple[str, ...], host: str, row: str, kind: str, text: str) -> None:
        self._end(key, "")
        self._open[key] = _Open(self._host(host) if row != "link" else host, row, kind, self._now, text.strip())

    def _end(self, key: tuple[str, ...], text: str) -> None:
        begun = self._open.pop(key, None)
        if begun is not None:
            whole = f"{begun.text}; {text}" if text else begun.text
            span = Span(begun.lane, begun.row, begun.kind, begun.begin_s, self._now, whole)
            self._found.spans.append(span)

    def _mark(self, host: str, kind: str, detail: str) -> None:
        self._found.marks.append(Mark(self._host(host), kind, self._now, f"{kind} {detail}".strip()))

    # --- what events mean ---------------------------------------------------------------------------------------------

    def _die(self, host: str) -> None:
        for key in [key for key in self._open if key[0] in ("life", "task") and key[1] == host]:
            self._end(key, "")

    def _lead(self, detail: str) -> None:
        names = tuple(name for name in detail.split(",") if name)
        for name in self._leaders:
            if name not in names:
                self._end(("leads", name), "")
        for name in names:
            if name not in self._leaders:
                epoch = self._epochs.get(name, "")
                self._begin(("leads", name), name, "leads", "leads", f"{name} leads {epoch}")
        self._leaders = names

    def _task(self, kind: str, host: str, detail: str) -> None:
        """`task started` and its end name the task first: `1`, or `1, attempt 2`."""
        key = ("task", host, detail.partition(",")[0])
        if kind == "task started":
            self._begin(key, host, "task", "task", f"task {detail}")
        else:
            self._end(key, f"{kind.removeprefix('task ')} {detail}")

    def _link(self, kind: str, host: str, detail: str) -> None:
        """`link cut`, `link healed` and `link shaped` say `with OTHER`, or `to OTHER` if it is one way."""
        way, _, rest = detail.partition(" ")
        other, _, more = rest.partition(":")
        both = " - ".join(sorted((host, other)))
        lane = both if way == "with" else f"{host} > {other}"
        if kind == "link healed":
            for healed in (f"{host} > {other}", *((both, f"{other} > {host}") if way == "with" else ())):
                self._end(("cut", healed), "")
            return
        name = "cut" if kind == "link cut" else "lossy"
        if "as usual" in more:
            self._end((name, lane), "")
            return
        self._links[lane] = None
        self._begin((name, lane), lane, "link", name, f"{kind.removeprefix('link ')} {lane}{more and f':{more}'}")
