"""What writes a run in the format of another tool, and where such writers are found.

Writers register by entry point in the group `benchhub.exports`, under the name of the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

from benchhub.analysis.judgement import judge
from benchhub.analysis.verdicts import Comparison
from benchhub.errors import UsageError
from benchhub.records import Run

GROUP = "benchhub.exports"


@dataclass(frozen=True, slots=True)
class Export:
    """A run in another format.

    Attributes:
        text: The document, which ends with a line break.
        notes: What it does not say of the run, a sentence each.
    """

    text: str
    notes: tuple[str, ...] = ()


class Exporter(Protocol):
    """What an entry point names: a pure function."""

    def __call__(self, run: Run) -> Export:
        """Return the run in the format.

        Raises:
            UsageError: The format has no words for such a run.
        """
        ...


def format_names() -> tuple[str, ...]:
    """Return the names of all installed formats."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def find_exporter(name: str) -> Exporter:
    """Return the writer of a format.

    Raises:
        UsageError: There is none of that name.
    """
    for point in entry_points(group=GROUP, name=name):
        found: Exporter = point.load()
        return found
    raise UsageError(f"there is no format '{name}'.", f"Installed: {', '.join(format_names())}.")


def judged(run: Run) -> Comparison:
    """Return the verdicts of an interleaved run.

    Raises:
        UsageError: The run compares nothing.
    """
    if run.plan.gate is None:
        raise UsageError(
            f"run {run.plan.run_id} compares nothing, so it has no verdicts to write.",
            "benchhub ab measures two sides, benchhub compare RUN_A RUN_B takes two stored runs.",
        )
    return judge(run)
