"""Keys of security: files, secrets, and what is refused together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.config import ConfigError, load
from cluster.remoting import system_settings
from runtime import TlsSettings

FILES = ["security.ssl.internal.certificate=/c", "security.ssl.internal.key=/k", "security.ssl.internal.ca=/a"]


def test_the_keys_become_settings_of_the_system() -> None:
    """TLS with its files, host names, a password; and a word that allows to do without."""
    config, _ = load(overrides=["security.ssl.internal.enabled=true", *FILES, "security.ssl.verify-hostname=false"])
    remote = system_settings(config, "127.0.0.1", 0).remote
    assert remote is not None
    assert remote.tls == TlsSettings("/c", "/k", "/a", check_hostname=False)
    assert not remote.insecure
    assert remote.secret is None


def test_files_without_tls_are_not_used() -> None:
    """As in Flink the key that turns TLS on decides."""
    assert load(overrides=FILES)[0].security.tls is None


def test_tls_needs_its_files() -> None:
    """Each missing one is named, with the key that needs it."""
    with pytest.raises(ConfigError) as caught:
        load(overrides=["security.ssl.internal.enabled=true", FILES[0]])
    assert len(caught.value.complaints) == 2
    assert "security.ssl.internal.key is missing: security.ssl.internal.enabled needs" in caught.value.complaints[0]


def test_a_secret_is_a_value_or_a_file_and_is_not_shown(tmp_path: Path) -> None:
    """White space around the file's content does not count; no text of the configuration shows the secret."""
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    for override, secret in (
        ("security.secret=by value", "by value"),
        (f"security.secret.file={file}", b"from a file"),
    ):
        config, _ = load(overrides=[override])
        settings = system_settings(config, "127.0.0.1", 0)
        assert settings.remote is not None
        assert settings.remote.secret == secret
        assert "by value" not in repr(settings)
        assert "by value" not in repr(config.security)
    with pytest.raises(ConfigError, match=r"security\.secret\.file"):
        load(overrides=["security.secret=a", f"security.secret.file={file}"])
    config, _ = load(overrides=[f"security.secret.file={tmp_path}/missing"])
    with pytest.raises(ConfigError, match="cannot be read"):
        system_settings(config, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("role", "setting", "key"),
    [
        ("jobmanager", "jobmanager.rpc.address=192.0.2.7", "jobmanager.rpc.address"),
        ("jobmanager", "jobmanager.bind-host=0.0.0.0", "jobmanager.bind-host"),
        ("taskmanager", "taskmanager.host=0.0.0.0", "taskmanager.host"),
    ],
)
def test_a_process_that_strangers_could_reach_does_not_start(role: str, setting: str, key: str, tmp_path: Path) -> None:
    """Exit code 2 and one line that says what would be accepted; `config check` says the same."""
    file = tmp_path / "flink-conf.yaml"
    file.write_text("high-availability.storageDir: " + str(tmp_path) + "\n")
    for command in ([role, "--config", str(file), "-D", setting], ["config", "check", str(file), "-D", setting]):
        done = subprocess.run(
            [sys.executable, "-m", "cluster", *command], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        (line,) = [line for line in (done.stdout + done.stderr).splitlines() if key in line and "loopback" in line]
        assert "is not a loopback address" in line
        assert "security.ssl.internal.enabled: true" in line
        assert "security.insecure: true" in line


def test_a_word_of_somebody_who_knows_is_enough(tmp_path: Path) -> None:
    """`security.insecure: true`: no complaint."""
    file = tmp_path / "flink-conf.yaml"
    file.write_text("taskmanager.host: 0.0.0.0\nsecurity.insecure: true\n")
    done = subprocess.run(
        [sys.executable, "-m", "cluster", "config", "check", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
