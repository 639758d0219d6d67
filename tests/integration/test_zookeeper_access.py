"""Who may take part: credentials by digest, and TLS to a real server with a certificate of a new authority."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme
from cryptography.hazmat.primitives import serialization

from benchmarks.ensemble import Ensemble, free_ports, missing
from cluster.election.driver import ElectionUnavailable
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import TlsSettings, ZookeeperSettings
from tests.conformance.election.suite import Candidate, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

Candidates = Callable[..., Any]


@pytest_asyncio.fixture
async def candidate() -> AsyncIterator[Candidates]:
    """Makes candidates, and closes them."""
    made: list[Candidate] = []

    async def make(settings: ZookeeperSettings, *, stand: bool = True) -> Candidate:
        one = Candidate("one", ZookeeperElectionDriver(settings))
        made.append(one)
        await one.driver.start(one.heard)
        if stand:
            await one.driver.stand("one")
        return one

    yield make
    for one in made:
        await one.driver.close()


# --- digest -----------------------------------------------------------------------------------------------------------


async def test_only_who_has_the_credentials_takes_part(ensemble: Ensemble, candidate: Candidates) -> None:
    """Acl `creator`: others can neither stand nor read nor follow; they are told which key is wrong, once."""
    cluster = uuid.uuid4().hex

    def settings(authorization: str | None, acl: str = "creator") -> ZookeeperSettings:
        return ZookeeperSettings(ensemble.hosts, cluster_id=cluster, acl=acl, authorization=authorization)

    owner = await candidate(settings("digest:deathwatch:secret"))
    await until(lambda: owner.heard.leads)
    await owner.driver.pointers.put("k", b"v", owner.heard.leads)
    assert await owner.publish()

    friend = await candidate(settings("digest:deathwatch:secret"))
    await until(lambda: friend.heard.info)
    assert await friend.driver.pointers.get("k") == b"v"
    for stranger_settings in (settings("digest:deathwatch:guessed"), settings(None, "open")):
        stranger = await candidate(stranger_settings)
        await until(lambda stranger=stranger: stranger.heard.failures)
        with pytest.raises(ElectionUnavailable, match="wrong credentials"):
            await stranger.driver.pointers.get("k")
        (failure,) = stranger.heard.failures
        assert "wrong credentials in high-availability.zookeeper.client.authorization" in str(failure)
        assert stranger.heard.epochs == []
        assert stranger.heard.info is None
    await owner.driver.close()
    await until(lambda: friend.heard.leads)


# --- TLS --------------------------------------------------------------------------------------------------------------

AUTHORITY = trustme.CA()


def pkcs8(key: bytes) -> bytes:
    """A private key in the form that ZooKeeper reads."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return serialization.load_pem_private_key(key, None).private_bytes(*form)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that speaks TLS, and asks for a certificate."""
    if missing():
        pytest.skip(f"there is no ZooKeeper here: {missing()}")
    directory = tmp_path_factory.mktemp("secure")
    server = AUTHORITY.issue_cert("localhost", "127.0.0.1")
    pem = pkcs8(server.private_key_pem.bytes()) + b"".join(part.bytes() for part in server.cert_chain_pems)
    (directory / "server.pem").write_bytes(pem)
    AUTHORITY.cert_pem.write_to_path(str(directory / "ca.pem"))
    (port,) = free_ports(1)
    settings = f"""secureClientPort={port}
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
ssl.keyStore.location={directory}/server.pem
ssl.keyStore.type=PEM
ssl.trustStore.location={directory}/ca.pem
ssl.trustStore.type=PEM
"""
    ensemble = Ensemble(directory, size=1, settings=settings)
    try:
        ensemble.start()
        yield f"localhost:{port}"
    finally:
        ensemble.stop()


def files(folder: Path, authority: trustme.CA = AUTHORITY) -> TlsSettings:
    """A client's files."""
    cert = authority.issue_cert("client.example")
    cert.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "cert.pem").write_bytes(b"".join(part.bytes() for part in cert.cert_chain_pems))
    AUTHORITY.cert_pem.write_to_path(str(folder / "ca.pem"))
    return TlsSettings(str(folder / "ca.pem"), str(folder / "cert.pem"), str(folder / "key.pem"))


async def test_an_election_over_tls(secure: str, candidate: Candidates, tmp_path: Path) -> None:
    """Both sides show certificates; the name of the server is checked; everything else is as ever."""
    one = await candidate(ZookeeperSettings(secure, cluster_id=uuid.uuid4().hex, tls=files(tmp_path)))
    await until(lambda: one.heard.leads)
    await one.driver.pointers.put("k", b"v" * 100_000, one.heard.leads)

    assert await one.driver.pointers.get("k") == b"v" * 100_000
    assert await one.publish()
    await until(lambda: one.heard.info)


@pytest.mark.parametrize("wrong", ["authority", "certificate", "no TLS"])
async def test_who_cannot_be_trusted_is_refused(secure: str, candidate: Candidates, tmp_path: Path, wrong: str) -> None:
    """An unknown authority on either side, or no TLS at all: no connection, and the reason is said as far as known."""
    stranger = trustme.CA()
    if wrong == "authority":
        stranger.cert_pem.write_to_path(str(tmp_path / "other.pem"))
        tls: TlsSettings | None = TlsSettings(str(tmp_path / "other.pem"))
    else:
        tls = files(tmp_path, stranger) if wrong == "certificate" else None
    one = await candidate(ZookeeperSettings(secure, session_timeout_s=2.0, tls=tls))
    await until(lambda: one.heard.failures)

    assert one.heard.epochs == []
    (failure,) = one.heard.failures
    assert f"no connection to ZooKeeper at {secure}" in str(failure)
    if wrong == "authority":
        assert "certificate verify failed" in str(failure).lower()


async def test_files_that_are_missing_are_said_at_the_start(candidate: Candidates, tmp_path: Path) -> None:
    """A process with a wrong path does not start."""
    with pytest.raises(ElectionUnavailable, match="TLS to ZooKeeper cannot be set up"):
        await candidate(ZookeeperSettings("localhost:1", tls=TlsSettings(str(tmp_path / "none.pem"))), stand=False)
