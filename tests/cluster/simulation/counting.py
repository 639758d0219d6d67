"""A counting job on a simulated cluster, for tests."""

from __future__ import annotations

from typing import Any

from cluster.client import ClusterClient
from cluster.model.job_record import JobRecord


async def finished(client: ClusterClient, record: JobRecord) -> dict[str, Any]:
    """Submit the job and wait for its end."""
    await client.submit(record.job_id, record.to_bytes())
    return await client.result(record.job_id)
