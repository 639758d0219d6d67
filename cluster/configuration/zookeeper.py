"""Reads the keys about ZooKeeper into the settings of its driver. Pure.

Its caller is `cluster.config`. Deliberately not here: connecting (`cluster.election.zookeeper`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cluster.configuration import keys as keys
from cluster.configuration.keys import Key
from cluster.election.zookeeper.settings import LOWEST_SESSION_TIMEOUT_S, TlsSettings, ZookeeperSettings


def read_zookeeper(
    cluster_id: str,
    get: Callable[[Key[Any]], Any],
    refuse: Callable[[Key[Any], str], None],
    warn: Callable[[str], None],
) -> ZookeeperSettings:
    """The settings. All keys are read, so that a mistake in any is told.

    Args:
        cluster_id: Of this cluster.
        get: Reads a key.
        refuse: Complains about a key's value, with words for what is accepted.
        warn: Says something about the configuration that is no mistake.
    """
    hosts, acl, authorization = get(keys.ZOOKEEPER_QUORUM), get(keys.ZOOKEEPER_ACL), get(keys.ZOOKEEPER_AUTHORIZATION)
    timeout_s = get(keys.ZOOKEEPER_SESSION)
    settings = ZookeeperSettings(
        hosts=hosts or "",
        root=get(keys.ZOOKEEPER_ROOT),
        cluster_id=cluster_id,
        session_timeout_s=max(timeout_s, LOWEST_SESSION_TIMEOUT_S),
        connection_timeout_s=get(keys.ZOOKEEPER_CONNECTION),
        acl=acl,
        authorization=authorization,
        tls=_read_tls(get, refuse),
    )
    if acl == "creator" and authorization is None:
        needed = f"{keys.ZOOKEEPER_ACL.name}: creator needs {keys.ZOOKEEPER_AUTHORIZATION.type.accepted}"
        refuse(keys.ZOOKEEPER_AUTHORIZATION, needed)
    if timeout_s < LOWEST_SESSION_TIMEOUT_S:
        warn(f"{keys.ZOOKEEPER_SESSION.name}: shorter sessions than 1 s are not stable; 1 s is used")
    return settings


def _read_tls(get: Callable[[Key[Any]], Any], refuse: Callable[[Key[Any], str], None]) -> TlsSettings | None:
    certificate, key = get(keys.ZOOKEEPER_TLS_CERTIFICATE), get(keys.ZOOKEEPER_TLS_KEY)
    if (certificate is None) != (key is None):
        needed, given = (
            (keys.ZOOKEEPER_TLS_CERTIFICATE, keys.ZOOKEEPER_TLS_KEY)
            if certificate is None
            else (keys.ZOOKEEPER_TLS_KEY, keys.ZOOKEEPER_TLS_CERTIFICATE)
        )
        refuse(needed, f"{given.name} needs {needed.type.accepted}")
    settings = TlsSettings(
        ca=get(keys.ZOOKEEPER_TLS_CA),
        certificate=certificate,
        key=key,
        key_password=get(keys.ZOOKEEPER_TLS_KEY_PASSWORD),
        verify_hostname=get(keys.ZOOKEEPER_TLS_HOSTNAME) == "true",
    )
    return settings if get(keys.ZOOKEEPER_TLS) == "true" else None
