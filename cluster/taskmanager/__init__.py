"""The TaskManager: follows the election, offers slots to the leader, runs tasks in slot processes, and reports.

`task_manager` is the actor, `slot` the actor behind one slot process. What happens inside of such a process is in
`cluster.slots`.
"""
