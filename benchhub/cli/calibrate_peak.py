"""benchhub calibrate-peak: measure what a device reaches."""

from __future__ import annotations

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.errors import UsageError

_MOST_THREADS = 1024


def _threads(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    words = [word.strip() for word in value.split(",") if word.strip()] if value else []
    if not all(word.isdecimal() and 0 < int(word) <= _MOST_THREADS for word in words):
        raise click.BadParameter(f"thread counts read like 1,2,4; this is '{value}'.")
    return tuple(sorted({int(word) for word in words}))


def _words(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))


@click.command("calibrate-peak")
@click.argument("device", shell_complete=completions.device)
@click.option("--threads", callback=_threads, help="Thread counts; default 1,2,4,... all CPUs.")
@click.option(
    "--configurations",
    callback=_words,
    default="xnnpack,none",
    show_default=True,
    help="Delegates of the CPU.",
)
@click.option(
    "--tool",
    help="What measures; default: what the device's file says, else litert.",
    shell_complete=completions.tools,
)
@click.option("--quick", is_flag=True, help="Fewer models, one process each.")
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
    threads: tuple[int, ...],
    configurations: tuple[str, ...],
    tool: str | None,
    resume: str | None,
    *,
    quick: bool,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure what DEVICE reaches: multiply-accumulates and bytes a second.

    benchhub calibrate-peak host

    Large matrix products, convolutions and copies run for each type, thread count and delegate.
    The best of each is kept in devices/DEVICE.peaks.json; `benchhub ops` and the report hold
    operators against it.
    """
    del verbose
    # They load scipy and the transports, which `--help` and TAB do not wait for.
    from benchhub.cli import calibrating_peak
    from benchhub.devices.inventory import find_devices
    from benchhub.execution.calibration import check_calibration
    from benchhub.results.store import find_run

    workspace = here()
    devices = find_devices(workspace, (device,))
    if len(devices) != 1:
        raise UsageError("calibrate one device at a time.")
    one = devices[0]
    if resume:
        folder = find_run(workspace.runs, resume)
        check_calibration(folder.read_plan(), one)
    else:
        wish = calibrating_peak.Wish(threads, configurations, tool, quick)
        folder = calibrating_peak.begun(workspace, one, wish, quiet=quiet)
    return calibrating_peak.carry_on(folder, one, workspace, quiet=quiet, as_json=as_json)
