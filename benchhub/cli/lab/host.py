"""benchhub lab host: lend the devices of this machine to a lab."""

from __future__ import annotations

import platform
from pathlib import Path

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, say, verbose_option
from benchhub.cli.lab.options import lab_option, needed, tls_folder, tls_option
from benchhub.cli.run import words
from benchhub.workspace import STATE


@click.command("host")
@lab_option("--scheduler", "--lab")
@click.option(
    "--devices",
    callback=words,
    required=True,
    help="Names from devices/, or @label; with commas.",
    shell_complete=completions.devices,
)
@click.option("--name", help="Name of this host in the lab; default: the machine's.")
@click.option(
    "--idle",
    type=click.FloatRange(1),
    default=60.0,
    metavar="SECONDS",
    help="Take a device back from a run that stopped asking for so long [60].",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where the scheduler reaches this host; default: any free port.",
)
@tls_option
@verbose_option
@guarded
def command(
    lab: str | None,
    devices: tuple[str, ...],
    name: str | None,
    idle: float,
    port: int,
    tls: Path | None,
    *,
    verbose: bool,
) -> int:
    """Lend devices of this workspace to a lab. Ctrl-C gives them back.

    benchhub lab host --scheduler tls://lab.local:8786 --devices pixel4,pi4

    A device is lent by one host. When the scheduler is lost, what is being measured goes on, and
    the host joins again as soon as it is back.
    """
    del verbose
    from benchhub.devices.inventory import find_devices
    from benchhub.lab.address import parse_address
    from benchhub.lab.security import security_of

    workspace = here()
    address = parse_address(needed(lab, "--scheduler"))
    chosen = find_devices(workspace, devices)
    security = security_of(tls_folder(tls), "host")
    from benchhub.lab.alone import alone
    from benchhub.lab.host import Loan, lend
    from benchhub.lab.seats import Seats

    folder = workspace.root / STATE / "lab"
    loan = Loan(
        scheduler=address,
        name=name or platform.node() or "host",
        devices=tuple(device.name for device in chosen),
        folder=folder / "engine",
        port=port,
    )
    with alone(folder):
        return lend(loan, Seats(workspace, chosen, idle), security, say)
