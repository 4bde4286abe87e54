"""benchhub ops: which operators of a run cost the time, and where work would pay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, terminal_width, verbose_option
from benchhub.errors import UsageError

if TYPE_CHECKING:
    from benchhub.analysis.roofline import OpWork, Roofline
    from benchhub.analysis.summary import CaseSummary
    from benchhub.records import GraphFacts
    from benchhub.workspace import Workspace

# As `benchhub.reports.operators` calls them, which loads scipy.
RANKINGS = ("time", "headroom")


@click.command("ops")
@click.argument("run", default="latest", shell_complete=completions.runs)
@click.option("--case", "pattern", default="*", help="Case id; * is a wildcard.")
@click.option(
    "--device", default="*", help="Name of the device.", shell_complete=completions.device
)
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Rows a case.")
@click.option("--by-type", is_flag=True, help="Sum up the operators of each type.")
@click.option(
    "--by",
    type=click.Choice(RANKINGS),
    help="Rank by that; default: head-room if the device was calibrated, else time.",
)
@json_option
@verbose_option
@guarded
def command(
    run: str,
    pattern: str,
    device: str,
    top: int,
    by: str | None,
    *,
    by_type: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Show the slow operators of RUN (an id, its beginning, or latest).

    Head-room is the time that an operator takes above what its device reached in calibration
    (benchhub calibrate-peak): it says where work would pay, not only where time goes.
    """
    del verbose
    cases = list(_cases(here(), run, device, pattern))
    if as_json:
        click.echo(json.dumps([_facts(*one, by) for one in cases], indent=1))
        return 0
    from benchhub.reports.operators import render_operators

    width = terminal_width()
    blocks = [
        render_operators(name, case, top, by_type=by_type, found=found, by=by, width=width)
        for name, case, found in cases
    ]
    click.echo("\n\n".join(blocks))
    return 0


def _cases(
    workspace: Workspace, run: str, device: str, pattern: str
) -> Iterator[tuple[str, CaseSummary, Roofline | None]]:
    """Yield the device, the case and its place below the roof. Raises UsageError without any."""
    # They load scipy and the readers of models.
    from benchhub.analysis.roofline import roofline
    from benchhub.analysis.summary import summarise
    from benchhub.execution.graphs import graph_of
    from benchhub.results.peaks import calibrated
    from benchhub.results.store import find_run

    read = calibrated(find_run(workspace.runs, run).read(), workspace, demanded=True)
    chosen = [
        (one, case)
        for one in summarise(read).devices
        for case in one.cases
        if fnmatchcase(case.case.id, pattern) and fnmatchcase(one.name, device)
    ]
    if not chosen:
        raise UsageError(f"no case matches '{pattern}' on '{device}'.", "benchhub runs")
    graphs: dict[str, GraphFacts | None] = {}
    for one, case in chosen:
        variant = case.case.variant
        key = f"{variant.model}/{variant.variant}"
        if key not in graphs:
            graphs[key] = graph_of(read, variant, workspace)
        peaks = one.record.peaks if one.record else None
        yield one.name, case, roofline(case, graphs[key], peaks)


def _facts(
    device: str, case: CaseSummary, found: Roofline | None, by: str | None
) -> dict[str, object]:
    from benchhub.analysis.roofline import OpWork
    from benchhub.reports.operators import ranked, ranking

    table = case.operators
    by = ranking(found, by)
    if found is not None:
        works = ranked(found, by)
    else:
        works = [OpWork(row, None) for row in table.rows] if table else []
    return {
        "device": device,
        "case": case.case.id,
        "total_us": table.total_us if table else None,
        "latency_us": case.latency.value_us if case.latency else None,
        "ranked_by": by,
        "headroom_us": found.headroom_us if found else None,
        "covered": found.covered if found else None,
        "calibrated": found.measured or None if found else None,
        "calibrated_with": found.measured_by or None if found else None,
        "peaks": [asdict(peak) for peak in found.peaks] if found else [],
        "note": found.note if found else "",
        "ops": [_op(work) for work in works],
    }


def _op(work: OpWork) -> Mapping[str, object]:
    row, cost = work.row, work.cost
    return {
        "node": row.op.node,
        "op": row.op.op,
        "kernel": row.op.kernel,
        "name": row.op.name,
        "mean_us": row.mean_us,
        "share": row.share,
        "graph_node": cost.node if cost else None,
        "graph_op": cost.op if cost else None,
        "dtype": cost.dtype if cost else None,
        "macs": cost.macs if cost else None,
        "bytes": cost.bytes if cost else None,
        "gmacs_per_s": work.gmacs_per_s,
        "gbytes_per_s": work.gbytes_per_s,
        "macs_per_byte": work.intensity,
        "roofline": work.share,
        "bound": work.bound or None,
        "headroom_us": work.headroom_us,
    }
