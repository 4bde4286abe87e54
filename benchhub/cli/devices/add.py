"""benchhub devices add: make the file of a device by asking it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import BenchhubError, ConfigError, UsageError
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.devices.adb.server import ListedDevice
    from benchhub.devices.enrolment import Value
    from benchhub.records import DeviceFacts


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line; None is not said."""

    name: str | None
    serial: str | None
    address: str | None
    transport: str | None
    user: str | None
    identity: str | None
    labels: tuple[str, ...]
    folder: str | None


@click.command("add")
@click.argument("name", required=False)
@click.option("--serial", help="A phone of the adb server, as `adb devices` shows it.")
@click.option("--address", metavar="[USER@]HOST[:PORT]", help="A board, or a phone over TCP.")
@click.option("--transport", type=click.Choice(["ssh", "adb"]), help="Of --address: ssh or adb.")
@click.option("--user", help="Login name there (ssh).")
@click.option("--identity", metavar="FILE", help="Private key, relative to your home by ~ (ssh).")
@click.option("--label", "labels", multiple=True, help="For --devices @LABEL; may be repeated.")
@click.option("--folder", help="Where benchhub keeps its files there.")
@json_option
@verbose_option
@guarded
def command(
    name: str | None,
    serial: str | None,
    address: str | None,
    transport: str | None,
    user: str | None,
    identity: str | None,
    labels: tuple[str, ...],
    folder: str | None,
    *,
    as_json: bool,
    verbose: bool,
) -> int:
    """Make devices/NAME.yaml by asking the device; without NAME it is called after its model.

    benchhub devices add pi4 --address bench@pi4.local, benchhub devices add pixel4 --serial SERIAL
    or, for the only phone that the adb server knows and the inventory does not: benchhub devices
    add pixel4
    """
    del verbose
    workspace = here()
    if serial is not None and (address is not None or transport == "ssh"):
        raise UsageError("a serial is a phone of the adb server.", "Give --serial or --address.")
    if name is not None and (workspace.devices / f"{name}.yaml").exists():
        raise UsageError(f"devices/{name}.yaml is there already.", "Choose another name.")
    if serial is None and address is None:
        if user or identity or transport == "ssh":
            raise UsageError("which board?", "benchhub devices add NAME --address USER@HOST")
        found = _only_phone(workspace, name, as_json=as_json)
        if found is None:
            return 0
        serial = found
    wish = Wish(name, serial, address, transport, user, identity, labels, folder)
    return _add(workspace, wish, as_json=as_json)


def _only_phone(workspace: Workspace, name: str | None, *, as_json: bool) -> str | None:
    """Show what the adb server knows; return the serial to take, if there is no choice."""
    from benchhub.devices.adb.server import list_devices

    phones = list_devices()
    known = _known_serials(workspace)
    new = [phone for phone in phones if phone.serial not in known]
    if name is not None and len(new) == 1:
        return new[0].serial
    if name is not None:
        serials = ", ".join(phone.serial for phone in new) or "none"
        raise UsageError(
            f"which phone shall be '{name}'? New to the inventory: {serials}.",
            f"benchhub devices add {name} --serial SERIAL, or --address USER@HOST for a board",
        )
    if as_json:
        facts = [{**asdict(phone), "name": known.get(phone.serial)} for phone in phones]
        click.echo(json.dumps({"phones": facts}, indent=1))
    else:
        for line in _listing(phones, known):
            click.echo(line)
    if not phones:
        say("The adb server knows no phone. Plug one in, with USB debugging switched on.")
    say("A phone: benchhub devices add NAME --serial SERIAL")
    say("A board: benchhub devices add NAME --address USER@HOST")
    return None


def _listing(phones: Sequence[ListedDevice], known: dict[str, str]) -> list[str]:
    rows = [("serial", "state", "model", "device")]
    rows += [(p.serial, p.state, p.model, known.get(p.serial, "new")) for p in phones]
    if len(rows) == 1:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _known_serials(workspace: Workspace) -> dict[str, str]:
    from benchhub.devices.adb.file import AdbDeviceFile
    from benchhub.devices.survey import choose

    files = [device.file for device in choose(workspace, ()).devices]
    return {
        file.serial: file.name for file in files if isinstance(file, AdbDeviceFile) and file.serial
    }


def _add(workspace: Workspace, wish: Wish, *, as_json: bool) -> int:
    from benchhub.devices import enrolment

    keys = _keys(wish)
    taken = {path.stem for path in workspace.devices.glob("*.yaml")}
    host = enrolment.host_word(str(keys["address"])) if "address" in keys else None
    host = host if keys["transport"] == "ssh" else None
    words = (host, wish.serial or wish.address)
    name = wish.name or enrolment.propose_name(words, taken)
    provisional = enrolment.device_yaml({"name": name, **keys}, None)
    facts, problem = _ask(provisional, f"devices/{name}.yaml", workspace)
    if wish.name is None and facts is not None:
        name = enrolment.propose_name((host, facts.model, *words), taken)
    labels = tuple(dict.fromkeys((*wish.labels, *enrolment.labels_of(facts))))
    named: dict[str, Value] = {"name": name, **keys}
    if labels:
        named["labels"] = labels
    text = enrolment.device_yaml(named, facts)
    _write(workspace, name, text)
    if as_json:
        told = {
            "name": name,
            "file": f"devices/{name}.yaml",
            "facts": asdict(facts) if facts else None,
            "problem": problem.message if problem else None,
            "advice": problem.advice if problem else None,
        }
        click.echo(json.dumps(told, indent=1))
    else:
        click.echo(f"devices/{name}.yaml")
    if problem is not None:
        say(f"It could not be asked yet. {problem}")
        if "devices trust" not in str(problem):
            say(f"Then: benchhub devices doctor {name}")
        return problem.exit_code
    say(f"Next: benchhub devices doctor {name}")
    return 0


def _keys(wish: Wish) -> dict[str, Value]:
    """Return the keys of how to reach the device. Raises UsageError."""
    from benchhub.devices.enrolment import split_ssh_address

    keys: dict[str, Value | None]
    if wish.serial is not None or wish.transport == "adb":
        if wish.user or wish.identity:
            raise UsageError("--user and --identity are for boards over ssh.")
        keys = {"transport": "adb", "serial": wish.serial, "address": wish.address}
    else:
        address = split_ssh_address(wish.address or "")
        if address.user and wish.user and address.user != wish.user:
            raise UsageError(f"is the user '{address.user}' or '{wish.user}'?")
        keys = {
            "transport": "ssh",
            "address": address.host,
            "user": wish.user or address.user,
            "port": address.port,
            "identity": wish.identity,
        }
    keys["folder"] = wish.folder
    return {key: value for key, value in keys.items() if value is not None}


def _ask(
    text: str, shown: str, workspace: Workspace
) -> tuple[DeviceFacts | None, BenchhubError | None]:
    """Ask the device that such a file describes; return its facts, or why there are none.

    Raises:
        ConfigError: Something that was typed makes no device file.
    """
    from benchhub.devices.enrolment import check_text
    from benchhub.devices.facts import read_facts
    from benchhub.devices.routes import open_beside

    transport = open_beside(check_text(text, shown), workspace)
    try:
        return read_facts(transport), None
    except ConfigError:
        raise
    except BenchhubError as error:
        return None, error
    finally:
        transport.close()


def _write(workspace: Workspace, name: str, text: str) -> None:
    from benchhub.devices.enrolment import check_text

    shown = f"devices/{name}.yaml"
    check_text(text, shown)
    try:
        with (workspace.devices / f"{name}.yaml").open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{shown} is there already.", "Choose another name.") from error
    except OSError as error:
        raise UsageError(f"{shown}: cannot be written: {error.strerror}.") from error
