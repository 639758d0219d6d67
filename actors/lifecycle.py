"""The life of an actor as a table: `(state, event) -> (next state, effects)`. Pure.

Rule 1: everything that decides about life and death stands in `TABLE`. Rule 2: this file knows no cell, no mailbox, no
child; the shell (`runtime.cell`) turns what happens into events and performs the effects in their order. An effect
whose name begins with `RUN_` runs user code, may take long, is always the last of its row, and ends in `HOOK_DONE` or
`HOOK_FAILED`; until then the shell handles nothing else of this actor. Akka counterpart: `FaultHandling` in
`ActorCell`.
"""

from __future__ import annotations

import enum
from typing import Final


class State(enum.IntEnum):
    """Where an actor is in its life. User messages are handled in `RUNNING` only, and only while not suspended."""

    NEW = 0
    """Its cell exists; the first instance does not."""
    CREATING = 1
    """The constructor and `pre_start` run."""
    RUNNING = 2
    """Handles messages."""
    FAILED = 3
    """A handler failed; waiting for the supervisor's verdict."""
    CREATE_FAILED = 4
    """Constructor or `pre_start` failed; there is no instance; waiting for the verdict."""
    RESTART_FAILED = 5
    """The new constructor or `post_restart` failed; waiting for the verdict."""
    PRE_RESTART = 6
    """The old instance's `pre_restart` runs."""
    AWAIT_RECREATE = 7
    """Waiting for stopped children to be gone before the new instance is made (S35)."""
    POST_RESTART = 8
    """The new constructor and `post_restart` run."""
    AWAIT_CREATE = 9
    """Waiting for the children of a failed creation to be gone (S44)."""
    STOPPING = 10
    """Waiting for all children to be gone (S60)."""
    POST_STOP = 11
    """`post_stop` runs."""
    TERMINATED = 12
    """Gone for ever."""


class Event(enum.IntEnum):
    """What can happen to an actor."""

    START = 0
    """The first thing that happens to a cell."""
    HOOK_DONE = 1
    """The constructor and hook that ran have returned."""
    HOOK_FAILED = 2
    """One of them raised."""
    FAIL = 3
    """A handler failed, or a child's failure is escalated."""
    RESUME = 4
    """An ancestor lifts its suspension: not a verdict on this actor."""
    VERDICT_RESUME = 5
    """The supervisor's verdict is resume."""
    RECREATE = 6
    """Restart: the verdict, or the fate of a sibling (all-for-one) or of a parent that keeps its children."""
    TERMINATE = 7
    """Stop: by the parent, by itself, by a `PoisonPill`, or the verdict."""
    CHILDREN_GONE = 8
    """The last child that was told to stop is gone."""


class Effect(enum.IntEnum):
    """What the shell has to do, in the order of the row."""

    SUSPEND = 0
    """Count one suspension of this actor."""
    UNSUSPEND = 1
    """Count one less, never below zero."""
    SUSPEND_CHILDREN = 2
    """All but the one whose failure is escalated, and but survivors that are still suspended."""
    RESUME_CHILDREN = 3
    """All; the one whose failure was escalated hears it as its verdict."""
    REPORT = 4
    """Tell the supervisor of the failure."""
    FORGET_FAILURE = 5
    """The failure has been judged."""
    DISPOSE = 6
    """Drop the instance with its behaviour stack and timers; put its stash back into the mailbox."""
    STOP_CHILDREN = 7
    CLOSE = 8
    """No more children, no more subjects: unwatch all (D47)."""
    AWAIT_STOPPING = 9
    """Give `CHILDREN_GONE` when no child that was told to stop is left; at once if there is none."""
    RESTART_CHILDREN = 10
    """Restart the children that `pre_restart` kept (S36)."""
    RUN_CREATE = 11
    """Make the first instance and call its `pre_start`."""
    RUN_PRE_RESTART = 12
    """Call it on the old instance."""
    RUN_POST_RESTART = 13
    """Make the new instance and call it."""
    RUN_POST_STOP = 14
    """Call it on the present instance, if there is a started one."""
    FINISH = 15
    """Mailbox to dead letters; tell parent and watchers."""
    IGNORE = 16
    """Nothing; written out so that a row without meaning is an error."""
    STOP_OFFSPRING = 17
    """Stop the children that the failed restart has made; those that `pre_restart` kept stay."""


class InvalidTransition(Exception):
    """The shell gave an event that cannot happen in this state: a defect of the runtime."""


_S, _E, _F = State, Event, Effect
_FAIL: Final = (_F.SUSPEND, _F.SUSPEND_CHILDREN, _F.REPORT)
_RESUMED: Final = (_F.UNSUSPEND, _F.FORGET_FAILURE, _F.RESUME_CHILDREN)
_LIFTED: Final = (_F.UNSUSPEND, _F.RESUME_CHILDREN)
_STOP: Final = (_F.CLOSE, _F.STOP_CHILDREN, _F.AWAIT_STOPPING)
_CREATE_AGAIN: Final = (_F.STOP_CHILDREN, _F.AWAIT_STOPPING)
_RECREATE: Final = (_F.DISPOSE, _F.AWAIT_STOPPING)
# Differs from Akka: there the children of a failed restart stay, and the next attempt finds their names in use.
_RECREATE_AGAIN: Final = (_F.DISPOSE, _F.STOP_OFFSPRING, _F.AWAIT_STOPPING)

TABLE: Final[dict[tuple[State, Event], tuple[State, tuple[Effect, ...]]]] = {
    (_S.NEW, _E.START): (_S.CREATING, (_F.RUN_CREATE,)),
    (_S.CREATING, _E.HOOK_DONE): (_S.RUNNING, (_F.IGNORE,)),
    (_S.CREATING, _E.HOOK_FAILED): (_S.CREATE_FAILED, _FAIL),
    (_S.RUNNING, _E.FAIL): (_S.FAILED, _FAIL),
    (_S.RUNNING, _E.RESUME): (_S.RUNNING, _LIFTED),
    (_S.RUNNING, _E.VERDICT_RESUME): (_S.RUNNING, _LIFTED),
    (_S.RUNNING, _E.RECREATE): (_S.PRE_RESTART, (_F.RUN_PRE_RESTART,)),
    (_S.RUNNING, _E.TERMINATE): (_S.STOPPING, _STOP),
    (_S.FAILED, _E.RESUME): (_S.FAILED, _LIFTED),
    (_S.FAILED, _E.VERDICT_RESUME): (_S.RUNNING, _RESUMED),
    (_S.FAILED, _E.RECREATE): (_S.PRE_RESTART, (_F.RUN_PRE_RESTART,)),
    (_S.FAILED, _E.TERMINATE): (_S.STOPPING, _STOP),
    (_S.CREATE_FAILED, _E.RESUME): (_S.CREATE_FAILED, _LIFTED),
    (_S.CREATE_FAILED, _E.VERDICT_RESUME): (_S.AWAIT_CREATE, _CREATE_AGAIN),  # S44: nothing to resume
    (_S.CREATE_FAILED, _E.RECREATE): (_S.AWAIT_CREATE, _CREATE_AGAIN),
    (_S.CREATE_FAILED, _E.TERMINATE): (_S.STOPPING, _STOP),
    (_S.AWAIT_CREATE, _E.CHILDREN_GONE): (_S.CREATING, (_F.UNSUSPEND, _F.FORGET_FAILURE, _F.RUN_CREATE)),
    (_S.AWAIT_CREATE, _E.TERMINATE): (_S.STOPPING, _STOP),
    (_S.PRE_RESTART, _E.HOOK_DONE): (_S.AWAIT_RECREATE, _RECREATE),
    (_S.PRE_RESTART, _E.HOOK_FAILED): (_S.AWAIT_RECREATE, _RECREATE),  # S40: logged, and the restart goes on
    (_S.AWAIT_RECREATE, _E.CHILDREN_GONE): (
        _S.POST_RESTART,
        (_F.UNSUSPEND, _F.FORGET_FAILURE, _F.RUN_POST_RESTART),
    ),
    (_S.AWAIT_RECREATE, _E.TERMINATE): (_S.STOPPING, _STOP),
    (_S.POST_RESTART, _E.HOOK_DONE): (_S.RUNNING, (_F.RESTART_CHILDREN,)),
    (_S.POST_RESTART, _E.HOOK_FAILED): (_S.RESTART_FAILED, _FAIL),
    (_S.RESTART_FAILED, _E.RESUME): (_S.RESTART_FAILED, _LIFTED),
    (_S.RESTART_FAILED, _E.VERDICT_RESUME): (_S.AWAIT_RECREATE, _RECREATE_AGAIN),  # S42: nothing usable to resume
    (_S.RESTART_FAILED, _E.RECREATE): (_S.AWAIT_RECREATE, _RECREATE_AGAIN),  # S41: no pre_restart on a broken instance
    (_S.RESTART_FAILED, _E.TERMINATE): (_S.STOPPING, _STOP),
    (_S.STOPPING, _E.TERMINATE): (_S.STOPPING, (_F.IGNORE,)),
    (_S.STOPPING, _E.CHILDREN_GONE): (_S.POST_STOP, (_F.RUN_POST_STOP,)),
    (_S.POST_STOP, _E.HOOK_DONE): (_S.TERMINATED, (_F.FINISH,)),
    (_S.POST_STOP, _E.HOOK_FAILED): (_S.TERMINATED, (_F.FINISH,)),  # S39: logged, and termination goes on
}

# The same by position: an enum hashes its name at each look-up, which a spawn and a stop would pay several times.
_ROWS: Final = [[TABLE.get((state, event)) for event in Event] for state in State]
_WAITING_FOR_CHILDREN: Final = frozenset({_S.AWAIT_RECREATE, _S.AWAIT_CREATE, _S.STOPPING})
_WAITING_FOR_VERDICT: Final = frozenset({_S.FAILED, _S.CREATE_FAILED, _S.RESTART_FAILED})


def transition(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """The next state and what is to be done.

    Raises:
        InvalidTransition: If the event cannot happen in this state.
    """
    row = _ROWS[state][event]
    if row is None:
        raise InvalidTransition(f"{event.name} cannot happen in state {state.name}")
    return row


def defers_supervision(state: State) -> bool:
    """Whether `Suspend`, `Resume` and `Recreate` have to wait for a later state."""
    return state in _WAITING_FOR_CHILDREN


def defers_failures(state: State) -> bool:
    """Whether a child's `Failed` has to wait, because this actor is not in a state to judge it (S54)."""
    return state in _WAITING_FOR_CHILDREN or state in _WAITING_FOR_VERDICT


def check() -> None:
    """Raise `AssertionError` if the table breaks one of its rules."""
    for (state, _event), (_next, effects) in TABLE.items():
        assert state is not State.TERMINATED, "nothing happens after the end"  # noqa: S101
        assert effects, "a row says what to do, if only IGNORE"  # noqa: S101
        hooks = [effect for effect in effects if effect.name.startswith("RUN_")]
        assert len(hooks) <= 1, "one hook at a time"  # noqa: S101
        assert not hooks or effects[-1] is hooks[0], "a hook is the last effect of its row"  # noqa: S101
