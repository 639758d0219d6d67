"""What is wrong with an argument is said where it is given, not where it is first used."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from actors import Actor, MailboxSettings, OneForOneStrategy
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings, group, pool

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a half place": (lambda: MailboxSettings(capacity=2.5), "capacity"),  # type: ignore[arg-type]
    "no number of places": (lambda: MailboxSettings(capacity=math.nan), "capacity"),  # type: ignore[arg-type]
    "places as text": (lambda: MailboxSettings(capacity="3"), "capacity"),  # type: ignore[arg-type]
    "a policy as text": (lambda: MailboxSettings(3, "drop-new"), "Overflow.DROP_NEW"),  # type: ignore[arg-type]
    "restarts as text": (lambda: OneForOneStrategy("3"), "max_nr_of_retries"),  # type: ignore[arg-type]
    "no number of restarts": (lambda: OneForOneStrategy(math.nan), "max_nr_of_retries"),  # type: ignore[arg-type]
    "a backoff in seconds": (lambda: OneForOneStrategy(3, backoff=1.0), "Backoff"),  # type: ignore[arg-type]
    "half a routee": (lambda: pool(Actor, 2.5), "whole number"),  # type: ignore[arg-type]
    "a routee that is none": (lambda: pool("worker", 2), "worker"),  # type: ignore[arg-type]
    "a group of names": (lambda: group(["worker"]), "worker"),  # type: ignore[list-item]
    "half of the settings": (lambda: ActorSystem("x", RemoteSettings()), "Settings"),  # type: ignore[arg-type]
    "room as a number": (lambda: Settings(mailbox=5), "MailboxSettings"),  # type: ignore[arg-type]
    "a strategy as text": (lambda: Settings(guardian_strategy="stop"), "OneForOne"),  # type: ignore[arg-type]
    "half a port": (lambda: RemoteSettings(port=80.5), "port"),  # type: ignore[arg-type]
    "a detector as text": (lambda: RemoteSettings(failure_detector="chen"), "FailureDetector"),  # type: ignore[arg-type]
    "a goodbye before": (lambda: RemoteSettings(shutdown_flush_s=-1.0), "shutdown_flush_s"),
    "a dial before": (lambda: RemoteSettings(redial_wait_s=math.nan), "redial_wait_s"),
    "a pause of no length": (lambda: FailureDetectorSettings(acceptable_pause_s=math.nan), "acceptable_pause_s"),
    "a time that is none": (lambda: FailureDetectorSettings(expected_response_after_s=math.nan), "expected_response"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong(what: str) -> None:
    """It is refused by name."""
    make, name = WRONG[what]
    with pytest.raises((TypeError, ValueError), match=name):
        make()


def test_what_is_right() -> None:
    """Any whole number is a limit, and so is none."""
    given: list[Any] = [None, -1, 0, 3, True]
    assert [OneForOneStrategy(number).max_nr_of_retries for number in given] == given
