"""The command line, one module a command; the only place that prints or exits."""

from __future__ import annotations

from importlib import import_module

import click

# Name -> module and one-line help. The modules load only when their command runs: --help is
# asked for more often than anything is measured.
COMMANDS = {
    "init": ("init", "Lay down a workspace: devices/, suites/, reports/."),
    "run": ("run", "Measure a suite on devices and write a report."),
    "report": ("report", "Render the HTML report of a run again."),
    "ops": ("ops", "Show which operators of a run cost the time."),
    "runs": ("runs", "List the runs of this workspace."),
    "devices": ("devices", "Show, add, examine and trust devices."),
    "index": ("index", "Look after the index of the runs."),
    "schema": ("schema", "Print the JSON Schema of a suite or a device file."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports them on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a user meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"benchhub.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - for the mistake only

            close = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"there is no command '{name}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 regression, 2 usage or configuration, 3 device or tool, "
    "4 inconclusive, 5 nothing to measure, 124 timeout, 130 interrupted.",
)
@click.version_option(package_name="benchhub", message="benchhub %(version)s")
def main() -> None:
    """Benchmark and profile TensorFlow Lite / LiteRT models across devices.

    First steps: benchhub init, then benchhub run suites/quickstart.yaml --devices host
    """
