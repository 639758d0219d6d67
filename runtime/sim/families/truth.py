"""What is so in the scenario `families`: who lives, whose child it is, in which state, and whom it watches. Pure.

Told by people themselves at each step of their lives, and never by the code under test. Deliberately not here: what may
happen in which state (`law`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from actors import PoisonPill
from actors.errors import ActorKilledError
from actors.ref import ActorRef
from runtime.sim.families.lane import Lane
from runtime.sim.families.strategies import Account, Rule
from runtime.sim.weather import Weather

MADE, CREATING, RUNNING, FAILED, UNBORN, LEFT, RISING, LAME = (
    "made",
    "creating",
    "running",
    "failed",
    "unborn",
    "left",
    "rising",
    "lame",
)
"""States of a member; `left` is between `pre_restart` and the next constructor, the last two have no instance."""
WITHOUT_INSTANCE = frozenset({UNBORN, LAME, LEFT})


@dataclass(slots=True, eq=False)
class Life:
    """One incarnation of a node.

    Attributes:
        node: Its name.
        number: From 1.
        uid: Of its actor system.
        system: That.
        gone_at: When it died; `None` while it lives.
        is_leaving: Whether it has begun to shut down in good order.
        disturbed_at: When its process has last stood still.
        convicted: Incarnations of other nodes that it has convicted.
        buried: Those who have ended since the last look.
        services: The judge of its staff.
        staff: Uids of those who belong to no family.
    """

    node: str
    number: int
    uid: int
    system: Any
    gone_at: float | None = None
    is_leaving: bool = False
    disturbed_at: float = 0.0
    convicted: set[int] = field(default_factory=set)
    buried: list[Any] = field(default_factory=list)
    services: Any = None
    staff: frozenset[int] = frozenset()


@dataclass(slots=True)
class Grant:
    """A restart that was decided.

    Attributes:
        reason: Why.
        least: It is not made before; world seconds.
        most: It is made soon after.
        is_optional: Whether something else may have made it needless.
    """

    reason: BaseException
    least: float
    most: float
    is_optional: bool


@dataclass(slots=True, eq=False)
class Member:
    """One actor, with all of its instances.

    Attributes:
        who: Its number; 0 for the guardian of a node.
        life: Of its node.
        ref: Its reference, on its node.
        parent: Its supervisor; `None` for the guardian.
        rule: What becomes of its children.
        level: How far below the guardian.
        label: For people.
        lane: Its mailbox.
        account: Its restarts.
        state: See above.
        changed_at: Since when.
        is_to_be_resumed: Whether a verdict was given that it hears when its restart is over.
        passed_at: When it was last passed a verdict of resume, though it ran: it hears of it a moment later.
        passed: What that verdict was about.
        is_doubtful: Whether a verdict that was on its way when it failed may have resumed it since.
        instance: The present one.
        children: By name, those that are over included until the name is taken again.
        survivors: Children that the present restart keeps.
        unjudged: Its failures that no supervisor has judged.
        unforeseen: Errors that the runtime may fail it with.
        failing: The message that it was handling when it failed.
        perpetrator: The child whose failure it has escalated.
        failure: What it has failed with last, until it has recovered.
        reason: Of the restart that is going on.
        decision: What its decider has said last, and about what.
        grants: Restarts that are due.
        unnamed: How many of them were made, of which nobody was told the reason.
        held_at: Since when it waits for a sibling's restart.
        told_at: When it was told to stop.
        told_by: How.
        is_awaited: Whether it was its parent who did so.
        ending_at: When its `post_stop` began.
        over_at: When its `post_stop` was over.
        death: Its cause: `stopped`, `failed` or `killed`.
        busy: Whether a handler runs.
        took_at: When the last one began.
        free_at: When it was over.
        depth: Behaviours above its own `receive`.
        watching: By uid of the subject: what it wants to hear, with since when.
        heard: The last remark of whom.
        said: Remarks to whom.
        timers: By key: number, when it may come at the earliest, the interval, and when it has come last.
        quiet: Its receive timeout and since when nothing has come.
        quiet_before: The one before, and when that was ended: it may wait in the mailbox.
        piped: What it awaits beside the mailbox: number, and when that is over at the latest.
        sent: What of that is over, and may wait in the mailbox.
        mark: Its own context variable.
    """

    who: int
    life: Life
    ref: ActorRef[Any]
    parent: Member | None
    rule: Rule
    level: int
    label: str
    lane: Lane = field(default_factory=Lane)
    account: Account = field(default_factory=Account)
    state: str = MADE
    changed_at: float = 0.0
    is_to_be_resumed: bool = False
    passed_at: float | None = None
    passed: BaseException | None = None
    is_doubtful: bool = False
    instance: Any = None
    children: dict[str, Member] = field(default_factory=dict)
    survivors: list[Member] = field(default_factory=list)
    unjudged: list[tuple[BaseException, float]] = field(default_factory=list)
    unforeseen: list[BaseException] = field(default_factory=list)
    failing: Any = None
    perpetrator: Member | None = None
    failure: BaseException | None = None
    reason: BaseException | None = None
    decision: tuple[BaseException, Any] | None = None
    grants: list[Grant] = field(default_factory=list)
    unnamed: int = 0
    held_at: float | None = None
    told_at: float | None = None
    told_by: str = ""
    is_awaited: bool = False
    ending_at: float = 0.0
    over_at: float | None = None
    death: str = "stopped"
    busy: bool = False
    took_at: float = 0.0
    free_at: float = 0.0
    depth: int = 0
    watching: dict[int, tuple[Any, float]] = field(default_factory=dict)
    heard: dict[int, int] = field(default_factory=dict)
    said: dict[int, int] = field(default_factory=dict)
    timers: dict[str, tuple[int, float, float | None, float]] = field(default_factory=dict)
    quiet: tuple[float, float] | None = None
    quiet_before: tuple[float, float] = (0.0, 0.0)
    piped: dict[int, float] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)
    mark: int = 0

    def __str__(self) -> str:
        return self.label

    @property
    def is_alive(self) -> bool:
        """Whether it was not over, and its process is not."""
        return self.over_at is None and self.life.gone_at is None

    @property
    def has_ended(self) -> bool:
        """Whether it is over; who has no instance ends without a hook, so the runtime is asked."""
        if self.over_at is not None:
            return True
        return self.state in WITHOUT_INSTANCE and self.ref.sink.state.name == "TERMINATED"  # type: ignore[attr-defined]

    @property
    def is_stopping(self) -> bool:
        """Whether it has begun to stop; of whom a pill has told to, only the runtime knows before its `post_stop`."""
        return self.ref.sink.state.name in ("STOPPING", "POST_STOP")  # type: ignore[attr-defined]

    @property
    def killed_by(self) -> BaseException | None:
        """What it has failed with if a `Kill` was heeded: only the runtime knows before somebody judges it."""
        failure: BaseException | None = self.ref.sink.failure  # type: ignore[attr-defined]
        return failure if isinstance(failure, ActorKilledError) else None

    @property
    def is_to_stop(self) -> bool:
        """Whether it was told to stop, or somebody above it was: by a pill that waits in front perhaps."""
        if self.told_at is not None or self.life.is_leaving:
            return True
        below = self
        for above in self.ancestors():
            is_begun_again = bool(above.grants) and above.begins_without(below)
            if above.told_at is not None or is_begun_again or above.lane.is_first(PoisonPill):
                return True
            below = above
        return False

    def begins_without(self, child: Member) -> bool:
        """Whether it is about to begin again without a child: one that the attempt that failed has made (S41, S44)."""
        return self.state == UNBORN or (self.state == LAME and child not in self.survivors)

    def turns(self, state: str, now: float) -> None:
        """It is in another state."""
        self.state, self.changed_at, self.is_doubtful = state, now, False

    def living(self) -> list[Member]:
        """Its children that are not over."""
        return [child for child in self.children.values() if not child.has_ended]

    def descendants(self) -> Iterator[Member]:
        """Its children that are not over, and theirs."""
        for child in self.living():
            yield child
            yield from child.descendants()

    def ancestors(self) -> Iterator[Member]:
        """Its supervisor, that one's, and so on, without the guardian."""
        above = self.parent
        while above is not None and above.parent is not None:
            yield above
            above = above.parent


class Truth:
    """Everything that is so.

    Attributes:
        lives: The present or last incarnation of each node.
        guardians: Of these.
        members: By number.
        by_uid: By uid of their path.
        weather: What is disturbed.
        rages: Whether anything fails by itself.
    """

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self.guardians: dict[str, Member] = {}
        self.members: dict[int, Member] = {}
        self._living: dict[int, list[Member]] = {}  # by uid of the system
        self.by_uid: dict[int, Member] = {}
        self.weather = Weather()
        self.rages = True

    def living(self, node: str) -> list[Member]:
        """Those who live on a node, in the order in which they were made."""
        life = self.lives.get(node)
        if life is None or life.gone_at is not None:
            return []
        living = self._living.get(life.uid, [])
        living[:] = [one for one in living if one.over_at is None]
        return list(living)

    def made(self, member: Member) -> None:
        """Somebody is there."""
        self.members[member.who] = self.by_uid[member.ref.path.uid] = member
        self._living.setdefault(member.life.uid, []).append(member)

    def node_gone(self, node: str, now: float) -> None:
        """A node's process is no more."""
        self.lives[node].gone_at = now
