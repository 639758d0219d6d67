"""Certificates for the tests of TLS: an authority, and what it or somebody else has signed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import trustme

from runtime import TlsSettings


class Authority:
    """A private authority that writes its files into a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._ca = trustme.CA()
        self._folder = folder
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def settings(self, *names: str, expired: bool = False, **changes: Any) -> TlsSettings:
        """A certificate for those names, and what it takes to use it."""
        until = dt.datetime.now(dt.UTC) - dt.timedelta(days=1) if expired else None
        made = self._ca.issue_cert(*names, not_after=until)
        stem = self._folder / f"{len(list(self._folder.iterdir()))}"
        certificate, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return TlsSettings(**{"certificate": str(certificate), "key": str(key), "ca": self.file} | changes)
