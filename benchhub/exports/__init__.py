"""What other programs read: one module a format, each a pure function of records."""
