"""Runs for Apache Otava: a CSV file with a row a run and a column a case, and its configuration.

Otava finds changes in such series (https://github.com/apache/otava). Its CSV importer takes a
time, attributes, and metrics that are numbers in every row: an empty cell ends it. So a case that
has no figure in some run has its column, but the configuration leaves it out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import yaml

from benchhub.errors import UsageError
from benchhub.exports.exporter import Export
from benchhub.exports.figures import figures_of
from benchhub.records import Run

# Where the configuration looks for the table, and what it is called there.
CSV_FILE = "otava.csv"
TEST = "benchhub"
_ATTRIBUTES = ("commit", "run_id", "suite")


@dataclass(frozen=True, slots=True)
class _Table:
    """The series of all cases.

    Attributes:
        runs: Oldest first.
        values_us: Figures of each run by the name of the case, in microseconds.
        notes: What is left out, a sentence each.
    """

    runs: tuple[Run, ...]
    values_us: tuple[Mapping[str, float], ...]
    notes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all cases, in the order of their first figure."""
        return tuple(dict.fromkeys(name for row in self.values_us for name in row))

    def gaps(self, column: str) -> int:
        """How many runs have no figure of a case."""
        return sum(column not in row for row in self.values_us)


def export(*runs: Run) -> Export:
    """Return the table as CSV; times are in microseconds."""
    table = _table(runs)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["time", *_ATTRIBUTES, *table.columns])
    for run, values in zip(table.runs, table.values_us, strict=True):
        plan = run.plan
        told = [plan.created, plan.git_commit or "", plan.run_id, plan.suite]
        writer.writerow([*told, *(values.get(name, "") for name in table.columns)])
    return Export(out.getvalue(), table.notes)


def configuration(*runs: Run) -> Export:
    """Return otava.yaml for the same runs, which expects the table in otava.csv."""
    table = _table(runs)
    metrics = {
        name: {"column": name, "direction": -1, "scale": 1}
        for name in table.columns
        if not table.gaps(name)
    }
    test = {
        "type": "csv",
        "file": CSV_FILE,
        "time_column": "time",
        "attributes": list(_ATTRIBUTES),
        "metrics": metrics,
    }
    text = yaml.safe_dump({"tests": {TEST: test}}, sort_keys=False, allow_unicode=True)
    return Export(text, table.notes)


def _table(runs: Sequence[Run]) -> _Table:
    """Raises UsageError if no run can stand in a series."""
    counted, notes = [], []
    for run in sorted(runs, key=lambda run: datetime.fromisoformat(run.plan.created)):
        plan = run.plan
        if plan.sides:
            notes.append(f"left out: run {plan.run_id} compares two sides")
        elif plan.imported:
            notes.append(f"left out: run {plan.run_id} was imported; it is not known when it was")
        else:
            counted.append(run)
    if not counted:
        raise UsageError(
            "none of these runs can stand in a series: they compare or were imported.",
            "benchhub runs lists all.",
        )
    values = []
    for run in counted:
        found, _ = figures_of(run)
        values.append({one.name: one.latency.value_us for one in found})
    table = _Table(tuple(counted), tuple(values), ())
    notes += [
        f"{name} has no figure in {gaps} of {len(counted)} runs: Otava cannot read its column"
        for name in table.columns
        if (gaps := table.gaps(name))
    ]
    return _Table(table.runs, table.values_us, tuple(notes))
