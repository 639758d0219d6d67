"""Values to bytes and back: MessagePack, with ext types for what it does not know. Pure.

Plain values pass as they are. On top of them travel tuples (as tuples), `@message` objects under their registered
names, `ActorRef`s as text, the signals and notices that concern other nodes, and exceptions as `RemoteFailure`. A peer
can name registered classes only; nothing is imported or executed on its word. The shells are in `runtime.remote`, which
also bring the callback that makes references of texts. Not here: frames, and what a body means (`envelope`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgpack
from msgpack import unpackb

from actors.address import ActorPath, Address
from actors.errors import text_of
from actors.notices import DeathCause
from actors.ref import ActorRef, Temporary
from runtime.protocol.census import MAX_VALUES, Census, TooMany, has_too_many
from runtime.protocol.codec_errors import (
    CodecError,
    Malformed,
    NotWritable,
    RemoteFailure,
    TooDeep,
    TooManyValues,
)
from runtime.protocol.culprit import MAX_DEPTH, place_of
from runtime.protocol.maps import SMALL_BYTES, may_harm
from runtime.protocol.records import record_of, records, revive

MAX_PATH_BYTES = 2048
"""Longest text of a reference."""
_UID_BYTES = 21

_TUPLE, _MESSAGE, _REF, _FAILURE, _CAUSE = 1, 2, 3, 4, 5
_WITH_VALUES = frozenset((_TUPLE, _MESSAGE, _FAILURE))
_TEXTS_KEPT = 4096
_EXT8 = b"\xc7%c\x02%b"
_EXT16 = b"\xc8%b\x02%b"
_LARGE_BYTES = 64 * 1024
_PACKED_BYTES = 4096  # of a packer at first; it grows with what is packed, which is mostly less


def is_short(text: str) -> bool:
    """Whether a reference may have that text. A name leaves room for the uid under which its bearer's end is told."""
    has_uid = "#" in text and not text.endswith("#0")
    return len(text.encode()) + (0 if has_uid else _UID_BYTES) <= MAX_PATH_BYTES


class Codec:
    """Writes and reads values for one actor system.

    Args:
        local: Address under which others reach this system; written into references to its own actors.
        resolve: Makes a reference of a text; may raise `ValueError` for a text that is no path.
        given: Called with the path of each actor of this system that is written.
        max_values: Most values in one message.

    Attributes:
        resolve: As given.
    """

    def __init__(
        self,
        local: Address,
        resolve: Callable[[str], ActorRef[Any]],
        given: Callable[[ActorPath], None] | None = None,
        max_values: int = MAX_VALUES,
    ) -> None:
        self._local = local
        self._given = given
        self._own = str(local)
        self.resolve = resolve
        self._texts: dict[ActorPath, str] = {}
        self._packers = [self._packer() for _ in range(2)]
        self._pack = self._packers[0].pack
        self._pack_fields = self._packers[1].pack
        self._hook = self._read_ext  # bound once, and not for each value
        self._writing = 0
        self._reading = 0
        self._max_values = max_values
        self._small_bytes = min(SMALL_BYTES, max_values)  # which are taken without a look
        self._census: Census | None = None  # of what is being read, if it could hold too many

    def _packer(self) -> msgpack.Packer:
        return msgpack.Packer(default=self._extend, strict_types=True, autoreset=True, buf_size=_PACKED_BYTES)

    def encode(self, value: Any) -> bytes:
        """The bytes of a value.

        Raises:
            NotWritable: If something in it may not cross the wire.
            TooDeep: If it nests too deep.
            TooManyValues: If it holds more values than may be.
        """
        try:
            record = records.get(value.__class__)
            if record is None:
                if value.__class__ is bytes and _LARGE_BYTES < len(value) < 2**32:
                    return b"".join((b"\xc6", len(value).to_bytes(4, "big"), value))  # copied once and not twice
                packed: bytes = self._pack(value)
                if len(packed) > self._max_values:
                    self._check(packed, value, (value,))
                return packed
            # The usual case by hand: packing an extension by way of `default` takes twice as long.
            self._writing = 1
            inner: bytes = self._pack_fields([record.name, *record.values(value)])
            if len(inner) > self._max_values:
                self._check(inner, value, record.values(value))
        except CodecError as error:
            if isinstance(error, TooDeep | TooManyValues):
                raise
            raise NotWritable(f"{error}{place_of(value)}") from None
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            if "recursion" in str(error):
                raise TooDeep(f"a {type(value).__name__} nests too deep to be written, or contains itself") from None
            raise NotWritable(f"a {type(value).__name__} cannot be written: {error}{place_of(value)}") from error
        finally:
            self._writing = 0
        size = len(inner)
        if size < 256:
            return _EXT8 % (size, inner)
        if size < 65536:
            return _EXT16 % (size.to_bytes(2, "big"), inner)
        return b"".join((b"\xc9", size.to_bytes(4, "big"), b"\x02", inner))

    def decode(self, data: bytes) -> Any:
        """The value of bytes.

        Raises:
            UnknownMessage: If they name a class that is not registered here.
            WrongFields: If the fields do not fit the class.
            TooDeep: If ext types nest too deep.
            TooManyValues: If they hold more values than may be.
            Malformed: If they are anything else that `encode` does not write.
        """
        try:
            if self._census is None and (len(data) <= self._small_bytes or not self._is_suspect(data)):
                return unpackb(data, ext_hook=self._hook, strict_map_key=False)
            return self._count(data)
        except TooMany:
            raise TooManyValues("what came", self._max_values) from None
        except CodecError:
            raise
        except Exception as error:  # bytes of a stranger can make msgpack raise nearly anything; callers get one kind
            raise Malformed(f"{len(data)} bytes are not a value of this protocol: {error}") from error
        finally:
            self._reading = 0

    def decode_each(self, data: bytes) -> Any:
        """The elements of an array, with a `CodecError` in the place of each that cannot be read.

        Raises:
            Malformed: If it is no array, or not whole.
            TooManyValues: If it has more elements than a message may have values.
        """
        bounds = []
        try:
            unpacker = msgpack.Unpacker(max_buffer_size=len(data))
            unpacker.feed(data)
            count = unpacker.read_array_header()
            if count > self._max_values:
                raise TooManyValues("what came", self._max_values)
            for _ in range(count):
                start = unpacker.tell()
                unpacker.skip()
                bounds.append((start, unpacker.tell()))
        except CodecError:
            raise
        except Exception as error:  # as in `decode`
            raise Malformed(f"{len(data)} bytes are not a value of this protocol: {error}") from error
        if self._is_suspect(data):
            self._census = Census(self._max_values)  # of all together
        try:
            return [self._decode_or_error(data[start:end]) for start, end in bounds]
        finally:
            self._census = None

    def text_of(self, ref: ActorRef[Any]) -> str:
        """The text by which other systems know `ref`.

        Raises:
            NotWritable: If it belongs to another system of this process that has no network address, or is too long.
        """
        if self._given is not None and ref.path.address.host is None:
            self._given(ref.path)
        if isinstance(ref, Temporary):
            return ref.text(self._own)  # and nothing is remembered
        path = ref.path
        text = self._texts.get(path)
        if text is None:
            known_as = path
            if not path.address.is_remote:
                if path.address.system != self._local.system:
                    raise NotWritable(f"{path} belongs to another actor system, which has no network address")
                path = path.at(self._local)
            text = str(path)
            if not is_short(text):
                raise NotWritable(
                    f"a path of more than {MAX_PATH_BYTES} bytes, with its uid, cannot cross the wire: {text[:100]}..."
                )
            if path.elements[:1] != ("temp",):  # of an ask somewhere else: nobody will look for it again
                if len(self._texts) >= _TEXTS_KEPT:
                    self._texts.clear()
                self._texts[known_as] = text
        return text

    def _decode_or_error(self, data: bytes) -> Any:
        try:
            return self.decode(data)
        except CodecError as error:
            return error

    def _is_suspect(self, data: bytes) -> bool:
        return len(data) > self._max_values or may_harm(data)

    def _count(self, data: bytes) -> Any:
        before = self._census
        self._census = census = before or Census(self._max_values)
        try:
            return census.read(data, self._hook)
        finally:
            self._census = before

    def _check(self, packed: bytes, value: Any, parts: Iterable[Any]) -> None:
        if has_too_many(packed, parts, self._max_values, _WITH_VALUES):
            raise TooManyValues(f"a {type(value).__name__}", self._max_values)

    def _items(self, code: int, data: bytes) -> list[Any]:
        """The array in an extension."""
        self._reading += 1
        if self._reading > MAX_DEPTH:
            raise TooDeep(f"messages and tuples nest more than {MAX_DEPTH} deep")
        if self._census is None:
            items = unpackb(data, ext_hook=self._hook, strict_map_key=False)
        else:
            items = self._census.unpack(data, self._hook)
        self._reading -= 1
        if items.__class__ is not list:
            raise Malformed(f"ext type {code} holds a {type(items).__name__} where a list belongs")
        found: list[Any] = items
        return found

    def _extend(self, value: Any) -> msgpack.ExtType:
        """What msgpack calls for a value that it does not know."""
        if isinstance(value, ActorRef):
            return msgpack.ExtType(_REF, self.text_of(value).encode())
        kind = type(value)
        if kind is tuple:
            return self._nested(_TUPLE, list(value))
        record = record_of(kind)
        if record is not None:
            return self._nested(_MESSAGE, [record.name, *record.values(value)])
        if kind is DeathCause:
            return msgpack.ExtType(_CAUSE, value.value.encode())
        if isinstance(value, BaseException):
            if isinstance(value, RemoteFailure):
                return self._nested(_FAILURE, [value.type_name, value.text])
            return self._nested(_FAILURE, [kind.__name__, text_of(value)])
        if isinstance(value, int):
            if kind is int:
                raise NotWritable(f"an int of {value.bit_length()} bits does not fit into 64 bits")
            raise NotWritable(f"a {kind.__qualname__} is not written as an int; send int(value)")
        raise NotWritable(f"a {kind.__module__}.{kind.__qualname__} cannot cross the wire; make it a @message")

    def _nested(self, code: int, items: list[Any]) -> msgpack.ExtType:
        # A packer is not re-entrant, so each level has its own.
        self._writing += 1
        depth = self._writing
        if depth == len(self._packers):
            if depth > MAX_DEPTH:
                raise TooDeep(f"messages and tuples nest more than {MAX_DEPTH} deep; does the value contain itself?")
            self._packers.append(self._packer())
        packed = self._packers[depth].pack(items)
        self._writing = depth - 1
        return msgpack.ExtType(code, packed)

    def _read_ext(self, code: int, data: bytes) -> Any:
        if code == _MESSAGE:
            return revive(self._items(code, data))
        if code == _REF:
            return self.resolve(data.decode())
        if code == _CAUSE:
            return DeathCause(data.decode())
        if code not in (_TUPLE, _FAILURE):
            raise Malformed(f"ext type {code} is not of this protocol")
        items = self._items(code, data)
        if code == _TUPLE:
            return tuple(items)
        if len(items) != 2 or type(items[0]) is not str or type(items[1]) is not str:
            raise Malformed("an exception is written as the name of its type and its text")
        return RemoteFailure(items[0], items[1])
