"""Bytes of an enemy: at the decoders, at a system on the simulated network, and at a live port.

`python -m benchmarks.fuzz --seconds 60` runs all three in turn, from a seed, for as long as it is told, and ends with 1
if anything broke. `inputs` makes what is thrown, `decoders`, `simulated` and `live` are what it is thrown at: by those
who dial (`siege`) and those who are dialled (`ambush`). With atheris installed,
`python -m benchmarks.fuzz.atheris_target` lets coverage guide the choice of bytes for the decoders.
"""
