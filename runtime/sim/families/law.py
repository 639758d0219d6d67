"""`Law`: what may happen in the life of an actor, hook by hook and message by message: S2, S30 to S60. Pure.

The numbers are those of the behaviours (docs/behaviours.md). It is told of each hook, handler and failure by the people
themselves. Deliberately not here: what a failure has to come to (`verdicts`), what has to happen in time (`dues`),
messages (`lane`), watches (`deaths`).
"""

from __future__ import annotations

from typing import Any

from actors import Kill, PoisonPill
from actors.errors import ActorKilledError
from runtime.sim.families.truth import CREATING, FAILED, LAME, LEFT, MADE, RISING, RUNNING, UNBORN, Member
from runtime.sim.families.verdicts import Verdicts, first_used, names, settle


class Law(Verdicts):
    """Judges each step.

    Args:
        truth: What is so; it is kept here.
        record: Is told, and raises.
        now: World seconds.
    """

    # --- hooks --------------------------------------------------------------------------------------------------------

    def constructs(self, member: Member, instance: Any) -> None:
        """A constructor runs: S30, S31, S35, S44."""
        self._tell(member, "constructor", member.state)
        state, now = member.state, self._now()
        told = [child for child in member.living() if child.is_awaited or member.begins_without(child)]
        self._require(not told, "S35", lambda: f"a new instance of {member} is made while {names(told)} still stops")
        if state == UNBORN:
            self._require(
                len(member.grants) > member.unnamed, "S44", lambda: f"{member} is created again, and nobody has said so"
            )
            first_used(member)
        elif state in (LAME, LEFT):
            member.survivors = member.living()
            self._require(
                state == LEFT or bool(member.grants), "S41", lambda: f"{member} restarts though nobody has said so"
            )
        else:
            self._require(state == MADE, "S31", lambda: f"another instance of {member} is made, which was {state}")
        member.turns(CREATING if state in (MADE, UNBORN) else RISING, now)
        if state == LAME and member.survivors:
            self._record.sometimes("children waited through a restart that failed")
        member.instance, member.held_at, member.failing, member.perpetrator = (instance, None, None, None)
        member.depth = 0

    def pre_start(self, member: Member, instance: Any) -> None:
        """`pre_start` runs: S30, S44."""
        is_due = member.state == CREATING and member.instance is instance
        self._require(is_due, "S30", lambda: f"pre_start of {member}, which is {member.state}")

    def post_restart(self, member: Member, instance: Any, reason: BaseException) -> None:
        """`post_restart` runs: S31, S41."""
        is_due = member.state == RISING and member.instance is instance
        self._require(is_due, "S31", lambda: f"post_restart of {member}, which is {member.state}")
        if member.reason is None:  # else it has been told to `pre_restart`
            self._consume(member, reason)
        self._require(member.reason is reason, "S31", lambda: f"post_restart of {member} is told {reason!r}")

    def started(self, member: Member) -> None:
        """`pre_start` or `post_restart` is over: S36."""
        self._tell(member, "started")
        is_restart = member.state == RISING
        reason, member.reason = member.reason, None
        member.turns(RUNNING, self._now())
        member.free_at, member.failure = self._now(), None
        settle(member)
        if is_restart:
            self._record.sometimes("a restart")
            for child in member.survivors:
                if reason is not None and not child.has_ended and child.told_at is None:
                    self.grant(child, reason)
                    self._record.sometimes("a child was kept in a restart")
            member.survivors = []

    def pre_restart(self, member: Member, instance: Any, reason: BaseException, message: Any) -> None:
        """`pre_restart` runs: S31, S33, S40, S79."""
        self._tell(member, "pre_restart", repr(reason))
        self._learns_of_a_kill(member)
        is_due = member.state in (RUNNING, FAILED) and member.instance is instance
        self._require(is_due, "S31", lambda: f"pre_restart of {member}, which is {member.state}")
        self._consume(member, reason)
        failing = member.failing if member.state == FAILED else None
        self._require(
            member.is_doubtful or message is failing,
            "S33",
            lambda: f"pre_restart of {member} gets {message!r}, not {failing!r}",
        )
        member.turns(LEFT, self._now())
        member.held_at = None

    def _learns_of_a_kill(self, member: Member) -> None:
        """Who was killed, and is restarted or stopped for another reason before that is judged, has failed first."""
        failure = member.killed_by
        kill = member.lane.take_kind(Kill) if failure is not None and member.state == RUNNING else None
        if failure is not None and kill is not None:
            self._fail(member, FAILED, failure, kill)
            self._record.sometimes("a kill that nobody judged in time")

    def disposes(self, member: Member) -> None:
        """`pre_restart` is over: what the instance has begun ends with it, and its stash goes back (S38)."""
        if member.lane.stashed:
            self._record.sometimes("a stash was put back by a restart")
        if member.timers:
            self._record.sometimes("timers ended in a restart")
        member.timers.clear()
        member.piped.clear()
        member.lane.unstash()

    def ends(self, member: Member, instance: Any) -> None:
        """`post_stop` begins: S39, S43, S60."""
        self._tell(member, "post_stop", member.state)
        has_instance = member.state in (RUNNING, FAILED) and member.instance is instance and member.over_at is None
        self._require(has_instance, "S39", lambda: f"post_stop of {member}, which is {member.state}")
        left = member.living()
        self._require(not left, "S39", lambda: f"post_stop of {member} while {names(left)} lives")
        self._heeds(member)
        self._learns_of_a_kill(member)
        self._require(member.is_to_stop, "S60", lambda: f"{member} stops, and nobody has told it to")
        member.told_at = self._now() if member.told_at is None else member.told_at
        member.ending_at = self._now()
        if member.state == FAILED:
            member.death = "killed" if isinstance(member.failure, ActorKilledError) else "failed"

    def heeds_at_once(self, member: Member) -> None:
        """Somebody is about to be told something: a pill that it was heeding takes no room while its children stop.

        Nor does a kill that nobody has judged before its parent restarted.
        """
        if member.lane.is_bounded and member.is_stopping:
            self._heeds(member)
            failure = member.killed_by
            if failure is not None and member.lane.take_kind(Kill) is not None:
                member.unforeseen.append(failure)

    def _heeds(self, member: Member) -> None:
        """A pill that was the next in its mailbox is none of its messages any more."""
        if member.told_at is None and member.lane.take_kind(PoisonPill) is not None:
            self.told(member, "by a pill")
            self._record.sometimes("a poison pill")

    def ended(self, member: Member) -> None:
        """`post_stop` is over."""
        self._tell(member, "over", member.death)
        member.over_at = self._now()
        member.life.buried.append(member)
        member.watching.clear()
        member.timers.clear()
        member.piped.clear()
        member.quiet = None

    # --- handlers -----------------------------------------------------------------------------------------------------

    def receives(self, member: Member, instance: Any, behaviour: int, children: set[int]) -> None:
        """A message is handled: S2, S37, S40, S49, S50, S60."""
        require, now = self._require, self._now()
        require(member.instance is instance, "S2", lambda: f"{member} handles a message with an old instance")
        require(member.over_at is None, "S60", lambda: f"{member} handles a message after its end")
        member.is_to_be_resumed = False
        if member.changed_at < now:
            self._forget(member)
        if member.is_doubtful:
            member.turns(RUNNING, now)
        require(member.state == RUNNING, "S49", lambda: f"{member} handles a message while it is {member.state}")
        require(not member.busy, "S49", lambda: f"{member} handles two messages at once")
        require(
            member.told_at is None,
            "S60",
            lambda: f"{member} handles a message after it was told to stop {member.told_by}",
        )
        is_held = member.held_at is not None and member.held_at < now
        require(not is_held, "S52", lambda: f"{member} handles a message while it waits for its sibling's restart")
        self._above(member, now)
        require(
            behaviour == member.depth, "S37", lambda: f"{member} handles a message as {behaviour}, not {member.depth}"
        )
        living = {child.ref.path.uid for child in member.children.values() if self._may_be_known(child)}
        surely = {child.ref.path.uid for child in member.living()}
        require(
            surely <= children <= living, "D40", lambda: f"{member} has children {children}, and should have {surely}"
        )
        member.busy = True
        member.lane.moved_at = member.took_at = now

    def _forget(self, member: Member) -> None:
        """Restarts that may have come have come; and if nobody was told the reason of some, those may be among them."""
        late = self._now() - 0.1
        member.grants = [one for one in member.grants if not one.is_optional or one.most > late]
        settle(member)

    def _may_be_known(self, child: Member) -> bool:
        """Whether its parent may not have heard of its end: at that moment others may have their turn first."""
        return child.over_at is None or child.over_at == self._now()

    def _above(self, member: Member, now: float) -> None:
        """S50, S60: nobody above waits for a verdict, or has been told to stop, since before now."""
        since = 0.0
        for above in member.ancestors():
            is_out = (
                not above.is_doubtful
                and above.state in (FAILED, UNBORN, LAME, LEFT)
                and max(since, above.changed_at) < now
            )
            if is_out:
                self._record.require(False, "S50", f"{member} handles a message while {above} is {above.state}")
            if above.busy or above.state in (CREATING, RISING, LEFT):
                return  # it passes nothing on
            since = max(since, above.free_at, above.changed_at)
            is_left = above.told_at is None or max(since, above.told_at) >= now
            if not is_left:
                self._record.require(False, "S60", f"{member} handles a message though {above} was told to stop")

    def handled(self, member: Member) -> None:
        """A handler is over."""
        member.busy, member.free_at = False, self._now()

    # --- failures -----------------------------------------------------------------------------------------------------

    def fails(self, member: Member, place: str, error: BaseException, message: Any = None) -> None:
        """Somebody is about to fail: in `receive`, the constructor, `pre_start` or `post_restart`."""
        self._tell(member, f"fails in {place}", repr(error))
        self._record.sometimes(f"a failure in {place}")
        state = {"receive": FAILED, "constructor": UNBORN, "pre_start": UNBORN}.get(place, LAME)
        if place == "constructor" and member.state == RISING:
            state = LAME
            if member.reason is None:
                first_used(member)
        if state == LAME:
            member.reason = None
        if place == "receive":
            self.handled(member)
        self._fail(member, state, error, message)
