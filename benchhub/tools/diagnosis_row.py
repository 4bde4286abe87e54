"""One row of the diagnosis table."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.records import Severity


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a line is recognised.

    Attributes:
        words: Text that the line contains; it is looked for first, being cheap to find.
        regex: What the line must match besides, without its logger's prefix; empty for nothing.
    """

    words: str
    regex: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One known fact that a program tells by a line of its output.

    Attributes:
        id: Name, e.g. `delegate.none`.
        severity: What the line means for the result.
        source: Where the line comes from: a source file, an issue, or `measured`.
        meaning: One sentence.
        advice: What to do; may be empty.
        patterns: Any of them is enough.
        follow: Expression for the lines that continue the message; empty for none.
    """

    id: str
    severity: Severity
    source: str
    meaning: str
    advice: str
    patterns: tuple[Pattern, ...]
    follow: str = ""
