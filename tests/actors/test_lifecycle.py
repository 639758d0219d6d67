"""The life of an actor, row by row: what follows from each event in each state, and that nothing else can happen."""

from __future__ import annotations

import itertools

import pytest

from actors import lifecycle
from actors.lifecycle import TABLE, Effect, Event, InvalidTransition, State, transition

# A second hand's account of the same life: state, event, next state, effects; none of it is taken from the table.
EXPECTED = """
    NEW             START           -> CREATING         RUN_CREATE

    CREATING        HOOK_DONE       -> RUNNING          IGNORE
    CREATING        HOOK_FAILED     -> CREATE_FAILED    SUSPEND SUSPEND_CHILDREN REPORT

    CREATE_FAILED   RESUME          -> CREATE_FAILED    UNSUSPEND RESUME_CHILDREN
    CREATE_FAILED   VERDICT_RESUME  -> AWAIT_CREATE     STOP_CHILDREN AWAIT_STOPPING
    CREATE_FAILED   RECREATE        -> AWAIT_CREATE     STOP_CHILDREN AWAIT_STOPPING
    CREATE_FAILED   TERMINATE       -> STOPPING         CLOSE STOP_CHILDREN AWAIT_STOPPING

    AWAIT_CREATE    CHILDREN_GONE   -> CREATING         UNSUSPEND FORGET_FAILURE RUN_CREATE
    AWAIT_CREATE    TERMINATE       -> STOPPING         CLOSE STOP_CHILDREN AWAIT_STOPPING

    RUNNING         FAIL            -> FAILED           SUSPEND SUSPEND_CHILDREN REPORT
    RUNNING         RESUME          -> RUNNING          UNSUSPEND RESUME_CHILDREN
    RUNNING         VERDICT_RESUME  -> RUNNING          UNSUSPEND RESUME_CHILDREN
    RUNNING         RECREATE        -> PRE_RESTART      RUN_PRE_RESTART
    RUNNING         TERMINATE       -> STOPPING         CLOSE STOP_CHILDREN AWAIT_STOPPING

    FAILED          RESUME          -> FAILED           UNSUSPEND RESUME_CHILDREN
    FAILED          VERDICT_RESUME  -> RUNNING          UNSUSPEND FORGET_FAILURE RESUME_CHILDREN
    FAILED          RECREATE        -> PRE_RESTART      RUN_PRE_RESTART
    FAILED          TERMINATE       -> STOPPING         CLOSE STOP_CHILDREN AWAIT_STOPPING

    PRE_RESTART     HOOK_DONE       -> AWAIT_RECREATE   DISPOSE AWAIT_STOPPING
    PRE_RESTART     HOOK_FAILED     -> AWAIT_RECREATE   DISPOSE AWAIT_STOPPING

    AWAIT_RECREATE  CHILDREN_GONE   -> POST_RESTART     UNSUSPEND FORGET_FAILURE RUN_POST_RESTART
    AWAIT_RECREATE  TERMINATE       -> STOPPING         CLOSE STOP_CHILDREN AWAIT_STOPPING

    POST_RESTART    HOOK_DONE       -> RUNNING          RESTART_CHILDREN
    POST_RESTART    HOOK_FAILED     -> RESTART_FAILED   SUSPEND SUSPEND_CHILDREN REPORT

    RESTART_FAILED  RESUME          -> RESTART_FAILED   UNSUSPEND RESUME_CHILDREN
    RESTART_FAILED  VERDICT_RESUME  -> AWAIT_RECREATE   DISPOSE STOP_OFFSPRING AWAIT_STOPPING
    RESTART_FAILED  RECREATE        -> AWAIT_RECREATE   DISPOSE STOP_OFFSPRING AWAIT_STOPPING
    RESTART_FAILED  TERMINATE       -> STOPPING         CLOSE STOP_CHILDREN AWAIT_STOPPING

    STOPPING        TERMINATE       -> STOPPING         IGNORE
    STOPPING        CHILDREN_GONE   -> POST_STOP        RUN_POST_STOP

    POST_STOP       HOOK_DONE       -> TERMINATED       FINISH
    POST_STOP       HOOK_FAILED     -> TERMINATED       FINISH
"""
Row = tuple[State, Event, State, tuple[Effect, ...]]


def _parsed() -> list[Row]:
    rows: list[Row] = []
    for line in filter(None, map(str.strip, EXPECTED.splitlines())):
        before, after = line.split("->")
        state, event = before.split()
        following, *effects = after.split()
        rows.append((State[state], Event[event], State[following], tuple(Effect[name] for name in effects)))
    return rows


ROWS = _parsed()
IMPOSSIBLE = sorted(set(itertools.product(State, Event)) - {(state, event) for state, event, _, _ in ROWS})


@pytest.mark.parametrize(("state", "event", "following", "effects"), ROWS, ids=lambda value: getattr(value, "name", ""))
def test_row(state: State, event: Event, following: State, effects: tuple[Effect, ...]) -> None:
    """Each event that can happen in a state leads to the state and the effects that were written down."""
    assert transition(state, event) == (following, effects)


@pytest.mark.parametrize(("state", "event"), IMPOSSIBLE, ids=lambda value: value.name)
def test_nothing_else_can_happen(state: State, event: Event) -> None:
    """An event that cannot happen in a state is refused, with both names in the text."""
    with pytest.raises(InvalidTransition, match=rf"{event.name} .*{state.name}"):
        transition(state, event)


def test_no_row_is_unexpected() -> None:
    """The table has exactly the rows that were written down, each once."""
    assert len(ROWS) == len({(state, event) for state, event, _, _ in ROWS}) == len(TABLE)


def test_check_accepts_the_table() -> None:
    """The table keeps its own rules."""
    lifecycle.check()


@pytest.mark.parametrize(
    ("state", "event", "following", "effects"),
    [
        (State.TERMINATED, Event.START, State.CREATING, (Effect.RUN_CREATE,)),
        (State.NEW, Event.TERMINATE, State.TERMINATED, ()),
        (State.NEW, Event.TERMINATE, State.POST_STOP, (Effect.RUN_POST_STOP, Effect.FINISH)),
        (State.NEW, Event.TERMINATE, State.POST_STOP, (Effect.RUN_PRE_RESTART, Effect.RUN_POST_STOP)),
    ],
    ids=["after the end", "no effect", "hook not last", "two hooks"],
)
def test_check_finds_a_bad_row(
    monkeypatch: pytest.MonkeyPatch, state: State, event: Event, following: State, effects: tuple[Effect, ...]
) -> None:
    """A row that breaks a rule of the table is found by its check."""
    monkeypatch.setitem(TABLE, (state, event), (following, effects))

    with pytest.raises(AssertionError):
        lifecycle.check()


def test_every_state_can_be_reached_and_left() -> None:
    """Each state can be reached from the beginning, and from each the end can be reached."""
    edges = {(state, following) for state, _, following, _ in ROWS}

    assert _reachable(State.NEW, edges) == set(State)
    for state in State:
        assert State.TERMINATED in _reachable(state, edges)


def _reachable(start: State, edges: set[tuple[State, State]]) -> set[State]:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for state, following in edges:
            if state is here and following not in seen:
                seen.add(following)
                todo.append(following)
    return seen


def test_a_hook_always_ends_in_a_row() -> None:
    """A state entered with a hook running knows what its success and its failure mean, and nothing else."""
    hooked = {following for _, _, following, effects in ROWS if effects[-1].name.startswith("RUN_")}

    assert hooked == {State.CREATING, State.PRE_RESTART, State.POST_RESTART, State.POST_STOP}
    for state in hooked:
        assert {event for other, event in TABLE if other is state} == {Event.HOOK_DONE, Event.HOOK_FAILED}


@pytest.mark.parametrize("state", [state for state in State if (state, Event.TERMINATE) in TABLE])
def test_a_stop_is_heard_wherever_no_hook_runs(state: State) -> None:
    """S56: a stop leads towards the end from every state, a failed one included; S60: it waits for children first."""
    following, effects = transition(state, Event.TERMINATE)

    assert following is State.STOPPING
    assert effects in (
        (Effect.IGNORE,),
        (Effect.CLOSE, Effect.STOP_CHILDREN, Effect.AWAIT_STOPPING),
    )


def test_suspensions_are_balanced() -> None:
    """S52: what suspends an actor on failing is lifted once on every way back to running."""
    balance = {State.NEW: 0}
    todo = [State.NEW]
    own_way = {Event.START, Event.HOOK_DONE, Event.HOOK_FAILED, Event.FAIL, Event.VERDICT_RESUME, Event.RECREATE}
    while todo:
        here = todo.pop()
        for state, event, following, effects in ROWS:
            if state is not here or event not in own_way | {Event.CHILDREN_GONE} or following is State.POST_STOP:
                continue
            if state is State.RUNNING and event in (Event.VERDICT_RESUME, Event.RECREATE):
                continue  # there somebody else's `Suspend` is lifted
            count = balance[here] + effects.count(Effect.SUSPEND) - effects.count(Effect.UNSUSPEND)
            if following not in balance:
                balance[following] = count
                todo.append(following)
            assert balance[following] == count, f"{state.name} -> {following.name}"

    assert balance[State.RUNNING] == balance[State.CREATING] == balance[State.POST_RESTART] == 0
    assert balance[State.FAILED] == balance[State.CREATE_FAILED] == balance[State.RESTART_FAILED] == 1


def test_supervision_waits_while_children_go() -> None:
    """S35, S54: exactly the states that wait for children put supervision off; failures also wait for a verdict."""
    waiting = {State.AWAIT_RECREATE, State.AWAIT_CREATE, State.STOPPING}
    judged = {State.FAILED, State.CREATE_FAILED, State.RESTART_FAILED}

    assert {state for state in State if lifecycle.defers_supervision(state)} == waiting
    assert {state for state in State if lifecycle.defers_failures(state)} == waiting | judged
