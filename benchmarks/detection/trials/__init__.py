"""Trials with real processes: a subject is hurt in some way, and it is noted when its watchers hear of what."""
