"""benchhub tools fetch: get an official benchmark_model into the workspace."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import ToolError, UsageError

if TYPE_CHECKING:
    from benchhub.devices.transport import Transport
    from benchhub.workspace import Workspace

_SKELS = ("libhexagon_nn_skel.so", "libhexagon_nn_skel_v65.so", "libhexagon_nn_skel_v66.so")


@click.command("fetch")
@click.option(
    "--device",
    metavar="NAME",
    help="For this device; it is asked what it is.",
    shell_complete=completions.device,
)
@click.option("--platform", metavar="P", help="For this platform, e.g. linux_arm64.")
@click.option(
    "--family",
    type=click.Choice(["tflite", "litert"]),
    default="tflite",
    show_default=True,
    help="TensorFlow Lite's program, or LiteRT's.",
)
@click.option("--version", metavar="V", help="LiteRT's: latest, nightly, or e.g. 2.1.4.")
@click.option("--flex", is_flag=True, help="With TensorFlow's own operators (tflite).")
@click.option("--hexagon", is_flag=True, help="With the interface to Hexagon (tflite, Android).")
@click.option("--update", is_flag=True, help="Take what is published now, and lock that.")
@click.option("--url", metavar="BASE", default="", help="Take it from a mirror at this address.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the path of the program.")
@json_option
@verbose_option
@guarded
def command(
    device: str | None,
    platform: str | None,
    family: str,
    version: str | None,
    *,
    flex: bool,
    hexagon: bool,
    update: bool,
    url: str,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Get an official benchmark_model into the workspace, where runs find it.

    Without --device and --platform it is the one for this machine. Its digest is written into
    tools.lock.yaml; from then on another content is refused.
    """
    del verbose
    from benchhub.cli.tools.display import FetchDisplay
    from benchhub.tools.official.fetch import fetch

    workspace = here()
    if device and platform:
        raise UsageError("--device and --platform say the same twice.", "Give one of them.")
    wanted = _known(platform) if platform else _platform_of(device, family, workspace)
    with FetchDisplay(quiet=quiet) as display:
        program = fetch(
            workspace,
            family,
            wanted,
            version or "",
            flex=flex,
            hexagon=hexagon,
            update=update,
            base=url,
            watcher=display,
        )
    path = workspace.relative(program)
    to_do = _still_to_do(workspace.relative(program.parent), wanted, hexagon=hexagon)
    if as_json:
        facts = {"program": path, "platform": wanted, "family": family, "to_do": to_do}
        click.echo(json.dumps(facts, indent=1))
        return 0
    click.echo(path)
    for line in () if quiet else to_do:
        say(line)
    return 0


def _known(platform: str) -> str:
    """Return our word for a platform that a person names in anybody's."""
    from benchhub.tools.official.catalogue import all_platforms, our_word

    word = our_word(platform)
    if word is None:
        raise UsageError(
            f"there is no platform '{platform}'.", f"Known: {', '.join(all_platforms())}."
        )
    return word


def _platform_of(name: str | None, family: str, workspace: Workspace) -> str:
    """Ask a device, or this machine, what programs it runs."""
    from benchhub.devices.host import HostTransport
    from benchhub.devices.inventory import find_devices
    from benchhub.devices.routes import open_beside

    if name is None:
        return _ask(HostTransport("host", workspace.root), family)
    (device,) = find_devices(workspace, [name.removeprefix("@")])
    transport = open_beside(device.file, workspace)
    try:
        return _ask(transport, family, f" --device {name}")
    finally:
        transport.close()


def _ask(transport: Transport, family: str, option: str = "") -> str:
    from benchhub.devices.facts import read_facts
    from benchhub.tools.official.processor import lacks

    facts = read_facts(transport)
    on_apple = (facts.kind, facts.arch) == ("darwin", "arm64")
    platform = "macos_arm64" if on_apple else facts.platform
    if platform is None:
        told = ", ".join(word for word in (facts.kind, facts.arch, *facts.abis) if word)
        raise ToolError(
            f"{transport.name}: no official program is known for it ({told or 'unknown'}).",
            "Say which to take: --platform P",
        )
    if facts.arch == "aarch64" and platform == "linux_arm":
        say(f"{transport.name}: a 32-bit user land on a 64-bit kernel, so {platform}")
    if why := lacks(transport, family, platform):
        raise ToolError(why, f"Take the other family: benchhub tools fetch{option} --family tflite")
    return platform


def _still_to_do(folder: str, platform: str, *, hexagon: bool) -> list[str]:
    """Say what a person has to do before the program can be used."""
    lines: list[str] = []
    if hexagon:
        from benchhub.tools.official.catalogue import HEXAGON_SKELS

        script = PurePath(HEXAGON_SKELS).name
        lines += [
            "Hexagon needs three more files, whose licence only a person can accept:",
            f"  1. download {HEXAGON_SKELS}",
            f"  2. run it (sh {script}), read the licence, accept it if you agree",
            f"  3. copy {', '.join(_SKELS)} into {folder}/",
            "They go to the device with the program. Not tried on a Hexagon by the project yet.",
        ]
    if platform.startswith("macos"):
        lines.append(
            f"Before it starts on macOS: xattr -c {folder}/* && codesign -s - --force {folder}/*"
        )
    return lines
