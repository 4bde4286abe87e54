"""A comparison for GitHub Actions: annotations and the summary of a step.

Annotations are workflow commands: lines `::error title=...::message` that the runner reads from a
step's output. GitHub keeps ten of a kind and step, and drops a step summary of more than 1024 KiB.
"""

from benchhub.analysis.verdict_figures import Figures, figures, worst_first
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.exports.markdown import page
from benchhub.exports.verdict_text import because, one_line, summary, word
from benchhub.records import Failure, Verdict

ANNOTATIONS = 10
# Some room for what other programs of the step say.
SUMMARY_BYTES = 960 * 1024
_OPEN_ROWS = 100
_TITLE = 200
_MESSAGE = 1_000


def annotations(comparison: Comparison) -> list[str]:
    """Return at most ten workflow commands, worst first; the last one may tell of others."""
    lines = [
        _command("error", f"{device} was lost", _told(failure))
        for device, failure in comparison.lost
    ]
    lines += [
        _command(_level(one.case), _title(one.case), _message(one))
        for one in worst_first(figures(comparison))
        if one.case.verdict not in (Verdict.PASS, Verdict.IMPROVED)
    ]
    if len(lines) <= ANNOTATIONS:
        return lines
    kept = lines[: ANNOTATIONS - 1]
    more = len(lines) - len(kept)
    return [*kept, _command("warning", "benchhub", f"{more} more; see the summary of the step.")]


def step_summary(comparison: Comparison) -> str:
    """Return Markdown of less than 1024 KiB, to be appended to the file GITHUB_STEP_SUMMARY."""
    return page(comparison, SUMMARY_BYTES, _OPEN_ROWS)


def _level(case: CaseVerdict) -> str:
    return "error" if case.verdict is Verdict.REGRESSED or case.infrastructure else "warning"


def _title(case: CaseVerdict) -> str:
    return f"{word(case)} {case.case_id} on {case.device}"


def _message(one: Figures) -> str:
    told = [] if one.change is None else [summary(one)]
    lines = [one_line(line, _MESSAGE) for line in (*told, *because(one.case))]
    return "\n".join(lines)[:_MESSAGE]


def _told(failure: Failure) -> str:
    return one_line(f"{failure.message} {failure.advice}", _MESSAGE)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(one_line(title, _TITLE))}::{_data(message)}"


def _data(text: str) -> str:
    """Escape the message of a command: the runner undoes it, percent signs last."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
