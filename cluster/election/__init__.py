"""Who leads: backends that give out leadership by ordered epochs, and the shell that turns a grant into a leader."""
