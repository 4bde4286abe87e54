"""The fault matrix: which tests provoke which fault, where, and how they ended.

A test that provokes a fault and checks what is left has the mark `fault(name, place=...)`. The
name is `kind: what exactly`, with a kind of `KINDS`. The place is where it happens or how the
device is reached, of `PLACES`, or several of them. `{way}` in either is the value of the test's
parameter of that name.

`python -m tests.fault_table` runs them all (`pytest -m fault` without reading the other tests).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

# As a reader looks for them.
KINDS = (
    "SIGKILL of the controller",
    "SIGINT of the controller",
    "SIGTERM of the controller",
    "two controllers",
    "lease holder dead",
    "power loss",
    "device away",
    "daemon killed",
    "daemon frozen",
    "link cut",
    "link stalled",
    "link slow",
    "disk full",
    "clock jump",
    "host lost",
    "scheduler lost",
    "run folder",
    "index",
    "database",
)
PLACES = (
    "host",
    "ssh",
    "adb direct",
    "adb server",
    "controller",
    "lab",
    "SQLite",
    "PostgreSQL",
)
MARK = "fault"
# A place with several outcomes shows the first of these.
OUTCOMES = ("failed", "passed", "skipped")


@dataclass(frozen=True, slots=True)
class Case:
    """One fault in one place."""

    fault: str
    place: str

    @property
    def rank(self) -> tuple[int, str, int]:
        kind = self.fault.partition(":")[0]
        return KINDS.index(kind), self.fault, PLACES.index(self.place)


def cases_of(item: pytest.Item) -> Iterator[Case]:
    """What a test provokes. Raises UsageError for a kind or a place that is not in the lists."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    for mark in item.iter_markers(MARK):
        (name,), places = mark.args, mark.kwargs["place"]
        for place in (places,) if isinstance(places, str) else places:
            case = Case(name.format(**parameters), place.format(**parameters))
            if case.place not in PLACES or case.fault.partition(":")[0] not in KINDS:
                raise pytest.UsageError(f"{item.nodeid}: {case} is not in the lists of {__name__}")
            yield case


def note(items: Iterable[pytest.Item]) -> None:
    """Make the reports of tests tell what they provoke, also those of other processes."""
    for item in items:
        for case in cases_of(item):
            item.user_properties.append((MARK, (case.fault, case.place)))


def outcomes(reporter: pytest.TerminalReporter) -> dict[Case, str]:
    """How each case ended, in the table's order."""
    found: dict[Case, set[str]] = {}
    for key, outcome in (("failed", "failed"), ("error", "failed"), ("skipped", "skipped")):
        for case in _told(reporter.getreports(key)):
            found.setdefault(case, set()).add(outcome)
    for case in _told(one for one in reporter.getreports("passed") if one.when == "call"):
        found.setdefault(case, set()).add("passed")
    worst = {case: next(one for one in OUTCOMES if one in ends) for case, ends in found.items()}
    return dict(sorted(worst.items(), key=lambda pair: pair[0].rank))


def _told(reports: Iterable[pytest.TestReport]) -> Iterator[Case]:
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == MARK:
                yield Case(*value)


def matrix(cells: Mapping[Case, str]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Head and rows: a fault a row, a place a column."""
    places = [place for place in PLACES if any(case.place == place for case in cells)]
    faults = dict.fromkeys(case.fault for case in sorted(cells, key=lambda case: case.rank))
    rows = [(fault, *(cells.get(Case(fault, place), "") for place in places)) for fault in faults]
    return ("fault", *places), rows


def summarise(reporter: pytest.TerminalReporter) -> None:
    """Print the table if faults were asked for (`-m fault`), else how many there were."""
    ended = outcomes(reporter)
    if not ended:
        return
    counts = [
        f"{list(ended.values()).count(one)} {one}" for one in OUTCOMES if one in ended.values()
    ]
    told = f"{len(ended)} fault cases: {', '.join(counts)}"
    if MARK not in reporter.config.option.markexpr:
        reporter.line(f"{told} (tox -e faults prints them)")
        return
    reporter.section("faults")
    head, rows = matrix(ended)
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        reporter.line("  ".join(padded).rstrip())
    reporter.line(told)


def files() -> list[str]:
    """The files of tests that provoke faults."""
    found = Path(__file__).parent.rglob("test_*.py")
    return sorted(str(path) for path in found if "mark.fault(" in path.read_text())


if __name__ == "__main__":
    sys.exit(pytest.main(["-m", MARK, *sys.argv[1:], *files()]))
