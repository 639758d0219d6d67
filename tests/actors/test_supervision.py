"""What a supervisor decides: deciders, directives, one for one and all for one. Windows: `test_restart_window.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from actors import (
    ActorInitializationError,
    ActorKilledError,
    AllForOneStrategy,
    DeathPactError,
    Directive,
    OneForOneStrategy,
)
from actors.errors import PostRestartError
from actors.supervision import DEFAULT_STRATEGY, STOPPING_STRATEGY, ChildStats, default_decider
from tests.actors.refs import ref


class Unordinary(BaseException):
    """Outside of the tree of ordinary exceptions."""


class Called(asyncio.CancelledError):
    """A cancellation of one's own."""


def family(*names: str) -> list[ChildStats]:
    return [ChildStats(ref(name)) for name in names]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ActorInitializationError("x"), Directive.STOP),
        (PostRestartError("x", ValueError()), Directive.STOP),
        (ActorKilledError("x"), Directive.STOP),
        (DeathPactError("x"), Directive.STOP),
        (ValueError("x"), Directive.RESTART),
        (OSError("x"), Directive.RESTART),
        (asyncio.CancelledError(), Directive.RESTART),
        (Called(), Directive.RESTART),
        (Unordinary(), Directive.ESCALATE),
        (GeneratorExit(), Directive.ESCALATE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value.name,
)
def test_default_decider(error: BaseException, expected: Directive) -> None:
    """S5: by default a failed start, a kill and a death pact stop; exceptions restart; the rest escalates."""
    assert DEFAULT_STRATEGY.decide(error) is expected


def test_stopping_strategy() -> None:
    """S6: the stopping strategy stops on every ordinary exception, and escalates the others."""
    assert STOPPING_STRATEGY.decide(ValueError()) is Directive.STOP
    assert STOPPING_STRATEGY.decide(Unordinary()) is Directive.ESCALATE


@pytest.mark.parametrize("decider", [{OSError: Directive.RESTART}, [OSError], (OSError,), lambda error: None])
def test_no_rule_escalates(decider: object) -> None:
    """S7: an exception for which the decider has no rule is escalated."""
    strategy = OneForOneStrategy(decider=decider)  # type: ignore[arg-type]

    assert strategy.decide(ValueError()) is Directive.ESCALATE


@pytest.mark.parametrize("classes", [[OSError, ValueError], (ValueError, OSError)])
def test_a_list_of_classes_restarts_on_them(classes: object) -> None:
    """S8: a list of exception classes restarts on those and their sub-classes."""
    strategy = OneForOneStrategy(decider=classes)  # type: ignore[arg-type]

    assert strategy.decide(ValueError()) is Directive.RESTART
    assert strategy.decide(ConnectionResetError()) is Directive.RESTART
    assert strategy.decide(KeyError()) is Directive.ESCALATE


@pytest.mark.parametrize("turned", [False, True])
def test_the_most_specific_class_wins(turned: bool) -> None:
    """S9: in a mapping the most specific class wins, in whichever order the pairs are written."""
    pairs = [
        (Exception, Directive.STOP),
        (OSError, Directive.RESTART),
        (ConnectionError, Directive.RESUME),
        (ConnectionResetError, Directive.ESCALATE),
    ]
    strategy = OneForOneStrategy(decider=dict(reversed(pairs) if turned else pairs))

    assert strategy.decide(KeyError()) is Directive.STOP
    assert strategy.decide(FileNotFoundError()) is Directive.RESTART
    assert strategy.decide(BrokenPipeError()) is Directive.RESUME
    assert strategy.decide(ConnectionResetError()) is Directive.ESCALATE
    assert strategy.decide(Unordinary()) is Directive.ESCALATE


def test_a_decider_may_fall_back_to_the_default() -> None:
    """S10: a decider's own rules come first, and what it hands to the default decider follows the default's."""
    strategy = OneForOneStrategy(
        decider=lambda error: Directive.RESUME if isinstance(error, ArithmeticError) else default_decider(error)
    )

    assert strategy.decide(ZeroDivisionError()) is Directive.RESUME
    assert strategy.decide(ActorKilledError()) is Directive.STOP
    assert strategy.decide(KeyError()) is Directive.RESTART


def test_a_decider_that_raises_is_heard() -> None:
    """S11: what the decider raises comes out of the judgement, for the supervisor to fail with."""

    def decider(error: BaseException) -> Directive:
        raise LookupError("no idea")

    failed, *others = family("a", "b")

    with pytest.raises(LookupError, match="no idea"):
        OneForOneStrategy(decider=decider).judge(failed, [failed, *others], ValueError(), 0.0)
    assert failed.restarts == 0


def test_a_decider_that_returns_nonsense_is_heard() -> None:
    """S11: a decider that returns anything but a directive is an error of the supervisor."""
    with pytest.raises(TypeError, match="Directive"):
        OneForOneStrategy(decider=lambda error: "restart").decide(ValueError())  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("decider", [3, [ValueError()], {"ValueError": Directive.STOP}, {ValueError: "stop"}, [int]])
def test_a_decider_that_can_not_decide_is_refused(decider: object) -> None:
    """A decider that is no function, mapping or list of exception classes is refused when the strategy is made."""
    with pytest.raises(TypeError):
        OneForOneStrategy(decider=decider)  # type: ignore[arg-type]


def test_a_negative_window_is_refused() -> None:
    """A window of negative or undefined length is refused when the strategy is made."""
    for window_s in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="within_time_range_s"):
            OneForOneStrategy(within_time_range_s=window_s)


@pytest.mark.parametrize("directive", list(Directive))
def test_one_for_one_treats_the_failed_child_only(directive: Directive) -> None:
    """S15: one for one names only the child that failed, whatever the directive."""
    first, failed, last = family("a", "b", "c")

    verdict = OneForOneStrategy(decider=lambda error: directive).judge(failed, [first, failed, last], ValueError(), 0.0)

    assert verdict.directive is directive
    assert verdict.restart == ((failed,) if directive is Directive.RESTART else ())
    assert verdict.stop == ((failed,) if directive is Directive.STOP else ())
    assert (first.restarts, last.restarts) == (0, 0)


@pytest.mark.parametrize(
    ("directive", "restart", "stop"),
    [
        (Directive.RESTART, "bac", ""),  # S16
        (Directive.STOP, "", "bac"),  # S17
        (Directive.RESUME, "", ""),  # S18
        (Directive.ESCALATE, "", ""),
    ],
)
def test_all_for_one_treats_all(directive: Directive, restart: str, stop: str) -> None:
    """S16, S17, S18: all for one restarts or stops all children, the failed one first, and resumes none but that."""
    first, failed, last = family("a", "b", "c")

    verdict = AllForOneStrategy(decider=lambda error: directive).judge(failed, [first, failed, last], ValueError(), 0.0)

    assert verdict.directive is directive
    assert [child.ref.name for child in verdict.restart] == list(restart)
    assert [child.ref.name for child in verdict.stop] == list(stop)


def test_all_for_one_stops_all_when_one_has_no_retry_left() -> None:
    """S19: all for one restarts only if each child has a retry left; otherwise all are stopped."""
    first, second = family("a", "b")
    strategy = AllForOneStrategy(max_nr_of_retries=2, decider=[ValueError])
    spent = OneForOneStrategy(max_nr_of_retries=2, decider=[ValueError])
    spent.judge(second, [first, second], ValueError(), 0.0)

    assert strategy.judge(first, [first, second], ValueError(), 0.0).directive is Directive.RESTART
    verdict = strategy.judge(first, [first, second], ValueError(), 0.0)

    assert verdict.directive is Directive.STOP
    assert verdict.stop == (first, second)
    assert verdict.restart == ()


def test_all_for_one_counts_each_child_alike() -> None:
    """S19: a refusal to one child does not keep the others from being counted."""
    stats = family("a", "b", "c")
    strategy = AllForOneStrategy(max_nr_of_retries=0, within_time_range_s=5.0, decider=[ValueError])

    assert strategy.judge(stats[1], stats, ValueError(), 0.0).directive is Directive.STOP

    counting = AllForOneStrategy(max_nr_of_retries=1, decider=[ValueError])
    counting.judge(stats[1], stats, ValueError(), 0.0)
    counting.judge(stats[1], stats, ValueError(), 0.0)

    assert [child.restarts for child in stats] == [2, 2, 2]


@pytest.mark.parametrize("make", [OneForOneStrategy, AllForOneStrategy])
def test_strategies_are_values(make: Callable[[], OneForOneStrategy]) -> None:
    """A strategy may be shared by all instances of a class: it holds no counter of its own."""
    strategy = make()
    stats = family("a")
    for _ in range(3):
        strategy.judge(stats[0], stats, ValueError(), 0.0)

    assert strategy == make()
