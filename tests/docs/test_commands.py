"""Each command of the documentation, in the order of its page."""

from __future__ import annotations

from collections.abc import Callable

import click
import pytest
import yaml

from benchhub.devices.inventory import device_files
from benchhub.suites.document import parse_document
from benchhub.suites.suite import parse_suite

from .command_line import accept, accept_loosely
from .pages import SYNOPSIS, Command, Step, Written, inline, name_of, pages, steps
from .stand_ins import DEVICES
from .workshop import ANSWERS, Workshop, workspace_of

RIGS = pytest.mark.rig("adb", "adbd", "benchmark_model", "sshd")
TEXTS = {name_of(path): path.read_text() for path in pages()}
STEPS: dict[str, tuple[Step, ...]] = {name: tuple(steps(name, TEXTS[name])) for name in TEXTS}
FILES = [step for each in STEPS.values() for step in each if isinstance(step, Written)]
COMMANDS = [step for each in STEPS.values() for step in each if isinstance(step, Command)]

# Where tests/conftest.py finds what it prints at the end.
TOLD = "documentation"
Record = Callable[[str, object], None]


def needs_rigs(command: Command) -> bool:
    """Whether it names a device of the pages, or all there are."""
    named = {word for words in command.words for word in words.split(",")}
    return command.words[:1] == ("devices",) or bool(named & DEVICES)


def written_before(command: Command) -> list[Written]:
    """Files that the reader has written by then, also on earlier parts of a tutorial."""
    names = list(TEXTS)
    now = names.index(command.page), command.line
    return [
        file
        for file in FILES
        if workspace_of(file.page) == workspace_of(command.page)
        and (names.index(file.page), file.line) < now
    ]


def parameters(commands: list[Command]) -> list[object]:
    """One for each command of a page, however often the page says it."""
    once = {(one.page, one.text): one for one in reversed(commands)}
    return [
        pytest.param(one, id=str(one), marks=[RIGS] if needs_rigs(one) else [])
        for one in commands
        if once[one.page, one.text] is one
    ]


@pytest.mark.parametrize("command", parameters([one for one in COMMANDS if not one.only_parsed]))
def test_a_command_does_what_the_page_says(
    command: Command, workshop: Workshop, record_property: Record
) -> None:
    kind = f"only planned: {command.only_planned}" if command.only_planned else "run"
    record_property(TOLD, (str(command), kind))
    for file in written_before(command):
        workshop.write(file)
    ended = workshop.call(command)
    codes = ANSWERS.get((*command.words, "")[0], {0})
    codes = codes if command.code is None else {command.code}
    assert ended.code in codes, f"{command}\n{ended.out}\n{ended.err}"


@pytest.mark.parametrize("command", parameters([one for one in COMMANDS if one.only_parsed]))
def test_a_command_that_cannot_be_run_exists(command: Command, record_property: Record) -> None:
    record_property(TOLD, (str(command), f"only parsed: {command.only_parsed}"))
    parse = accept_loosely if command.only_parsed == SYNOPSIS else accept
    try:
        parse(command.words)
    except click.ClickException as error:
        pytest.fail(f"{command}: {error.format_message()}")


@pytest.mark.parametrize("page", [name for name in TEXTS if any(inline(name, TEXTS[name]))])
def test_commands_in_sentences_exist(page: str) -> None:
    wrong = []
    for command in inline(page, TEXTS[page]):
        try:
            if command.program == "benchhub":
                accept_loosely(command.words)
        except click.ClickException as error:
            wrong.append(f"{command}: {error.format_message()}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.page}:{file.line} {file.path}")
def test_a_file_of_a_page_is_one(file: Written) -> None:
    document = parse_document(file.text, file.path)
    if file.path.startswith("suites/"):
        assert parse_suite(document).file.configurations
    else:
        told = yaml.safe_load(file.text)
        assert f"devices/{told['name']}.yaml" == file.path
        device_files()[told["transport"]].model_validate(told)
