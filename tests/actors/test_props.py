"""Recipes for actors: what can be spawned, what is refused before there is an actor, and using a recipe again."""

from __future__ import annotations

import contextvars
from types import SimpleNamespace
from typing import Any

import pytest

from actors import Actor, Props
from actors.actor import making
from actors.mailbox import MailboxSettings
from actors.props import to_props


class Greeter(Actor[str]):
    def __init__(self, greeting: str = "hello", *, loud: bool = False) -> None:
        self.greeting = greeting
        self.loud = loud


def test_a_recipe_makes_a_new_instance_each_time() -> None:
    """S2: each start makes another object, with the same arguments."""
    props = Props(Greeter, "hi", loud=True)

    first, second = props.make(), props.make()

    assert first is not second
    assert isinstance(first, Greeter)
    assert isinstance(second, Greeter)
    assert (first.greeting, first.loud) == (second.greeting, second.loud) == ("hi", True)


def test_a_factory_may_return_the_same_object_twice() -> None:
    """S47: a factory that returns one object again and again is tolerated."""
    one = Greeter()

    props: Props[str] = Props(lambda: one)

    assert props.make() is props.make() is one


def test_what_can_be_spawned() -> None:
    """A recipe, a class, or a function that makes an actor can be spawned; a recipe stays itself."""
    props = Props(Greeter)

    assert to_props(props) is props
    assert isinstance(to_props(Greeter).make(), Greeter)
    assert isinstance(to_props(lambda: Greeter("hi")).make(), Greeter)


@pytest.mark.parametrize("what", [int, "Greeter", 3, Greeter(), object()])
def test_what_cannot_be_spawned(what: Any) -> None:
    """S46: what is no recipe, actor class or function is refused in the caller, before there is an actor."""
    with pytest.raises(TypeError):
        to_props(what)


def test_a_factory_has_to_make_an_actor() -> None:
    """A factory whose product is no actor fails when it is used, and the text says what it made."""
    props: Props[Any] = Props(lambda: 7)  # type: ignore[arg-type, return-value]

    with pytest.raises(TypeError, match="made 7"):
        props.make()


def test_a_mailbox_of_its_own() -> None:
    """A recipe with a mailbox is another recipe for the same actor; the first is unchanged."""
    props = Props(Greeter, "hi")
    settings = MailboxSettings(capacity=5)

    bounded = props.with_mailbox(settings)

    assert bounded.mailbox is settings
    assert props.mailbox is None
    made = bounded.make()
    assert isinstance(made, Greeter)
    assert made.greeting == "hi"


def test_names_for_people() -> None:
    """Logs and trees call an actor by its class, or by the function that makes it."""
    assert Props(Greeter).class_name == "Greeter"
    assert repr(Props(Greeter)) == "Props(Greeter)"
    assert "lambda" in to_props(lambda: Greeter()).class_name


class Nosy(Actor[str]):
    def __init__(self) -> None:
        self.seen = self.ref


class Registered(type):
    def __call__(cls, *args: Any) -> Any:
        made = super().__call__(*args)
        made.registered = True
        return made


class OfAMetaclass(Nosy, metaclass=Registered):
    registered = False


class OfItsOwn(Nosy):
    def __new__(cls) -> OfItsOwn:
        made = super().__new__(cls)
        made.registered = True
        return made

    registered = False


def make_nosy() -> Nosy:
    return Nosy()


@pytest.mark.parametrize("factory", [Nosy, make_nosy, OfAMetaclass, OfItsOwn])
def test_a_constructor_knows_where_it_lives(factory: Any) -> None:
    """However an instance is made, its constructor can use its cell; who makes one by hand has none."""
    home: Any = SimpleNamespace(ref="its reference")

    made: Any = Props(factory).make(home)

    assert made.seen == made.ref == "its reference"
    assert getattr(made, "registered", True)
    assert making not in contextvars.copy_context()
    with pytest.raises(RuntimeError):
        factory()


def test_a_constructor_returns_nothing() -> None:
    """A constructor that returns something, as an `async def` does, is an error as in any class."""

    class Late(Actor[str]):
        async def __init__(self) -> None: ...  # type: ignore[misc]

    coroutine: Any
    with pytest.raises(TypeError, match="should return None") as caught:
        Props(Late).make()
    coroutine = caught.traceback[-1].frame.f_locals["returned"]
    coroutine.close()
