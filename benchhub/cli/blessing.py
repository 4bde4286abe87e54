"""Writes the blessing of a run: the file that a build reads before it ships a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchhub.analysis.blessing import Blessing, bless, lines, unfit
from benchhub.analysis.choosing import Verdict
from benchhub.analysis.summary import RunSummary
from benchhub.errors import EXIT_INCONCLUSIVE, EXIT_NOT_AS_DEMANDED, StoreError
from benchhub.records import Limits
from benchhub.results.codec import write_document

SUFFIX = ".blessing.json"


def write_blessing(
    summary: RunSummary, path: Path, limits: Mapping[str, Limits] | None = None
) -> Blessing:
    """Judge a run and write the verdict; a run that cannot be judged leaves no file there.

    Args:
        summary: The run.
        path: The file.
        limits: See `benchhub.analysis.blessing.bless`.

    Raises:
        UsageError: The run cannot be judged.
        StoreError: The file cannot be written.
    """
    _clear(path)
    blessing = bless(summary, limits)
    write_document(path, blessing)
    return blessing


def judge(summary: RunSummary, path: Path) -> tuple[Blessing | None, list[str]]:
    """Bless or refuse what a suite has a budget for.

    Returns:
        The blessing that was written, None where there is nothing to judge or it cannot be; and
        what to say of it, a line each.
    """
    plan = summary.run.plan
    if not any(one.asked for one in plan.limits.values()):
        _clear(path)
        return None, []
    reason = unfit(summary)
    if reason:
        _clear(path)
        return None, [f"no blessing for {', '.join(plan.limits)}: {reason}"]
    blessing = write_blessing(summary, path)
    return blessing, list(lines(blessing))


def budget_code(summary: RunSummary) -> int:
    """Return the exit code of a suite's budget; 0 without one."""
    if not any(one.asked for one in summary.run.plan.limits.values()):
        return 0
    if unfit(summary):
        return EXIT_INCONCLUSIVE
    return code_of([bless(summary).verdict])


def code_of(verdicts: Sequence[Verdict]) -> int:
    """Return the exit code of verdicts: a refusal counts more than a doubt."""
    if Verdict.REFUSED in verdicts:
        return EXIT_NOT_AS_DEMANDED
    return EXIT_INCONCLUSIVE if Verdict.UNTOLD in verdicts else 0


def _clear(path: Path) -> None:
    """Remove the blessing of an earlier run: it would be taken for that of this one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error
