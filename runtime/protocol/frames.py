"""Frames: a length of four bytes, big-endian, and that many bytes of body; bounded before the body is read. Pure.

The shells are `runtime.remote.outbound` and `runtime.remote.inbound`. Deliberately not here: what is in a body
(`codec`, `envelope`).
"""

from __future__ import annotations

import struct
from typing import Any

_HEADER = struct.Struct(">I")
HEADER_BYTES = _HEADER.size
_LARGE_BYTES = 64 * 1024
_REST_BYTES = 256 * 1024  # what is copied instead of a large body before it


class FrameTooLarge(Exception):
    """A frame is larger than both sides allow.

    Attributes:
        size_bytes: The length it has or announces.
        limit_bytes: What is allowed.
        complete: Frames that came whole before it in the same `feed`.
    """

    def __init__(self, size_bytes: int, limit_bytes: int, complete: list[bytes] | None = None) -> None:
        super().__init__(
            f"a frame of {size_bytes} bytes, more than the {limit_bytes} that are allowed (max_frame_bytes)"
        )
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes
        self.complete = complete or []


def encode_frame(body: bytes, max_frame_bytes: int) -> bytes:
    """The frame around `body`.

    Args:
        body: What the other side's `FrameDecoder` gives back.
        max_frame_bytes: Largest body allowed, 1 to 2**32 - 1.

    Raises:
        FrameTooLarge: If `body` is larger.
    """
    return encode_head(len(body), max_frame_bytes) + body


def encode_head(size_bytes: int, max_frame_bytes: int) -> bytes:
    """What comes before a body of that size.

    Raises:
        FrameTooLarge: If it is more than `max_frame_bytes`.
    """
    if size_bytes > max_frame_bytes:
        raise FrameTooLarge(size_bytes, max_frame_bytes)
    return _HEADER.pack(size_bytes)


def looks_like_tls(size_bytes: int) -> bool:
    """Whether the length of a first frame is rather the beginning of a record of TLS."""
    return 20 <= size_bytes >> 24 <= 23 and (size_bytes >> 16) & 0xFF == 3


class FrameDecoder:
    """Cuts a stream of bytes into bodies, in whatever pieces it comes.

    Args:
        max_frame_bytes: Largest body accepted, 1 to 2**32 - 1. The buffer never holds more than that and what one
            `feed` brought.

    Raises:
        ValueError: If the limit is out of range.
    """

    def __init__(self, max_frame_bytes: int) -> None:
        if not 0 < max_frame_bytes < 2**32:
            raise ValueError(f"max_frame_bytes is {max_frame_bytes}; it must be 1 to {2**32 - 1}")
        self._limit = max_frame_bytes
        self._whole = max_frame_bytes + HEADER_BYTES
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next piece of the stream and return the bodies that are complete with it, in order.

        A large body is a `bytearray`, and the caller's own.

        Raises:
            FrameTooLarge: When a length beyond the limit is announced, before anything of that body is waited for. The
                stream is of no use after that: what is fed later raises the same again.
        """
        buffer = self._buffer
        if not buffer and HEADER_BYTES <= len(data) == HEADER_BYTES + _HEADER.unpack_from(data)[0] <= self._whole:
            return [data[HEADER_BYTES:]]  # the usual case where little is sent
        buffer += data
        if len(buffer) > _LARGE_BYTES and (large := self._take_large(buffer)) is not None:
            try:
                return [large, *self.feed(b"")]
            except FrameTooLarge as error:
                error.complete.insert(0, large)
                raise
        frames: list[bytes] = []
        at = 0
        have = len(buffer)
        with memoryview(buffer) as view:
            while have - at >= HEADER_BYTES:
                (size,) = _HEADER.unpack_from(view, at)
                if size > self._limit:
                    break
                end = at + HEADER_BYTES + size
                if end > have:
                    break
                frames.append(bytes(view[at + HEADER_BYTES : end]))
                at = end
        if at:
            del buffer[:at]
        if len(buffer) >= HEADER_BYTES:
            (size,) = _HEADER.unpack_from(buffer)
            if size > self._limit:
                del buffer[HEADER_BYTES:]
                raise FrameTooLarge(size, self._limit, frames)
        return frames

    def _take_large(self, buffer: bytearray) -> Any:
        """A large body that has become whole: the buffer itself, for it takes milliseconds to copy."""
        end = HEADER_BYTES + int.from_bytes(buffer[:HEADER_BYTES], "big")
        if not (_LARGE_BYTES < end <= self._whole and 0 <= len(buffer) - end <= _REST_BYTES):
            return None
        self._buffer = buffer[end:]
        del buffer[end:]
        del buffer[:HEADER_BYTES]
        return buffer

    @property
    def is_empty(self) -> bool:
        """Whether nothing of an incomplete frame is held."""
        return not self._buffer

    @property
    def buffered_bytes(self) -> int:
        """How many bytes of an incomplete frame are held."""
        return len(self._buffer)
