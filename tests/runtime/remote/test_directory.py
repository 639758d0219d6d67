"""What texts that come over the network may name, and how much of them is kept."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ActorRef
from actors.address import ActorPath, Address
from runtime.protocol.codec import MAX_PATH_BYTES
from runtime.remote.directory import Directory

HERE = Address("here", "h", 1)
THERE = Address("there", "t", 2)


def make_directory() -> Directory:
    def ref(path: ActorPath) -> ActorRef[Any]:
        return ActorRef(path, None)  # type: ignore[arg-type]

    return Directory(HERE, ref, ref)


@pytest.mark.parametrize("address", [HERE, THERE], ids=str)
@pytest.mark.parametrize("letter", ["a", "\u00e4", "\u732b", "\U0001f63a"])
@pytest.mark.parametrize("tail", ["", "#0", "#7"])
@pytest.mark.parametrize("is_known", [False, True], ids=["unknown", "known"])
def test_a_path_has_a_limited_length(address: Address, letter: str, tail: str, is_known: bool) -> None:
    """2048 bytes with a uid, whatever the letters, also where the address is known already; nothing longer is kept."""
    directory = make_directory()
    if is_known:
        directory.resolve(f"{address}/user/x")
    head = f"{address}/user/"
    room = MAX_PATH_BYTES - len(head) - len(tail) - (0 if tail == "#7" else len(f"#{2**64}"))
    fits = head + letter * (room // len(letter.encode())) + tail
    assert directory.resolve(fits).path.elements[0] == "user"
    kept = (len(directory._refs), len(directory._paths))
    for longer in (fits[: len(fits) - len(tail)] + letter * 2 + tail, head + letter * 1_000_000 + tail):
        with pytest.raises(ValueError, match="a path has 2048 bytes at most"):
            directory.resolve(longer)
    assert (len(directory._refs), len(directory._paths)) == kept
