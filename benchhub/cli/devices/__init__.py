"""benchhub devices: the inventory, and what can be done with a device but measuring on it."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "list": "Show devices: reachable, platform, temperature, who has them (the default).",
    "doctor": "Find and explain what would go wrong on a device.",
    "add": "Make the file of a device by asking it.",
    "trust": "Accept the host key of a device.",
    "clean": "Remove what benchhub left on devices.",
}


class DevicesGroup(click.Group):
    """A group whose first word may also be a device, which is then shown."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before anything that is no command."""
        if not args or args[0] not in (*COMMANDS, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a user meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"benchhub.cli.devices.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    "devices",
    cls=DevicesGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[NAME | @LABEL ...] | COMMAND ...",
)
def command() -> None:
    """Show, add, examine and trust the devices of this workspace.

    benchhub devices, benchhub devices pi4 @android, benchhub devices doctor pi4
    """
