"""`python -m cluster` is `deathwatch`."""

from cluster.cli import main

if __name__ == "__main__":
    main()
