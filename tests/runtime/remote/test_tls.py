"""TLS on connections, and what is said of one side without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import DeathCause
from runtime import ActorSystem, FailureDetectorSettings
from tests.runtime.remote.nodes import Echo, Nodes, Say, probe, seen_from, until
from tests.runtime.transport.certificates import Authority


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "theirs")


async def test_messages_watches_and_deaths_cross_tls(nodes: Nodes, ours: Authority) -> None:
    """Both show certificates, then everything is as without: asks, large messages, a death, a goodbye."""
    a, b = await nodes.start("a", tls=ours.settings("a")), await nodes.start("b", tls=ours.settings("b"))
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    for value in (1, "x" * 1_000_000, [1, {"a": (2, 3)}]):
        assert await a.ask(echo, Say(value), 5.0) == Say(value)
    await b.terminate()
    nodes.systems.remove(b)
    assert (await me.expect_terminated(echo)).cause is DeathCause.STOPPED


async def test_a_killed_peer_is_convicted_by_a_refused_dial(nodes: Nodes, ours: Authority) -> None:
    """The end of the connection is a reason to dial, and the kernel refuses that before any TLS: certain, and fast."""
    a, b = await nodes.start("a", tls=ours.settings("a")), await nodes.start("b", tls=ours.settings("b"))
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    before = a.loop.time()
    nodes.kill(b)
    notice = await me.expect_terminated(echo)
    assert notice.cause is DeathCause.PROCESS_DEAD
    assert a.loop.time() - before < 0.1


async def test_heartbeats_go_beside_tls(nodes: Nodes, ours: Authority) -> None:
    """With heartbeats over UDP both start and watch, and a cut of everything is convicted by silence."""
    lan = FailureDetectorSettings.lan()
    a = await nodes.start("a", tls=ours.settings("a"), failure_detector=lan)
    b = await nodes.start("b", tls=ours.settings("b"), failure_detector=lan)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    await me.expect_no_message(5.0)
    nodes.net.cut("a", "b")
    assert (await me.expect_terminated(echo)).cause is DeathCause.UNREACHABLE


async def test_a_cut_that_heals_convicts_nobody(nodes: Nodes, ours: Authority) -> None:
    """A broken connection is made again, certificates and all."""
    a, b = await nodes.start("a", tls=ours.settings("a")), await nodes.start("b", tls=ours.settings("b"))
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    for link in list(a.remote._inbound):
        link._connection.abort()
    await me.expect_no_message(5.0)
    assert await a.ask(echo, Say(2), 5.0) == Say(2)


CASES: dict[str, tuple[Any, Any, str, str]] = {
    # How a (who watches, and dials) and b are set up; what a's log says, and what b's.
    "another authority": (
        lambda ours, theirs: ours.settings("a"),
        lambda ours, theirs: theirs.settings("b"),
        "the peer's certificate is not accepted: ",
        "does not accept our certificate, or our TLS: unknown ca",
    ),
    "another authority of the dialler": (
        lambda ours, theirs: theirs.settings("a", ca=ours.file),
        lambda ours, theirs: ours.settings("b"),
        "does not accept our certificate, or our TLS: unknown ca",
        "the peer's certificate is not accepted: ",
    ),
    "expired": (
        lambda ours, theirs: ours.settings("a"),
        lambda ours, theirs: ours.settings("b", expired=True),
        "the peer's certificate is not accepted: certificate has expired",
        "does not accept our certificate, or our TLS: certificate expired",
    ),
    "another host": (
        lambda ours, theirs: ours.settings("a"),
        lambda ours, theirs: ours.settings("c"),
        "the peer's certificate is not accepted: Hostname mismatch",
        "does not accept our certificate, or our TLS",
    ),
    "no TLS there": (
        lambda ours, theirs: ours.settings("a"),
        lambda ours, theirs: None,
        "the peer does not speak TLS",
        "it speaks TLS, and no certificates are configured here",
    ),
    "no TLS here": (
        lambda ours, theirs: None,
        lambda ours, theirs: ours.settings("b"),
        "it speaks TLS, and no certificates are configured here",
        "the peer does not speak TLS",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_tls_does_not_accept_is_said_on_both_sides_and_is_no_death(
    nodes: Nodes, ours: Authority, theirs: Authority, case: str
) -> None:
    """A bad certificate, or none: one clear line on each side, no hang, nobody declared dead, and others go on."""
    here, there, said_here, said_there = CASES[case]
    with capture_logs() as lines:
        a = await nodes.start("a", tls=here(ours, theirs))
        b = await nodes.start("b", tls=there(ours, theirs))
        me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
        me.watch(echo)
        await until(lambda: _texts(lines, a) and _texts(lines, b))
        await me.expect_no_message(3.0)
    assert {text for text in _texts(lines, a) if said_here in text} == set(_texts(lines, a))
    assert {text for text in _texts(lines, b) if said_there in text} == set(_texts(lines, b))
    assert len(_texts(lines, a)) <= 20
    await until(lambda: not b.remote._inbound, 30.0)


def _texts(lines: list[Any], system: ActorSystem) -> list[str]:
    return [
        line["text"]
        for line in lines
        if line["log_level"] == "warning" and "text" in line and line.get("system") == system.name
    ]


async def test_a_file_that_cannot_be_used_is_named(nodes: Nodes, ours: Authority, tmp_path: Path) -> None:
    """A missing file, or one that is no certificate, keeps the system from starting, with its name."""
    (tmp_path / "no.pem").write_text("nothing")
    for wrong in ({"ca": str(tmp_path / "missing.pem")}, {"certificate": str(tmp_path / "no.pem")}):
        with pytest.raises(OSError, match=r"(missing|no)\.pem"):
            await nodes.start("a", tls=ours.settings("a", **wrong))
