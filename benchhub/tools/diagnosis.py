"""Says what the output of a measuring program means: known lines, each with advice.

The table (`diagnosis_table`) is searched row by row in the whole text, so the time is linear in
the output however often a line repeats: a failing inference was seen to print 5 MB in half a
second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from benchhub.records import Finding
from benchhub.tools.diagnosis_table import ROWS, Pattern, Row

# Evidence is one line for a person; a longer line is cut.
EVIDENCE_CHARS = 200
# A line is looked at this far to both sides of the words that were found in it.
LINE_WINDOW = 1000
# Lines that continue a message of several lines, e.g. the list of unsupported operators.
MOST_FOLLOWING_LINES = 12
# Beyond that many repetitions only "at least" is said.
MOST_COUNTED = 100_000

# Prefixes of logcat (`I tflite  : `, also with a time), of the tool and of LiteRT's own logger.
_LOGCAT = re.compile(
    r"^(?:\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9} +\d{1,9} +\d{1,9} )?"
    r"[VDIWEF][ /][\w.-]{1,60} {0,20}(?:\( {0,10}\d{1,9}\))?: "
)
_LEVEL = re.compile(r"^(?:INFO|WARN|WARNING|ERROR|FATAL|VERBOSE): ")
_SOURCE = re.compile(r"^\[[\w./-]{1,200}:\d{1,7}\] ")


@dataclass(frozen=True, slots=True)
class _Hit:
    """The first line that a row matches in one text, and how many do."""

    position: int
    evidence: str
    count: int


def bare(line: str) -> str:
    """Return a line without the prefixes of the loggers (`INFO: `, logcat's, LiteRT's)."""
    line = line.strip("\r")
    for prefix in (_LOGCAT, _LEVEL, _SOURCE):
        line = prefix.sub("", line, count=1)
    return line


def diagnose(stdout: str, stderr: str) -> tuple[Finding, ...]:
    """Return what is known about the lines of an output, in the order of their appearance.

    Each row of the table is told at most once, with its first line as evidence and the number of
    its repetitions. Both streams are searched, standard output first: the order between two
    pipes is lost.
    """
    found: list[tuple[int, int, Finding]] = []
    for row in ROWS:
        hits = [(stream, _search(row, text)) for stream, text in enumerate((stdout, stderr))]
        seen = [(stream, hit) for stream, hit in hits if hit is not None]
        if seen:
            stream, first = seen[0]
            count = sum(hit.count for _, hit in seen)
            found.append((stream, first.position, _finding(row, first, count)))
    found.sort(key=lambda entry: entry[:2])
    return tuple(finding for _, _, finding in found)


@dataclass(frozen=True, slots=True)
class Located:
    """A finding in a text.

    Attributes:
        line: Number of its first line, from 1.
        finding: What it means.
    """

    line: int
    finding: Finding


def locate(text: str) -> tuple[Located, ...]:
    """Return what is known about the lines of a text, with the number of each first line."""
    hits = ((row, _search(row, text)) for row in ROWS)
    seen = sorted(
        ((hit.position, row, hit) for row, hit in hits if hit is not None),
        key=lambda entry: entry[0],
    )
    return tuple(
        Located(text.count("\n", 0, position) + 1, _finding(row, hit, hit.count))
        for position, row, hit in seen
    )


def _finding(row: Row, hit: _Hit, count: int) -> Finding:
    more = "at least " if count >= MOST_COUNTED else ""
    repeats = f" [{more}{min(count, MOST_COUNTED)} times]" if count > 1 else ""
    return Finding(row.id, row.severity, row.meaning, row.advice, hit.evidence + repeats)


def _search(row: Row, text: str) -> _Hit | None:
    """Find the first line of a row in a text; its pattern's repetitions are counted."""
    hits = [hit for pattern in row.patterns if (hit := _first(pattern, text)) is not None]
    if not hits:
        return None
    first = min(hits, key=lambda hit: hit.position)
    if not row.follow:
        return first
    lines = _following(text, first.position, _compiled(row.follow))
    return replace(first, evidence="; ".join([first.evidence, *lines]))


def _first(pattern: Pattern, text: str) -> _Hit | None:
    matches = islice(_lines(pattern, text), MOST_COUNTED)
    match = next(matches, None)
    if match is None:
        return None
    position, line = match
    count = 1 + sum(1 for _ in matches) if pattern.regex else text.count(pattern.words)
    return _Hit(position, line[:EVIDENCE_CHARS], count)


def _lines(pattern: Pattern, text: str) -> Iterator[tuple[int, str]]:
    """Yield position and bare text of the lines that match, from the first on."""
    position = text.find(pattern.words)
    while position >= 0:
        before = max(0, position - LINE_WINDOW)
        start = max(before, text.rfind("\n", before, position) + 1)
        end = text.find("\n", position, position + LINE_WINDOW)
        end = min(len(text), position + LINE_WINDOW) if end < 0 else end
        line = bare(text[start:end]).strip()
        if not pattern.regex or _compiled(pattern.regex).search(line):
            yield start, line
        position = text.find(pattern.words, max(end, position + 1))


def _following(text: str, position: int, pattern: re.Pattern[str]) -> list[str]:
    """Return the lines after the one at `position` for as long as they match."""
    lines: list[str] = []
    end = text.find("\n", position)
    while end >= 0 and len(lines) < MOST_FOLLOWING_LINES:
        start = end + 1
        end = text.find("\n", start)
        line = bare(text[start : min(start + LINE_WINDOW, end if end >= 0 else len(text))]).strip()
        if not pattern.search(line):
            break
        lines.append(line[:EVIDENCE_CHARS])
    return lines


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of the table on first use: most rows are never needed."""
    return re.compile(pattern)
