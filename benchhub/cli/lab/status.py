"""benchhub lab status: hosts, devices, who has them, and what waits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from benchhub.cli.frame import guarded, json_option, say, verbose_option
from benchhub.cli.lab.options import lab_option, needed, tls_folder, tls_option
from benchhub.errors import DeviceError

# Who looks at a lab does not wait for one that is started again.
ANSWER_S = 5.0


@click.command("status")
@lab_option("--lab", "--scheduler")
@tls_option
@json_option
@verbose_option
@guarded
def command(lab: str | None, tls: Path | None, *, as_json: bool, verbose: bool) -> int:
    """Show the hosts of a lab, their devices, who has them, and what waits.

    The exit code is 3 if a host does not answer.
    """
    del verbose
    from benchhub.lab.address import parse_address
    from benchhub.lab.security import security_of

    address = str(parse_address(needed(lab, "--lab")))
    security = security_of(tls_folder(tls), "controller")
    from benchhub.cli.lab.table import as_data, table
    from benchhub.lab.members import connect, survey

    with connect(address, security, ANSWER_S) as client:
        found = survey(client)
    if as_json:
        click.echo(json.dumps(as_data(found), indent=1, ensure_ascii=False))
    else:
        for line in table(found, shutil.get_terminal_size().columns):
            click.echo(line)
    if not found.members:
        say("No host has joined yet: benchhub lab host, on each machine with devices.")
    silent = [member for member in found.members if not member.answers]
    for member in silent:
        say(f"{member.name} ({member.address}) does not answer.")
    return DeviceError.exit_code if silent else 0
