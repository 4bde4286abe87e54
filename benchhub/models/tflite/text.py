"""Text of a file that somebody else wrote, made safe for a terminal and a report."""

from __future__ import annotations

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Return text of one line with a mark for each character that cannot be printed.

    Those are control characters, which a terminal would obey, and marks that reverse the direction
    of writing, which let one name look like another.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else REPLACEMENT for letter in text)


def lines(text: str) -> str:
    """Return text of several lines likewise."""
    return "\n".join(printable(line.replace("\t", " ")) for line in text.splitlines())
