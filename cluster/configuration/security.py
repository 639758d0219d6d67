"""Reads the keys about security between processes; and who would listen where strangers can reach it. Pure.

Its callers are `cluster.config`, `deathwatch config check` and the main programs. Deliberately not here: certificates
and connections (`runtime.transport`), and the HTTP interface (`cluster.configuration.rest`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cluster.configuration import keys as keys
from cluster.configuration.keys import Key
from cluster.store.places import local_path
from runtime.security import TlsSettings

SAFE = f"{keys.SSL_ENABLED.name}: true with certificates, or, on a network that you trust, {keys.INSECURE.name}: true"


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """How the processes of a cluster know each other.

    Attributes:
        tls: Certificates; `None` for plain TCP.
        secret: What all of them know, if anything.
        secret_file: File with that instead; white space around it does not count.
        insecure: Whether they may listen beyond loopback without certificates.
    """

    tls: TlsSettings | None
    secret: str | None = field(repr=False)
    secret_file: str | None
    insecure: bool


def read_security(get: Callable[[Key[Any]], Any], refuse: Callable[[Key[Any], str], None]) -> SecuritySettings:
    """The settings. All keys are read, so that a mistake in any is told.

    Args:
        get: Reads a key.
        refuse: Complains about a key's value, with words for what is accepted.
    """
    files = {key: _path(get(key)) for key in (keys.SSL_CERTIFICATE, keys.SSL_KEY, keys.SSL_CA)}
    password, check_hostname = get(keys.SSL_KEY_PASSWORD), get(keys.SSL_HOSTNAME)
    secret, secret_file = get(keys.SECRET), _path(get(keys.SECRET_FILE))
    if secret is not None and secret_file is not None:
        refuse(keys.SECRET_FILE, f"accepted is this or {keys.SECRET.name}")
    tls = None
    if get(keys.SSL_ENABLED):
        missing = [key for key, path in files.items() if path is None]
        for key in missing:
            refuse(key, f"{keys.SSL_ENABLED.name} needs {key.type.accepted}")
        if not missing:
            certificate, private_key, ca = (path or "" for path in files.values())
            tls = TlsSettings(certificate, private_key, ca, check_hostname=check_hostname, key_password=password)
    return SecuritySettings(tls, secret, secret_file, get(keys.INSECURE))


def _path(text: str | None) -> str | None:
    return text and (local_path(text) or text)


def exposed(
    security: SecuritySettings,
    hosts: Iterable[tuple[Key[Any], str]],
    resolve: Callable[[str], Iterable[str]],
) -> Iterator[str]:
    """A complaint for each host at which strangers could reach a process, and nothing would keep them out.

    Args:
        security: What keeps them out.
        hosts: Where processes listen, and which keys say so.
        resolve: The addresses of a name; none if it is not known.
    """
    if security.tls is not None or security.insecure:
        return
    for key, host in hosts:
        try:
            addresses: Iterable[str] = [str(ipaddress.ip_address(host))]
        except ValueError:
            addresses = resolve(host)
        if not all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in addresses):
            yield f"{key.name}: {host!r} is not a loopback address; accepted together with {SAFE}"
