"""A child has failed: ask the strategy, perform its verdict. SHELL of `actors.supervision`.

Deliberately not here: what a restart does to the child (`runtime.effects`).
"""

from __future__ import annotations

from typing import Any

from actors.signals import Failed, Recreate, Resume, Suspend
from actors.supervision import ChildStats, Directive, OneForOneStrategy, Verdict
from runtime.effects import stop_child


def judge_failure(cell: Any, signal: Failed) -> None:
    """Decide about a child's failure and do it. An unknown or older child's failure is dropped (S55)."""
    failed = cell.family.find(signal.child) if cell.family is not None else None
    if failed is None:
        return
    previous, cell.sender = cell.sender, signal.child  # S12
    strategy = cell.instance.supervisor_strategy
    try:
        verdict = strategy.judge(failed, cell.family.all(), signal.cause, cell.host.now(), cell.host.random.random())
    except BaseException as error:  # the decider is user code (S11)
        cell.fail(error, perpetrator=signal.child)
        return
    _log(cell, strategy, verdict, signal)
    if verdict.directive is Directive.ESCALATE:
        cell.fail(signal.cause, perpetrator=signal.child)
        return
    cell.sender = previous
    if verdict.directive is Directive.RESUME:
        signal.child.sink.signal(Resume(signal.cause))
    for child in verdict.stop:
        stop_child(cell, child.ref)
    for child in verdict.restart:
        if child is not failed:
            child.ref.sink.signal(Suspend())
    if verdict.delay_s > 0:
        cell.host.call_later(verdict.delay_s, _restart, verdict.restart, signal.cause)
    else:
        _restart(verdict.restart, signal.cause)


def _restart(children: tuple[ChildStats, ...], cause: BaseException) -> None:
    for child in children:
        if not child.stopping:
            child.ref.sink.signal(Recreate(cause))


def _log(cell: Any, strategy: OneForOneStrategy, verdict: Verdict, signal: Failed) -> None:
    if not strategy.logging or verdict.directive is Directive.ESCALATE:
        return
    log = cell.host.log.warning if verdict.directive is Directive.RESUME else cell.host.log.error
    log(
        f"actor failed: {verdict.directive.value}",
        actor=str(signal.child),
        error=f"{type(signal.cause).__name__}: {signal.cause}",
        exc_info=signal.cause if verdict.directive is not Directive.RESUME else None,
    )
