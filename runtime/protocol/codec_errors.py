"""Why a value cannot be written, or bytes cannot be read. Pure values.

Deliberately not here: writing and reading (`codec`), and what follows.
"""

from __future__ import annotations

from actors.errors import ActorError


class CodecError(ActorError):
    """A value cannot be written, or bytes cannot be read."""


class NotWritable(CodecError):
    """A value that may not cross the wire; the text names its type and where it is."""


class TooDeep(CodecError):
    """A value nests deeper than the codec follows (it may contain itself)."""


class TooManyValues(CodecError):
    """A message holds more values than are read in one go."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(
            f"{what} holds more than {most} values (RemoteSettings.max_message_values): lists, maps and what is in "
            "them; send it in parts, or packed as bytes"
        )


class UnknownMessage(CodecError):
    """The bytes name a message class that is not registered in this process."""


class WrongFields(CodecError):
    """The fields in the bytes do not fit the message class: another number of them, or its constructor refuses them."""


class Malformed(CodecError):
    """The bytes are not what a codec writes."""


class RemoteFailure(ActorError):
    """What an exception becomes when it crosses the wire: its type's name and its text, never the object.

    Attributes:
        type_name: Name of the exception's class over there.
        text: What `str` of it gave over there.
    """

    def __init__(self, type_name: str, text: str) -> None:
        super().__init__(f"{type_name}: {text}" if text else type_name)
        self.type_name = type_name
        self.text = text
