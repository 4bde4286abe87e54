"""benchhub devices [list]: the inventory as a table."""

from __future__ import annotations

import json
import shutil
from difflib import get_close_matches

import click

from benchhub.cli import completions
from benchhub.cli.devices import COMMANDS
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import ConfigError, DeviceError


@click.command("list")
@click.argument("names", nargs=-1, metavar="[NAME | @LABEL ...]", shell_complete=completions.device)
@json_option
@verbose_option
@guarded
def command(names: tuple[str, ...], *, as_json: bool, verbose: bool) -> int:
    """Show devices: reachable, platform, temperature, battery, who has them.

    All are asked at the same time, for 15 s at most. The exit code is 3 if a device that was named
    does not answer, 2 if a device file is wrong.
    """
    del verbose
    # Asking loads the transports, and pydantic with the inventory.
    from benchhub.cli.devices.table import as_data, table
    from benchhub.devices.survey import choose, survey

    workspace = here()
    try:
        choice = choose(workspace, names)
    except DeviceError as error:
        meant = get_close_matches(names[0], COMMANDS, n=1)
        if not meant:
            raise
        raise DeviceError(
            error.message, f"Or did you mean: benchhub devices {meant[0]}?"
        ) from error
    looks = survey(choice.devices, workspace)
    if as_json:
        data = {
            "devices": [as_data(look) for look in looks],
            "errors": [str(wrong) for wrong in choice.errors],
        }
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        for line in table(looks, shutil.get_terminal_size().columns):
            click.echo(line)
        if not looks and not choice.errors:
            say("There are no devices yet: benchhub devices add")
    for wrong in choice.errors:
        say(str(wrong))
    for look in looks:
        if look.problem is not None:
            say(str(look.problem))
    if choice.errors:
        return ConfigError.exit_code
    lost = names and any(not look.is_reachable for look in looks)
    return DeviceError.exit_code if lost else 0
