"""Tools: the programs that measure, the parsers of what they print, and its diagnosis."""
