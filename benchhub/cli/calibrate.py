"""benchhub calibrate: measure how noisy a device is."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.cli.run import words
from benchhub.errors import UsageError
from benchhub.records.gate import FEWEST_PAIRS, MOST_PAIRS

# The standard deviation is known to -24 and +46 % then (95 %).
_PAIRS = 20


@click.command("calibrate")
@click.argument("device", shell_complete=completions.device)
@click.option(
    "--suite",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What is measured.",
    shell_complete=completions.suites,
)
@click.option(
    "--pairs",
    type=click.IntRange(FEWEST_PAIRS, MOST_PAIRS),
    help=f"Pairs of each case. Default: {_PAIRS}.",
)
@click.option(
    "--tools",
    callback=words,
    help="Tools instead of the suite's, with commas.",
    shell_complete=completions.tools,
)
@click.option("--cases", callback=words, help="Only cases that match, e.g. '*/int8/*'.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the order of the cases.")
@click.option(
    "--resume",
    metavar="RUN",
    help="Go on with an unfinished calibration.",
    shell_complete=completions.runs,
)
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@json_option
@verbose_option
@guarded
def command(
    device: str,
    *,
    suite: Path | None,
    pairs: int | None,
    tools: tuple[str, ...],
    cases: tuple[str, ...],
    seed: int | None,
    resume: str | None,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure how noisy DEVICE is: a suite against itself, in pairs.

    benchhub calibrate pixel4 --suite suites/quickstart.yaml

    Says how many pairs see a slow-down of 3, 5 and 10 %, and the smallest one that a comparison can
    see. Kept in devices/DEVICE.noise.json; ab and gate choose their looks by it.
    """
    del verbose
    # They load scipy and the transports, which `--help` and TAB do not wait for.
    from benchhub.cli import calibrating
    from benchhub.devices.inventory import find_devices
    from benchhub.execution.planning import Choices
    from benchhub.execution.self_comparison import check_self_comparison
    from benchhub.results.store import find_run

    workspace = here()
    devices = find_devices(workspace, (device,))
    if len(devices) != 1:
        raise UsageError("calibrate one device at a time.")
    one = devices[0]
    if resume:
        if suite or pairs or tools or cases or seed is not None:
            raise UsageError("--resume goes on with a calibration as planned; leave the rest away.")
        folder = find_run(workspace.runs, resume)
        check_self_comparison(folder.read_plan(), one)
        return calibrating.carry_on(folder, one, workspace, quiet=quiet, as_json=as_json)
    if suite is None:
        raise UsageError(
            "which suite?", f"benchhub calibrate {device} --suite suites/quickstart.yaml"
        )
    choices = Choices(tools, cases, None, seed)
    return calibrating.calibrate(
        workspace, suite, one, choices, pairs or _PAIRS, quiet=quiet, as_json=as_json
    )
