"""`TlsSettings`: by which certificates systems know each other on the network. Checked values.

No I/O here; `runtime.transport.tls` reads the files. docs/security.md says how to make them, and what is protected.
"""

from __future__ import annotations

from dataclasses import dataclass, field

VERSIONS = ("1.2", "1.3")


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Certificates for connections between systems; both sides show one.

    Attributes:
        certificate: File with this system's certificate, and with intermediate ones if there are any, as PEM.
        key: File with its private key, as PEM.
        ca: File with the certificates of those whose signature is accepted, as PEM. Whoever has a certificate of theirs
            may take part.
        check_hostname: Whether the certificate of who is dialled must name the host or IP address that was dialled.
        minimum_version: Of TLS, `1.2` or `1.3`.
        key_password: If the private key is encrypted.
    """

    certificate: str
    key: str
    ca: str
    check_hostname: bool = True
    minimum_version: str = "1.3"
    key_password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.minimum_version not in VERSIONS:
            raise ValueError(f"TlsSettings.minimum_version is 1.2 or 1.3, not {self.minimum_version!r}")
        for name in ("certificate", "key", "ca"):
            if not getattr(self, name):
                raise ValueError(f"TlsSettings.{name} is the path of a PEM file, not {getattr(self, name)!r}")
