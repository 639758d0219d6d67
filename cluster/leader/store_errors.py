"""What a leader makes of an error of its stores: is one thing unreadable, or are the stores themselves out of reach?

Deliberately not here: what a leader does then, which the Dispatcher and the JobMaster decide.
"""

from __future__ import annotations

from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.store.blobs import BlobCorrupt, BlobMissing
from cluster.store.places import StorageError


def is_outage(error: BaseException) -> bool:
    """Whether nothing can be read or written, so that this leadership must end and another may try.

    A blob that is missing or corrupt concerns only the job that it belongs to, and so does whatever else is wrong with
    what was read: that job is set aside, and the others run.
    """
    if isinstance(error, BlobMissing | BlobCorrupt):
        return False
    return isinstance(error, StaleEpoch | ElectionUnavailable | StorageError)
