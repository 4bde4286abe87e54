"""benchhub lab scheduler: run the scheduler of a lab."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli.frame import guarded, say, verbose_option
from benchhub.cli.lab.options import tls_folder, tls_option

NONE = "none"


@click.command("scheduler")
@click.option(
    "--listen",
    default="tls://0.0.0.0:8786",
    metavar="tls://HOST:PORT",
    help="Where to listen [tls://0.0.0.0:8786].",
)
@click.option(
    "--dashboard",
    default="127.0.0.1:8787",
    metavar="[HOST]:PORT",
    help="Where to show the dashboard, which has no password; none for none [127.0.0.1:8787].",
)
@click.option(
    "--patience",
    type=click.FloatRange(1),
    default=300.0,
    metavar="SECONDS",
    help="How long a task waits for a lost host [300].",
)
@tls_option
@verbose_option
@guarded
def command(
    listen: str, dashboard: str, patience: float, tls: Path | None, *, verbose: bool
) -> int:
    """Run the scheduler, which hosts and controllers connect to. Ctrl-C ends it.

    It keeps nothing: started again under the same address, its hosts come back and runs go on.
    """
    del verbose
    from benchhub.lab.address import parse_address
    from benchhub.lab.security import security_of

    address = parse_address(listen)
    security = security_of(tls_folder(tls), "scheduler")
    from benchhub.lab.scheduler import Offer, serve

    offer = Offer(address, None if dashboard == NONE else dashboard, patience)
    return serve(offer, security, say)
