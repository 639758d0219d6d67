"""The scenario `deathwatch`: five actor systems and nothing else, whose actors watch each other while nodes die."""
