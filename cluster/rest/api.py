"""The HTTP interface: which path is answered by what. SHELL of the views; asks the leader through the gate.

Every path is served with and without `/v1`, on every JobManager. Paths are Flink's; `/ha`, `/metrics`, `/healthz`,
`/readyz`, the web page and the submission of jobs are ours. Deliberately not here: listening (`cluster.rest.server`),
bounds (`cluster.rest.guards`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cluster.configuration.cluster_config import ClusterConfig
from cluster.rest import cluster_views, job_views
from cluster.rest.answers import Refusal, json_answer, on_http_error, on_refusal, on_unavailable, unavailable
from cluster.rest.checkpoint_views import checkpoint_config, checkpoints
from cluster.rest.gate import Unavailable
from cluster.rest.page import page_routes
from cluster.rest.questions import Questions
from cluster.rest.submission import JOB_ID, Submissions

TASK_MANAGER_ID = re.compile(r"[!-~]{1,255}")
COUNT = re.compile(r"[1-9][0-9]{0,3}")
MAX_EXCEPTIONS = 1000

Handler = Callable[[Request], Awaitable[Response]]
Look = Callable[[str], Awaitable[tuple[bytes, str]]]


class RestApi:
    """All handlers.

    Args:
        config: Of the process.
        questions: What the leader is asked.
        version: For people and for clients that want one.
        look: Makes the text of `/metrics`, and its content type, for an `Accept`.
        wall_time: Seconds since 1970.
    """

    def __init__(
        self,
        config: ClusterConfig,
        questions: Questions,
        version: str,
        look: Look,
        wall_time: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._ask = questions
        self._version = version
        self._look = look
        self._wall_time = wall_time
        self._submissions = Submissions()

    def app(self) -> Starlette:
        """The ASGI application; the web page is served without `/v1` only."""
        routes = [Route(f"{prefix}{path}", **route) for prefix in ("", "/v1") for path, route in self._routes()]
        handlers = {Refusal: on_refusal, Unavailable: on_unavailable, HTTPException: on_http_error}
        return Starlette(routes=[*routes, *page_routes()], exception_handlers=handlers)

    def _routes(self) -> list[tuple[str, dict[str, Any]]]:
        def get(handler: Handler) -> dict[str, Any]:
            return {"endpoint": handler, "methods": ["GET"]}

        return [
            ("/overview", get(self.overview)),
            ("/config", get(self.ui_config)),
            ("/cluster", {"endpoint": self.shut_down, "methods": ["DELETE"]}),
            ("/jobmanager/config", get(self.settings)),
            ("/taskmanagers", get(self.task_managers)),
            ("/taskmanagers/{task_manager}", get(self.task_manager)),
            ("/jobs", get(self.jobs)),
            ("/jobs", {"endpoint": self.submit, "methods": ["POST"]}),
            ("/jobs/overview", get(self.jobs_overview)),
            ("/jobs/{job}", get(self.job)),
            ("/jobs/{job}", {"endpoint": self.cancel, "methods": ["PATCH"]}),
            ("/jobs/{job}/retry", {"endpoint": self.retry, "methods": ["POST"]}),
            ("/jobs/{job}/config", get(self.job_config)),
            ("/jobs/{job}/exceptions", get(self.exceptions)),
            ("/jobs/{job}/checkpoints", get(self.checkpoints)),
            ("/jobs/{job}/checkpoints/config", get(self.checkpoint_config)),
            ("/jobs/{job}/execution-result", get(self.execution_result)),
            ("/ha", get(self.ha)),
            ("/metrics", get(self.metrics)),
            ("/healthz", get(self.healthz)),
            ("/readyz", get(self.readyz)),
        ]

    # --- the cluster --------------------------------------------------------------------------------------------------

    async def overview(self, _: Request) -> Response:
        """GET /overview."""
        return json_answer(cluster_views.overview(await self._ask.cluster(), self._version))

    async def ui_config(self, _: Request) -> Response:
        """GET /config."""
        self._ask.need_leader()
        zone = time.strftime("%Z", time.localtime(self._wall_time()))
        offset_s = float(time.localtime(self._wall_time()).tm_gmtoff)
        rest = self._config.rest
        return json_answer(cluster_views.ui_config(self._version, rest.refresh_s, offset_s, zone, cancel=rest.cancel))

    async def settings(self, _: Request) -> Response:
        """GET /jobmanager/config: what this JobManager was told."""
        self._ask.need_leader()
        return json_answer(cluster_views.settings(self._config.settings))

    async def task_managers(self, _: Request) -> Response:
        """GET /taskmanagers."""
        cluster = await self._ask.cluster()
        return json_answer(cluster_views.task_managers(cluster["task_managers"], self._wall_time()))

    async def task_manager(self, request: Request) -> Response:
        """GET /taskmanagers/:id."""
        wanted = request.path_params["task_manager"]
        if not TASK_MANAGER_ID.fullmatch(wanted):
            raise Refusal(400, f"{wanted!r} cannot be a TaskManager's id")
        members = (await self._ask.cluster())["task_managers"]
        for member in members:
            if member["id"] == wanted:
                return json_answer(cluster_views.task_manager(member, self._wall_time()))
        raise Refusal(404, f"there is no TaskManager {wanted}")

    async def shut_down(self, _: Request) -> Response:
        """DELETE /cluster: every process leaves in good order; what is stored stays."""
        self._may(self._config.rest.cancel, "web.cancel.enable")
        await self._ask.shut_down()
        return json_answer({})

    async def ha(self, _: Request) -> Response:
        """GET /ha: who leads, who stands by, and the failovers; also while nobody leads, as far as this one knows."""
        own = self._ask.own_view()
        try:
            return json_answer({**own, **await self._ask.high_availability()})
        except Unavailable as error:
            return unavailable(str(error), **own)

    async def metrics(self, request: Request) -> Response:
        """GET /metrics: for Prometheus; never 503, as it says who leads."""
        try:
            text, kind = await self._look(request.headers.get("accept", ""))
        except ImportError:
            raise Refusal(501, "prometheus-client is not installed: pip install 'deathwatch[metrics]'") from None
        return Response(text, headers={"Content-Type": kind})

    async def healthz(self, _: Request) -> Response:
        """GET /healthz: the process lives."""
        return json_answer({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        """GET /readyz: it can be of use, since it knows who leads."""
        self._ask.need_leader()
        return json_answer({"status": "ok", **self._ask.own_view()})

    # --- jobs ---------------------------------------------------------------------------------------------------------

    async def jobs(self, _: Request) -> Response:
        """GET /jobs."""
        return json_answer(job_views.job_ids(await self._ask.jobs()))

    async def jobs_overview(self, _: Request) -> Response:
        """GET /jobs/overview."""
        jobs = await self._ask.jobs()
        details = await self._ask.details_of([job["id"] for job in jobs if not job_views.is_ended(job)])
        return json_answer(job_views.jobs_overview(jobs, details, self._wall_time()))

    async def job(self, request: Request) -> Response:
        """GET /jobs/:id."""
        return json_answer(job_views.job(await self._details(request), self._wall_time()))

    async def job_config(self, request: Request) -> Response:
        """GET /jobs/:id/config."""
        return json_answer(job_views.job_config(await self._details(request)))

    async def exceptions(self, request: Request) -> Response:
        """GET /jobs/:id/exceptions, with `maxExceptions`."""
        text = request.query_params.get("maxExceptions", str(job_views.DEFAULT_MAX_EXCEPTIONS))
        if not COUNT.fullmatch(text) or int(text) > MAX_EXCEPTIONS:
            raise Refusal(400, f"maxExceptions: {text!r} is not accepted; a whole number from 1 to {MAX_EXCEPTIONS} is")
        return json_answer(job_views.exceptions(await self._details(request), int(text)))

    async def checkpoints(self, request: Request) -> Response:
        """GET /jobs/:id/checkpoints."""
        return json_answer(checkpoints(await self._details(request)))

    async def checkpoint_config(self, request: Request) -> Response:
        """GET /jobs/:id/checkpoints/config."""
        details, config = await self._details(request), self._config
        known = checkpoint_config(details, config.checkpoint_timeout_s, config.checkpoint_min_pause_s)
        if known is None:
            raise Refusal(404, f"checkpointing is not on for job {details['id']}")
        return json_answer(known)

    async def execution_result(self, request: Request) -> Response:
        """GET /jobs/:id/execution-result."""
        job_id = self._job_id(request)
        outcome = await self._ask.outcome(job_id)
        ended = outcome["status"] in job_views.APPLICATION_STATES
        details = await self._ask.details(job_id) if ended else {}
        results = await self._ask.results(job_id, outcome) if ended else {}
        return json_answer(job_views.execution_result(job_id, outcome, details, results))

    async def submit(self, request: Request) -> Response:
        """POST /jobs: a job as we store it, or its file or module and arguments; see `cluster.rest.submission`."""
        self._may(self._config.rest.submit, "web.submit.enable")
        self._ask.need_leader()
        record, data = await self._submissions.read(request, self._wall_time())
        await self._ask.submit(record, data)
        return json_answer({"jobid": record.job_id, "jobUrl": f"/jobs/{record.job_id}"}, 202)

    async def cancel(self, request: Request) -> Response:
        """PATCH /jobs/:id, with `mode=cancel`."""
        self._may(self._config.rest.cancel, "web.cancel.enable")
        mode = request.query_params.get("mode", "cancel")
        if mode != "cancel":
            raise Refusal(400, f"mode: {mode!r} is not accepted; cancel is")
        await self._ask.cancel(self._job_id(request))
        return json_answer({}, 202)

    async def retry(self, request: Request) -> Response:
        """POST /jobs/:id/retry: recover a job again that was set aside."""
        self._may(self._config.rest.submit, "web.submit.enable")
        return json_answer({"status": await self._ask.retry(self._job_id(request))}, 202)

    async def _details(self, request: Request) -> dict[str, Any]:
        return await self._ask.details(self._job_id(request))

    def _job_id(self, request: Request) -> str:
        job_id: str = request.path_params["job"]
        if not JOB_ID.fullmatch(job_id):
            raise Refusal(400, f"{job_id!r} cannot be a job's id")
        return job_id

    def _may(self, allowed: bool, key: str) -> None:
        if not allowed:
            raise Refusal(403, f"{key} is false")
