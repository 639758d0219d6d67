"""The page of a JobManager: one HTML file, one style sheet, one script; no build step, nothing from elsewhere."""
