"""Every setting of an actor system, as frozen dataclasses with checked values.

No I/O here; `runtime.bootstrap` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from actors.mailbox import MailboxSettings
from actors.supervision import DEFAULT_STRATEGY, OneForOneStrategy
from actors.values import value
from runtime.detection import FailureDetectorSettings
from runtime.phases import PHASES, Phase, in_order
from runtime.security import TlsSettings

__all__ = ["FailureDetectorSettings", "RemoteSettings", "Settings", "TlsSettings"]


def _positive(owner: object, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if not value > 0:
            raise ValueError(f"{type(owner).__name__}.{name} must be above 0, not {value}")


def _not_negative(owner: object, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if not value >= 0:
            raise ValueError(f"{type(owner).__name__}.{name} must be 0 or more, not {value}")


def _instance(owner: object, name: str, cls: type, *, optional: bool = False) -> None:
    value = getattr(owner, name)
    if not isinstance(value, cls) and not (optional and value is None):
        raise TypeError(f"{type(owner).__name__}.{name} is a {cls.__name__}, not {value!r}")


@value
class RemoteSettings:
    """How a system talks to others over TCP.

    Attributes:
        host: Address to listen on and to be known by. Anything but loopback needs `tls` or `insecure`.
        port: 0 for any free one.
        max_frame_bytes: A longer frame is refused before its body is read.
        max_message_values: A message with more values (lists, maps and what is in them) is neither sent nor taken.
        queue_messages: Ordinary messages waiting for one peer; beyond it they go to dead letters.
        queue_bytes: Bytes of those, too.
        system_queue_messages: Unacknowledged system messages to one peer; beyond it the peer is quarantined (R19). And
            deaths of its actors that wait here for its last words; beyond it they are not acknowledged, and come again.
        connect_timeout_s: For one dial.
        handshake_timeout_s: After which queued ordinary messages are given up (R10).
        dial_backoff_s: First pause between dials; doubles up to `dial_backoff_max_s`.
        dial_backoff_max_s: Longest pause between dials.
        resend_s: Unacknowledged system messages are sent again after so long.
        redial_wait_s: After a lost connection a dial, at once, asks whether the peer is dead; if it has no result,
            others follow after twice this, doubling.
        redial_connect_timeout_s: For that dial.
        shutdown_flush_s: How long a goodbye waits for acknowledgements.
        idle_close_s: A connection that nobody needs, and on which nothing was sent for so long, is closed until it is
            needed (R6). An association without connections is forgotten then.
        quarantine_memory_s: So long is remembered, after its last use, which incarnations of an address are dead (R26).
        max_associations: Systems with which there are associations; beyond it a system that is not known is refused.
        max_handshakes: Connections that arrived and are not welcomed yet; beyond it the oldest is closed.
        max_handshakes_per_host: The same for those of one IP address.
        failure_detector: How silence is judged.
        tls: Certificates, by which both sides of each connection know each other; `None` for plain TCP.
        secret: What both sides of each connection prove to know before anything else is heard; best 32 random bytes.
        untrusted: Whether peers may only address what they were given, and neither stop nor kill it (docs/security.md).
        trusted_paths: What they may name all the same, such as `/user/lobby`.
        insecure: Whether it may listen where other machines reach it without certificates: on a trusted network only.
    """

    host: str = "127.0.0.1"
    port: int = 0
    max_frame_bytes: int = 8 * 1024 * 1024
    max_message_values: int = 500_000
    queue_messages: int = 100_000
    queue_bytes: int = 256 * 1024 * 1024
    system_queue_messages: int = 20_000
    connect_timeout_s: float = 5.0
    handshake_timeout_s: float = 20.0
    dial_backoff_s: float = 0.05
    dial_backoff_max_s: float = 1.0
    resend_s: float = 1.0
    redial_wait_s: float = 0.0005
    redial_connect_timeout_s: float = 0.02
    shutdown_flush_s: float = 1.0
    idle_close_s: float = 300.0
    quarantine_memory_s: float = 3600.0
    max_associations: int = 10_000
    max_handshakes: int = 256
    max_handshakes_per_host: int = 128
    failure_detector: FailureDetectorSettings = field(default_factory=FailureDetectorSettings.default)
    tls: TlsSettings | None = None
    secret: str | bytes | None = field(default=None, repr=False)
    untrusted: bool = False
    trusted_paths: tuple[str, ...] = ()
    insecure: bool = False

    def __post_init__(self) -> None:
        _positive(
            self,
            "max_frame_bytes",
            "max_message_values",
            "queue_messages",
            "queue_bytes",
            "system_queue_messages",
            "connect_timeout_s",
            "handshake_timeout_s",
            "dial_backoff_s",
            "dial_backoff_max_s",
            "resend_s",
            "idle_close_s",
            "max_associations",
            "max_handshakes",
            "max_handshakes_per_host",
            "redial_connect_timeout_s",
        )
        _not_negative(self, "redial_wait_s", "shutdown_flush_s", "quarantine_memory_s")
        _instance(self, "failure_detector", FailureDetectorSettings)
        _instance(self, "tls", TlsSettings, optional=True)
        _instance(self, "port", int)
        paths: Any = self.trusted_paths
        if isinstance(paths, str) or any(path[:1] != "/" for path in paths):
            raise ValueError(f"RemoteSettings.trusted_paths are paths such as /user/lobby, not {paths!r}")
        if self.secret is not None and not self.secret:
            raise ValueError("RemoteSettings.secret is empty; without a secret it is None")
        if not 0 <= self.port < 65536:
            raise ValueError(f"RemoteSettings.port is 0 to 65535, not {self.port}")


@value
class Settings:
    """Settings of one actor system.

    Attributes:
        remote: `None` for a system without sockets.
        mailbox: Bound of mailboxes whose `Props` say nothing.
        guardian_strategy: What happens to failing top-level actors (S69).
        throughput: Messages one actor may handle before it is another's turn.
        stop_timeout_s: After which a handler or hook that keeps its actor from stopping is cancelled.
        stash_capacity: Messages one actor may stash.
        dead_letters_logged: Dead letters that are logged before the log falls silent about them (A10).
        failures_logged: Failures with the same exception class that are logged, for each actor, before it falls silent.
        log_silence_s: How long it does; then what was skipped is counted, and it begins again.
        slow_handler_s: A handler or hook that is suspended for longer is named in a warning; `None` for none.
        blocking_threads: Threads for `context.run_blocking`, 1 or more; further work waits for one of them.
        dump_on_sigusr1: Whether SIGUSR1 prints the tree and the stacks of suspended handlers; see `runtime.living`.
        shutdown_phases: The phases of the coordinated shutdown by name; see `runtime.phases`.
    """

    remote: RemoteSettings | None = None
    mailbox: MailboxSettings = field(default_factory=MailboxSettings)
    guardian_strategy: OneForOneStrategy = DEFAULT_STRATEGY
    throughput: int = 100
    stop_timeout_s: float = 5.0
    stash_capacity: int = 100_000
    dead_letters_logged: int = 10
    failures_logged: int = 10
    log_silence_s: float = 300.0
    slow_handler_s: float | None = 10.0
    blocking_threads: int = 16
    dump_on_sigusr1: bool = True
    shutdown_phases: Mapping[str, Phase] = field(default_factory=lambda: PHASES)

    def __post_init__(self) -> None:
        _positive(self, "throughput", "stop_timeout_s", "stash_capacity", "blocking_threads", "log_silence_s")
        if self.slow_handler_s is not None:
            _positive(self, "slow_handler_s")
        in_order(self.shutdown_phases)
        _instance(self, "remote", RemoteSettings, optional=True)
        _instance(self, "mailbox", MailboxSettings)
        _instance(self, "guardian_strategy", OneForOneStrategy)
