"""Which routee gets a message, and how keys are shared out on a ring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import ActorRef
from actors.routing import ConsistentHashing, HashRing, RandomChoice, RoundRobin, RoutingLogic, SmallestMailbox, ToAll
from tests.actors.refs import ref


@dataclass
class Crew:
    """Three routees, or others."""

    refs: Sequence[ActorRef[Any]] = field(default_factory=lambda: tuple(ref(name) for name in "abc"))
    chance: float = 0.0
    depths: dict[str, float] = field(default_factory=dict)

    def draw(self) -> float:
        return self.chance

    def waiting(self, ref: ActorRef[Any]) -> float:
        return self.depths.get(ref.name, 0)


def chosen(logic: RoutingLogic, message: Any, crew: Crew) -> str:
    return "".join(ref.name for ref in logic.choose(message, crew))


def test_round_robin_goes_round() -> None:
    """A15: round robin takes one after the other and begins again, also when there are fewer meanwhile."""
    logic, crew = RoundRobin(), Crew()
    assert [chosen(logic, "m", crew) for _ in range(5)] == ["a", "b", "c", "a", "b"]

    crew.refs = crew.refs[:1]
    assert [chosen(logic, "m", crew) for _ in range(2)] == ["a", "a"]


def test_random_choice_reaches_everybody() -> None:
    """A15: the draw alone decides, and no draw falls beyond the last one."""
    assert [chosen(RandomChoice(), "m", Crew(chance=draw)) for draw in (0.0, 0.4, 0.9999999)] == ["a", "b", "c"]


def test_the_smallest_mailbox_is_taken() -> None:
    """A15: the routee with the fewest waiting messages is chosen, the first of several."""
    assert chosen(SmallestMailbox(), "m", Crew(depths={"a": 2, "b": 1, "c": float("inf")})) == "b"
    assert chosen(SmallestMailbox(), "m", Crew()) == "a"


def test_to_all_takes_all() -> None:
    """A15: broadcast routing chooses every routee."""
    assert chosen(ToAll(), "m", Crew()) == "abc"


def test_a_key_stays_where_it_is() -> None:
    """A15: with consistent hashing the same key goes to the same routee, and to another only when that is gone."""
    logic, crew = ConsistentHashing(key=str), Crew()
    before = {key: chosen(logic, key, crew) for key in range(300)}
    assert {key: chosen(logic, key, crew) for key in range(300)} == before
    assert set(before.values()) == set("abc")

    crew.refs = tuple(ref for ref in crew.refs if ref.name != "b")
    after = {key: chosen(logic, key, crew) for key in range(300)}
    assert {key for key in before if before[key] != after[key]} == {key for key in before if before[key] == "b"}


def test_who_takes_a_name_takes_its_keys() -> None:
    """A15: another incarnation at a dead routee's path gets the keys that were the dead one's."""
    logic = ConsistentHashing(key=str)
    before = [chosen(logic, key, Crew()) for key in range(50)]

    assert [chosen(logic, key, Crew(tuple(ref(name, uid=9) for name in "cab"))) for key in range(50)] == before


def test_a_ring_is_the_same_in_every_process() -> None:
    """Owners depend on names and keys alone, not on the process's hash seed or the order of names."""
    ring = HashRing(["a", "b", "c"])
    keys: list[Any] = ["k", b"k", 1, -1, "", "ä", 2**70]

    assert [ring.owner(key) for key in keys] == [HashRing(["c", "b", "a"]).owner(key) for key in keys]
    assert "".join(ring.owner(key) for key in keys) == "abaccca"


def test_a_ring_is_shared_fairly() -> None:
    """Ten names get between half and twice their fair share of ten thousand keys."""
    ring = HashRing([f"name-{number}" for number in range(10)])
    shares = Counter(ring.owner(f"key-{number}") for number in range(10_000))

    assert len(shares) == 10
    assert all(500 < share < 2000 for share in shares.values()), shares


@given(st.sets(st.text(min_size=1), min_size=2, max_size=8), st.lists(st.text(), max_size=50))
def test_a_ring_moves_only_the_keys_of_the_name_that_goes(names: set[str], keys: list[str]) -> None:
    """For any names and keys: when a name goes, each key of another name stays with it."""
    gone, *others = sorted(names)
    before, after = HashRing(names, 8), HashRing(others, 8)

    assert all(before.owner(key) in (gone, after.owner(key)) for key in keys)


def test_what_has_no_place_on_a_ring() -> None:
    """A key must be text, bytes or a whole number; an empty ring owns nothing; a routee has a point at least."""
    with pytest.raises(TypeError, match="key of a message"):
        HashRing(["a"]).owner(1.5)  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        HashRing([]).owner("k")
    with pytest.raises(ValueError, match="points"):
        ConsistentHashing(key=str, points=0)
