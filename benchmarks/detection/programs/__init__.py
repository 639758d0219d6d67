"""The programs that are watched and that watch, each a process of its own that is told what to do by lines of JSON.

`docs/benchmarking.md` describes the lines; any other system can be put in their place by speaking them.
"""
