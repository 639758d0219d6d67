"""`told`: I16, what a leader tells clients is what is stored at that moment, looked at as it says it. SHELL.

A job is accepted when it is stored, not stored when it is not, ended when its result is stored, and as that says, and
being cancelled when that is noted: else a leader that dies in the next moment makes a lie of it, which only few seeds
would show. A list of all jobs has each that was accepted, and no other. Who may not act answers nobody: it cannot know
what its successor has stored. Methods are wrapped for the length of a `with`.
Deliberately not here: what clients make of several answers (`cluster.simulation.customers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from kazoo.exceptions import NoNodeError

from cluster.client import ClusterClient
from cluster.election.zookeeper.layout import Layout, from_node
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.job_master import JobMaster
from cluster.leader.submissions import Submissions
from cluster.model.job import JobStatus
from cluster.model.job_book import JobEntry
from cluster.model.job_result import JobResult
from cluster.simulation import wrapping
from cluster.simulation.disk import SimDisk
from cluster.simulation.tree import Tree
from cluster.store.pointed import Pointer
from cluster.store.results import ResultStore
from runtime.sim.campaign import Record

AT_ONCE_S = 0.05
"""Within that time a client turns to another leader."""


@dataclass(slots=True)
class _Asker:
    """Who has submitted a job, overheard."""

    told: _Told
    job_id: str
    epoch: int
    ref: Any
    is_answered: bool = False

    def tell(self, answer: Any, sender: Any = None) -> None:
        """An answer."""
        self.is_answered = True
        self.told.submitted(self.job_id, self.epoch, answer)
        self.ref.tell(answer, sender)


class _Told:
    """What is stored, and what was said of it."""

    def __init__(self, cluster: str, tree: Tree, record: Record) -> None:
        self._cluster = cluster
        self._tree = tree
        self._record = record
        self._layout = Layout("/flink", "/default")
        self._accepted: dict[str, None] = {}
        self._forgotten: set[str] = set()
        self._askers: dict[tuple[Submissions, str], list[_Asker]] = {}
        self._heard_at: dict[ClusterClient, float] = {}

    def submits(
        self, original: wrapping.Asks, submissions: Submissions, job_id: str, data: bytes, known: Any, asker: Any
    ) -> None:
        """A job is submitted."""
        overheard = _Asker(self, job_id, submissions._epoch, asker)
        self._askers.setdefault((submissions, job_id), []).append(overheard)
        original(submissions, job_id, data, known, overheard)

    def stores(self, original: wrapping.Asks, submissions: Submissions, record: Any) -> None:
        """A job is stored: whoever has submitted it meanwhile hears of it."""
        original(submissions, record)
        askers = self._askers.pop((submissions, record.job_id), [])
        unanswered = [str(one.ref) for one in askers if not one.is_answered]
        self._record.require(
            not unanswered, "I16", f"job {record.job_id} is stored, and {unanswered} do not hear of it"
        )

    def submitted(self, job_id: str, epoch: int, answer: Any) -> None:
        """Who has submitted it hears of it."""
        job = self._pointer(f"jobs/{job_id}")
        if answer.get("job_id"):
            is_stored = job is not None or self._pointer(f"results/{job_id}") is not None
            self._record.require(is_stored, "I16", f"job {job_id} is said to be accepted, and is not stored")
            self._accepted[job_id] = None
        if answer.get("unstored"):
            is_stored = job is not None and job.handle.name.rsplit("-", 2)[1] == str(epoch)
            self._record.require(not is_stored, "I16", f"job {job_id} is said not to be stored, and is")

    async def forgets(self, original: wrapping.Asks, results: ResultStore, epoch: int, job_id: str) -> None:
        """A leader forgets an ended job; until it hears that this is done it may show it still."""
        self._forgotten.add(job_id)
        await original(results, epoch, job_id)

    def shows(self, original: wrapping.Asks, entry: JobEntry) -> Any:
        """The Dispatcher says where a job stands."""
        answer = original(entry)
        self._stands(entry.job_id, answer["status"], answer)
        return answer

    def replies(self, original: wrapping.Asks, actor: Any, value: Any, to: Any = None) -> Any:
        """An actor of a leader answers."""
        may_act = actor._services.office.may_act(actor._epoch)
        self._record.require(may_act, "I16", f"{actor.context.ref} may not act, and answers {value}")
        if isinstance(actor, JobMaster) and isinstance(value, dict) and "status" in value:
            self._stands(actor._record.job_id, value["status"], {})
        if isinstance(actor, Dispatcher) and isinstance(value, list):
            listed = [one["id"] for one in value]
            missing = [job_id for job_id in self._accepted if job_id not in {*listed, *self._forgotten}]
            self._record.require(not missing, "I16", f"jobs {missing} were accepted, and are not listed")
            more = [one for one in listed if not (self._pointer(f"jobs/{one}") or self._pointer(f"results/{one}"))]
            more = [one for one in more if one not in self._forgotten]
            self._record.require(not more, "I16", f"jobs {more} are listed, and not stored")
        return original(actor, value, to)

    def follows(self, original: wrapping.Asks, client: ClusterClient, info: Any) -> None:
        """A client hears who leads."""
        self._heard_at[client] = self._record.now()
        original(client, info)

    async def waits(self, original: wrapping.Asks, client: ClusterClient, leader: Any, *more: Any) -> Any:
        """A client waits for the answer of whoever leads, and not when it follows another."""
        try:
            return await original(client, leader, *more)
        finally:
            late_s = self._record.now() - self._heard_at[client] if client._leader != leader else 0.0
            text = f"a client has waited {late_s:.3f} s for {leader}, and follows another"
            self._record.require(late_s <= AT_ONCE_S, "I16", text)

    def _stands(self, job_id: str, status: str, answer: Any) -> None:
        job, result = self._pointer(f"jobs/{job_id}"), self._pointer(f"results/{job_id}")
        if job_id in self._forgotten and result is None:
            return
        if status in ("CANCELLING", "CANCELED") and result is None:  # noted, it can end in no other way
            is_noted = job is not None and job.mark == "cancelled"
            self._record.require(is_noted, "I16", f"job {job_id} is said to be {status}; that is not stored")
        elif JobStatus(status).is_globally_terminal:
            data = SimDisk.kept(self._cluster, result.handle.name) if result is not None else None
            self._record.require(data is not None, "I16", f"job {job_id} is said to be {status}; no result is stored")
            stored = JobResult.from_bytes(data or b"")
            is_same = stored.status.value == status and answer.get("finished", [*stored.results]) == [*stored.results]
            self._record.require(is_same, "I16", f"job {job_id} is said to be {status}; stored is {stored.status}")

    def _pointer(self, key: str) -> Pointer | None:
        with suppress(NoNodeError):
            value = from_node(self._tree.get(self._layout.path_of(key))[0])
            return Pointer.from_bytes(value) if value is not None else None
        return None


@contextmanager
def told(cluster: str, tree: Tree, record: Record) -> Iterator[None]:
    """Listen to leaders until this ends.

    Args:
        cluster: Name of the simulated cluster, whose disk it is.
        tree: What the ensemble has decided.
        record: Is told, and raises.
    """
    ears = _Told(cluster, tree, record)
    shown = [(JobEntry, name, ears.shows) for name in ("summary", "outcome", "details")]
    replies = [(owner, "reply", ears.replies) for owner in (JobMaster, Dispatcher)]
    client_asks: list[tuple[type, str, wrapping.Asks]] = [
        (ClusterClient, "leader_changed", ears.follows),
        (ClusterClient, "_ask_while_it_leads", ears.waits),
    ]
    stored: list[tuple[type, str, wrapping.Asks]] = [
        (Submissions, "submit", ears.submits),
        (Submissions, "_stored", ears.stores),
        (ResultStore, "remove", ears.forgets),
    ]
    with wrapping.around([*stored, *shown, *replies, *client_asks]):
        yield
