"""What an impostor says who speaks the protocol: words of the wrong kind, at the wrong time, or of others. Pure.

Frames of each kind with a field of every other type, or with one more or less; letters with numbers that come again or
leave gaps; acknowledgements of what was never sent; deaths, watches and their ends in others' names; watches of nobody.
All bytes are its own. Left out is what a peer may do that is trusted: stop somebody, or pose as a node that is down.
Deliberately not here: to whom, and when (`impostors`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgpack

from actors.values import value
from runtime.protocol.envelope import Kind

_MESSAGE, _REF, _CAUSE = 2, 3, 5
EDGES = (-1, 0, 1, 2, 7, 2**31, 2**63 - 1, 2**63, 2**64 - 1)
SIGNALS = {
    "/watch": ("ref", "ref"),
    "/unwatch": ("ref", "ref"),
    "/death": ("ref", "flag", "flag", "cause", "text"),
}
"""What has to be in the fields of a signal."""
FRAMES = {
    Kind.ORDINARY: ("path", "path", "text"),
    Kind.SYSTEM: ("number", "number", "bytes"),
    Kind.ACK: ("number",),
    Kind.NACK: ("number",),
    Kind.HEARTBEAT: ("bytes",),
    Kind.HEARTBEAT_REPLY: ("bytes",),
    Kind.POSITION: ("number", "number"),
    Kind.AFTER: ("number",),
    Kind.ANSWER: ("path", "number", "text"),
}
"""And behind the kind of a frame."""
AHEAD = 2**40
"""So many messages nobody sends."""
CAUSES = ("stopped", "failed", "killed", "never-existed", "node-shutdown", "process-dead", "unreachable")


@value
class Scene:
    """What an impostor knows.

    Attributes:
        own: Its address, as text.
        people: Paths of those who live on the node that it speaks to, with uids.
        watched: For each of those who watch somebody on another node, both paths.
        watching: For each of those who are watched from another node, its path and that of its watcher.
        others: Paths of those who live elsewhere.
    """

    own: str
    people: Sequence[str]
    watched: Sequence[tuple[str, str]]
    watching: Sequence[tuple[str, str]]
    others: Sequence[str]


class Slander:
    """What is said on one connection.

    Args:
        chance: Of what.
        scene: What is known.
    """

    def __init__(self, chance: random.Random, scene: Scene) -> None:
        self._chance, self._scene = chance, scene
        self._number = 0
        self._said: list[bytes] = []
        self._letters: list[Callable[[], bytes | None]] = [
            *(self._death, self._unwatch, self._watch_for_others, self._watch_nobody, self._strange_letter),
        ]
        self._control: list[Callable[[], bytes]] = [
            *(self._again, self._gap, self._misfit, self._stray, self._beat, self._garbage),
        ]
        self._ordinary: list[Callable[[], bytes]] = [
            *(
                self._forged,
                self._forged,
                self._identify,
                self._signal_told,
                self._misfit,
                self._stray,
                self._garbage,
                self._idle,
            ),
        ]

    def control(self) -> bytes:
        """The body of a frame on the control lane."""
        if self._chance.random() < 0.6:
            content = self._chance.choice(self._letters)()
            if content is not None:
                return self._letter(content)
        return self._chance.choice(self._control)()

    def ordinary(self) -> bytes:
        """The body of a frame on the ordinary lane."""
        return self._chance.choice(self._ordinary)()

    def answer(self) -> bytes:
        """The body of a frame on a connection that the other has dialled."""
        kinds = (Kind.ACK, Kind.NACK, Kind.HEARTBEAT_REPLY, Kind.ANSWER, Kind.POSITION, Kind.GOODBYE)
        says: list[Callable[[], bytes]] = [self._misfit, self._garbage, lambda: self._frame(self._chance.choice(kinds))]
        return self._chance.choice(says)()

    def ahead(self) -> bytes:
        """The death of an actor of its own, behind messages that it never sends; it may wait for them."""
        to = (self._scene.people or self._scene.others or ["no path"])[0]
        dead = _ref(f"{self._scene.own}/user/x#{self._number + 1}")
        cause = msgpack.ExtType(_CAUSE, CAUSES[0].encode())
        return self._letter(_signal(to, "/death", dead, True, False, cause, ""), AHEAD + self._number % 3)

    # --- letters ------------------------------------------------------------------------------------------------------

    def _letter(self, content: bytes, position: int | None = None) -> bytes:
        self._number += 1
        if position is None:
            position = self._chance.choice([0, 0, 0, 1, AHEAD])
        self._said.append(msgpack.packb([Kind.SYSTEM, self._number, position, content]))
        return self._said[-1]

    def _death(self) -> bytes | None:
        """Somebody elsewhere is dead, says who has nothing to do with it, to who would be told."""
        if not self._scene.watched:
            return None
        watcher, subject = self._chance.choice(self._scene.watched)
        return _signal(watcher, "/death", _ref(subject), *self._fields(SIGNALS["/death"])[1:])

    def _unwatch(self) -> bytes | None:
        """Somebody elsewhere does not watch any more, likewise."""
        if not self._scene.watching:
            return None
        subject, watcher = self._chance.choice(self._scene.watching)
        return _signal(subject, "/unwatch", _ref(subject), _ref(watcher))

    def _watch_for_others(self) -> bytes | None:
        if not self._scene.people:
            return None
        recipient = self._chance.choice(self._scene.people)
        watcher = self._chance.choice([*self._scene.people, *self._scene.others, "actor://no@nowhere:1/user/x#1"])
        return _signal(recipient, self._chance.choice(["/watch", "/unwatch"]), _ref(recipient), _ref(watcher))

    def _watch_nobody(self) -> bytes | None:
        """A watch of its own, of somebody who lives or who never did; it may."""
        known = self._scene.people or self._scene.others
        if not known:
            return None
        path = self._chance.choice(known)
        whom = self._chance.choice([path, path + "7", path.replace("/user/", "/user/no"), path.partition("#")[0]])
        name, me = self._chance.choice(["/watch", "/watch", "/unwatch"]), f"{self._scene.own}/user/x#{self._number}"
        return _signal(whom, name, _ref(whom), _ref(me))

    def _strange_letter(self) -> bytes | None:
        """A signal with a field of another type, or one more, or one less; or none of the signals at all."""
        if not self._scene.people:
            return None
        name = self._chance.choice(list(SIGNALS))
        recipient = self._chance.choice(self._scene.people)
        if self._chance.random() < 0.1:
            return msgpack.packb([_ref(recipient), self._chance.choice([None, 5, "/watch", []])])
        return _signal(recipient, name, *self._spoilt(SIGNALS[name]))

    # --- frames -------------------------------------------------------------------------------------------------------

    def _again(self) -> bytes:
        return self._chance.choice(self._said) if self._said else self._gap()

    def _gap(self) -> bytes:
        number = self._number + self._chance.choice([2, 3, 2**40])
        return msgpack.packb([Kind.SYSTEM, number, 0, b"nothing"])

    def _misfit(self) -> bytes:
        kind = self._chance.choice(list(FRAMES))
        return msgpack.packb([kind, *self._spoilt(FRAMES[kind])])

    def _stray(self) -> bytes:
        """A frame as it should be, which has nothing to do here; `SYSTEM` has a number that it should not have."""
        return self._frame(self._chance.choice(list(FRAMES)))

    def _idle(self) -> bytes:
        """Nobody needs this connection; that is not said of one on which a watch may have been made."""
        return self._frame(Kind.IDLE)

    def _frame(self, kind: Kind) -> bytes:
        return msgpack.packb([kind, *self._fields(FRAMES.get(kind, ()))])

    def _beat(self) -> bytes:
        size = self._chance.choice([0, 1, 13, 14, 14, 30, 30, 31, 255])
        return msgpack.packb([Kind.HEARTBEAT, self._chance.randbytes(size)])

    def _garbage(self) -> bytes:
        return self._chance.randbytes(self._chance.choice([0, 1, 2, 9, 60]))

    def _forged(self) -> bytes:
        """A `Terminated` as a message: nobody is told of a death so."""
        if not self._scene.watched:
            return self._identify()
        watcher, subject = self._chance.choice(self._scene.watched)
        notice = _record("/terminated", _ref(subject), *self._fields(SIGNALS["/death"])[1:])
        return msgpack.packb([Kind.ORDINARY, watcher, self._chance.choice([None, subject]), notice])

    def _identify(self) -> bytes:
        """A question, which is answered to its own address."""
        to = self._chance.choice([*self._scene.people, *self._scene.others, "no path"])
        return msgpack.packb([Kind.ORDINARY, to, f"{self._scene.own}/user/x#1", _record("/identify", 1)])

    def _signal_told(self) -> bytes:
        """What belongs into a letter, as a message."""
        to = self._chance.choice([*self._scene.people, *self._scene.others, "no path"])
        name = self._chance.choice(list(SIGNALS))
        return msgpack.packb([Kind.ORDINARY, to, None, _record(name, *self._fields(SIGNALS[name]))])

    # --- fields -------------------------------------------------------------------------------------------------------

    def _fields(self, kinds: Sequence[str]) -> list[object]:
        return [self._field(kind) for kind in kinds]

    def _field(self, kind: str) -> object:
        chance = self._chance
        path = chance.choice([*self._scene.people, *self._scene.others, f"{self._scene.own}/user/x#1"])
        values: dict[str, object] = {
            "ref": _ref(path),
            "path": path,
            "flag": chance.random() < 0.5,
            "cause": msgpack.ExtType(_CAUSE, chance.choice(CAUSES).encode()),
            "number": chance.choice(EDGES),
            "bytes": chance.randbytes(chance.choice([0, 14, 30])),
            "text": "slander",
        }
        return values[kind]

    def _spoilt(self, kinds: Sequence[str]) -> list[object]:
        """Fields with one of another type in the place of one of them, or one more, or one less."""
        fields, at = self._fields(kinds), self._chance.randrange(len(kinds) + 1)
        if at == len(kinds):
            return fields[:-1] if self._chance.random() < 0.5 else [*fields, None]
        others = [kind for kind in ("ref", "path", "flag", "cause", "number", "bytes") if kind != kinds[at]]
        fields[at] = self._chance.choice([None, [], {}, [[1]], 1.5, self._field(self._chance.choice(others))])
        return fields


def _ref(text: str) -> msgpack.ExtType:
    return msgpack.ExtType(_REF, text.encode())


def _record(name: str, *fields: object) -> msgpack.ExtType:
    return msgpack.ExtType(_MESSAGE, msgpack.packb([name, *fields]))


def _signal(recipient: str, name: str, *fields: object) -> bytes:
    packed: bytes = msgpack.packb([_ref(recipient), _record(name, *fields)])
    return packed
