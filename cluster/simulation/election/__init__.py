"""The scenario `election`: five candidates, two followers, an ensemble, and no actors: who leads, and who writes."""
