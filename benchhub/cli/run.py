"""benchhub run: measure a suite on devices and write a report."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.cli.lab.options import lab_options
from benchhub.errors import UsageError


def words(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """Return the words of an option that are apart by commas."""
    return tuple(word.strip() for word in value.split(",") if word.strip()) if value else ()


@click.command("run")
@click.argument(
    "suite",
    type=click.Path(path_type=Path, dir_okay=False),
    required=False,
    shell_complete=completions.suites,
)
@click.option(
    "--devices",
    callback=words,
    help="Names from devices/, or @label; with commas.",
    shell_complete=completions.devices,
)
@click.option(
    "--tools",
    callback=words,
    help="Tools instead of the suite's, with commas.",
    shell_complete=completions.tools,
)
@click.option("--cases", callback=words, help="Only cases that match, e.g. '*/int8/*'.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds instead of the suite's.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the order of the cases.")
@click.option("--dry-run", is_flag=True, help="Print the plan, measure nothing.")
@click.option(
    "--resume",
    metavar="RUN",
    help="Go on with an unfinished run (id or latest).",
    shell_complete=completions.runs,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Report file.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@lab_options
@json_option
@verbose_option
@guarded
def command(
    *,
    suite: Path | None,
    devices: tuple[str, ...],
    tools: tuple[str, ...],
    cases: tuple[str, ...],
    rounds: int | None,
    seed: int | None,
    resume: str | None,
    out: Path | None,
    lab: str | None,
    tls: Path | None,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure SUITE on devices, print a summary and write an HTML report.

    benchhub run suites/quickstart.yaml --devices host

    With --lab the devices are those of a lab, whichever machine they hang on (docs/lab.md).

    Exit code 6: all was measured, but not as the suite demands. A delegate fell back, or nothing
    shows that it ran (unless `allow_fallback`), a budget was not met, or outputs are wrong. 4: it
    cannot be told whether a model meets its budget; more rounds may.
    """
    del verbose
    # They load the transports, pydantic and what reads models.
    from benchhub.cli import running
    from benchhub.cli.fleet import fleet_of
    from benchhub.execution.planning import Choices
    from benchhub.results.store import find_run

    workspace = here()
    if resume:
        if suite or devices or tools or cases or rounds or seed is not None or dry_run:
            raise UsageError("--resume goes on with a run as planned; leave the rest away.")
        folder = find_run(workspace.runs, resume)
        with fleet_of(workspace, lab, tls, quiet=quiet) as fleet:
            return running.carry_out(folder, fleet, workspace, out, quiet=quiet, as_json=as_json)
    if suite is None:
        raise UsageError("which suite?", "benchhub run suites/quickstart.yaml --devices host")
    choices = Choices(tools, cases, rounds, seed)
    told = {"dry_run": dry_run, "quiet": quiet, "as_json": as_json}
    with fleet_of(workspace, lab, tls, quiet=quiet) as fleet:
        return running.run(workspace, suite, devices, fleet, choices, out, **told)
