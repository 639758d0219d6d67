"""The scenario `families`: actors with children on three nodes, who fail, ask and stop wherever user code can."""
