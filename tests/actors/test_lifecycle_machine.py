"""The life of an actor against a model that counts hooks, instances, and who has suspended it."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.lifecycle import Effect, Event, InvalidTransition, State, defers_supervision, transition

HOOKS = {Effect.RUN_CREATE, Effect.RUN_PRE_RESTART, Effect.RUN_POST_RESTART, Effect.RUN_POST_STOP}
JUDGED = (State.FAILED, State.CREATE_FAILED, State.RESTART_FAILED)
WAITING = (State.AWAIT_CREATE, State.AWAIT_RECREATE, State.STOPPING)


class LifeAndModel(RuleBasedStateMachine):
    """Lets an actor live as its table says, and as a reader of the documentation would expect."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.NEW
        self.suspensions = 0  # as the effects count them
        self.hook: Effect | None = None
        self.others = 0  # suspensions by ancestors and siblings' failures that are not lifted yet
        self.has_failed = False  # and neither a resume nor a restart is over
        self.is_others_restart = False
        self.has_instance = False
        self.is_told_to_stop = False
        self.began = self.ended = 0  # instances

    def happens(self, event: Event) -> None:
        """Look up what follows, and do it."""
        self.state, effects = transition(self.state, event)
        for effect in effects:
            if effect is Effect.SUSPEND:
                self.suspensions += 1
            elif effect is Effect.UNSUSPEND:
                self.suspensions = max(0, self.suspensions - 1)
            elif effect is Effect.DISPOSE and self.has_instance:
                self.has_instance = False
                self.ended += 1
            elif effect is Effect.FINISH:
                self.ended += self.has_instance
                self.has_instance = False
            elif effect in HOOKS:
                assert self.hook is None
                self.hook = effect

    @property
    def is_free(self) -> bool:
        """A signal has its turn: no hook runs, and its life is not over."""
        return self.hook is None and self.state not in (State.NEW, State.TERMINATED)

    @precondition(lambda self: self.state is State.NEW)
    @rule()
    def start(self) -> None:
        """It is born."""
        self.happens(Event.START)

    @precondition(lambda self: self.hook is not None)
    @rule(raises=st.booleans())
    def a_hook_ends(self, raises: bool) -> None:
        """The hook that runs returns, or raises."""
        hook, self.hook = self.hook, None
        if hook in (Effect.RUN_CREATE, Effect.RUN_POST_RESTART) and not raises:
            self.has_instance = True
            self.began += 1
        if hook in (Effect.RUN_CREATE, Effect.RUN_POST_RESTART) and raises:
            self.has_failed = True
        self.happens(Event.HOOK_FAILED if raises else Event.HOOK_DONE)

    @precondition(lambda self: self.is_free and self.state is State.RUNNING and not self.suspensions)
    @rule()
    def a_handler_fails(self) -> None:
        """User code raises."""
        self.has_failed = True
        self.happens(Event.FAIL)

    @precondition(lambda self: self.is_free and self.state in JUDGED)
    @rule(restart=st.booleans())
    def is_judged(self, restart: bool) -> None:
        """The supervisor's verdict; where nothing usable is left, a resume is a restart (S42, S44)."""
        if self.state is State.FAILED and not restart:
            self.has_failed = False
        self.happens(Event.RECREATE if restart else Event.VERDICT_RESUME)

    @precondition(lambda self: self.is_free and not defers_supervision(self.state))
    @rule()
    def another_suspends_it(self) -> None:
        """An ancestor has failed, or a sibling under all-for-one."""
        self.others += 1
        self.suspensions += 1

    @precondition(lambda self: self.is_free and self.others and not defers_supervision(self.state))
    @rule()
    def another_resumes_it(self) -> None:
        """That is over."""
        self.others -= 1
        self.happens(Event.RESUME)

    @precondition(lambda self: self.is_free and self.others and self.state is State.RUNNING)
    @rule()
    def another_restarts_it(self) -> None:
        """All-for-one, or a parent that keeps its children."""
        self.is_others_restart = True
        self.happens(Event.RECREATE)

    @precondition(lambda self: self.is_free and self.state in WAITING)
    @rule()
    def children_are_gone(self) -> None:
        """The last child that was told to stop is dead."""
        if self.state is not State.STOPPING:
            if self.is_others_restart:
                self.others -= 1
            else:
                self.has_failed = False
            self.is_others_restart = False
        self.happens(Event.CHILDREN_GONE)

    @precondition(lambda self: self.is_free)
    @rule()
    def is_stopped(self) -> None:
        """By whomever, as often as they like."""
        self.is_told_to_stop = True
        self.happens(Event.TERMINATE)

    @precondition(lambda self: self.hook is not None or self.state is State.TERMINATED)
    @rule(event=st.sampled_from([one for one in Event if one not in (Event.HOOK_DONE, Event.HOOK_FAILED)]))
    def nothing_else_happens(self, event: Event) -> None:
        """While a hook runs, and after the end."""
        with pytest.raises(InvalidTransition):
            transition(self.state, event)

    @invariant()
    def suspensions_are_those_that_are_owed(self) -> None:
        """S52: one for its own failure, one for each of somebody else's; whoever has none of them works."""
        if not self.is_told_to_stop:
            assert self.suspensions == self.others + self.has_failed

    @invariant()
    def instances_live_one_after_another(self) -> None:
        """S60: each that began is ended once, before the next begins, and at last all are."""
        assert self.began - self.ended == self.has_instance
        if self.state is State.RUNNING:
            assert self.has_instance
        if self.state is State.TERMINATED:
            assert self.is_told_to_stop
            assert not self.has_instance


TestLifeAndModel = LifeAndModel.TestCase
TestLifeAndModel.settings = settings(max_examples=200, stateful_step_count=30)
TestLifeAndModel.__doc__ = "S52, S60: whatever happens in whatever order, the table counts as the model does."
