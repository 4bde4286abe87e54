"""Hostile input at scale: `python -m tests.fuzz`, see docs/fuzz.md."""
