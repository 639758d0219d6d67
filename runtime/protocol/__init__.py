"""The wire without wires, and the judgement of silence. Pure: no loop, clock, randomness, socket or log in here."""
