"""benchhub ops: which operators of a run cost the time."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import click

from benchhub.analysis.summary import CaseSummary, summarise
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.errors import UsageError
from benchhub.reports.operators import render_operators
from benchhub.results.store import find_run


@click.command("ops")
@click.argument("run", default="latest")
@click.option("--case", "pattern", default="*", help="Case id; * is a wildcard.")
@click.option("--device", default="*", help="Name of the device.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Rows a case.")
@click.option("--by-type", is_flag=True, help="Sum up the operators of each type.")
@json_option
@verbose_option
@guarded
def command(
    run: str, pattern: str, device: str, top: int, *, by_type: bool, as_json: bool, verbose: bool
) -> int:
    """Show the slow operators of RUN (an id, its beginning, or latest)."""
    del verbose
    summary = summarise(find_run(here().runs, run).read())
    chosen = [
        (one.name, case)
        for one in summary.devices
        for case in one.cases
        if fnmatchcase(case.case.id, pattern) and fnmatchcase(one.name, device)
    ]
    if not chosen:
        raise UsageError(f"no case matches '{pattern}' on '{device}'.", "benchhub runs")
    if as_json:
        click.echo(json.dumps([_facts(name, case) for name, case in chosen], indent=1))
        return 0
    blocks = [render_operators(name, case, top, by_type=by_type) for name, case in chosen]
    click.echo("\n\n".join(blocks))
    return 0


def _facts(device: str, case: CaseSummary) -> dict[str, object]:
    table = case.operators
    rows = table.rows if table else ()
    return {
        "device": device,
        "case": case.case.id,
        "total_us": table.total_us if table else None,
        "latency_us": case.latency.value_us if case.latency else None,
        "ops": [
            {
                "node": row.op.node,
                "op": row.op.op,
                "kernel": row.op.kernel,
                "name": row.op.name,
                "mean_us": row.mean_us,
                "share": row.share,
            }
            for row in rows
        ],
    }
