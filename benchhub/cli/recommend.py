"""benchhub recommend: which variant of a model to ship."""

from __future__ import annotations

import json
import math
from fnmatch import fnmatchcase
from pathlib import Path

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import NoCasesError, StoreError, UsageError
from benchhub.records import Limits, Run
from benchhub.results.store import find_run

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("recommend")
@click.argument("run", default="latest", shell_complete=completions.runs)
@click.option("--max-latency-ms", type=float, help="Of one inference; its interval counts.")
@click.option("--max-size-mb", type=float, help="Of the file, in 10^6 bytes.")
@click.option(
    "--max-accuracy-drop", type=float, help="Against the reference variant; 0.01 is one point."
)
@click.option(
    "--device",
    default="*",
    help="Name of the device; * is a wildcard.",
    shell_complete=completions.device,
)
@click.option("--model", default="*", help="Name of the model; * is a wildcard.")
@click.option("--out", type=_FILE, help="Write the answer as JSON to a file, too.")
@click.option("--bless", type=_FILE, help="Judge the whole run and write its blessing file.")
@json_option
@verbose_option
@guarded
def command(
    run: str,
    max_latency_ms: float | None,
    max_size_mb: float | None,
    max_accuracy_drop: float | None,
    device: str,
    model: str,
    out: Path | None,
    bless: Path | None,
    *,
    as_json: bool,
    verbose: bool,
) -> int:
    """Recommend which variant to ship from RUN (an id, its beginning, or latest).

    benchhub recommend latest --max-latency-ms 0.5 --max-accuracy-drop 0.01

    Without limits: those of the suite's `budget`, or else the best of the fastest. Limits given
    here replace all of the suite's.

    Exit code 6: nothing meets the limits. 4: it cannot be told, more rounds may.
    """
    del verbose
    limits = _limits(max_latency_ms, max_size_mb, max_accuracy_drop)
    if bless and (device, model) != ("*", "*"):
        raise UsageError("--bless judges the whole run; leave --device and --model away.")
    workspace = here()
    found = find_run(workspace.runs, run).read()
    _check(found, device, model)
    # scipy takes long to load.
    from benchhub.analysis.choosing import recommend
    from benchhub.analysis.summary import summarise
    from benchhub.cli.blessing import code_of, write_blessing
    from benchhub.reports.choosing import choice_facts, render_choice

    summary = summarise(found)
    given = None if limits is None else dict.fromkeys(_models(found), limits)
    choices = [
        one
        for one in recommend(summary, given)
        if fnmatchcase(one.device, device) and fnmatchcase(one.model, model)
    ]
    facts = {"run_id": found.plan.run_id, "suite": found.plan.suite}
    answer = json.dumps({**facts, "choices": [choice_facts(one) for one in choices]}, indent=1)
    click.echo(answer if as_json else "\n\n".join(render_choice(one) for one in choices))
    if out:
        _write(out, answer)
    if bless:
        blessing = write_blessing(summary, bless, given)
        say(f"{blessing.verdict}: {workspace.relative(bless)}")
        return code_of([blessing.verdict])
    return code_of([one.verdict for one in choices])


def _limits(latency_ms: float | None, size_mb: float | None, drop: float | None) -> Limits | None:
    """Return the limits of the command line; None without any.

    Raises:
        UsageError: One of them makes no sense.
    """
    given = {"--max-latency-ms": latency_ms, "--max-size-mb": size_mb}
    for option, value in given.items():
        if value is not None and not (math.isfinite(value) and value > 0):
            raise UsageError(f"{option} {value:g}: a limit is a number above 0.")
    if drop is not None and not 0 <= drop <= 1:
        raise UsageError(
            f"--max-accuracy-drop {drop:g}: a drop is a number from 0 to 1.",
            "0.01 is one percentage point.",
        )
    limits = Limits(latency_ms, size_mb, drop)
    return limits if limits.asked else None


def _models(run: Run) -> list[str]:
    return list(dict.fromkeys(case.variant.model for case in run.plan.cases))


def _check(run: Run, device: str, model: str) -> None:
    """Raise what is wrong with the question, or that there is nothing to answer it with."""
    plan = run.plan
    for kind, pattern, names in (
        ("device", device, plan.devices),
        ("model", model, _models(run)),
    ):
        if names and not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(
                f"run {plan.run_id} has no {kind} '{pattern}'.", f"It has {', '.join(names)}."
            )
    if not any(one.reading.latency for one in run.invocations):
        raise NoCasesError(
            f"run {plan.run_id} has no measurements, so there is nothing to choose from.",
            f"Go on with it: benchhub run --resume {plan.run_id}",
        )


def _write(path: Path, answer: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{answer}\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error
