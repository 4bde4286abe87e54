"""benchhub import: a run of logs and files that were made elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli.frame import guarded, here, say, verbose_option


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--device", required=True, help="Name of the device that they are from.")
@click.option("--case", "case_id", required=True, help="MODEL/VARIANT/CONFIGURATION/tN.")
@click.option("--delegate", help="What was asked for, if CONFIGURATION is no delegate's name.")
@click.option("--exit-code", type=int, metavar="N", help="How the program ended, if known.")
@verbose_option
@guarded
def command(
    files: tuple[Path, ...],
    *,
    device: str,
    case_id: str,
    delegate: str | None,
    exit_code: int | None,
    verbose: bool,
) -> int:
    """Make a run of FILES: logs of benchmark_model, CSV, protos, JSON of the wheel's tool.

    Files that are called alike up to the first dot, and those of one folder, are of one process.

    benchhub import run1.txt run2.txt run2.pb --device pixel4 --case mobilenet/int8/gpu/t1
    """
    del verbose
    # They load scipy and the parsers.
    from benchhub.analysis.summary import summarise  # noqa: PLC0415
    from benchhub.execution.importing import import_files  # noqa: PLC0415
    from benchhub.reports.terminal import render_summary  # noqa: PLC0415

    workspace = here()
    folder = import_files(workspace, files, device, case_id, delegate, exit_code)
    run = folder.read()
    click.echo(render_summary(summarise(run)))
    click.echo(f"\nrun      {folder.run_id}  (benchhub report {folder.run_id})")
    failed = sum(1 for one in run.invocations if one.reading.failure)
    if failed:
        say(f"{failed} of {len(run.invocations)} processes gave no number; they are imported too.")
    return 0
