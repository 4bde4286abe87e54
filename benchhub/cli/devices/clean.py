"""benchhub devices clean: remove what benchhub left on devices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import BenchhubError, UsageError
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.devices.inventory import Device
    from benchhub.devices.tidying import Freed


@click.command("clean")
@click.argument("names", nargs=-1, metavar="[NAME | @LABEL ...]", shell_complete=completions.device)
@click.option("--all", "everywhere", is_flag=True, help="All devices of the inventory.")
@click.option("--force", is_flag=True, help="Also if somebody has the device: take it away.")
@json_option
@verbose_option
@guarded
def command(
    names: tuple[str, ...], *, everywhere: bool, force: bool, as_json: bool, verbose: bool
) -> int:
    """Remove staged files, scratch and interrupted pushes from devices.

    Settings that a run did not put back are put back first. A device that somebody measures on is
    left alone, but for --force.
    """
    del verbose
    from benchhub.devices.inventory import all_devices, find_devices

    workspace = here()
    if everywhere and names:
        raise UsageError("--all is all devices.", "Leave the names away.")
    if not everywhere and not names:
        raise UsageError("which devices?", "benchhub devices clean NAME, or --all")
    devices = all_devices(workspace) if everywhere else find_devices(workspace, names)
    codes: list[int] = []
    facts: list[dict[str, object]] = []
    for device in devices:
        try:
            freed = _clean(device, workspace, force=force)
        except BenchhubError as error:
            say(str(error))
            codes.append(error.exit_code)
            facts.append({"device": device.name, "problem": error.message, "advice": error.advice})
            continue
        facts.append({"device": device.name, "files": freed.files, "bytes": freed.size_bytes})
        if not as_json:
            click.echo(f"{device.name}: {_told(freed)}")
    if as_json:
        click.echo(json.dumps(facts, indent=1))
    return max(codes, default=0)


def _clean(device: Device, workspace: Workspace, *, force: bool) -> Freed:
    from benchhub.devices.lease import acquire, look
    from benchhub.devices.tidying import tidy
    from benchhub.devices.transport import run_check

    transport = device.file.open(workspace)
    try:
        before = look(transport)
        stale = before.stale()
        if force and before.text and before.lease is None:
            run_check(transport, ["rm", "-f", transport.lease_path])
        taken = (before.lease.session,) if force and before.lease else ()
        held = acquire(transport, "", 0.0, taken)
        if before.text and stale is None:
            say(f"{device.name}: taken from {before.lease or 'a lease that cannot be read'}.")
        elif stale is not None:
            say(f"{device.name}: a stale lease was healed ({stale}; was {before.lease}).")
        try:
            return tidy(transport)
        finally:
            held.release()
    finally:
        transport.close()


def _told(freed: Freed) -> str:
    if not freed.files:
        return "nothing to remove."
    return f"{freed.files} file{'s' * (freed.files != 1)}, {freed.size_bytes / 1e6:.1f} MB removed."
