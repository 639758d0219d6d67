"""Heartbeats in bytes, and their seals in datagrams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol import beats
from runtime.protocol.beats import Beat, BeatError, Direction, Envelope

KEY = bytes(range(16))
THERE = Envelope(Direction.BEAT, 2**62 + 1, 7)


@given(
    st.builds(
        Beat,
        number=st.integers(0, 2**63),
        lag_s=st.integers(0, 65534).map(lambda ms: ms / 1000),
        silence_s=st.none() | st.integers(0, 65534).map(lambda ms: ms / 1000),
        port=st.integers(0, 65535),
        key=st.sampled_from([b"", KEY]),
    )
)
def test_a_heartbeat_travels(beat: Beat) -> None:
    """On the connection all of it; in a datagram all but the key, for who has that key, in less than 100 bytes."""
    assert beats.read(beats.write(beat)) == beat
    datagram = beats.seal(THERE, beat, KEY)
    assert beats.peek(datagram) == THERE
    assert beats.unseal(datagram, KEY) == Beat(beat.number, beat.lag_s, beat.silence_s, beat.port)
    assert len(datagram) == beats.DATAGRAM_BYTES
    assert len(datagram) + 28 <= 100  # with the headers of IP and UDP


@given(st.integers(0, 2**63), st.integers(0, 65535), st.sampled_from([b"", KEY]))
def test_an_answer_is_read_in_short(number: int, port: int, key: bytes) -> None:
    """Of an answer, also of one that has more than it needs, nobody wants more than three things."""
    told = beats.write(Beat(number, 0.25, None, port, key))
    assert beats.read_answer(told) == (number, 0.25, port)
    with pytest.raises(BeatError):
        beats.read_answer(told + b"x")


def test_what_is_too_long_to_say_is_cut() -> None:
    """More than a minute late, or silent, is a minute."""
    assert beats.read(beats.write(Beat(1, 1e6, 1e6))) == Beat(1, 65.534, 65.534)


@given(st.integers(0, beats.DATAGRAM_BYTES - 1), st.integers(1, 255))
def test_nobody_without_the_key_makes_or_changes_a_heartbeat(place: int, change: int) -> None:
    """Each changed byte, and each other key, is noticed."""
    datagram = bytearray(beats.seal(THERE, Beat(5), KEY))
    with pytest.raises(BeatError, match="another key"):
        beats.unseal(bytes(datagram), KEY[::-1])
    datagram[place] ^= change
    with pytest.raises(BeatError):
        beats.unseal(bytes(datagram), KEY)


@given(st.binary(max_size=80))
def test_noise_is_no_heartbeat(noise: bytes) -> None:
    """Any other bytes raise the one error, and nothing else."""
    with pytest.raises(BeatError):
        beats.unseal(noise, KEY)
    with pytest.raises(BeatError):
        beats.peek(noise)
    if len(noise) not in (14, 30):
        with pytest.raises(BeatError):
            beats.read(noise)
