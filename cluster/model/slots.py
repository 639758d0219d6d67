"""The ResourceManager's knowledge: which TaskManagers there are, what is in their slots, what jobs still need. Pure.

Jobs declare what they need; the pool gives it as slots come free, one slot for each task and never a second one. A slot
that still holds an attempt of an earlier leader is not free, and its task gets no other until that attempt has ended.
Shell: `cluster.leader.resource_manager`. Deliberately not here: which TaskManager to choose (`placement`), making new
ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cluster.model.placement import Candidate, Places

Holder: TypeAlias = tuple[str, str]
"""What a slot is given to: job id and task id."""

MOST_SLOTS = 100_000
"""Of one TaskManager. Whoever has written some digits too many shall not cost each leader its memory."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """One slot given to one task."""

    job_id: str
    task_id: str
    task_manager: str
    slot: int


@dataclass(slots=True)
class _TaskManager:
    """What is in its slots; `earlier` are those of them that an earlier leader gave."""

    slots: list[Holder | None]
    earlier: set[int] = field(default_factory=set)
    suspect: bool = False

    @property
    def free(self) -> int:
        return sum(holder is None for holder in self.slots)


@dataclass(slots=True)
class SlotPool:
    """All slots of a cluster under one leader."""

    _task_managers: dict[str, _TaskManager] = field(default_factory=dict)
    _needs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def task_managers(self) -> tuple[str, ...]:
        """Ids, in the order of registration."""
        return tuple(self._task_managers)

    @property
    def total(self) -> int:
        """Slots of all TaskManagers."""
        return sum(len(one.slots) for one in self._task_managers.values())

    @property
    def free(self) -> int:
        """Slots without a task, also of suspects."""
        return sum(one.free for one in self._task_managers.values())

    @property
    def missing(self) -> int:
        """How many slots the jobs wait for beyond those that could be given now."""
        held = self._held()
        waiting = sum((job_id, task_id) not in held for job_id, ids in self._needs.items() for task_id in ids)
        able = sum(one.free for one in self._task_managers.values() if not one.suspect)
        return max(0, waiting - able)

    def slots_of(self, task_manager: str) -> tuple[Holder | None, ...]:
        """What is in each slot of a TaskManager.

        Raises:
            KeyError: If it is not registered.
        """
        return tuple(self._task_managers[task_manager].slots)

    def jobs_at(self, task_manager: str) -> tuple[str, ...]:
        """The jobs that have slots there, each once."""
        return tuple(dict.fromkeys(holder[0] for holder in self.slots_of(task_manager) if holder is not None))

    def holds(self, job_id: str) -> bool:
        """Whether a task of the job is in a slot."""
        return any(holder[0] == job_id for holder in self._held())

    def waiting(self, job_id: str) -> tuple[str, ...]:
        """Ids of the job's tasks that wait for a slot."""
        return self._needs.get(job_id, ())

    def register(self, task_manager: str, slots: int, occupied: Mapping[int, Holder] | None = None) -> list[Allocation]:
        """A TaskManager offers its slots. Registering again changes nothing.

        Args:
            task_manager: Its id, different for each incarnation.
            slots: How many it has, 1 or more.
            occupied: Attempts of an earlier leader that still run there, by slot; told with `release` when they have
                ended.

        Returns:
            What is given to waiting tasks now.
        """
        if task_manager not in self._task_managers:
            held = occupied or {}
            here = [held.get(slot) for slot in range(slots)]
            self._task_managers[task_manager] = _TaskManager(here, set(held))
        return self._give()

    def lose(self, task_manager: str) -> list[Allocation]:
        """A TaskManager is gone, and with it what was in its slots.

        Returns:
            What is given elsewhere now, to tasks that it had kept from another slot.
        """
        self._task_managers.pop(task_manager, None)
        return self._give()

    def suspect(self, task_manager: str) -> None:
        """Its death is suspected: it gets nothing new until it is trusted again."""
        if task_manager in self._task_managers:
            self._task_managers[task_manager].suspect = True

    def trust(self, task_manager: str) -> list[Allocation]:
        """The suspicion has passed."""
        if task_manager in self._task_managers:
            self._task_managers[task_manager].suspect = False
        return self._give()

    def declare(self, job_id: str, waiting: Collection[str]) -> list[Allocation]:
        """A job says which of its tasks wait for a slot; this replaces what it said before.

        Returns:
            What is given now, to this job or to another.
        """
        if waiting:
            self._needs[job_id] = tuple(dict.fromkeys(waiting))
        else:
            self._needs.pop(job_id, None)
        return self._give()

    def release(self, task_manager: str, job_id: str, task_id: str) -> list[Allocation]:
        """A task has ended: its slot on that TaskManager is free. What is not known is ignored.

        Returns:
            What is given to waiting tasks now.
        """
        known = self._task_managers.get(task_manager)
        if known is not None:
            known.slots = [None if holder == (job_id, task_id) else holder for holder in known.slots]
        return self._give()

    def check(self) -> None:
        """The invariants, for tests.

        A TaskManager that comes late, when the lease of its tasks is over and they have got slots elsewhere, may still
        hold what is about to end there.
        """
        held, given = self._held(), Counter(self._given())
        doubled = [holder for holder, count in given.items() if count > 1]
        if doubled:
            raise AssertionError(f"two slots for {doubled}")
        for job_id, task_ids in self._needs.items():
            if not task_ids:
                raise AssertionError(f"an empty need of {job_id} is kept")
            for task_id in task_ids:
                if (job_id, task_id) not in held and self._able(job_id):
                    raise AssertionError(f"{task_id} of {job_id} waits although a slot is free")

    def _give(self) -> list[Allocation]:
        given: list[Allocation] = []
        if not self._needs:
            return given
        held = self._held()
        for job_id, task_ids in list(self._needs.items()):
            left: list[str] = []
            places = Places(self._able(job_id))
            for position, task_id in enumerate(task_ids):
                if not places:
                    left += task_ids[position:]
                    break
                if (job_id, task_id) in held:
                    left.append(task_id)
                    continue
                chosen = places.take()
                slots = self._task_managers[chosen].slots
                slot = slots.index(None)
                slots[slot] = (job_id, task_id)
                self._task_managers[chosen].earlier.discard(slot)
                held.add((job_id, task_id))
                given.append(Allocation(job_id, task_id, chosen, slot))
            if left:
                self._needs[job_id] = tuple(left)
            else:
                del self._needs[job_id]
        return given

    def _held(self) -> set[Holder]:
        return {holder for one in self._task_managers.values() for holder in one.slots if holder is not None}

    def _given(self) -> list[Holder]:
        """What this leader has put into slots."""
        return [
            holder
            for one in self._task_managers.values()
            for slot, holder in enumerate(one.slots)
            if holder is not None and slot not in one.earlier
        ]

    def _able(self, job_id: str) -> list[Candidate]:
        return [
            Candidate(
                task_manager=name,
                free=one.free,
                used=len(one.slots) - one.free,
                used_by_job=sum(holder is not None and holder[0] == job_id for holder in one.slots),
                suspect=one.suspect,
            )
            for name, one in self._task_managers.items()
            if one.free and not one.suspect
        ]
