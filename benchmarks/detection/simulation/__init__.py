"""Detectors judged on simulated arrivals: links as published, one trace for every detector, and their quality."""
