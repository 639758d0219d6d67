"""`Afterwards`: what a node keeps of those who are gone, or whom nobody watches any more. SHELL: only reads.

A part of D8, for `partings`. Nobody is suspected for a silence that nobody waits to end; for whom nobody knows and
nobody watches nothing is kept for longer than there is patience; who was convicted is remembered, and nothing that it
had said is still held back. Deliberately not here: what else is on the books (`ledgers`, `audit`).
"""

from __future__ import annotations

from typing import Any

from runtime.protocol.evidence import Ground
from runtime.protocol.standing import Standing
from runtime.sim.campaign import Record

STANDSTILL_S = 4.5
"""A node may stand still for four seconds, and is late then."""
_STRANGERS = (Standing.NEW, Standing.DEAD)


class Afterwards:
    """Looks into the books of nodes.

    Args:
        record: Is told, and raises.
        patience_s: Of a node with whom it does not reach.
    """

    def __init__(self, record: Record, patience_s: float) -> None:
        self._record = record
        self._most_s = patience_s + STANDSTILL_S
        self._kept: dict[tuple[int, str], tuple[int, float]] = {}

    def look(self, node: str, system: Any) -> None:
        """The books of one node, at any time."""
        remote = system.remote
        watched = remote._watcher._monitors
        for address, association in list(remote._associations.items()):
            if association._is_leaving:
                continue
            if Ground.SILENCE in association.verdict.suspicion.grounds and address not in watched:
                self._wrong(node, "suspects for its silence, and does not watch", address)
            if association.verdict.standing is Standing.DEAD and len(association._inlet._arrivals):
                self._wrong(node, "holds back what was said by whom it has convicted", address)
            self._look_at_letters(node, system.uid, address, association)
        for address, association in list(remote._resting.items()):
            if association._has_buried and address not in remote._associations and not remote._is_closed:
                self._wrong(node, "has forgotten whom it has convicted", address)

    def _look_at_letters(self, node: str, uid: int, address: Any, association: Any) -> None:
        verdict, unacked = association.verdict, association._outbox._letters._sender._unacked
        key = uid, address.system
        if verdict.standing not in _STRANGERS or verdict.is_watched or not unacked:
            self._kept.pop(key, None)
            return
        first, now = unacked[0].sequence, self._record.now()
        sequence, since = self._kept.get(key, (first, now))
        if sequence != first:
            since = now
        self._kept[key] = first, since
        if now - since > self._most_s:
            self._wrong(node, f"keeps signals for {now - since:.1f} s for a stranger whom nobody watches", address)

    def _wrong(self, node: str, text: str, address: Any) -> None:
        self._record.require(False, "D8", f"{node} {text}: {address.system}")
