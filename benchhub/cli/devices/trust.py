"""benchhub devices trust: accept the host key of a device, with a person's eyes on it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import AccessError, UsageError
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.devices.adb.file import AdbDeviceFile
    from benchhub.devices.ssh.file import SshDeviceFile
    from benchhub.devices.ssh.trust import Offered


@click.command("trust")
@click.argument("name", shell_complete=completions.device)
@click.option("--yes", is_flag=True, help="Accept what the device offers, without being asked.")
@click.option(
    "--fingerprint",
    "fingerprints",
    metavar="SHA256:...",
    multiple=True,
    help="Accept this key only; may be repeated, for jump hosts.",
)
@json_option
@verbose_option
@guarded
def command(
    name: str, fingerprints: tuple[str, ...], *, yes: bool, as_json: bool, verbose: bool
) -> int:
    """Accept the host key of the device NAME, in devices/known_hosts.

    Compare its fingerprint with what the board itself says: ssh-keygen -lf FILE, with the FILEs
    /etc/ssh/ssh_host_*_key.pub.
    """
    del verbose
    from benchhub.devices.adb.file import AdbDeviceFile
    from benchhub.devices.inventory import find_devices
    from benchhub.devices.ssh.file import SshDeviceFile

    workspace = here()
    (device,) = find_devices(workspace, [name.removeprefix("@")])
    answer = _Answer(as_json=as_json)
    match device.file:
        case SshDeviceFile():
            _trust_ssh(device.file, workspace, fingerprints, answer, yes=yes)
        case AdbDeviceFile():
            _trust_adb(device.file, workspace, answer)
        case _:
            answer.line(f"{name}: this machine needs no key.")
    if as_json:
        click.echo(json.dumps({"device": device.name, "keys": answer.keys}, indent=1))
    return 0


class _Answer:
    """What is said of the keys: lines as they come, or all as data at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.keys: list[dict[str, object]] = []

    def line(self, text: str) -> None:
        """Say something that is no key."""
        if not self._as_json:
            click.echo(text)

    def key(self, text: str, offered: Offered) -> None:
        """Say that a key is trusted, which it may have been before."""
        self.line(text)
        self.keys.append(
            {
                "of": "device" if offered.is_device else f"jump host {offered.hop}",
                "fingerprint": offered.key.fingerprint,
                "kind": offered.key.kind,
                "new": not offered.is_trusted,
                "before": [old.fingerprint for old in offered.known],
            }
        )


def _trust_ssh(
    file: SshDeviceFile,
    workspace: Workspace,
    fingerprints: tuple[str, ...],
    answer: _Answer,
    *,
    yes: bool,
) -> None:
    from benchhub.devices.ssh.trust import offered_key, trust

    while True:
        offered = offered_key(file, workspace)
        if offered.is_trusted:
            _check(file.name, offered, fingerprints)
            answer.key(f"{_who(file.name, offered)}: its key is trusted: {_key(offered)}", offered)
            return
        _confirm(file.name, offered, fingerprints, yes=yes)
        trust(offered.hop, offered.key, workspace)
        was = ", ".join(old.fingerprint for old in offered.known)
        changed = f" (was {was})" if was else ""
        answer.key(f"{_who(file.name, offered)}: trusted {_key(offered)}{changed}", offered)
        if offered.is_device:
            say("Written to devices/known_hosts.")
            return


def _confirm(name: str, offered: Offered, fingerprints: tuple[str, ...], *, yes: bool) -> None:
    """Have the key accepted by a person or by what was typed. Raises."""
    _check(name, offered, fingerprints)
    who = _who(name, offered)
    if offered.known:
        say(f"{who}: the host key changed. Was:")
        for old in offered.known:
            say(f"  {old.fingerprint} ({old.kind})")
        say(f"is:\n  {_key(offered)}")
        say("If the board was not reinstalled, somebody may be in between.")
    else:
        say(f"{who}: its host key is not known yet:\n  {_key(offered)}")
    if fingerprints or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"{name}: nobody is there to say yes.",
            f"If that key is right: benchhub devices trust {name} --fingerprint "
            f"{offered.key.fingerprint}",
        )
    if not click.confirm("Is this its key?", err=True):
        raise AccessError(f"{name}: the key was not accepted; nothing was changed.")


def _check(name: str, offered: Offered, fingerprints: tuple[str, ...]) -> None:
    """Refuse a key that is none of those that were named."""
    if not fingerprints or offered.key.fingerprint in fingerprints:
        return
    raise AccessError(
        f"{_who(name, offered)}: it offers {_key(offered)}, not {' or '.join(fingerprints)}.",
        "Nothing was changed.",
    )


def _who(name: str, offered: Offered) -> str:
    return name if offered.is_device else f"{name}: jump host {offered.hop}"


def _key(offered: Offered) -> str:
    return f"{offered.key.fingerprint} ({offered.key.kind})"


def _trust_adb(file: AdbDeviceFile, workspace: Workspace, answer: _Answer) -> None:
    """Offer our key, so that the device asks the person who holds it."""
    say(f"{file.name}: an Android device decides itself whom it trusts.")
    if file.serial is not None and not file.usb:
        say("It is offered the adb server's key: ~/.android/adbkey.pub of who started it.")
    else:
        from benchhub.devices.adb.keys import find_keys

        chosen = Path(file.key) if file.key else None
        found = find_keys(file.name, chosen, workspace.index.parent)
        prints = ", ".join(str(getattr(key, "fingerprint", "")) for key in found)
        where = chosen or "~/.android/adbkey, ANDROID_VENDOR_KEYS or .benchhub/adbkey"
        say(f"It is offered our key ({where}): {prints}.")
    say('Unlock its screen now, and answer "Allow USB debugging?" with Allow, always.')
    try:
        file.connect(workspace).close()
    except AccessError as error:
        raise AccessError(
            error.message, f"Then again: benchhub devices trust {file.name}"
        ) from error
    answer.line(f"{file.name}: it lets us in.")
