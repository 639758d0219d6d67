"""Which idle TaskManagers are let go, and when."""

from __future__ import annotations

from cluster.model.idleness import Idleness


def test_who_has_had_nothing_to_do_for_long_is_let_go() -> None:
    """Not before its time; whoever is idle longest comes first; work in between begins the time anew."""
    idleness = Idleness(30.0)
    assert idleness.look(0.0, ["a"], 2) == []
    assert idleness.look(10.0, ["a", "b"], 2) == []
    assert idleness.look(29.9, ["a", "b"], 2) == []
    assert idleness.look(30.0, ["a", "b"], 2) == ["a"]
    assert idleness.look(31.0, ["b"], 2) == []
    assert idleness.look(40.0, ["b", "a"], 2) == ["b"]
    assert idleness.look(75.0, ["a", "b"], 2) == ["b", "a"]


def test_no_more_go_than_may() -> None:
    """The others stay, however long they are idle."""
    idleness = Idleness(30.0)
    idleness.look(0.0, ["a", "b", "c"], 1)
    assert idleness.look(30.0, ["a", "b", "c"], 1) == ["a"]
    assert idleness.look(30.0, ["b", "c"], 0) == []
    assert idleness.look(30.0, ["b", "c"], -2) == []
