"""What makes actors run: the shells around the cores in `actors`, remoting, and the world under simulation.

Start with `runtime.system`. The wire without wires is in `runtime.protocol`, its shells in `runtime.remote`.

A name is imported from its module when it is first used (PEP 562): asyncio alone takes longer to import than all that
is here, and a program that only names actors and messages needs neither. Deliberately not here: anything that runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.mailbox import MailboxSettings
    from runtime.events import EventStream
    from runtime.graceful import graceful_stop
    from runtime.phases import Phase
    from runtime.protocol.evidence import Ground
    from runtime.remote.events import NodeSuspected, NodeTerminated, NodeTrusted, QuarantinedBy
    from runtime.routing import group, pool
    from runtime.security import TlsSettings
    from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings
    from runtime.system import ActorSystem
    from runtime.testkit import TestKit, TestProbe
else:
    # Not for type checkers, to which a module with `__getattr__` has whatever name one asks for.
    _HOMES = {
        "ActorSystem": "runtime.system",
        "EventStream": "runtime.events",
        "FailureDetectorSettings": "runtime.settings",
        "Ground": "runtime.protocol.evidence",
        "MailboxSettings": "actors.mailbox",
        "NodeSuspected": "runtime.remote.events",
        "NodeTerminated": "runtime.remote.events",
        "NodeTrusted": "runtime.remote.events",
        "Phase": "runtime.phases",
        "QuarantinedBy": "runtime.remote.events",
        "RemoteSettings": "runtime.settings",
        "Settings": "runtime.settings",
        "TestKit": "runtime.testkit",
        "TestProbe": "runtime.testkit",
        "TlsSettings": "runtime.security",
        "graceful_stop": "runtime.graceful",
        "group": "runtime.routing",
        "pool": "runtime.routing",
    }

    def __getattr__(name):
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'runtime' has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(home), name)
        return found

    def __dir__():
        return sorted({*globals(), *_HOMES})


__all__ = [
    "ActorSystem",
    "EventStream",
    "FailureDetectorSettings",
    "Ground",
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
    "TlsSettings",
    "graceful_stop",
    "group",
    "pool",
]
