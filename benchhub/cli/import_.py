"""benchhub import: a run of logs and files that were made elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli.frame import guarded, here, json_option, say, terminal_width, verbose_option

if TYPE_CHECKING:
    from benchhub.records import Invocation, Run


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--device", required=True, help="Name of the device that they are from.")
@click.option(
    "--case", "case_id", required=True, help="MODEL/VARIANT/CONFIGURATION/tTHREADS[@TOOL]."
)
@click.option("--delegate", help="What was asked for, if CONFIGURATION does not tell it.")
@click.option("--exit-code", type=int, metavar="N", help="How the program ended, if known.")
@json_option
@verbose_option
@guarded
def command(
    files: tuple[Path, ...],
    *,
    device: str,
    case_id: str,
    delegate: str | None,
    exit_code: int | None,
    as_json: bool,
    verbose: bool,
) -> int:
    """Make a run of FILES: logs of benchmark_model, CSV, protos, JSON of the wheel's tool.

    A folder holds the files of one process; so do files that are called alike up to the first
    dot. Each other file is a process of its own.

    benchhub import run1.txt run2.txt run2.pb --device pixel4 --case mobilenet/int8/gpu/t1
    """
    del verbose
    # They load scipy and the parsers.
    from benchhub.analysis.summary import summarise
    from benchhub.execution.importing import Told, import_files
    from benchhub.reports.facts import facts
    from benchhub.reports.terminal import render_summary

    told = Told(device, case_id, delegate, exit_code)
    folder = import_files(here(), files, told)
    run = folder.read()
    summary = summarise(run)
    if as_json:
        document = {**facts(summary), "imported": run.plan.imported}
        click.echo(json.dumps(document, indent=1))
    else:
        click.echo("\n".join(_processes(run)))
        click.echo("\n" + render_summary(summary, terminal_width()))
        click.echo(f"\nrun      {folder.run_id}  (benchhub report {folder.run_id})")
    failed = sum(one.reading.failure is not None for one in run.invocations)
    if failed:
        n = len(run.invocations)
        say(f"{failed} of {n} process{'es' * (n != 1)} told no latency; imported as FAILED.")
    return 0


def _processes(run: Run) -> Iterator[str]:
    """Yield what each process was taken for."""
    n = len(run.plan.imported)
    yield f"imported {n} file{'s' * (n != 1)} as {run.plan.cases[0].id}"
    for one in run.invocations:
        yield f"  {one.number:4}  {one.purpose:8}{one.status:9}{_figures(one)}".rstrip()
        yield from (
            f"        {finding.evidence}"
            for finding in one.reading.findings
            if finding.id == "import.files"
        )


def _figures(one: Invocation) -> str:
    from benchhub.reports.numbers import ms

    reading = one.reading
    parts = []
    if reading.latency:
        parts.append(f"{ms(reading.latency.value_us)} ms, {reading.latency.statistic}")
    if reading.profile:
        parts.append(f"{len(reading.profile.ops)} operators")
    return "; ".join(parts)
