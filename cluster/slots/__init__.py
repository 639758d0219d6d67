"""Inside of a slot: the process that runs one attempt of one task, the link to its TaskManager, and user code.

Kept light: nothing here imports the actor runtime, because every slot process pays for what it imports.
"""
