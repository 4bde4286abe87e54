"""The readers that are fuzzed, a module a kind of data."""
