"""benchhub baseline show: which run a name is."""

from __future__ import annotations

import json

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import UsageError
from benchhub.records import Run
from benchhub.results.baselines import known, read_baselines
from benchhub.results.store import find_run


@click.command("show")
@click.argument("names", nargs=-1, metavar="[NAME ...]", shell_complete=completions.baselines)
@json_option
@verbose_option
@guarded
def command(names: tuple[str, ...], *, as_json: bool, verbose: bool) -> int:
    """Say which run NAME is and what was measured; without a name, of all."""
    del verbose
    runs = here().runs
    there = read_baselines(runs)
    for name in names:
        if name not in there:
            raise UsageError(f"there is no baseline {name!r}.", known(there))
    found = [_facts(name, find_run(runs, name).read()) for name in names or there]
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return 0
    for facts in found:
        click.echo("\n".join(_lines(facts)))
    if not found:
        say(known(there))
    return 0


def _facts(name: str, run: Run) -> dict[str, object]:
    plan = run.plan
    return {
        "name": name,
        "run_id": plan.run_id,
        "suite": plan.suite,
        "created": plan.created,
        "state": run.state.value,
        "git_commit": plan.git_commit,
        "devices": list(plan.devices),
        "cases": len(plan.cases),
        "done": len(run.invocations),
        "planned": len(plan.invocations),
    }


def _lines(facts: dict[str, object]) -> list[str]:
    devices = facts["devices"]
    names = ", ".join(devices) if isinstance(devices, list) else ""
    what = f"{facts['suite']}, {facts['cases']} cases"
    measured = f"{facts['done']} of {facts['planned']} processes"
    return [
        f"{facts['name']} is run {facts['run_id']}: {what} on {names}",
        f"  measured {facts['created']}, {facts['state']}, {measured}",
        f"  commit   {facts['git_commit'] or 'not known'}",
    ]
