"""What the bare subject says and reads, as bytes: letters, references, heartbeats, datagrams. Pure.

docs/wire.md and docs/failure-detection.md have the layouts.
"""

from __future__ import annotations

import struct
from _blake2 import blake2s  # what hashlib has; with hashlib come 4 MiB of OpenSSL
from typing import Any

import msgpack

ORDINARY, SYSTEM, ACK, NACK, HEARTBEAT, REPLY, GOODBYE, POSITION, AFTER, IDLE, ANSWER = range(1, 12)
"""The kinds of frames."""

_SAID = struct.Struct(">QHHH")
_HEAD = struct.Struct(">3sBQQ")
_TAG_BYTES = 8
_NEVER = 65535


def reference(path: str) -> msgpack.ExtType:
    """A reference to an actor."""
    return msgpack.ExtType(3, path.encode())


def record(name: str, *fields: Any) -> msgpack.ExtType:
    """A message or signal with a name."""
    return msgpack.ExtType(2, msgpack.packb([name, *fields]))


def fields_of(value: Any) -> list[Any]:
    """The name and the fields of a record; nothing of any other value."""
    if isinstance(value, msgpack.ExtType) and value.code == 2:
        fields: list[Any] = msgpack.unpackb(value.data)
        return fields
    return []


def path_of(value: Any) -> str:
    """The path of a reference; nothing of any other value."""
    return value.data.decode() if isinstance(value, msgpack.ExtType) and value.code == 3 else ""


def never_existed(watchee: msgpack.ExtType, watcher: msgpack.ExtType) -> bytes:
    """The letter to a watcher about an actor that nobody knows."""
    cause = msgpack.ExtType(5, b"never-existed")
    packed: bytes = msgpack.packb([watcher, record("/death", watchee, False, False, cause, "")])
    return packed


def answer(heartbeat: bytes, port: int) -> bytes:
    """The answer to a heartbeat, which repeats its number.

    Args:
        heartbeat: Its content on the connection, or that of a datagram.
        port: Where datagrams are taken, 0 if they are not.
    """
    return _SAID.pack(_SAID.unpack_from(heartbeat)[0], 0, _NEVER, port)


def key_of(heartbeat: bytes) -> bytes:
    """The key that a heartbeat on the connection offers."""
    return heartbeat[_SAID.size :]


class Sealed:
    """What datagrams say between us and those who watch.

    Args:
        uid: Our incarnation.
        port: Where we take them.
    """

    def __init__(self, uid: int, port: int) -> None:
        self._uid = uid
        self._port = port
        self._keys: dict[int, bytes] = {}
        self._numbers: dict[int, int] = {}

    def admit(self, uid: int, key: bytes) -> None:
        """That incarnation has offered a key on its connection."""
        if key and self._keys.get(uid) != key:
            self._keys[uid] = key
            self._numbers[uid] = -1

    def answer(self, datagram: bytes) -> bytes | None:
        """The answer to a datagram, if it is a heartbeat for us that was not read before."""
        if len(datagram) != _HEAD.size + _SAID.size + _TAG_BYTES:
            return None
        body = datagram[:-_TAG_BYTES]
        magic, direction, source, target = _HEAD.unpack_from(body)
        key = self._keys.get(source)
        if (magic, direction, target) != (b"dw\x01", 1, self._uid) or key is None:
            return None
        said = body[_HEAD.size :]
        number = _SAID.unpack(said)[0]
        if datagram[-_TAG_BYTES:] != _tag(body, key) or number <= self._numbers[source]:
            return None
        self._numbers[source] = number
        reply = _HEAD.pack(magic, 2, self._uid, source) + answer(said, self._port)
        return reply + _tag(reply, key)


def _tag(body: bytes, key: bytes) -> bytes:
    return blake2s(body, key=key, digest_size=_TAG_BYTES).digest()
