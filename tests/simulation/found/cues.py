"""Defects of the product that seeds of `cues` have shown, and how to have them back."""

from __future__ import annotations

from cluster.model.pending_restarts import PendingRestarts
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "cues",
        9200001,
        "a task that was stored as finished while a restart waited ran again, from its beginning",
        (
            "0.1 delay jm1 tm3 for=19.177 mean=0.05",
            "0.1 delay jm2 tm1 for=19.177 mean=0.05",
            "0.1 delay jm2 tm2 for=19.177 mean=0.05",
            "0.1 delay jm2 tm3 for=19.177 mean=0.05",
            "0.1 delay jm2 zk3 for=19.177 mean=0.005",
            "0.1 delay jm3 zk1 for=19.177 mean=0.005",
            "0.2 break-worker@TriggerCheckpoint.said worker for=5.8917 nth=2.0 after=0.002 first=1.0",
            "0.2 freeze@SubmitJob.comes leader for=0.6436 nth=1.0 behind=1.0 after=0.0",
            "0.2 break@job.CANCELLING leader for=1.7266 nth=2.0 after=-1.0 part=0.0 which=4.0",
            "0.2 cancel-job@job.CANCELLING for=0.0019 nth=2.0 after=-1.0 which=2.0",
            "0.2 retry-job@StoreAnswered-CheckpointIdDrawn.comes for=2.8455 nth=1.0 after=0.05 which=2.0",
            "0.2 reset@SubmitJob.comes worker leader for=0.005 nth=1.0 after=0.0002 cut=0.0",
            "0.2 disk-refuses@SubmitJob.comes for=0.2837 nth=1.0 after=0.05 count=1.0",
            "0.2 disk-refuses@task.SCHEDULED for=0.0481 nth=1.0 after=-1.0 count=2.0",
            "0.2 freeze@TriggerCheckpoint.said who for=0.2646 nth=1.0 after=0.0",
            "0.2 freeze@TriggerCheckpoint.said who for=0.4484 nth=1.0 after=0.0002",
            "0.2 kill-slot@task.SCHEDULED worker for=0.1713 nth=1.0 after=0.05 first=8.0",
            "0.2 kill@DeployTask.comes who for=0.078 nth=1.0 behind=8.0 after=0.0",
            "0.2 isolate@decided.create.jobgraphs leader for=0.0863 nth=1.0 after=0.002 from_members_only=1.0",
            "0.2 cut@TriggerCheckpoint.said worker leader for=0.0328 nth=1.0 after=0.005 one_way=0.0",
            "7.15 freeze tm1 for=0.796",
            "7.533 break@job.CANCELLING leader for=0.5442 nth=1.0 after=0.0 part=0.0 which=1.0",
        ),
        (
            wrapped(
                PendingRestarts, "take_ready", lambda original, pending, vertices, _: original(pending, vertices, ())
            ),
        ),
        "I12 I6",
    ),
]
