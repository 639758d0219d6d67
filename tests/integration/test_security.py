"""TLS between processes, what may listen where without it, and bytes of an enemy at a live port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from actors import DeathCause
from benchmarks.fuzz import live
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.testkit import TestProbe
from runtime.transport.tcp import TcpTransport
from tests.runtime.transport.certificates import Authority

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0


def elsewhere() -> str:
    """An address of this machine that is not loopback; none is reached through it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("192.0.2.1", 9))
        return str(sock.getsockname()[0])


@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
async def test_a_killed_process_is_convicted_over_tls(tmp_path: Path) -> None:
    """Two processes with certificates: a watch, SIGKILL, and Terminated by a refused dial, on both loops."""
    authority = Authority(tmp_path)
    files = authority.settings("127.0.0.1")
    far = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, str(Path(__file__).with_name("far_system.py")), files.certificate, files.key, files.ca],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert far.stdout is not None
    assert far.stdin is not None
    try:
        address = far.stdout.readline().strip()
        tls = authority.settings("127.0.0.1")
        async with ActorSystem("near", Settings(remote=RemoteSettings(tls=tls))) as near:
            probe = TestProbe(near)
            echo = probe.watch(await near.resolve(f"{address}/user/echo", timeout=PATIENCE_S))
            assert await near.ask(echo, "x" * 100_000, PATIENCE_S) == "x" * 100_000
            killed = time.perf_counter()
            far.send_signal(signal.SIGKILL)
            notice = await probe.expect_terminated(echo, PATIENCE_S)
            print(f"{(time.perf_counter() - killed) * 1000:.1f} ms from SIGKILL to Terminated")  # noqa: T201
            assert (notice.cause, notice.address_terminated) == (DeathCause.PROCESS_DEAD, True)
            assert "refused" in notice.detail
    finally:
        far.kill()
        far.wait()
        far.stdin.close()
        far.stdout.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "own"])
async def test_who_listens_beyond_loopback_says_why_that_is_safe(host: str, tmp_path: Path) -> None:
    """Without certificates or an explicit word such a system does not start, and the text says what to do."""
    host = elsewhere() if host == "own" else host
    with pytest.raises(OSError, match=r"is not a loopback address.*tls=.*insecure=True"):
        await ActorSystem("open", Settings(remote=RemoteSettings(host=host))).start()
    if host == "::":
        return
    given = TcpTransport()
    with pytest.raises(OSError, match="is not a loopback address"):
        await ActorSystem("open", Settings(remote=RemoteSettings(host=host)), transport=given).start()
    async with ActorSystem("open", Settings(remote=RemoteSettings(host=host, insecure=True)), transport=given):
        pass
    for allowed in ({"insecure": True}, {"tls": Authority(tmp_path).settings(host)}):
        async with ActorSystem("open", Settings(remote=RemoteSettings(host=host, **allowed))) as system:  # type: ignore[arg-type]
            assert system.address.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost"])
async def test_loopback_needs_nothing(host: str) -> None:
    """Names count by what they mean, and all of 127/8 is loopback."""
    async with ActorSystem("near", Settings(remote=RemoteSettings(host=host))) as system:
        assert system.address.host == host


async def test_a_name_counts_by_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with one address on this machine only and another one elsewhere is not loopback."""

    async def found(host: str) -> list[str]:
        return ["127.0.0.1", "192.0.2.7"]

    monkeypatch.setattr("runtime.transport.tcp._addresses", found)
    with pytest.raises(OSError, match=r"both\.test \(192\.0\.2\.7\) is not a loopback address"):
        await ActorSystem("open", Settings(remote=RemoteSettings(host="both.test"))).start()


async def test_a_live_port_under_attack() -> None:
    """Bytes of an enemy for two seconds: no error reaches the loop, a healthy peer is answered, nothing grows."""
    seen = await live.throw(1, 2.0)
    assert seen["attacks"] > 0
    assert seen["tables"]["associations"] < 20
