"""A highly available cluster that keeps supervised jobs running through the death of any process.

What a job is written with is exported here; the processes are started by `deathwatch` (`cluster.cli`).
"""

from cluster.model.job import Job, JobStatus, Task, TaskContext, TaskSpec
from cluster.model.restart import ExponentialDelay, FailureRate, FixedDelay, NoRestart

__all__ = [
    "ExponentialDelay",
    "FailureRate",
    "FixedDelay",
    "Job",
    "JobStatus",
    "NoRestart",
    "Task",
    "TaskContext",
    "TaskSpec",
]
