"""Addresses, paths and names: what can be written down can be read again, and nothing else can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import ActorPath, Address, InvalidActorName
from actors.address import check_actor_name, check_system_name

SYSTEMS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,30}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
)
NAMES = st.from_regex(r"[A-Za-z0-9_.*+:@&=,!~';-][A-Za-z0-9_.*+:@&=,!~';$-]{0,20}", fullmatch=True)
ADDRESSES = st.builds(
    lambda system, place: Address(system, *place),
    SYSTEMS,
    st.one_of(st.just((None, None)), st.tuples(HOSTS, st.integers(1, 65535))),
)
PATHS = st.builds(
    ActorPath, ADDRESSES, st.lists(NAMES, max_size=5).map(tuple), st.one_of(st.just(0), st.integers(1, 2**63))
)


@given(ADDRESSES)
def test_an_address_survives_being_written_down(address: Address) -> None:
    """What an address is written as is read as the same address."""
    assert Address.parse(str(address)) == address


@given(PATHS)
def test_a_path_survives_being_written_down(path: ActorPath) -> None:
    """What a path is written as is read as the same path, with the same hash and the same text."""
    again = ActorPath.parse(str(path))

    assert again == path
    assert hash(again) == hash(path)
    assert str(again) == str(path)


@given(st.one_of(st.text(), st.text("ab:/@#[]$.019 \n", max_size=30).map("actor://".__add__)))
def test_any_text_is_a_path_or_a_value_error(text: str) -> None:
    """A text is read as a path that can be written down again, or refused with ValueError; nothing else happens."""
    try:
        path = ActorPath.parse(text)
    except ValueError:
        return
    assert ActorPath.parse(str(path)) == path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("actor://demo", ActorPath(Address("demo"))),
        ("actor://demo/", ActorPath(Address("demo"))),
        ("actor://demo/user/a/b#17", ActorPath(Address("demo"), ("user", "a", "b"), 17)),
        ("actor://demo@127.0.0.1:2552/user/a", ActorPath(Address("demo", "127.0.0.1", 2552), ("user", "a"))),
        ("actor://demo@[::1]:2552/user/a#1", ActorPath(Address("demo", "::1", 2552), ("user", "a"), 1)),
        ("actor://demo/user/a@b:80", ActorPath(Address("demo"), ("user", "a@b:80"))),
    ],
)
def test_the_written_form(text: str, expected: ActorPath) -> None:
    """A path is actor://system[@host:port]/a/b[#uid]; an IPv6 host stands in brackets."""
    assert ActorPath.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "demo",
        "actor:/demo",
        "akka://demo/user",
        "actor://",
        "actor:///user",
        "actor://-demo/user",
        "actor://de mo/user",
        "actor://demo@host/user",
        "actor://demo@host:/user",
        "actor://demo@:2552/user",
        "actor://demo@host:0/user",
        "actor://demo@host:65536/user",
        "actor://demo@host:123456/user",
        "actor://demo@::1:80/user",
        "actor://demo/user#",
        "actor://demo/user#x",
        "actor://demo/user#-1",
        "actor://demo/user#1#2",
        "actor://demo/user#1/more",
        "actor://demo/user#\N{ARABIC-INDIC DIGIT ONE}",
        "actor://demo@host:\N{ARABIC-INDIC DIGIT EIGHT}/user",
        "actor://demo/user\n#1\n",
    ],
)
def test_a_bad_path_is_refused_with_its_text(text: str) -> None:
    """A text of another form is refused, and the error quotes it."""
    with pytest.raises(ValueError) as caught:
        ActorPath.parse(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["actor://demo/user", "actor://demo@host:1/user", "actor://demo/#3"])
def test_the_path_of_an_actor_is_no_address(text: str) -> None:
    """An address ends before the path; more is refused rather than cut off."""
    with pytest.raises(ValueError, match="not the address of a system"):
        Address.parse(text)


def test_only_an_address_with_a_host_is_remote() -> None:
    """An address without a host means this process."""
    assert not Address("demo").is_remote
    assert Address("demo", "127.0.0.1", 1).is_remote


def test_another_incarnation_at_the_same_place_is_another_path() -> None:
    """D18: paths that differ in the uid only are different, and have the same text without it."""
    old, new = ActorPath(Address("demo"), ("user", "a"), 1), ActorPath(Address("demo"), ("user", "a"), 2)

    assert old != new
    assert old.without_uid() == new.without_uid()
    assert old != "actor://demo/user/a#1"


def test_walking_a_path() -> None:
    """A child's path is one element longer; `at` changes the place only; the root is called /."""
    root = ActorPath(Address("demo"))
    child = root.child("user").child("a", 7)

    assert root.name == "/"
    assert (child.name, child.elements, child.uid) == ("a", ("user", "a"), 7)
    assert str(child.at(Address("demo", "h", 1))) == "actor://demo@h:1/user/a#7"
    assert repr(child) == "ActorPath('actor://demo/user/a#7')"


@pytest.mark.parametrize("name", ["a", "A-1_x.y", "worker$1", "a:b@c&d=e+f,g!h~i'j;k*l", "-", "0"])
def test_a_good_actor_name(name: str) -> None:
    """S74: URL-safe characters, and $ but not in front, may name an actor."""
    assert check_actor_name(name) == name


@pytest.mark.parametrize("name", ["", "$a", "a/b", "a b", "a#b", "a?b", "ä", "a%20b", "a\n", 7, None, b"a"])
def test_a_bad_actor_name(name: object) -> None:
    """S74: an empty name, a $ in front, other characters and other types are refused."""
    with pytest.raises(InvalidActorName):
        check_actor_name(name)


@given(SYSTEMS)
def test_a_good_system_name(name: str) -> None:
    """A system's name can stand in an address."""
    assert check_system_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "a@b", "a#b", "a\n", 7, None])
def test_a_bad_system_name(name: object) -> None:
    """A name that an address cannot carry is refused."""
    with pytest.raises(ValueError, match="cannot name an actor system"):
        check_system_name(name)
