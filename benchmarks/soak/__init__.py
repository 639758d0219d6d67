"""Kill, freeze and replace random processes of a real cluster, round after round, and compare each result.

`python -m benchmarks.soak --rounds 10 --seed 1`. Not a benchmark of speed: it shows whether anything is lost or
doubled. The seed fixes what is done to whom; when processes react is the machine's affair, so a round is not replayed
exactly.
"""
