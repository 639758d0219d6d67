"""What was mended, as it was before: patches for the seeds in `found` and `misjudged`."""
