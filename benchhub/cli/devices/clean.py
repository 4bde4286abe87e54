"""benchhub devices clean: remove what benchhub left on devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from benchhub.cli.frame import guarded, here, say, verbose_option
from benchhub.errors import BenchhubError, UsageError
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.devices.inventory import Device


@click.command("clean")
@click.argument("names", nargs=-1, metavar="[NAME | @LABEL ...]")
@click.option("--all", "everywhere", is_flag=True, help="All devices of the inventory.")
@click.option("--force", is_flag=True, help="Also if somebody has the device: take it away.")
@verbose_option
@guarded
def command(names: tuple[str, ...], *, everywhere: bool, force: bool, verbose: bool) -> int:
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
    codes = []
    for device in devices:
        try:
            click.echo(f"{device.name}: {_clean(device, workspace, force=force)}")
        except BenchhubError as error:
            say(str(error))
            codes.append(error.exit_code)
    return max(codes, default=0)


def _clean(device: Device, workspace: Workspace, *, force: bool) -> str:
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
            freed = tidy(transport)
        finally:
            held.release()
    finally:
        transport.close()
    if not freed.files:
        return "nothing to remove."
    return f"{freed.files} file{'s' * (freed.files != 1)}, {freed.size_bytes / 1e6:.1f} MB removed."
