"""`deathwatch demo`: the main job on a real cluster, two kills on the way, and the proof that the result is exact.

Begin with `cluster.demo.run`. The cluster is not told that it is watched: the demo is a client like any other, and the
kills are plain SIGKILLs.
"""
