"""`python -m cluster` is `deathwatch`.

Deliberately not here: the commands (`cluster.cli`).
"""

from cluster.cli import main

if __name__ == "__main__":
    main()
