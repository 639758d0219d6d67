"""The HTTP interface of a JobManager: Flink's paths and field names, and what Flink lacks (`/ha`, `/metrics`)."""
