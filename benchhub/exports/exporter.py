"""What writes a run in the format of another tool, and where such writers are found.

Writers register by entry point in the group `benchhub.exports`, under the name of the format.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
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
        text: The document, which ends with a line break; bytes where the format is not text.
        notes: What it does not say of the run, a sentence each.
        files: All documents by file name, where a reader takes several; `text` is the first.
    """

    text: str | bytes
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


class Exporter(Protocol):
    """What an entry point names: a pure function."""

    def __call__(self, *runs: Run) -> Export:
        """Return one run or several, oldest first, in the format.

        Raises:
            UsageError: The format has no words for such a run, or not for several.
        """
        ...


def of_one(write: Callable[[Run], Export]) -> Exporter:
    """Make an exporter of a function that writes a single run."""

    @functools.wraps(write)
    def export(*runs: Run) -> Export:
        if len(runs) != 1:
            raise UsageError(
                f"this format holds one run, {len(runs)} were named.", "Export them one by one."
            )
        return write(runs[0])

    return export


def format_names() -> tuple[str, ...]:
    """Return the names of all installed formats."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def find_exporter(name: str) -> Exporter:
    """Return the writer of a format.

    Raises:
        UsageError: There is none of that name, or its package is damaged.
    """
    for point in entry_points(group=GROUP, name=name):
        try:
            found: Exporter = point.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"format '{name}' cannot be loaded from {point.value}: {error}.",
                "Install its package again.",
            ) from error
        return found
    names = format_names()
    meant = get_close_matches(name, names, n=1)
    hint = f"Did you mean '{meant[0]}'? " if meant else ""
    raise UsageError(f"there is no format '{name}'.", f"{hint}Installed: {', '.join(names)}.")


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
