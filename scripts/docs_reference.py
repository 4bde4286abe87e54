"""Reference pages of the documentation site, made of the program itself: commands, file formats.

`python scripts/docs_reference.py commands` prints a page; scripts/docs_hooks.py puts all of them
into the site.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from benchhub.cli import main as program
from benchhub.cli.schema import schema

# Keys whose limits a reader wants to know, and how they are written.
LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
}
INTRODUCTIONS = {
    "suite": (
        "# Keys of a suite file\n\n"
        "All keys, as `benchhub schema suite` has them. [The suite file](../suite.md) tells what\n"
        "they mean together, with an example.\n"
    ),
    "device": (
        "# Keys of a device file\n\n"
        "All keys, as `benchhub schema device` has them. [Devices](../devices.md) tells what they\n"
        "mean together.\n"
    ),
}
COMMANDS = (
    "# Commands\n\n"
    "All commands, as `benchhub COMMAND --help` shows them. Exit codes are the same everywhere:\n"
    "0 fine, 1 a regression, 2 usage or configuration, 3 device or tool, 4 it cannot be told,\n"
    "5 nothing to measure, 6 measured, but not as demanded, 124 timeout, 130 interrupted.\n"
)


def leaves(
    command: click.Command = program, parent: click.Context | None = None, name: str = "benchhub"
) -> Iterator[tuple[click.Context, click.Command]]:
    """Yield every command that does something, in the order of the help."""
    context = click.Context(command, info_name=name, parent=parent)
    if not isinstance(command, click.Group):
        yield context, command
        return
    for each in command.list_commands(context):
        found = command.get_command(context, each)
        if found is not None and not found.hidden:
            yield from leaves(found, context, each)


def commands_page() -> str:
    """Return the page of all commands as Markdown."""
    return "\n".join([COMMANDS, *(_command(context, one) for context, one in leaves())])


def schema_page(kind: str) -> str:
    """Return the page of the keys of a kind of file, `suite` or `device`, as Markdown."""
    document = schema(kind)
    definitions: Mapping[str, Mapping[str, Any]] = document["$defs"]
    parts = [INTRODUCTIONS[kind]]
    if "properties" in document:
        parts.append(f"## The file\n\n{document.get('description', '')}\n\n{_keys(document)}")
    for name, each in sorted(definitions.items()):
        text = f"## {_title(name)}\n\n{each.get('description', '')}\n"
        if each.get("properties"):
            text += f"\n{_keys(each)}"
        elif "enum" in each:
            text += f"\n{_type(each)}\n"
        parts.append(text)
    return "\n".join(parts)


PAGES: Mapping[str, Callable[[], str]] = {
    "commands": commands_page,
    "suite-keys": lambda: schema_page("suite"),
    "device-keys": lambda: schema_page("device"),
}


def _command(context: click.Context, command: click.Command) -> str:
    path = context.command_path
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"## {path}", "", f"```text\n{usage}\n```", ""]
    for paragraph in (command.help or "").split("\n\n"):
        text = " ".join(paragraph.replace("\b", "").split())
        example = text.startswith("benchhub ") and ", " not in text
        lines += [f"    {text}" if example else _text(text), ""]
    rows = [row for param in command.params if (row := _option(context, param))]
    if rows:
        lines += ["| option | default | |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _option(context: click.Context, param: click.Parameter) -> str | None:
    """Return the row of an option; an argument is in the usage line and has none."""
    record = param.get_help_record(context)
    if record is None or not isinstance(param, click.Option):
        return None
    names, text = record
    text = text.partition("  [")[0]
    default = "" if not param.show_default or param.default is None else f"`{param.default}`"
    return f"| `{_cell(names)}` | {default} | {_cell(_text(text))} |"


def _keys(entry: Mapping[str, Any]) -> str:
    rows = ["| key | value | default | |", "|---|---|---|---|"]
    needed = entry.get("required", ())
    for name, key in entry["properties"].items():
        default = "**required**" if name in needed else _default(key)
        text = _cell(_text(key.get("description", "")))
        rows.append(f"| `{name}` | {_type(key)} | {default} | {text} |")
    return "\n".join(rows) + "\n"


def _default(key: Mapping[str, Any]) -> str:
    value = key.get("default")
    if value in (None, "", []) or isinstance(value, dict):  # an object's defaults are its own
        return ""
    return f"`{_cell(json.dumps(value, ensure_ascii=False))}`"


def _type(key: Mapping[str, Any]) -> str:
    """Say in words what a value may be; null is left out: it is a key that is not given."""
    if "$ref" in key:
        title = _title(str(key["$ref"]).rpartition("/")[2])
        return f"[{title}](#{title})"
    if "const" in key or "enum" in key:
        values = key["enum"] if "enum" in key else [key["const"]]
        return ", ".join(f"`{value}`" for value in values)
    for several in ("anyOf", "oneOf"):
        if several in key:
            kinds = [_type(one) for one in key[several] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if key.get("type") == "array":
        inside = key.get("items") or {}
        return f"list of {_type(inside)}" if inside else "list"
    if key.get("type") == "object":
        inside = key.get("additionalProperties")
        return f"names and {_type(inside)}" if isinstance(inside, dict) else "names and values"
    limits = [word.format(key[limit]) for limit, word in LIMITS.items() if limit in key]
    return ", ".join([str(key.get("type", "any")), *limits])


def _title(definition: str) -> str:
    """Return the word of a definition: XnnpackEntry is what people write as xnnpack."""
    return definition.removesuffix("Entry").removesuffix("DeviceFile").lower()


def _text(text: str) -> str:
    """Return words as Markdown shows them; placeholders such as <a> and *.x stay what they are."""
    return text.replace("<", "&lt;").replace("*", "\\*")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: Sequence[str]) -> None:
    """Print the page that is named."""
    print(PAGES[arguments[0]]())


if __name__ == "__main__":
    main(sys.argv[1:])
