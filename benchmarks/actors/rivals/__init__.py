"""The same workloads on other actor libraries of Python, each where it is installed; they are no dependencies of ours.

They live in an environment of their own, which may have another Python, because several need a newer one than we do:

    python3.13 -m venv .venv-rivals && .venv-rivals/bin/pip install -r benchmarks/actors/rivals/requirements.txt

`python -m benchmarks actors` runs them beside ours when it finds that environment. One module for each library says how
an actor is made there, told and asked; the workloads (`workloads`) are the same for all. Nothing here imports anything
of ours, so that no more than the rival is needed. Deliberately not here: what they promise, which is less than we do.
"""
