"""Actors of two processes: messages, questions, watches by the thousand, each beside a raw ceiling in the same run."""
