"""What follows from a failure of a job: the restart strategy is asked, but not for each loss of one outage. Pure.

Used by `cluster.model.execution`. Deliberately not here: the strategies (`cluster.model.restart_judges`).
"""

from __future__ import annotations

from collections.abc import Callable

from cluster.model.outage import Outage
from cluster.model.restart_judges import Restart, RestartJudge, Verdict

UNCOUNTED = Restart(0.0)
"""After an end that is no failure of the job: its checkpoint could not be read any more, or a former leader was ending
the attempt when it died, to begin it again. It uses up no attempt of the restart strategy."""


class Verdicts:
    """Those of one job under one leader.

    Args:
        judge: Of its restart strategy.
        jitter: Draws from -1 to 1.
    """

    __slots__ = ("_jitter", "_judge", "_outage")

    def __init__(self, judge: RestartJudge, jitter: Callable[[], float]) -> None:
        self._judge = judge
        self._jitter = jitter
        self._outage = Outage()

    def on_failure(self, now: float, *, loss: bool) -> Verdict:
        """A task has failed; or (`loss`) a TaskManager is lost with its tasks, or tasks are found that had failed.

        Of what is found by a new leader nobody knows what its former one has counted, and followed by a restart.
        """
        jitter = self._jitter()
        if not loss:
            return self._judge.on_failure(now, jitter)
        verdict = self._outage.loss(now, lambda: self._judge.on_failure(now, jitter))
        if isinstance(verdict, Restart):
            self._judge.restarts_besides(now + verdict.delay_s)
        return verdict

    def all_running(self) -> None:
        """All tasks run again."""
        self._outage.ended()
