"""benchhub compare: hold two stored runs against each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from benchhub.analysis.checked_facts import DECISIVE
from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.cli.outcome import Outputs, answer, output_options
from benchhub.cli.report import write_page, write_report
from benchhub.cli.shares import as_share
from benchhub.errors import ConfigError, UsageError
from benchhub.records import GateSpec, Rule, Run
from benchhub.results.baselines import read_baselines
from benchhub.results.store import find_run

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("compare")
@click.argument("baseline", metavar="RUN_A", shell_complete=completions.runs)
@click.argument("candidate", metavar="[RUN_B]", required=False, shell_complete=completions.runs)
@click.option(
    "--differs",
    multiple=True,
    type=click.Choice(DECISIVE),
    metavar="FACT",
    help=f"What is compared on purpose; may be repeated: {', '.join(DECISIVE)}.",
)
@click.option("--force", is_flag=True, help="Compare what is not comparable; the answer says so.")
@click.option("--min-effect", callback=as_share, help="Slow-downs up to that are none, e.g. 3%.")
@click.option("--rule", type=click.Choice([one.value for one in Rule]), help="See docs/gate.md.")
@click.option("--out", type=_FILE, help="Report file.")
@output_options
@json_option
@verbose_option
@guarded
def command(
    *,
    baseline: str,
    candidate: str | None,
    differs: tuple[str, ...],
    force: bool,
    min_effect: float | None,
    rule: str | None,
    out: Path | None,
    junit: Path | None,
    markdown: Path | None,
    inconclusive: str,
    github: bool | None,
    as_json: bool,
    verbose: bool,
) -> int:
    """Compare RUN_B with RUN_A: did it become slower? Or show a comparison's verdicts again.

    benchhub compare nightly latest

    A run is an id, its beginning, a baseline's name, or latest. Runs that differ in device, build,
    governor, tool or in how they were measured are refused. The verdicts are weaker than those of
    `benchhub ab`, as the runs were not measured side by side.

    Exit code 1: a case regressed. 4: it cannot be told. 3: figures are missing. 5: nothing in
    common.
    """
    del verbose
    outputs = Outputs(junit, markdown, github, inconclusive, as_json)
    if candidate is None:
        if differs or force or min_effect or rule:
            raise UsageError("the verdicts of a comparison stand; leave the options away.")
        return _again(baseline, outputs, out)
    from benchhub.analysis.unpaired import compare_runs
    from benchhub.reports.verdict_page import render_comparison_html

    workspace = here()
    runs = workspace.runs
    folders = find_run(runs, baseline), find_run(runs, candidate)
    before, after = (folder.read() for folder in folders)
    given = {"min_effect": min_effect, "rule": Rule(rule) if rule else None}
    changes: dict[str, Any] = {key: one for key, one in given.items() if one is not None}
    spec = replace(_gate(after), **changes)
    known = read_baselines(runs)
    names = tuple(word if word in known else "" for word in (baseline, candidate))
    comparison = compare_runs(
        before, after, spec, differs=differs, force=force, names=(names[0], names[1])
    )
    page = out or workspace.reports / f"compare-{before.plan.run_id}-{after.plan.run_id}.html"

    def report() -> str:
        return write_page(page, render_comparison_html(comparison, before, after), workspace)

    return answer(comparison, outputs, report)


def _again(word: str, outputs: Outputs, out: Path | None) -> int:
    """Say once more what came of a comparison."""
    workspace = here()
    folder = find_run(workspace.runs, word)
    run = folder.read()
    if not run.plan.sides:
        raise UsageError(
            f"run {folder.run_id} compares nothing; against which run?",
            f"benchhub compare RUN {folder.run_id}, or with pairs: benchhub ab",
        )
    from benchhub.analysis.judgement import judge

    return answer(judge(run), outputs, lambda: write_report(folder, run, workspace, out))


def _gate(run: Run) -> GateSpec:
    """Return the gate of a run's suite as it was; the defaults where it cannot be read."""
    from benchhub.suites.document import parse_document
    from benchhub.suites.suite import parse_suite

    if run.plan.imported:
        return GateSpec()
    try:
        suite = parse_suite(parse_document(run.plan.suite_text, run.plan.suite_path))
    except ConfigError as error:
        say(f"The gate's defaults are used: {error}")
        return GateSpec()
    return suite.file.gate.record()
