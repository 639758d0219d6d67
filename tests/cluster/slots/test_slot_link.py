"""The link of a slot process: messages to bytes and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.slots import slot_link as link

RUN = link.Run(7, "j", "count[0]", 2, {"code": b"x"}, "count", 0, 4, [3, ["n", 1, "aa"]], "/tmp/x", 100)
EVERY: list[link.LinkMessage] = [
    RUN,
    link.Cancel(),
    link.Snapshot(3),
    link.Ready(),
    link.Running(),
    link.Finished(b"\x00\xff"),
    link.Canceled(),
    link.Failed("Traceback ...", recoverable=False),
    link.SnapshotDone(3, ["name", 5, "abc"]),
    link.SnapshotFailed(3, "disk full"),
    link.Progress({"share": 0.5}),
]


@given(st.lists(st.sampled_from(EVERY), max_size=8), st.integers(1, 9))
def test_messages_survive_any_cutting(messages: list[link.LinkMessage], piece: int) -> None:
    """Messages come out equal and in order, however the stream is cut."""
    stream = b"".join(link.encode(message) for message in messages)
    decoder = link.LinkDecoder()
    got = [message for at in range(0, len(stream), piece) for message in decoder.feed(stream[at : at + piece])]
    assert got == messages


@pytest.mark.parametrize(
    "garbage",
    [b"\xc1", b"\xff" * 9, b"\x91\x63", b"\x91\xff", b"\x92\x01\x01", b"\x07"],
    ids=["no MessagePack", "no list", "unknown tag", "tag below 0", "wrong fields", "a number"],
)
def test_garbage_is_one_error(garbage: bytes) -> None:
    """Whatever is no message of the link raises `LinkError`, nothing else."""
    with pytest.raises(link.LinkError):
        link.LinkDecoder().feed(garbage)


def test_a_message_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too long fails at the end that sends it, where its cause is; and at the other, before it is all there."""
    monkeypatch.setattr(link, "MAX_LINK_BYTES", 100)
    decoder = link.LinkDecoder()
    with pytest.raises(link.LinkError):
        decoder.feed(b"\xc6\xff\xff\xff\xff" + bytes(1024 * 1024 + 100))
    with pytest.raises(link.LinkError, match="a Finished of 103 bytes is longer than 100"):
        link.encode(link.Finished(bytes(99)))
