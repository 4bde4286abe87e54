"""benchhub completion: what a shell needs to complete words after TAB."""

from __future__ import annotations

import sys

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from benchhub.cli.frame import guarded, say

PROGRAM = "benchhub"
VARIABLE = "_BENCHHUB_COMPLETE"
_KINDS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
# What makes it last, by the shell.
SETUP = {
    "bash": 'eval "$(benchhub completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(benchhub completion zsh)"  in ~/.zshrc, after compinit',
    "fish": "benchhub completion fish > ~/.config/fish/completions/benchhub.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SETUP)))
@guarded
def command(shell: str) -> int:
    """Print the completion script of a shell: devices, runs, suites, formats after TAB.

    eval "$(benchhub completion bash)"
    """
    script = _KINDS[shell](click.Command(PROGRAM), {}, PROGRAM, VARIABLE).source()
    # Click's script for fish takes a word apart at its commas: `host,pi4` is one word.
    click.echo(script.replace('string split ","', 'string split --max 1 ","'))
    if sys.stdout.isatty():
        say(f"For good: {SETUP[shell]}")
    return 0
