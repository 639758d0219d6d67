"""The children of one actor: names, start order, and counting those that are stopping."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors import ActorNameInUse, ActorRef, InvalidActorName
from actors.children import Children
from tests.actors.refs import ref


def test_names_are_given_or_counted() -> None:
    """A child is called as its parent wishes, or `$1`, `$2` ... if the parent has no wish."""
    children = Children()

    assert [children.choose_name(None), children.choose_name("worker"), children.choose_name(None)] == [
        "$1",
        "worker",
        "$2",
    ]


@pytest.mark.parametrize("name", ["", "$a", "a/b", "a#1", "ä", "a b"])
def test_bad_names(name: str) -> None:
    """S74: a name that no path can carry is refused."""
    with pytest.raises(InvalidActorName):
        Children().choose_name(name)


def test_a_name_is_taken_until_its_child_is_gone() -> None:
    """D42: the name of a child that is stopping is still taken, and free when the child is gone."""
    children = Children()
    child = ref("a")
    children.add(child)

    with pytest.raises(ActorNameInUse, match="has the name 'a'"):
        children.choose_name("a")
    assert children.mark_stopping(child)
    with pytest.raises(ActorNameInUse, match="stopping"):
        children.choose_name("a")
    assert children.remove(child)
    assert children.choose_name("a") == "a"


def test_a_closed_family_takes_nobody() -> None:
    """S67: a terminating actor cannot have new children, named or not."""
    children = Children()
    children.closed = True

    for name in (None, "a"):
        with pytest.raises(RuntimeError, match="terminating"):
            children.choose_name(name)


def test_incarnations_are_told_apart() -> None:
    """S26, S55: a child's entry is found by its own incarnation only, and a new one begins with new statistics."""
    children = Children()
    old, new = ref("a", 1), ref("a", 2)
    children.add(old)
    children.all()[0].restarts = 7
    children.remove(old)
    children.add(new)

    assert children.find(old) is None
    assert not children.remove(old)
    assert not children.mark_stopping(old)
    found = children.find(new)
    assert found is not None
    assert found.restarts == 0
    assert children.by_name("a") == new


def test_start_order() -> None:
    """Children are listed in the order in which they were started, those that are stopping only where they belong."""
    children = Children()
    first, second, third = ref("c"), ref("a"), ref("b")
    for child in (first, second, third):
        children.add(child)
    children.mark_stopping(second)

    assert [stats.ref for stats in children.all()] == [first, second, third]
    assert [stats.ref for stats in children.alive()] == [first, third]
    assert children.any_stopping


class Family(RuleBasedStateMachine):
    """Children against a plain list of `(ref, stopping)`, whatever is done in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.children = Children()
        self.model: list[tuple[ActorRef[object], bool]] = []
        self.gone: list[ActorRef[object]] = []
        self.uid = 0

    @rule(name=st.one_of(st.none(), st.sampled_from(["a", "b", "c"])))
    def spawn(self, name: str | None) -> None:
        """A name in use is refused; any other makes a child at the end."""
        if any(child.name == name for child, _ in self.model):
            with pytest.raises(ActorNameInUse):
                self.children.choose_name(name)
            return
        chosen = self.children.choose_name(name)
        assert name in (None, chosen)
        self.uid += 1
        child = ref(chosen, self.uid)
        self.children.add(child)
        self.model.append((child, False))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        """Only the first stop of a child counts."""
        index = data.draw(st.integers(0, len(self.model) - 1))
        child, stopping = self.model[index]
        assert self.children.mark_stopping(child) is not stopping
        self.model[index] = (child, True)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        """A child goes, whether it was told to or not."""
        child, _ = self.model.pop(data.draw(st.integers(0, len(self.model) - 1)))
        assert self.children.remove(child)
        self.gone.append(child)

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def hear_of_the_dead(self, data: st.DataObject) -> None:
        """Nothing that is said of a child that is gone has an effect, also if its name lives on."""
        child = data.draw(st.sampled_from(self.gone))
        assert self.children.find(child) is None
        assert not self.children.remove(child)
        assert not self.children.mark_stopping(child)

    @invariant()
    def is_the_model(self) -> None:
        """Everything that can be asked is as in the model."""
        self.children.check()
        assert len(self.children) == len(self.model)
        assert [stats.ref for stats in self.children.all()] == [child for child, _ in self.model]
        assert [stats.ref for stats in self.children.alive()] == [
            child for child, stopping in self.model if not stopping
        ]
        assert self.children.any_stopping == any(stopping for _, stopping in self.model)
        names = {child.name: child for child, _ in self.model}
        assert all(self.children.by_name(name) == names.get(name) for name in ("a", "b", "c", "$1"))


TestFamily = Family.TestCase
