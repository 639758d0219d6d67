"""What makes actors run: the shells around the cores in `actors`, remoting, and the world under simulation.

Start with `runtime.system`. The wire without wires is in `runtime.protocol`, its shells in `runtime.remote`.
"""

from actors.mailbox import MailboxSettings
from runtime.events import EventStream
from runtime.graceful import graceful_stop
from runtime.phases import Phase
from runtime.remote.events import NodeSuspected, NodeTerminated, NodeTrusted, QuarantinedBy
from runtime.routing import group, pool
from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings
from runtime.system import ActorSystem
from runtime.testkit import TestKit, TestProbe

__all__ = [
    "ActorSystem",
    "EventStream",
    "FailureDetectorSettings",
    "MailboxSettings",
    "NodeSuspected",
    "NodeTerminated",
    "NodeTrusted",
    "Phase",
    "QuarantinedBy",
    "RemoteSettings",
    "Settings",
    "TestKit",
    "TestProbe",
    "graceful_stop",
    "group",
    "pool",
]
