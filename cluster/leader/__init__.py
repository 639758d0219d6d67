"""The leader's actors: what a JobManager does while it leads. Ordinary actors, started by the contender on a grant.

`dispatcher` owns the jobs, `resource_manager` the TaskManagers (and DeathWatches them), `job_master` runs one job. What
they decide is in `cluster.model`; whether they lead is in `cluster.election`.
"""
