"""benchhub lab certs: make the TLS files of a lab."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli.frame import guarded, json_option, say, verbose_option
from benchhub.cli.lab.options import ENV_TLS
from benchhub.errors import UsageError

if TYPE_CHECKING:
    from benchhub.lab.certs import Made


@click.command("certs")
@click.option(
    "--folder",
    envvar=ENV_TLS,
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Where [${ENV_TLS}; ~/.config/benchhub/lab].",
)
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="A machine; may be repeated.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, help="Valid so long [365].")
@click.option("--renew", is_flag=True, help="Make certificates again that are there.")
@json_option
@verbose_option
@guarded
def command(
    folder: Path | None,
    hosts: tuple[str, ...],
    days: int,
    *,
    renew: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Make the TLS files of a lab: an authority, and a certificate for each role.

    benchhub lab certs --host lab1 --host lab2

    What is there stays, what is missing is made: a new machine is added with --host NAME. The key
    of the authority (ca-key.pem) stays here. Whoever has another key can run programs on all
    machines of the lab.
    """
    del verbose
    from benchhub.lab.certs import MACHINES, make
    from benchhub.lab.security import default_folder

    folder = (folder or default_folder(os.environ)).absolute()
    made = make(folder, hosts, days, renewing=renew)
    if as_json:
        click.echo(json.dumps([_as_data(one) for one in made], indent=1))
        return UsageError.exit_code if any(one.what == "expired" for one in made) else 0
    for one in made:
        where = one.pair.certificate.relative_to(folder)
        click.echo(f"{one.what:<8}{where}  until {one.ends:%Y-%m-%d}")
    click.echo(f"\n{folder}: where each file belongs, in the same folder there")
    for owner, files in _destinations(made):
        click.echo(f"  {owner:<18}{files}")
    click.echo(f"  {'nowhere else':<18}ca-key.pem: who has it can make certificates")
    if hosts:
        click.echo(f"e.g. scp {folder}/{MACHINES}/{hosts[0]}/* {hosts[0]}:.config/benchhub/lab/")
    expired = [one for one in made if one.what == "expired"]
    if expired:
        for one in expired:
            say(f"{one.pair.certificate}: ended on {one.ends:%Y-%m-%d}.")
        say("Make them again: benchhub lab certs --renew, then copy them.")
        return UsageError.exit_code
    return 0


def _as_data(one: Made) -> dict[str, str]:
    return {
        "owner": one.owner,
        "what": one.what,
        "certificate": str(one.pair.certificate),
        "key": str(one.pair.key),
        "ends": one.ends.isoformat(),
    }


def _destinations(made: tuple[Made, ...]) -> list[tuple[str, str]]:
    """Say for each machine which files it needs."""
    rows = []
    for one in made:
        role, _, machine = one.owner.partition(" ")
        files = f"{one.pair.certificate.name} {one.pair.key.name}"
        if machine:
            folder = one.pair.folder.relative_to(one.pair.folder.parents[1])
            rows.append((machine, f"all of {folder}/"))
        else:
            rows.append(
                (f"each {role}" if role != "scheduler" else "the scheduler", f"ca.pem {files}")
            )
    return rows
