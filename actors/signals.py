"""What cells say to each other, in the system lane: never bounded, never lost, handled before any user message. Pure.

User code does not see these. The subset that crosses the wire is `Watch`, `Unwatch`, `DeathWatchNotification`,
`Terminate`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, Final, TypeAlias

from actors.address import Address
from actors.notices import DeathCause, Terminated
from actors.ref import ActorRef
from actors.values import internal_value


@internal_value
class Start:
    """Make the first instance. Always the first signal of a cell."""


@internal_value
class Suspend:
    """Handle no user message until a `Resume`. Nests."""


@internal_value
class Resume:
    """Lift one `Suspend`. With a cause it is the supervisor's verdict on that failure."""

    cause: BaseException | None = None


@internal_value
class Recreate:
    """Restart: replace the instance because of `cause`."""

    cause: BaseException


@internal_value
class Terminate:
    """Stop: children first, then `post_stop`, then tell parent and watchers."""


@internal_value
class Failed:
    """A child has failed, is suspended and waits for the verdict. The child's ref carries the uid (S55)."""

    child: ActorRef[Any]
    cause: BaseException


@internal_value
class Watch:
    """`watcher` wants to hear of the death of `watchee`."""

    watchee: ActorRef[Any]
    watcher: ActorRef[Any]


@internal_value
class Unwatch:
    """`watcher` no longer wants to hear of it."""

    watchee: ActorRef[Any]
    watcher: ActorRef[Any]


@internal_value
class DeathWatchNotification:
    """`subject` is dead; goes to its parent and to each watcher, who turn it into `Terminated`.

    Attributes:
        subject, existence_confirmed, address_terminated, cause, detail: As in `Terminated`.
        notice: The `Terminated`, once somebody was shown it: ten thousand watchers in one process are shown the same.
    """

    subject: ActorRef[Any]
    existence_confirmed: bool = True
    address_terminated: bool = False
    cause: DeathCause = DeathCause.STOPPED
    detail: str = ""
    notice: Terminated | None = field(default=None, init=False, compare=False, repr=False)  # does not cross the wire

    def terminated(self) -> Terminated:
        """What a watcher is shown."""
        notice = self.notice
        if notice is None:
            self.notice = notice = Terminated(
                self.subject, self.existence_confirmed, self.address_terminated, self.cause, self.detail
            )
        return notice


@internal_value
class AddressTerminated:
    """A whole node is gone: notify for every subject there, and forget every watcher there (D63, D72).

    Attributes:
        address: The node.
        cause: By which evidence.
        detail: The evidence for people.
    """

    address: Address
    cause: DeathCause
    detail: str = ""


Signal: TypeAlias = (
    Start
    | Suspend
    | Resume
    | Recreate
    | Terminate
    | Failed
    | Watch
    | Unwatch
    | DeathWatchNotification
    | AddressTerminated
)

# Without content, so one of each is enough: a spawn, a stop and a suspension need not make an object.
START: Final = Start()
SUSPEND: Final = Suspend()
TERMINATE: Final = Terminate()
