"""What an actor is: the vocabulary, and the rules of life and death. Pure: nothing here waits, sends, or reads a clock.

Start with `actors.actor` (what you write), then `actors.lifecycle` and `actors.watching` (what happens to it).
What makes actors run is in `runtime`.
"""

from actors.actor import Actor
from actors.address import ActorPath, Address
from actors.context import ActorContext
from actors.errors import (
    ActorError,
    ActorInitializationError,
    ActorKilledError,
    ActorNameInUse,
    AskTimeout,
    DeathPactError,
    InvalidActorName,
    MailboxFull,
    PostRestartError,
)
from actors.mailbox import MailboxSettings, Overflow
from actors.message import Request, message
from actors.notices import (
    ActorIdentity,
    DeadLetter,
    DeathCause,
    Identify,
    Kill,
    PoisonPill,
    ReceiveTimeout,
    SuppressedDeadLetter,
    Terminated,
    UnhandledMessage,
)
from actors.props import Props
from actors.ref import ActorRef
from actors.routing import (
    AddRoutee,
    Broadcast,
    ConsistentHashing,
    GetRoutees,
    RandomChoice,
    RemoveRoutee,
    RoundRobin,
    Routees,
    SmallestMailbox,
    ToAll,
)
from actors.supervision import (
    AllForOneStrategy,
    Backoff,
    Directive,
    OneForOneStrategy,
    default_decider,
    stopping_decider,
)

__all__ = [
    "Actor",
    "ActorContext",
    "ActorError",
    "ActorIdentity",
    "ActorInitializationError",
    "ActorKilledError",
    "ActorNameInUse",
    "ActorPath",
    "ActorRef",
    "AddRoutee",
    "Address",
    "AllForOneStrategy",
    "AskTimeout",
    "Backoff",
    "Broadcast",
    "ConsistentHashing",
    "DeadLetter",
    "DeathCause",
    "DeathPactError",
    "Directive",
    "GetRoutees",
    "Identify",
    "InvalidActorName",
    "Kill",
    "MailboxFull",
    "MailboxSettings",
    "OneForOneStrategy",
    "Overflow",
    "PoisonPill",
    "PostRestartError",
    "Props",
    "RandomChoice",
    "ReceiveTimeout",
    "RemoveRoutee",
    "Request",
    "RoundRobin",
    "Routees",
    "SmallestMailbox",
    "SuppressedDeadLetter",
    "Terminated",
    "ToAll",
    "UnhandledMessage",
    "default_decider",
    "message",
    "stopping_decider",
]
