"""Suites: what to measure and how, from YAML to the cases and their order."""
