"""Configuration files become a typed configuration, or every complaint at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cluster.config import ConfigError, check, load
from cluster.election.zookeeper.settings import TlsSettings, ZookeeperSettings
from cluster.model.restart import ExponentialDelay, FailureRate, FixedDelay, NoRestart, RestartStrategy

REFERENCE_EXAMPLE = """
# the reference page's example
high-availability: sqlite
high-availability.storageDir: file:///srv/flink/recovery
restart-strategy: fixed-delay
restart-strategy.fixed-delay.attempts: 3
restart-strategy.fixed-delay.delay: 10 s   # ten seconds
"""

ON_ZOOKEEPER = (
    "high-availability=zookeeper",
    "high-availability.storageDir=/srv",
    "high-availability.zookeeper.quorum=a:1",
)


def written(folder: Path, text: str, name: str = "flink-conf.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_reference_example_is_read_unchanged(tmp_path: Path) -> None:
    """Flink's key names and value forms work as they stand."""
    config, warnings = load(written(tmp_path, REFERENCE_EXAMPLE))

    assert config.high_availability == "sqlite"
    assert config.storage_dir == "file:///srv/flink/recovery"
    assert config.restart_strategy == FixedDelay(attempts=3, delay_s=10.0)
    assert warnings == []


def test_nested_yaml_says_the_same(tmp_path: Path) -> None:
    """config.yaml's nested form, with the newer `.type` names, gives the same configuration."""
    text = """
high-availability:
  type: SQLite
  storageDir: file:///srv/flink/recovery
restart-strategy:
  type: fixedDelay
  fixed-delay: {attempts: 3, delay: 10 s}
"""
    nested, _ = load(written(tmp_path, text, "config.yaml"))
    flat, _ = load(written(tmp_path, REFERENCE_EXAMPLE))

    assert nested.restart_strategy == flat.restart_strategy
    assert (nested.high_availability, nested.storage_dir) == (flat.high_availability, flat.storage_dir)


def test_a_directory_means_the_file_inside(tmp_path: Path) -> None:
    """Given a directory, config.yaml comes before flink-conf.yaml."""
    written(tmp_path, "taskmanager.numberOfTaskSlots: 2")
    assert load(tmp_path)[0].slots == 2
    written(tmp_path, "taskmanager: {numberOfTaskSlots: 3}", "config.yaml")
    assert load(tmp_path)[0].slots == 3


@pytest.mark.parametrize("text", ["taskmanager:\n  numberOfTaskSlots: 4\n", "taskmanager.numberOfTaskSlots: 4\n"])
def test_another_name_is_read_in_the_form_that_it_has(tmp_path: Path, text: str) -> None:
    """A file of any name may be flat or nested."""
    assert load(written(tmp_path, text, "mine.yml"))[0].slots == 4


def test_a_value_may_contain_a_colon_and_a_blank(tmp_path: Path) -> None:
    """The flat form is split at the first colon and blank only."""
    config, _ = load(written(tmp_path, "high-availability.storageDir: /srv/odd: name"))

    assert config.storage_dir == "/srv/odd: name"


def test_a_mark_at_the_beginning_belongs_to_no_key(tmp_path: Path) -> None:
    """Some editors begin a file with one; the first key would be an unknown one that looks like the known one."""
    file = written(tmp_path, "\ufefftaskmanager.numberOfTaskSlots: 7\n")
    config, warnings = load(file)
    assert config.slots == 7
    assert warnings == []


def test_overrides_win(tmp_path: Path) -> None:
    """-D key=value wins over the file, without a warning, also under an older name."""
    file = written(tmp_path, "high-availability: none\ntaskmanager.numberOfTaskSlots: 1")
    config, warnings = load(file, ["high-availability.type=memory", "taskmanager.numberOfTaskSlots=4"])

    assert (config.high_availability, config.slots, warnings) == ("memory", 4, [])


def test_without_anything_there_are_defaults() -> None:
    """No file at all is a usable configuration: one machine, no high availability."""
    config, warnings = load()

    assert (config.high_availability, config.jobmanager_ports, config.slots) == ("none", (6123,), 1)
    assert config.restart_strategy is None
    assert warnings == []


def test_with_high_availability_the_port_is_chosen_by_the_system() -> None:
    """jobmanager.rpc.port counts without high availability only, as in Flink."""
    config, _ = load(None, ["high-availability=memory", "jobmanager.rpc.port=7000"])
    assert config.jobmanager_ports == (0,)


def test_every_complaint_comes_at_once(tmp_path: Path) -> None:
    """A bad value names the key, the value and what is accepted; all of them in one go."""
    text = """
high-availability: sqlite
restart-strategy.fixed-delay.delay: 10 parsecs
taskmanager.numberOfTaskSlots: many
restart-strategy: sometimes
this is no setting
"""
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, text))

    complaints = "\n".join(refused.value.complaints)
    assert len(refused.value.complaints) == 5
    assert all("\n" not in complaint for complaint in refused.value.complaints)
    assert "restart-strategy.fixed-delay.delay: '10 parsecs'" in complaints
    assert "500 ms" in complaints
    assert "taskmanager.numberOfTaskSlots: 'many'" in complaints
    assert "a whole number, 1 to 100000" in complaints
    assert "fixed-delay, failure-rate, exponential-delay" in complaints
    assert "high-availability.storageDir is missing" in complaints
    assert "flink-conf.yaml:6" in complaints


@pytest.mark.parametrize("key", ["high-availability", "recovery.mode", "high-availability.type"])
@pytest.mark.parametrize("value", ["ZooKeeper", "ZOOKEEPER", "zookeeper"])
def test_the_election_on_zookeeper_is_chosen(tmp_path: Path, key: str, value: str) -> None:
    """Each name of the key, in any case; blanks in the quorum are tolerated."""
    lines = f"{key}: {value}\nhigh-availability.storageDir: /srv\nhigh-availability.zookeeper.quorum: a:1, b.c ,[::1]:3"
    config, warnings = load(written(tmp_path, lines))

    assert (config.high_availability, warnings) == ("zookeeper", [])
    assert config.zookeeper == ZookeeperSettings("a:1,b.c,[::1]:3")


@pytest.mark.parametrize(
    ("missing", "wanted"),
    [
        ("high-availability.zookeeper.quorum", "host:port"),
        ("high-availability.storageDir", "a path or a URL"),
    ],
)
def test_the_required_keys_of_zookeeper_are_named(tmp_path: Path, missing: str, wanted: str) -> None:
    """Without quorum or storageDir the start fails, and the key is named."""
    keys = {"high-availability.zookeeper.quorum": "127.0.0.1:2181", "high-availability.storageDir": "/srv"}
    lines = [f"{key}: {value}" for key, value in keys.items() if key != missing]
    complaints, _ = check(written(tmp_path, "\n".join(["high-availability: zookeeper", *lines])))

    assert len(complaints) == 1
    assert complaints[0].startswith(f"{missing} is missing")
    assert wanted in complaints[0]


def test_the_settings_of_zookeeper(tmp_path: Path) -> None:
    """Everything that the driver can be told, by Flink's names where Flink has them."""
    lines = """
high-availability: zookeeper
high-availability.storageDir: /srv
high-availability.cluster-id: /prod/one
high-availability.zookeeper.quorum: zk1:2181
high-availability.zookeeper.path.root: /ours
high-availability.zookeeper.client.session-timeout: 20000
high-availability.zookeeper.client.connection-timeout: 3 s
high-availability.zookeeper.client.acl: creator
high-availability.zookeeper.client.authorization: digest:me:pass:word
high-availability.zookeeper.ssl.enabled: true
high-availability.zookeeper.ssl.ca: /etc/ca.pem
high-availability.zookeeper.ssl.certificate: /etc/me.pem
high-availability.zookeeper.ssl.key: /etc/me.key
high-availability.zookeeper.ssl.key-password: x
high-availability.zookeeper.ssl.verify-hostname: false
"""
    tls = TlsSettings("/etc/ca.pem", "/etc/me.pem", "/etc/me.key", "x", verify_hostname=False)
    assert load(written(tmp_path, lines))[0].zookeeper == ZookeeperSettings(
        "zk1:2181", "/ours", "prod/one", 20.0, 3.0, "creator", "digest:me:pass:word", tls
    )


def test_a_session_that_is_too_short_is_made_longer_and_said_so(tmp_path: Path) -> None:
    """Kazoo's pings are too irregular for sessions below a second."""
    lines = "high-availability: zookeeper\nhigh-availability.storageDir: /srv\nhigh-availability.zookeeper.quorum: a"
    config, warnings = load(written(tmp_path, lines), ["high-availability.zookeeper.client.session-timeout=300"])

    assert config.zookeeper is not None
    assert config.zookeeper.session_timeout_s == 1.0
    assert len(warnings) == 1


def test_an_unknown_key_is_a_warning_that_names_the_nearest(tmp_path: Path) -> None:
    """A typing mistake in a key is told with the key that was probably meant."""
    complaints, warnings = check(written(tmp_path, "high-availability.storagedir: /srv"))

    assert complaints == []
    assert len(warnings) == 1
    assert "high-availability.storageDir" in warnings[0]


def test_flinks_other_keys_are_not_unknown(tmp_path: Path) -> None:
    """A key of Flink's that does nothing here is said to have no effect."""
    _, warnings = check(written(tmp_path, "parallelism.default: 4\nyarn.application-attempts: 10"))

    assert [("no effect" in warning) for warning in warnings] == [True, True]


def test_a_key_given_twice_in_two_names_is_told(tmp_path: Path) -> None:
    """When an old and a new name disagree, the later one counts, and a warning says so."""
    text = "high-availability: none\nhigh-availability.type: memory"
    file = written(tmp_path, text)

    assert load(file)[0].high_availability == "memory"
    assert len(check(file)[1]) == 1


def test_a_key_twice_in_yaml_is_an_error(tmp_path: Path) -> None:
    """config.yaml may not say the same thing twice."""
    complaints, _ = check(written(tmp_path, "a.b: 1\na:\n  b: 2\n", "config.yaml"))
    assert any("twice" in complaint for complaint in complaints)


@pytest.mark.parametrize("text", ["a: [1, 2\n", "- 1\n- 2\n", "just words\n", "? [a]\n: b\n"])
def test_malformed_yaml_is_a_complaint(tmp_path: Path, text: str) -> None:
    """What is not YAML, or not a mapping, is told with its place."""
    complaints, _ = check(written(tmp_path, text, "config.yaml"))
    assert len(complaints) == 1
    assert "config.yaml" in complaints[0]


def test_a_missing_file_and_a_bad_override_are_complaints(tmp_path: Path) -> None:
    """Neither a file that is not there nor a -D without = is passed over."""
    complaints, _ = check(tmp_path / "none.yaml", ["slots"])
    assert len(complaints) == 2


@pytest.mark.parametrize(
    ("lines", "strategy"),
    [
        ("restart-strategy: none", NoRestart(always=False)),
        ("restart-strategy: OFF", NoRestart()),
        ("restart-strategy: disable", NoRestart()),
        ("restart-strategy.type: Fixed-Delay", FixedDelay(1, 1.0)),
        ("restart-strategy: failurerate\nrestart-strategy.failure-rate.delay: 0", FailureRate(1, 60.0, 0.0)),
        ("restart-strategy: exponentialdelay", ExponentialDelay()),
        (
            "restart-strategy: exponential-delay\nrestart-strategy.exponential-delay.attempts-before-reset-backoff: 5",
            ExponentialDelay(attempts_before_reset_backoff=5),
        ),
        ("", None),
    ],
)
def test_restart_strategies_with_their_aliases(tmp_path: Path, lines: str, strategy: RestartStrategy | None) -> None:
    """Every name and alias is read in any case, with Flink's defaults; an absent key stays absent."""
    assert load(written(tmp_path, lines))[0].restart_strategy == strategy


def test_off_in_yaml_stays_a_word(tmp_path: Path) -> None:
    """YAML's own idea of `off` as false does not get in the way."""
    config, _ = load(written(tmp_path, "restart-strategy:\n  type: off\n", "config.yaml"))
    assert config.restart_strategy == NoRestart()


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        (["heartbeat.interval=10 s", "heartbeat.timeout=5 s"], "heartbeat.timeout"),
        (["high-availability.lease.ttl=1 s", "high-availability.poll-interval=1 s"], "high-availability.poll-interval"),
        (["high-availability=sqlite", "high-availability.storageDir=s3://b/r"], "high-availability.sqlite.path"),
        (
            [*ON_ZOOKEEPER, "high-availability.zookeeper.client.acl=creator"],
            "high-availability.zookeeper.client.authorization",
        ),
        ([*ON_ZOOKEEPER, "high-availability.zookeeper.ssl.key=/k"], "high-availability.zookeeper.ssl.certificate"),
        (["restart-strategy.exponential-delay.max-backoff=10 ms"], "restart-strategy.exponential-delay.max-backoff"),
    ],
)
def test_values_that_do_not_go_together_are_refused(overrides: list[str], key: str) -> None:
    """A combination that cannot work is told, with the key to change."""
    with pytest.raises(ConfigError) as refused:
        load(None, overrides)
    assert len(refused.value.complaints) == 1
    assert refused.value.complaints[0].startswith(key)


def test_a_cluster_has_a_directory_of_its_own() -> None:
    """Clusters that share a storageDir are kept apart by their ids; states may be kept elsewhere."""
    config, _ = load(None, ["high-availability.storageDir=file:///srv/", "high-availability.cluster-id=/one"])
    assert config.storage_url == config.state_url == "file:///srv/one"
    config, _ = load(None, ["state.checkpoints.dir=s3://states", "high-availability.storageDir=/srv"])
    assert (config.storage_url, config.state_url) == ("/srv/default", "s3://states/default")


def test_without_a_storage_directory_processes_share_the_temporary_one() -> None:
    """Local mode keeps everything in memory; separate processes need a place that they share."""
    assert load(None, ["high-availability=memory"])[0].storage_url == "memory://deathwatch/default"
    assert load()[0].storage_url.startswith(f"{tempfile.gettempdir()}/deathwatch-")
