"""A handler or a child has failed: report it, or ask the strategy and perform its verdict.

SHELL of `actors.supervision`. Deliberately not here: what a restart does to the child (`runtime.effects`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from actors.children import Children
from actors.errors import in_words
from actors.lifecycle import Event
from actors.ref import ActorRef
from actors.signals import SUSPEND, Failed, Recreate, Resume
from actors.supervision import ChildStats, Directive, OneForOneStrategy, Verdict
from runtime.events import ActorFailed
from runtime.family import stop_child
from runtime.repetition import as_fields
from runtime.stashing import handled_message


def handler_ended(cell: Any, error: BaseException | None) -> None:
    """A handler is over that failed or was suspended."""
    if cell.receive_timer is not None:
        cell.receive_timer.touch(cell.message)
    if error is None:
        return
    if isinstance(error, asyncio.CancelledError) and cell.told_to_stop():
        return  # cancelled because it kept its actor from stopping
    fail(cell, error)


def fail(cell: Any, error: BaseException, perpetrator: ActorRef[Any] | None = None) -> None:
    """The actor has failed: in a handler, in its decider, or because the failure of a child is escalated.

    Args:
        cell: The actor's.
        error: Why; it is what its supervisor judges.
        perpetrator: The child, if one is to blame.
    """
    if isinstance(error, KeyboardInterrupt | SystemExit):
        cell.host.fatal(error)
    cell.failure, cell.perpetrator = error, perpetrator
    if perpetrator is not None:
        cell.message = None  # no message of its own was being handled (S33)
    cell.advance(Event.FAIL)


def judge_failure(cell: Any, signal: Failed) -> None:
    """Decide about a child's failure and do it. An unknown or older child's failure is dropped (S55)."""
    family: Children | None = cell.family
    failed = None if family is None else family.find(signal.child)
    if family is None or failed is None:
        return
    previous, cell.sender = cell.sender, signal.child  # S12
    try:
        strategy = cell.instance.supervisor_strategy
        # The system's randomness may be the kernel's, which is as slow as the rest of the verdict.
        draw = cell.host.random.random() if strategy.backoff is not None else 0.0
        verdict = strategy.judge(failed, family, signal.cause, cell.host.now(), draw)
    except BaseException as error:  # strategy and decider are user code (S11)
        fail(cell, error, signal.child)
        return
    _log(cell, strategy, verdict, signal)
    cell.host.event_stream.publish(ActorFailed(signal.child, signal.cause, verdict.directive, len(verdict.restart)))
    if verdict.directive is Directive.ESCALATE:
        fail(cell, signal.cause, signal.child)
        return
    cell.sender = previous
    if verdict.directive is Directive.RESUME:
        signal.child.sink.signal(Resume(signal.cause))
    for child in verdict.stop:
        stop_child(cell, child.ref)
    for child in verdict.restart:
        if child is not failed:
            child.ref.sink.signal(SUSPEND)
    if verdict.delay_s > 0:
        _restart_later(cell, verdict, signal.cause)
    else:
        _restart(verdict.restart, signal.cause)


def _restart(children: tuple[ChildStats, ...], cause: BaseException) -> None:
    for child in children:
        if not child.stopping:
            child.ref.sink.signal(Recreate(cause))


def _restart_later(cell: Any, verdict: Verdict, cause: BaseException) -> None:
    if cell.restarts is None:
        cell.restarts = set()
    restarts = cell.restarts

    def due() -> None:
        restarts.discard(timer)
        _restart(verdict.restart, cause)

    timer = cell.host.call_later(verdict.delay_s, due)
    restarts.add(timer)


def _log(cell: Any, strategy: OneForOneStrategy, verdict: Verdict, signal: Failed) -> None:
    if not strategy.logging or verdict.directive is Directive.ESCALATE:
        return
    kind = signal.child.path.elements, type(signal.cause), verdict.directive
    line = cell.host.failures.next(kind, cell.host.now())
    if line is None:
        return  # the same again and again
    message = handled_message(signal.child.sink)
    log = cell.host.log.warning if verdict.directive is Directive.RESUME else cell.host.log.error
    log(
        f"actor failed: {verdict.directive.value}",
        actor=str(signal.child),
        message_type=None if message is None else type(message).__name__,
        error=in_words(signal.cause),
        exc_info=signal.cause if verdict.directive is not Directive.RESUME else None,
        **as_fields(line),
    )
