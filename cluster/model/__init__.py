"""The decisions of the cluster. Pure: no loop, clock, randomness, socket or file; time is an argument called `now`.

One module for each question: what a job is, may it restart, which tasks, on which slots, is a checkpoint complete, who
leads. The shells are `cluster.leader.dispatcher`, `cluster.leader.job_master`, `cluster.leader.resource_manager` and
`cluster.election`.
"""
