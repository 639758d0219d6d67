"""`RestClient`: talks to a cluster over HTTP, for machines without access to the election backend. SHELL.

Any JobManager will do; of several, the next one is asked when one does not answer or nobody leads. A request is made
again until the time is up; each is harmless to repeat (a submission carries the job's id). Offers what
`cluster.client.ClusterClient` offers. Deliberately not here: commands and their output.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from cluster.client import JobNotFound, NoLeader, RequestRefused
from cluster.config import ConfigError

T = TypeVar("T")

AGAIN_S = 0.1
LOOK_S = 0.2
"""Between two looks at whether a job has ended."""
ONE_REQUEST_S = 15.0
PATIENCE_S = 1.0
"""Without an answer of a leader for so long, whoever waits is told so."""


class RestClient:
    """A connection to a cluster.

    Use it as `async with RestClient(urls) as client`. Every request raises `NoLeader` when nobody who answers knows a
    leader in time, `RequestRefused` when the answer is no.

    Args:
        urls: Of JobManagers, such as `http://127.0.0.1:8081`; at least one.
        timeout_s: For one question with all its repetitions.
        transport: For tests: what carries requests.
        waiting: Called with a text for people, once for each question, when nobody who leads has answered yet.

    Raises:
        ConfigError: If `httpx` is not installed.
    """

    def __init__(
        self,
        urls: Sequence[str],
        timeout_s: float = 60.0,
        transport: Any = None,
        waiting: Callable[[str], None] | None = None,
    ) -> None:
        try:
            import httpx
        except ImportError:
            raise ConfigError(["--rest needs httpx: pip install 'deathwatch[http]'"]) from None
        self._httpx = httpx
        self._urls = list(urls)
        self._timeout_s = timeout_s
        self._waiting = waiting
        # Proxies of the environment are for the world outside; a cluster is asked directly.
        self._http = httpx.AsyncClient(timeout=ONE_REQUEST_S, trust_env=False, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    # --- requests -----------------------------------------------------------------------------------------------------

    async def submit(self, job_id: str, record: bytes) -> None:
        """Submit a job; the same id may be submitted again and is accepted once."""
        headers = {"Content-Type": "application/msgpack"}
        await self._ask("POST", "/jobs", lambda found: found["jobid"], content=record, headers=headers)

    async def jobs(self) -> list[dict[str, Any]]:
        """All jobs."""
        return await self._ask("GET", "/jobs/overview", lambda found: [job["deathwatch"] for job in found["jobs"]])

    async def job(self, job_id: str) -> dict[str, Any]:
        """Details of one job."""
        return await self._ask("GET", f"/jobs/{_part(job_id)}", lambda found: dict(found["deathwatch"]))

    async def cancel(self, job_id: str) -> str:
        """Cancel a job; returns its status."""
        await self._ask("PATCH", f"/jobs/{_part(job_id)}?mode=cancel", dict)
        return str((await self.job(job_id))["status"])

    async def retry(self, job_id: str) -> str:
        """Recover a job again that was set aside; returns its status."""
        return await self._ask("POST", f"/jobs/{_part(job_id)}/retry", lambda found: str(found["status"]))

    async def cluster(self) -> dict[str, Any]:
        """TaskManagers and the timeline of failovers."""
        parts = ("task_managers", "epoch", "slots_missing", "provider_starts", "provider_trouble")
        return await self._ask("GET", "/ha", lambda known: {"timeline": known["failovers"], **_parts(known, *parts)})

    async def election(self) -> dict[str, Any]:
        """Leader and standbys."""
        return await self._ask("GET", "/ha", lambda known: _parts(known, "leader", "epoch", "standbys"))

    async def result(self, job_id: str, told: Callable[[str, str], None] | None = None) -> dict[str, Any]:
        """Wait for the end of a job, through any number of failovers: `{"status", "results", "error"}`.

        Args:
            job_id: Of the job.
            told: Called with status and reason whenever one of them changes.
        """
        before = ("", "")
        while True:
            with contextlib.suppress(NoLeader):
                now, results = await self._ask("GET", f"/jobs/{_part(job_id)}/execution-result", _outcome)
                if results is not None:
                    return {"status": now[0], "error": now[1], "results": results}
                if told is not None and now != before:
                    told(*now)
                before = now
            await asyncio.sleep(LOOK_S)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _ask(self, method: str, path: str, take: Callable[[Any], T], **more: Any) -> T:
        """What `take` finds in the answer."""
        began, said, why = self._now(), False, ""
        ends = began + self._timeout_s
        while True:
            for url in list(self._urls):
                try:
                    answer = await self._http.request(method, url + path, **more)
                except self._httpx.HTTPError as error:
                    why = f"{url} does not answer: {str(error) or type(error).__name__}"
                else:
                    if answer.status_code < 300:
                        return _taken(answer, take)
                    why = _error(answer)
                    if answer.status_code not in (408, 503):
                        raise (JobNotFound if answer.status_code == 404 else RequestRefused)(why)
                self._urls.append(self._urls.pop(0))  # the next one first, also for the next question
                if self._now() >= ends:
                    raise NoLeader(why)
            if self._waiting is not None and not said and self._now() - began >= PATIENCE_S:
                said = True
                self._waiting(f"no leader yet, waiting for up to {self._timeout_s:g} s: {why}")
            await asyncio.sleep(min(AGAIN_S, max(0.0, ends - self._now())))


def _taken(answer: Any, take: Callable[[Any], T]) -> T:
    try:
        return take(answer.json())
    except (ValueError, KeyError, TypeError, AttributeError):  # of whoever listens there, Flink's own perhaps
        raise RequestRefused(_stranger(answer)) from None


def _parts(known: Any, *names: str) -> dict[str, Any]:
    return {name: known[name] for name in names}


def _outcome(found: Any) -> tuple[tuple[str, str], Any]:
    result, own = found["job-execution-result"], found["deathwatch"]
    return (own["status"], own["error"]), None if result is None else result["results"]


def _part(text: str) -> str:
    """A part of a path; what cannot be one is no job's id either."""
    if "/" in text or "?" in text or "#" in text or not text.isprintable() or text in ("", ".", ".."):
        raise JobNotFound(f"{text!r} cannot be a job's id")
    return text


def _error(answer: Any) -> str:
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        return "; ".join(answer.json()["errors"])
    return _stranger(answer)


def _stranger(answer: Any) -> str:
    return f"{answer.url} answers {answer.status_code}, and not as a JobManager does"
