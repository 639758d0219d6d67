"""What each key means, for people: the texts of the configuration reference, by section. Pure data.

`docs/configuration.md` is made from this and from the table of keys, by `python -m tests.docs.generated_tables`.
A default is given in words where the program's own says nothing. *ours* marks keys that Flink does not have.
"""

from __future__ import annotations

MEANINGS: dict[str, dict[str, tuple[str, str]]] = {
    "high-availability": {
        "high-availability": (
            "",
            "`none`; `memory`: one process; `sqlite`: processes of one machine; `zookeeper`: those of several "
            "machines, see [ZooKeeper](zookeeper.md)",
        ),
        "high-availability.storageDir": (
            "required for `sqlite` and `zookeeper`; else memory (local mode) or the temporary directory",
            "where jobs, checkpoints and results are kept: a path or any fsspec URL",
        ),
        "high-availability.cluster-id": ("", "separates clusters that share a storage directory or an ensemble"),
        "high-availability.jobmanager.port": (
            "",
            "ports that a JobManager may take with high availability: a port, a range, or several with commas",
        ),
        "high-availability.sqlite.path": ("in `storageDir`", "*ours*: the file of the election; on this machine"),
        "high-availability.lease.ttl": ("", "*ours*: a leader that does not renew its lease for so long has lost it"),
        "high-availability.poll-interval": (
            "",
            "*ours*: how often standbys and TaskManagers look for a change; at most a quarter of the lease",
        ),
        "high-availability.takeover": (
            "",
            "*ours*: `evidence`: a standby that knows for certain that the leader is gone takes over at once; "
            "`timeout`: it waits for the end of the lease or session, as where refused connections prove nothing",
        ),
        "high-availability.zookeeper.quorum": (
            "required for `zookeeper`",
            "`host:port` of the ensemble's members, with commas",
        ),
        "high-availability.zookeeper.path.root": (
            "",
            "the node under which all clusters are; this one is in the node of its cluster-id",
        ),
        "high-availability.zookeeper.client.session-timeout": (
            "",
            "a leader that is silent for so long has lost its office (Flink: 60 s). The ensemble may change it:"
            " it allows 2 to 20 of its ticks. At least 1 s",
        ),
        "high-availability.zookeeper.client.connection-timeout": (
            "",
            "without a connection for so long, or for half a session's timeout, that is reported; it is tried on",
        ),
        "high-availability.zookeeper.client.acl": (
            "",
            "`creator`: only who has the same credentials can read or write the cluster's nodes",
        ),
        "high-availability.zookeeper.client.authorization": ("none", "credentials, as `digest:user:password`"),
        "high-availability.zookeeper.ssl.enabled": ("", "*ours*: speak TLS to the ensemble"),
        "high-availability.zookeeper.ssl.ca": (
            "the machine's",
            "*ours*: file of the authorities that are trusted (PEM)",
        ),
        "high-availability.zookeeper.ssl.certificate": (
            "none",
            "*ours*: file of our own certificate, if the ensemble asks for one",
        ),
        "high-availability.zookeeper.ssl.key": ("none", "*ours*: file of its key"),
        "high-availability.zookeeper.ssl.key-password": ("none", "*ours*: opens the key"),
        "high-availability.zookeeper.ssl.verify-hostname": (
            "",
            "*ours*: whether the members' certificates must bear the names in the quorum",
        ),
    },
    "processes": {
        "jobmanager.rpc.address": (
            "",
            "where the JobManager is found without high availability, and what it listens on",
        ),
        "jobmanager.rpc.port": ("", "its port, without high availability"),
        "jobmanager.bind-host": ("the address", "another address to listen on"),
        "jobmanager.resource-id": ("generated", "a stable name of the process"),
        "taskmanager.host": ("", "what a TaskManager listens on and is known by"),
        "taskmanager.rpc.port": ("", "its port; a range, or several with commas"),
        "taskmanager.resource-id": ("generated", "a stable name of the process"),
        "taskmanager.numberOfTaskSlots": ("", "tasks that it runs at a time"),
        "taskmanager.slot.isolation": ("", "*ours*: `process`, or `inline` for tasks within the TaskManager"),
        "taskmanager.slot.warm-spares": (
            "the slots",
            "*ours*: processes that are started ahead of need, beyond the slots",
        ),
        "taskmanager.registration.timeout": ("", "a TaskManager that finds no leader for so long ends"),
        "resourcemanager.provider": (
            "",
            "*ours*: `process` lets the leader start TaskManagers as processes of its machine, for slots that jobs "
            "lack and for those that die",
        ),
        "resourcemanager.taskmanagers": ("", "*ours*: how many the provider keeps alive at the least"),
        "resourcemanager.taskmanager-registration.timeout": (
            "",
            "a TaskManager that was started and has not registered in this time is given up",
        ),
        "slot.request.timeout": ("", "a job that waits for a slot for so long has failed once"),
        "task.cancellation.timeout": ("", "a task that does not end after being cancelled is killed"),
        "cluster.taskmanager.registration.initial-timeout": (
            "",
            "first pause between two attempts to register; it doubles",
        ),
        "cluster.taskmanager.registration.max-timeout": ("", "longest pause"),
        "cluster.taskmanager.registration.refused-registration-delay": ("", "pause after a refusal"),
        "cluster.services.shutdown-timeout": ("", "for leaving in good order"),
        "client.timeout": ("", "how long a command looks for a leader"),
    },
    "failure-detection-and-the-wire": {
        "failure-detector": (
            "",
            "*ours*: `lan` (half a second of silence), `default` (3.6 s), `wan` (7.3 s), `akka` (11.6 s, Akka's own)",
        ),
        "heartbeat.interval": ("of the detector", "between two heartbeats"),
        "heartbeat.timeout": ("of the detector", "silence that is accepted; not shorter than the interval"),
        "akka.watch.threshold": ("of the detector", "phi beyond which a node is condemned"),
        "akka.ask.timeout": ("", "for questions between processes"),
        "akka.tcp.timeout": ("`5 s`", "for connecting"),
        "akka.framesize": ("`8 mb`", "longest message"),
    },
    "checkpoints": {
        "execution.checkpointing.interval": ("off", "between two checkpoints, for jobs that name none"),
        "execution.checkpointing.timeout": ("", "a checkpoint that takes longer is given up"),
        "execution.checkpointing.min-pause": ("", "between the end of one and the start of the next"),
        "execution.checkpointing.tolerable-failed-checkpoints": (
            "",
            "failed checkpoints in a row before the job fails",
        ),
        "state.checkpoints.num-retained": ("", "complete checkpoints that are kept"),
        "state.checkpoints.dir": ("in `storageDir`", "where the bytes of checkpoints go"),
    },
    "recovery": {
        "jobmanager.failover.tasks": (
            "",
            "*ours*: `restart`: tasks end with their leader and are started again from the last checkpoint; "
            "`keep`: they go on, and the next leader adopts them",
        ),
        "taskmanager.task-lease": (
            "of the detector; none for `inline` slots",
            "*ours*: without word from a leader for so long, a TaskManager ends its tasks; a leader starts "
            "nothing in their place before",
        ),
        "high-availability.storage-timeout": (
            "",
            "*ours*: an operation on the storage directory that takes longer has failed",
        ),
        "execution.checkpointing.externalized-checkpoint-retention": (
            "",
            "what stays of a job's checkpoints: `delete_on_cancellation` keeps those of failed jobs, "
            "`retain_on_cancellation` those of cancelled ones too",
        ),
        "job-result-store.storage-path": ("in `storageDir`", "where the results of jobs are kept"),
        "job-result-store.delete-on-commit": (
            "",
            "`true`: the result of an ended job goes when the two limits of `jobstore` say so; `false`: never",
        ),
        "jobstore.max-capacity": ("", "ended jobs that are remembered, over changes of leaders too"),
        "jobstore.expiration-time": ("", "how long they are; a bare number is seconds"),
        "cleanup-strategy.type": (
            "",
            "how the cleaning up behind an ended job is repeated: `none`, `fixed-delay`, `exponential-delay`",
        ),
        "cleanup-strategy.fixed-delay.attempts": ("`infinite`", "repetitions"),
        "cleanup-strategy.fixed-delay.delay": ("", "before each"),
        "cleanup-strategy.exponential-delay.initial-backoff": ("", "before the first; it doubles"),
        "cleanup-strategy.exponential-delay.max-backoff": ("", "the longest"),
        "cleanup-strategy.exponential-delay.attempts": ("`infinite`", "repetitions"),
        "resourcemanager.start-worker.max-failure-rate": (
            "",
            "TaskManagers of the provider that may end before they register, or in their first minute, in a minute; "
            "beyond it starts are slowed",
        ),
        "resourcemanager.start-worker.retry-interval": ("", "to one start in so long"),
        "resourcemanager.taskmanager-timeout": (
            "",
            "a TaskManager that the provider has made and that has had nothing to do for so long is let go; not below "
            "`resourcemanager.taskmanagers`, and none that you have started",
        ),
    },
    "security": {
        "security.ssl.internal.enabled": (
            "",
            "TLS with certificates on both sides, for everything between the processes of the cluster",
        ),
        "security.ssl.internal.certificate": ("required with TLS", "*ours*: this machine's certificate, as PEM"),
        "security.ssl.internal.key": ("required with TLS", "*ours*: its private key, as PEM"),
        "security.ssl.internal.ca": (
            "required with TLS",
            "*ours*: the certificates of those whose signature is accepted, as PEM",
        ),
        "security.ssl.internal.key-password": ("none", "if the private key is encrypted"),
        "security.ssl.verify-hostname": ("", "whether a certificate must name the host that was dialled"),
        "security.secret": (
            "none",
            "*ours*: a secret that all processes prove to know; see [security](security.md)",
        ),
        "security.secret.file": ("none", "*ours*: a file with the secret, instead"),
        "security.insecure": (
            "",
            "*ours*: whether processes may listen beyond loopback without TLS: on a trusted network only",
        ),
    },
    "restart-strategies": {
        "restart-strategy": (
            "see below",
            "`none`, `off` or `disable`, `fixed-delay`, `failure-rate`, `exponential-delay`",
        ),
        "restart-strategy.fixed-delay.attempts": ("", "restarts in all; the count never goes down"),
        "restart-strategy.fixed-delay.delay": ("", "before each"),
        "restart-strategy.failure-rate.max-failures-per-interval": (
            "",
            "failures that are tolerated within the interval",
        ),
        "restart-strategy.failure-rate.failure-rate-interval": ("", "the interval"),
        "restart-strategy.failure-rate.delay": ("", "before each restart"),
        "restart-strategy.exponential-delay.initial-backoff": ("", "the first delay"),
        "restart-strategy.exponential-delay.max-backoff": ("", "the longest"),
        "restart-strategy.exponential-delay.backoff-multiplier": ("", "from one to the next"),
        "restart-strategy.exponential-delay.reset-backoff-threshold": ("", "quiet time after which it begins anew"),
        "restart-strategy.exponential-delay.jitter-factor": ("", "how much chance is added or taken away"),
        "restart-strategy.exponential-delay.attempts-before-reset-backoff": (
            "`infinite`",
            "restarts before it gives up",
        ),
        "jobmanager.execution.failover-strategy": (
            "",
            "`region`: tasks that depend on each other; `full`: all tasks of the job",
        ),
        "jobmanager.execution.attempts-history-size": ("", "failures that are remembered for people"),
    },
    "rest-the-web-page-and-the-log": {
        "rest.port": (
            "`8081`, or any free one if that is taken",
            "port of the HTTP interface of a JobManager; `0` for any free one, `-1` for none",
        ),
        "rest.bind-port": ("`rest.port`", "ports to try in order instead: a port, a range, or several with commas"),
        "rest.address": ("the address that it listens on", "what others call this machine"),
        "rest.bind-address": ("", "the address to listen on; anything but loopback is open to whoever reaches it"),
        "rest.server.max-content-length": ("", "longest body of a request"),
        "web.submit.enable": ("", "whether jobs may be submitted over HTTP"),
        "web.cancel.enable": ("", "whether jobs may be cancelled, and the cluster shut down, over HTTP"),
        "web.refresh-interval": ("", "between two looks of the web page"),
        "log.level": ("", "*ours*: `debug`, `info`, `warning` or `error`; `--verbose` is `debug`"),
        "log.format": ("", "*ours*: `text`, `json`, or `auto`: text on a terminal and else JSON"),
        "log.file": ("stderr", "*ours*: a file that gets the log as JSON lines"),
    },
}
"""Section -> name of a key -> its default in words, or nothing; and what it means."""
