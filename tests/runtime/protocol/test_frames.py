"""Frames come out of a stream however it is cut, and no length makes anybody read without a bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.frames import FrameDecoder, FrameTooLarge, encode_frame


@given(st.lists(st.binary(max_size=50)), st.data())
def test_any_cutting_of_the_stream_gives_the_same_frames(bodies: list[bytes], data: st.DataObject) -> None:
    """However TCP cuts the stream, the bodies come out whole and in order, and nothing is left over."""
    stream = b"".join(encode_frame(body, 50) for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = FrameDecoder(50)
    got: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += decoder.feed(stream[start:end])
    assert got == bodies
    assert decoder.buffered_bytes == 0


def test_a_frame_at_the_limit_passes_and_one_byte_more_is_refused() -> None:
    """The limit itself is allowed; the sender refuses to make a larger frame."""
    assert FrameDecoder(5).feed(encode_frame(b"12345", 5)) == [b"12345"]
    with pytest.raises(FrameTooLarge, match="6 bytes, more than the 5"):
        encode_frame(b"123456", 5)


def test_an_oversized_length_is_refused_before_its_body_comes() -> None:
    """Four bytes are enough to refuse; whole frames before it are handed over, and the decoder stays refusing."""
    decoder = FrameDecoder(10)
    with pytest.raises(FrameTooLarge) as caught:
        decoder.feed(encode_frame(b"good", 10) + b"\xff\xff\xff\xff")
    assert caught.value.complete == [b"good"]
    assert caught.value.size_bytes == 2**32 - 1
    with pytest.raises(FrameTooLarge):
        decoder.feed(b"x" * 1000)
    assert decoder.buffered_bytes < 2000


def test_text_of_another_protocol_is_an_oversized_frame() -> None:
    """An HTTP request is refused by its first four bytes."""
    with pytest.raises(FrameTooLarge):
        FrameDecoder(8 * 1024 * 1024).feed(b"GET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize("limit", [0, -1, 2**32])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    """A decoder without a usable bound cannot be made."""
    with pytest.raises(ValueError, match="max_frame_bytes"):
        FrameDecoder(limit)


@given(st.lists(st.sampled_from([0, 1, 50, 65_532, 65_533, 70_000, 300_000, 700_000]), max_size=6), st.data())
def test_large_bodies_come_out_whole_between_small_ones(sizes: list[int], data: st.DataObject) -> None:
    """A large body is handed over without a copy, and takes nothing of what comes behind it."""
    bodies = [bytes([number]) * size for number, size in enumerate(sizes)]
    stream = b"".join(encode_frame(body, 700_000) for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = FrameDecoder(700_000)
    got: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += decoder.feed(stream[start:end])
    assert got == bodies
    assert decoder.buffered_bytes == 0


def test_a_large_frame_before_an_oversized_one_is_handed_over() -> None:
    """What came whole is not lost with the stream."""
    decoder = FrameDecoder(100_000)
    with pytest.raises(FrameTooLarge) as caught:
        decoder.feed(encode_frame(b"x" * 100_000, 100_000) + b"\xff\xff\xff\xff")
    assert caught.value.complete == [b"x" * 100_000]
