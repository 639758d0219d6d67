"""Kill, freeze, cut off and replace random processes of a real cluster, round after round, and look at every step.

`python -m benchmarks.soak --backend zookeeper --rounds 10 --seed 1`. Not a benchmark of speed: it shows whether a step
is lost, done by two attempts at a time, or done after the result. The seed fixes what is done to whom; when processes
react is the machine's affair, so a round is not replayed exactly.
"""
