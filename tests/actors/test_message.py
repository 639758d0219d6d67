"""`@message`: frozen, slotted, and known by name."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from actors import Request, message
from actors.message import register, wire_class, wire_name


@message
class Plain:
    amount: int
    note: str = ""


@message(name="test.named")
class Named:
    amount: int


@message
class Question(Request[int]):
    key: str


def test_a_message_is_a_frozen_slotted_dataclass() -> None:
    """Nobody can change a message, nor add to it; equal fields make equal messages that hash alike and match."""
    one = Plain(1, "a")

    with pytest.raises(dataclasses.FrozenInstanceError):
        one.amount = 2  # type: ignore[misc]
    assert not hasattr(one, "__dict__")
    assert one == Plain(amount=1, note="a")
    assert hash(one) == hash(Plain(1, "a"))
    match one:
        case Plain(amount, note):
            assert (amount, note) == (1, "a")


def test_the_wire_knows_a_message_as_module_and_qualified_name() -> None:
    """Without a name of its own, a message is module:QualName on the wire."""
    name = f"{__name__}:Plain"

    assert wire_name(Plain) == name
    assert wire_class(name) is Plain


def test_a_message_may_have_a_name_of_its_own() -> None:
    """`@message(name=...)` is what the wire then says."""
    assert wire_name(Named) == "test.named"
    assert wire_class("test.named") is Named


def test_what_is_no_message_has_no_name() -> None:
    """Unregistered classes and unknown names are None: a peer cannot name any class it likes."""
    assert wire_name(dict) is None
    assert wire_class("builtins:dict") is None
    assert wire_class("os:system") is None


def test_a_name_belongs_to_one_class() -> None:
    """A second class under a taken name is refused, and the error names both."""
    with pytest.raises(ValueError, match=r"test\.named.*Named.*Thief"):

        @message(name="test.named")
        class Thief:
            pass

    assert wire_class("test.named") is Named


def test_a_class_defined_anew_replaces_the_old_one() -> None:
    """A module that is loaded twice defines its messages anew: the newest counts, the old one keeps its name."""

    def define() -> Any:
        @message
        class Again:
            amount: int

        return Again

    old, new = define(), define()

    assert wire_class(wire_name(new) or "") is new
    assert wire_name(old) == wire_name(new)


def test_a_foreign_class_can_be_registered() -> None:
    """A class that is no `@message` may be given a name."""
    register(Foreign, "test.foreign")

    assert wire_class("test.foreign") is Foreign


class Foreign:
    pass


def test_a_request_is_a_message_like_any_other() -> None:
    """`Request[int]` adds a type for the answer and nothing else."""
    question = Question("a")

    assert isinstance(question, Request)
    assert question == Question("a")
    assert not hasattr(question, "__dict__")
    assert wire_name(Question) == f"{__name__}:Question"
