"""The command line, one module a command; the only place that prints or exits."""

from __future__ import annotations

import click

from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "init": "Lay down a workspace: devices/, suites/, reports/.",
    "devices": "Show, add, examine and trust devices.",
    "delegates": "Show which delegates are possible on a device.",
    "tools": "Fetch and list the official programs that measure.",
    "models": "Make the variants of a suite, and look into .tflite files.",
    "run": "Measure a suite on devices and write a report.",
    "ab": "Measure two sides in pairs and say whether one is slower.",
    "gate": "The same under the name that CI calls: did this change make a model slower?",
    "compare": "Compare two stored runs, or show the verdicts of a comparison again.",
    "baseline": "Give runs names, which every command takes in place of an id.",
    "history": "Show how figures moved over the runs, and since when.",
    "explain": "Say what a log of a benchmark means and what to do.",
    "import": "Make a run of logs and profiles that were made elsewhere.",
    "report": "Render the HTML report of a run again, or one page of several runs.",
    "site": "Write a folder of pages of all runs for a web server.",
    "export": "Write runs in the format of another tool.",
    "recommend": "Recommend which variant of a model to ship.",
    "ops": "Show which operators of a run cost the time, and where work would pay.",
    "calibrate": "Measure how noisy a device is: A against A.",
    "calibrate-peak": "Measure what a device reaches, which operators are held against.",
    "lab": "Measure on devices that hang on many machines.",
    "runs": "List the runs of this workspace, and share them.",
    "lineage": "Say which tool, model, commit and device made a number, and what else they made.",
    "index": "Look after the index of the runs.",
    "schema": "Print the JSON Schema of a suite or a device file.",
    "completion": "Print what bash, zsh or fish needs to complete words.",
}


class MainGroup(LazyGroup):
    """All commands; says which one was meant."""

    package = "benchhub.cli"
    texts = COMMANDS

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            close = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"there is no command '{name}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=MainGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 regression, 2 usage or configuration, 3 device or tool, "
    "4 inconclusive, 5 nothing to measure, 6 measured but not as demanded, 124 timeout, "
    "130 interrupted.",
)
@click.version_option(package_name="benchhub", message="benchhub %(version)s")
def main() -> None:
    """Benchmark and profile TensorFlow Lite / LiteRT models across devices.

    First steps: benchhub init, then benchhub run suites/quickstart.yaml --devices host
    """
