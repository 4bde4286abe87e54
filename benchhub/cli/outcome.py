"""What ab, gate and compare say of a comparison: terminal, files for CI, exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TypeVar

import click

from benchhub.cli.frame import say
from benchhub.errors import StoreError

if TYPE_CHECKING:  # loads scipy, which --help does not wait for
    from benchhub.analysis.verdicts import Comparison

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option("--junit", type=_FILE, help="Write JUnit XML: a test for each case."),
    click.option("--markdown", type=_FILE, help="Write a comment for a pull request."),
    click.option(
        "--github/--no-github",
        default=None,
        help="Annotations and step summary. Default: where GITHUB_ACTIONS is set.",
    ),
    click.option(
        "--inconclusive",
        type=click.Choice(["4", "pass", "fail"]),
        default="4",
        help="Exit code where nothing regressed and a case is undecided: 4, 0 or 1.",
    ),
)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a comparison is written to, besides the terminal.

    Attributes:
        junit: File for JUnit XML; None writes none.
        markdown: File for Markdown; None writes none.
        github: Whether GitHub is told; None asks its environment.
        inconclusive: `4`, `pass` or `fail`.
        as_json: Whether the answer is JSON.
    """

    junit: Path | None
    markdown: Path | None
    github: bool | None
    inconclusive: str
    as_json: bool

    @property
    def tells_github(self) -> bool:
        """Whether annotations and the step summary are written."""
        if self.github is None:
            return os.environ.get("GITHUB_ACTIONS") == "true"
        return self.github


def output_options(function: F) -> F:
    """Add the options that `Outputs` is made of, but for --json."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def answer(comparison: Comparison, outputs: Outputs, report: Callable[[], str]) -> int:
    """Print a comparison, write the files that were asked for, and return the exit code.

    Args:
        comparison: What is said.
        outputs: Where.
        report: Writes the HTML report; returns its path as a user would type it.

    A file that cannot be written is told and makes the code 3, but of a regression.
    """
    # They load the summary's statistics, which other commands do not wait for.
    from benchhub.analysis.judgement import EXIT_REGRESSED, exit_code
    from benchhub.exports.junit import junit_xml
    from benchhub.exports.markdown import comment
    from benchhub.exports.verdicts_json import verdict_facts
    from benchhub.reports.verdicts import render_comparison

    code = exit_code(comparison, outputs.inconclusive)
    page = _reported(report)
    if outputs.as_json:
        facts = {**verdict_facts(comparison), "exit_code": code, "report": page}
        click.echo(json.dumps(facts, indent=1))
    else:
        click.echo(render_comparison(comparison, get_terminal_size().columns))
        if page:
            click.echo(f"report     {page}")
    written = [page is not None, not outputs.tells_github or _tell_github(comparison)]
    if outputs.junit:
        written.append(_written(outputs.junit, junit_xml(comparison)))
    if outputs.markdown:
        written.append(_written(outputs.markdown, comment(comparison)))
    return code if all(written) or code == EXIT_REGRESSED else StoreError.exit_code


def _reported(report: Callable[[], str]) -> str | None:
    """Write the report; a file that cannot be written takes no verdict with it."""
    try:
        return report()
    except StoreError as error:
        say(str(error))
        return None


def _tell_github(comparison: Comparison) -> bool:
    from benchhub.exports.github import annotations, step_summary

    # Workflow commands are read from standard output and error alike; JSON stays clean.
    for line in annotations(comparison):
        say(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return not summary or _written(Path(summary), step_summary(comparison), append=True)


def _written(path: Path, text: str, *, append: bool = False) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        say(f"{path}: cannot be written: {error.strerror}.")
        return False
    return True
