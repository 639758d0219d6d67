"""The table of configuration keys: name, older names, type and default of each. Pure.

Names, forms and defaults are Flink's where Flink has the key; keys of our own are marked `ours`. `cluster.config` turns
them into a `ClusterConfig`. Deliberately not here: what the values do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cluster.configuration.values import (
    CREDENTIALS,
    DURATION,
    DURATION_POSITIVE,
    FLAG,
    HOSTS,
    PATH,
    PORT,
    PORTS,
    SECONDS,
    SIZE,
    TEXT,
    ValueType,
    choice,
    endless,
    real,
    whole,
)
from cluster.model.slots import MOST_SLOTS

T = TypeVar("T")

KEYS: dict[str, Key[Any]] = {}
"""Every key by each of its names, the current one and the older ones."""


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """A configuration key.

    Attributes:
        name: As the documentation calls it.
        type: What it accepts.
        default: Its value when it is absent.
        older: Other names that are read as this key.
    """

    name: str
    type: ValueType[T]
    default: Any
    older: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (self.name, *self.older):
            KEYS[name] = self


# --- high availability ------------------------------------------------------------------------------------------------

HIGH_AVAILABILITY = Key(
    "high-availability",
    choice("none", "memory", "sqlite", "zookeeper"),
    "none",
    ("high-availability.type", "recovery.mode"),
)
STORAGE_DIR = Key("high-availability.storageDir", PATH, None, ("high-availability.zookeeper.storageDir",))
CLUSTER_ID = Key(
    "high-availability.cluster-id",
    TEXT,
    "default",
    ("high-availability.zookeeper.path.namespace", "high-availability.zookeeper.path.cluster-id"),
)
HA_JOBMANAGER_PORT = Key("high-availability.jobmanager.port", PORTS, (0,), ("recovery.jobmanager.port",))
SQLITE_PATH = Key("high-availability.sqlite.path", PATH, None)  # ours
LEASE_TTL = Key("high-availability.lease.ttl", DURATION_POSITIVE, 2.0)  # ours
ELECTION_POLL = Key("high-availability.poll-interval", DURATION_POSITIVE, 0.01)  # ours
TAKEOVER = Key("high-availability.takeover", choice("evidence", "timeout"), "evidence")  # ours
ZOOKEEPER_QUORUM = Key("high-availability.zookeeper.quorum", HOSTS, None, ("recovery.zookeeper.quorum",))
ZOOKEEPER_ROOT = Key("high-availability.zookeeper.path.root", TEXT, "/flink", ("recovery.zookeeper.path.root",))
ZOOKEEPER_SESSION = Key("high-availability.zookeeper.client.session-timeout", DURATION_POSITIVE, 6.0)
ZOOKEEPER_CONNECTION = Key("high-availability.zookeeper.client.connection-timeout", DURATION_POSITIVE, 15.0)
ZOOKEEPER_ACL = Key("high-availability.zookeeper.client.acl", choice("open", "creator"), "open")
ZOOKEEPER_AUTHORIZATION = Key("high-availability.zookeeper.client.authorization", CREDENTIALS, None)
ZOOKEEPER_TLS = Key("high-availability.zookeeper.ssl.enabled", choice("true", "false"), "false")  # ours
ZOOKEEPER_TLS_CA = Key("high-availability.zookeeper.ssl.ca", PATH, None)  # ours
ZOOKEEPER_TLS_CERTIFICATE = Key("high-availability.zookeeper.ssl.certificate", PATH, None)  # ours
ZOOKEEPER_TLS_KEY = Key("high-availability.zookeeper.ssl.key", PATH, None)  # ours
ZOOKEEPER_TLS_KEY_PASSWORD = Key("high-availability.zookeeper.ssl.key-password", TEXT, None)  # ours
ZOOKEEPER_TLS_HOSTNAME = Key("high-availability.zookeeper.ssl.verify-hostname", choice("true", "false"), "true")  # ours

# --- processes and their addresses ------------------------------------------------------------------------------------

JOBMANAGER_ADDRESS = Key("jobmanager.rpc.address", TEXT, "127.0.0.1")
JOBMANAGER_PORT = Key("jobmanager.rpc.port", PORT, 6123)
JOBMANAGER_BIND_HOST = Key("jobmanager.bind-host", TEXT, None)
JOBMANAGER_RESOURCE_ID = Key("jobmanager.resource-id", TEXT, None)
TASKMANAGER_HOST = Key("taskmanager.host", TEXT, "127.0.0.1", ("taskmanager.bind-host",))
TASKMANAGER_PORT = Key("taskmanager.rpc.port", PORTS, (0,))
TASKMANAGER_RESOURCE_ID = Key("taskmanager.resource-id", TEXT, None)
SLOTS = Key("taskmanager.numberOfTaskSlots", whole(1, MOST_SLOTS), 1)
SLOT_ISOLATION = Key("taskmanager.slot.isolation", choice("process", "inline"), "process")  # ours
SLOT_WARM_SPARES = Key("taskmanager.slot.warm-spares", whole(0), None)  # ours
PROVIDER = Key("resourcemanager.provider", choice("none", "process"), "none")  # ours
TASKMANAGERS = Key("resourcemanager.taskmanagers", whole(0), 0)  # ours
TASKMANAGER_START_TIMEOUT = Key("resourcemanager.taskmanager-registration.timeout", DURATION_POSITIVE, 300.0)
SLOT_REQUEST_TIMEOUT = Key("slot.request.timeout", DURATION_POSITIVE, 300.0)
CANCELLATION_TIMEOUT = Key("task.cancellation.timeout", DURATION, 180.0)
REGISTRATION_INITIAL = Key("cluster.taskmanager.registration.initial-timeout", DURATION_POSITIVE, 0.1)
REGISTRATION_MAX = Key("cluster.taskmanager.registration.max-timeout", DURATION_POSITIVE, 30.0)
REGISTRATION_REFUSED_DELAY = Key("cluster.taskmanager.registration.refused-registration-delay", DURATION, 30.0)
REGISTRATION_TIMEOUT = Key("taskmanager.registration.timeout", DURATION_POSITIVE, 300.0)
SHUTDOWN_TIMEOUT = Key("cluster.services.shutdown-timeout", DURATION_POSITIVE, 30.0)
CLIENT_TIMEOUT = Key("client.timeout", DURATION_POSITIVE, 60.0)

# --- failure detection and the wire -----------------------------------------------------------------------------------

DETECTOR = Key("failure-detector", choice("lan", "default", "wan", "akka"), "default")  # ours
HEARTBEAT_INTERVAL = Key(
    "heartbeat.interval", DURATION_POSITIVE, None, ("akka.watch.heartbeat.interval", "pekko.watch.heartbeat.interval")
)
HEARTBEAT_TIMEOUT = Key(
    "heartbeat.timeout", DURATION_POSITIVE, None, ("akka.watch.heartbeat.pause", "pekko.watch.heartbeat.pause")
)
DETECTOR_THRESHOLD = Key("akka.watch.threshold", real(0, above=True), None, ("pekko.watch.threshold",))
ASK_TIMEOUT = Key("akka.ask.timeout", DURATION_POSITIVE, 10.0, ("pekko.ask.timeout",))
CONNECT_TIMEOUT = Key("akka.tcp.timeout", DURATION_POSITIVE, None, ("pekko.tcp.timeout",))
FRAME_SIZE = Key("akka.framesize", SIZE, None, ("pekko.framesize",))

# --- security between processes ---------------------------------------------------------------------------------------

SSL_ENABLED = Key("security.ssl.internal.enabled", FLAG, False)
SSL_CERTIFICATE = Key("security.ssl.internal.certificate", PATH, None)  # ours
SSL_KEY = Key("security.ssl.internal.key", PATH, None)  # ours
SSL_CA = Key("security.ssl.internal.ca", PATH, None)  # ours
SSL_KEY_PASSWORD = Key("security.ssl.internal.key-password", TEXT, None)
SSL_HOSTNAME = Key("security.ssl.verify-hostname", FLAG, True)
SECRET = Key("security.secret", TEXT, None)  # ours
SECRET_FILE = Key("security.secret.file", PATH, None)  # ours
INSECURE = Key("security.insecure", FLAG, False)  # ours

# --- checkpoints ------------------------------------------------------------------------------------------------------

CHECKPOINT_INTERVAL = Key("execution.checkpointing.interval", DURATION_POSITIVE, None)
CHECKPOINT_TIMEOUT = Key("execution.checkpointing.timeout", DURATION_POSITIVE, 600.0)
CHECKPOINT_MIN_PAUSE = Key("execution.checkpointing.min-pause", DURATION, 0.0)
CHECKPOINTS_RETAINED = Key("state.checkpoints.num-retained", whole(1), 1, ("execution.checkpointing.num-retained",))
CHECKPOINT_TOLERABLE = Key("execution.checkpointing.tolerable-failed-checkpoints", whole(0), 0)
CHECKPOINT_DIR = Key("state.checkpoints.dir", PATH, None, ("execution.checkpointing.dir",))

# --- restart and failover ---------------------------------------------------------------------------------------------

RESTART_STRATEGY = Key(
    "restart-strategy",
    choice(
        *("none", "off", "disable", "fixed-delay", "failure-rate", "exponential-delay"),
        aliases={
            "fixeddelay": "fixed-delay",
            "failurerate": "failure-rate",
            "exponentialdelay": "exponential-delay",
            "disabled": "disable",
            "false": "off",
        },
    ),
    None,
    ("restart-strategy.type",),
)
FIXED_DELAY_ATTEMPTS = Key("restart-strategy.fixed-delay.attempts", whole(0), 1)
FIXED_DELAY_DELAY = Key("restart-strategy.fixed-delay.delay", DURATION, 1.0)
FAILURE_RATE_MAX = Key("restart-strategy.failure-rate.max-failures-per-interval", whole(1), 1)
FAILURE_RATE_INTERVAL = Key("restart-strategy.failure-rate.failure-rate-interval", DURATION_POSITIVE, 60.0)
FAILURE_RATE_DELAY = Key("restart-strategy.failure-rate.delay", DURATION, 1.0)
EXPONENTIAL_INITIAL = Key("restart-strategy.exponential-delay.initial-backoff", DURATION_POSITIVE, 1.0)
EXPONENTIAL_MAX = Key("restart-strategy.exponential-delay.max-backoff", DURATION_POSITIVE, 60.0)
EXPONENTIAL_MULTIPLIER = Key("restart-strategy.exponential-delay.backoff-multiplier", real(1, above=True), 1.5)
EXPONENTIAL_RESET = Key("restart-strategy.exponential-delay.reset-backoff-threshold", DURATION_POSITIVE, 3600.0)
EXPONENTIAL_JITTER = Key("restart-strategy.exponential-delay.jitter-factor", real(0, 1), 0.1)
EXPONENTIAL_ATTEMPTS = Key("restart-strategy.exponential-delay.attempts-before-reset-backoff", endless(1), None)
FAILOVER_STRATEGY = Key("jobmanager.execution.failover-strategy", choice("region", "full"), "region")
ATTEMPTS_HISTORY = Key("jobmanager.execution.attempts-history-size", whole(0), 16, ("web.exception-history-size",))

# --- recovery: what is kept, for how long, what tasks do meanwhile ----------------------------------------------------

FAILOVER_TASKS = Key("jobmanager.failover.tasks", choice("restart", "keep"), "restart")  # ours
TASK_LEASE = Key("taskmanager.task-lease", DURATION_POSITIVE, None)  # ours
STORAGE_TIMEOUT = Key("high-availability.storage-timeout", DURATION_POSITIVE, 30.0)  # ours
RETENTION = Key(
    "execution.checkpointing.externalized-checkpoint-retention",
    choice("no_externalized_checkpoints", "delete_on_cancellation", "retain_on_cancellation"),
    "no_externalized_checkpoints",
)
RESULTS_DIR = Key("job-result-store.storage-path", PATH, None)
RESULTS_DELETED = Key("job-result-store.delete-on-commit", choice("true", "false"), "true")
ENDED_JOBS_KEPT = Key("jobstore.max-capacity", whole(0), 1000)
ENDED_JOBS_KEPT_FOR = Key("jobstore.expiration-time", SECONDS, 3600.0)
CLEANUP_STRATEGY = Key(
    "cleanup-strategy.type",
    choice(
        *("none", "fixed-delay", "exponential-delay"),
        aliases={
            "off": "none",
            "disable": "none",
            "fixeddelay": "fixed-delay",
            "exponentialdelay": "exponential-delay",
        },
    ),
    "exponential-delay",
    ("cleanup-strategy",),
)
CLEANUP_FIXED_ATTEMPTS = Key("cleanup-strategy.fixed-delay.attempts", endless(1), None)
CLEANUP_FIXED_DELAY = Key("cleanup-strategy.fixed-delay.delay", DURATION, 60.0)
CLEANUP_INITIAL = Key("cleanup-strategy.exponential-delay.initial-backoff", DURATION_POSITIVE, 1.0)
CLEANUP_MAX = Key("cleanup-strategy.exponential-delay.max-backoff", DURATION_POSITIVE, 3600.0)
CLEANUP_ATTEMPTS = Key("cleanup-strategy.exponential-delay.attempts", endless(1), None)
WORKER_FAILURE_RATE = Key("resourcemanager.start-worker.max-failure-rate", real(0, above=True), 10.0)
WORKER_RETRY = Key("resourcemanager.start-worker.retry-interval", DURATION, 3.0)
WORKER_IDLE = Key("resourcemanager.taskmanager-timeout", DURATION_POSITIVE, 30.0)

# --- REST, the web page and the log -----------------------------------------------------------------------------------

REST_PORT = Key("rest.port", whole(-1, 65535), None)
REST_BIND_PORT = Key("rest.bind-port", PORTS, None)
REST_ADDRESS = Key("rest.address", TEXT, None)
REST_BIND_ADDRESS = Key("rest.bind-address", TEXT, "127.0.0.1")
REST_MAX_CONTENT = Key("rest.server.max-content-length", SIZE, 8 * 1024 * 1024)
WEB_SUBMIT = Key("web.submit.enable", FLAG, True)
WEB_CANCEL = Key("web.cancel.enable", FLAG, True)
WEB_REFRESH = Key("web.refresh-interval", DURATION_POSITIVE, 3.0)
LOG_LEVEL = Key("log.level", choice("debug", "info", "warning", "error"), "warning")  # ours
LOG_FORMAT = Key("log.format", choice("text", "json", "auto"), "text")  # ours
LOG_FILE = Key("log.file", PATH, None)  # ours

# --- Flink's keys that change nothing here: no reason to call them unknown --------------------------------------------

_WITHOUT_EFFECT = """
high-availability.zookeeper.path.jobgraphs
high-availability.zookeeper.path.latch high-availability.zookeeper.path.leader
high-availability.zookeeper.path.checkpoints high-availability.zookeeper.path.checkpoint-counter
high-availability.zookeeper.path.running-registry high-availability.zookeeper.client.retry-wait
high-availability.zookeeper.client.max-retry-attempts high-availability.zookeeper.client.tolerate-suspended-connections
high-availability.zookeeper.client.ensemble-tracker high-availability.use-old-ha-services
high-availability.job.delay zookeeper.sasl.disable zookeeper.sasl.service-name zookeeper.sasl.login-context-name
heartbeat.rpc-failure-threshold jobmanager.archive.fs.dir
jobstore.cache-size cluster.taskmanager.registration.error-delay
resourcemanager.job.timeout resourcemanager.standalone.start-up-time
resourcemanager.previous-worker.recovery.timeout slot.idle.timeout taskmanager.data.port
slotmanager.redundant-taskmanager-num cluster.processes.halt-on-fatal-error taskmanager.slot.timeout
task.cancellation.interval state.backend state.backend.type state.backend.local-recovery state.savepoints.dir
execution.checkpointing.savepoint-dir state.checkpoint-storage execution.checkpointing.storage
execution.checkpointing.mode execution.checkpointing.max-concurrent-checkpoints parallelism.default
execution.batch.job-recovery.enabled
akka.retry-gate-closed-for akka.transport.heartbeat.interval akka.transport.heartbeat.pause akka.transport.threshold
rest.await-leader-timeout rest.client.max-content-length rest.connection-timeout rest.flamegraph.enabled
rest.idleness-timeout rest.retry.delay rest.retry.max-attempts rest.server.numThreads web.access-control-allow-origin
web.backpressure.refresh-interval web.checkpoints.history web.history web.log.path web.rescale.enable web.timeout
web.tmpdir web.upload.dir
"""
WITHOUT_EFFECT = frozenset(_WITHOUT_EFFECT.split())
WITHOUT_EFFECT_PREFIXES = (
    *("yarn.", "kubernetes.", "env.", "security.", "metrics.", "historyserver.", "classloader."),
    *("jobmanager.memory.", "taskmanager.memory.", "io.tmp.", "blob.", "fs.", "pipeline.", "table."),
)
