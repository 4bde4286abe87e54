"""Holds words against the real command line: commands, options, and their values."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from benchhub.cli import main

from .pages import PLACEHOLDER


def accept(words: Sequence[str]) -> click.Context:
    """Parse a whole command as click does.

    Raises:
        click.ClickException: It or one of its options does not exist, a value cannot be, or
            something is missing.
    """
    context, command, rest = _descend(words)
    return command.make_context(context.info_name, list(rest), parent=context.parent)


def accept_loosely(words: Sequence[str]) -> None:
    """Parse a synopsis, or a piece of a command: arguments may be missing or stand for something.

    Raises:
        click.ClickException: The command or an option does not exist, an option lacks its value, or
            a value that stands for itself cannot be.
    """
    known = [cleared for word in words for cleared in _cleared(word)]
    context, command, rest = _descend(known)
    if isinstance(command, click.Group):
        return
    values, left, params = command.make_parser(context).parse_args(list(rest))
    if left:
        raise click.UsageError(f"{command.name} takes no {left[0]}")
    for param in params:
        value = values.get(param.name or "")
        told = [each for each in _flat(value) if isinstance(each, str)]
        if told and not any(PLACEHOLDER.search(each) for each in told):
            param.type_cast_value(context, value)


def _flat(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return [each for one in value for each in _flat(one)]
    return [value]


def _cleared(word: str) -> list[str]:
    """Return the words that a word of a synopsis stands for: [NAME] is NAME, ... is nothing."""
    plain = re.sub(r"^\[+|\]+$", "", word)
    return [] if plain in ("", "...", "|", "…") else [plain]


def _descend(words: Sequence[str]) -> tuple[click.Context, click.Command, list[str]]:
    """Find the command; return it with its context and the words behind it."""
    command: click.Command = main
    context = click.Context(main, info_name="benchhub")
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        inside = command.make_context(context.info_name, rest, parent=context.parent)
        name, found, rest = command.resolve_command(inside, [*inside._protected_args, *inside.args])
        if found is None:
            raise click.UsageError(f"there is no command {name}")
        command, context = found, click.Context(found, info_name=name, parent=inside)
        if isinstance(command, click.Group) and not rest and command.no_args_is_help:
            break
    return context, command, rest
