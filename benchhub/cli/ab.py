"""benchhub ab: measure two sides in pairs and say whether one is slower."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.cli.lab.options import lab_options
from benchhub.cli.outcome import Outputs, output_options
from benchhub.cli.run import words
from benchhub.cli.shares import as_share
from benchhub.errors import UsageError
from benchhub.records.gate import FEWEST_PAIRS, Rule

_FILE = click.Path(path_type=Path, dir_okay=False)


def _looks(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        looks = tuple(int(word) for word in value.split(","))
    except ValueError:
        looks = ()
    if not looks or sorted(set(looks)) != list(looks) or looks[0] < FEWEST_PAIRS:
        raise click.BadParameter(
            f"'{value}': growing numbers of pairs from {FEWEST_PAIRS} on, e.g. 8,12,18,24."
        )
    return looks


@click.command("ab")
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
@click.option("--baseline", metavar="WHAT", help="Folder of models, suite, program, commit or run.")
@click.option("--candidate", metavar="WHAT", help="Likewise. Default: the suite as it is.")
@click.option(
    "--tools",
    callback=words,
    help="Tools instead of the suite's, with commas.",
    shell_complete=completions.tools,
)
@click.option("--cases", callback=words, help="Only cases that match, e.g. '*/int8/*'.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the order of the cases.")
@click.option("--min-effect", callback=as_share, help="Slow-downs up to that are none, e.g. 3%.")
@click.option("--looks", callback=_looks, help="Pairs at which is decided, e.g. 8,12,18,24.")
@click.option("--rule", type=click.Choice([one.value for one in Rule]), help="See docs/gate.md.")
@click.option("--changed", is_flag=True, help="Leave out cases that are the same on both sides.")
@click.option("--dry-run", is_flag=True, help="Print the plan, measure nothing.")
@click.option(
    "--resume",
    metavar="RUN",
    help="Go on with an unfinished comparison.",
    shell_complete=completions.runs,
)
@click.option("--out", type=_FILE, help="Report file.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@lab_options
@output_options
@json_option
@verbose_option
@guarded
def command(
    *,
    suite: Path | None,
    devices: tuple[str, ...],
    baseline: str | None,
    candidate: str | None,
    tools: tuple[str, ...],
    cases: tuple[str, ...],
    seed: int | None,
    min_effect: float | None,
    looks: tuple[int, ...] | None,
    rule: str | None,
    resume: str | None,
    out: Path | None,
    junit: Path | None,
    markdown: Path | None,
    inconclusive: str,
    lab: str | None,
    tls: Path | None,
    github: bool | None,
    changed: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure SUITE on two sides, in pairs, and say for each case whether one is slower.

    benchhub ab suites/quickstart.yaml --devices host --baseline main

    The baseline is a folder of .tflite files, another suite, benchmark_model, or a commit of git;
    the candidate is the suite as it is. Pairs are measured until each case is decided.

    Exit code 1: a case regressed. 4: it cannot be told. 3: the device or the tool failed.
    """
    del verbose
    # They load the transports, pydantic and what reads models.
    from benchhub.cli import pairing
    from benchhub.cli.fleet import fleet_of
    from benchhub.execution.comparing import Words
    from benchhub.execution.planning import Choices
    from benchhub.results.store import find_run

    workspace = here()
    outputs = Outputs(junit, markdown, github, inconclusive, as_json)
    if resume:
        if suite or devices or baseline or candidate or tools or cases or changed or dry_run:
            raise UsageError("--resume goes on with a comparison as planned; leave the rest away.")
        folder = find_run(workspace.runs, resume)
        with fleet_of(workspace, lab, tls, quiet=quiet) as fleet:
            return pairing.carry_on(folder, fleet, workspace, outputs, out, quiet=quiet)
    if suite is None or baseline is None:
        raise UsageError(
            "which suite, against what?",
            "benchhub ab suites/quickstart.yaml --devices host --baseline main",
        )
    given = {"min_effect": min_effect, "looks": looks, "rule": Rule(rule) if rule else None}
    asked = Words(
        suite,
        baseline,
        candidate,
        {key: value for key, value in given.items() if value is not None},
    )
    choices = Choices(tools, cases, None, seed)
    how = pairing.How(outputs, out, changed, dry_run, quiet)
    with fleet_of(workspace, lab, tls, quiet=quiet) as fleet:
        return pairing.compare(workspace, asked, devices, fleet, choices, how)
