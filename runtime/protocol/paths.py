"""References on the ordinary lane: written once as text, then as a number. Pure.

A connection has its own numbers. `PathWriter` gives them, `PathReader` remembers them. Temporary references, of which
each ask has another, always travel as text. The shells are `runtime.remote.outbox` and `runtime.remote.ordinary`.
Deliberately not here: references inside messages (`codec`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack

from actors.ref import ActorRef, Temporary
from runtime.protocol.codec_errors import Malformed

NUMBERS = 4096
"""Numbers on one connection, from 0. A writer that needs more begins anew and gives them other meanings."""

_pack: Callable[[Any], bytes] = msgpack.Packer().pack  # one for all: making one takes longer than its work

NOBODY: bytes = _pack(None)

text_bytes: Callable[[str], bytes] = _pack
"""What stands for a reference to which no number is given."""


class PathWriter:
    """Numbers references for one connection.

    Args:
        text_of: The text by which the other system knows a reference.
    """

    def __init__(self, text_of: Callable[[ActorRef[Any]], str]) -> None:
        self._text_of = text_of
        # By identity, which is quicker to look up than a path; the reference is kept, so that it stays its own.
        self._numbers: dict[int, tuple[bytes, ActorRef[Any]]] = {}

    def write(self, ref: ActorRef[Any]) -> bytes:
        """What stands for `ref` in the next frame."""
        known = self._numbers.get(id(ref))
        if known is not None:
            return known[0]
        if isinstance(ref, Temporary) or ref.path.elements[:1] == ("temp",):
            return text_bytes(self._text_of(ref))
        if len(self._numbers) >= NUMBERS:
            self._numbers.clear()
        number = len(self._numbers)
        packed = _pack([number, self._text_of(ref)])
        self._numbers[id(ref)] = (_pack(number), ref)
        return packed


class PathReader:
    """Remembers the numbers of one connection.

    Args:
        resolve: The reference of a text; raises `ValueError` for a text that is no path.
        lasts: Whether a reference to this system leads to its actor and will do for later messages, too; else its text
            is resolved each time.

    Attributes:
        here: References to actors of this system by number, of those that last.
    """

    def __init__(self, resolve: Callable[[str], ActorRef[Any]], lasts: Callable[[ActorRef[Any]], bool]) -> None:
        self.here: dict[int, ActorRef[Any]] = {}
        self._elsewhere: dict[int, ActorRef[Any]] = {}
        self._texts: dict[int, str] = {}
        self._resolve = resolve
        self._lasts = lasts

    def read(self, written: object) -> ActorRef[Any]:
        """The reference for which something stands.

        Raises:
            Malformed: If it is nothing that a writer writes.
        """
        if written.__class__ is str:
            return self._found(written)  # the usual case, of which a `match` would think last
        match written:
            case bool():
                pass
            case int():
                ref = self.here.get(written) or self._elsewhere.get(written)
                if ref is not None:
                    return ref
                if written in self._texts:
                    return self._found(self._texts[written])
            case [int(number), str(text)] if 0 <= number < NUMBERS:
                ref = self._found(text)
                self.here.pop(number, None)
                self._elsewhere.pop(number, None)
                self._texts[number] = text
                if ref.path.address.is_remote:
                    self._elsewhere[number] = ref
                elif "#" in text and self._lasts(ref):  # without its uid a text may mean another actor tomorrow
                    self.here[number] = ref
                return ref
        # What else it is may be an object of user code, which is asked for nothing.
        said = repr(str(written)[:100]) if isinstance(written, int) else f"a {type(written).__name__}"
        raise Malformed(f"{said} stands for no reference")

    def _found(self, text: Any) -> ActorRef[Any]:
        try:
            return self._resolve(text)
        except ValueError as error:
            raise Malformed(str(error)) from error
