"""benchhub devices doctor: find and explain what would go wrong on a device."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.errors import DeviceError

if TYPE_CHECKING:
    from benchhub.devices.examination import Check

WIDEST = 110


@click.command("doctor")
@click.argument("name", shell_complete=completions.device)
@json_option
@verbose_option
@guarded
def command(name: str, *, as_json: bool, verbose: bool) -> int:
    """Find and explain what would go wrong on the device NAME.

    What is made on the device for it is removed again. The exit code is 3 if there is a problem.
    """
    del verbose
    from benchhub.devices.examination import Verdict
    from benchhub.devices.inventory import find_devices
    from benchhub.execution.doctor import examine

    workspace = here()
    (device,) = find_devices(workspace, [name.removeprefix("@")])
    checks = examine(device, workspace)
    problems = sum(check.verdict is Verdict.PROBLEM for check in checks)
    if as_json:
        data = {"device": name, "problems": problems, "checks": [asdict(check) for check in checks]}
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        for line in lines(checks, shutil.get_terminal_size().columns):
            click.echo(line)
        click.echo(f"{name}: {_answer(problems, checks)}")
    return DeviceError.exit_code if problems else 0


def lines(checks: Sequence[Check], width: int) -> list[str]:
    """Lay the checks out, one below the other, what to do under each. Pure."""
    about = max(len(check.about) for check in checks)
    verdict = max(len(check.verdict) for check in checks)
    indent = " " * (verdict + about + 4)
    found: list[str] = []
    for check in checks:
        head = f"{check.verdict.ljust(verdict)}  {check.about.ljust(about)}  "
        for first, text in ((head, check.said), (indent, check.advice)):
            if text:
                found += textwrap.wrap(
                    text,
                    min(width, WIDEST),
                    initial_indent=first,
                    subsequent_indent=indent,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
    return found


def _answer(problems: int, checks: Sequence[Check]) -> str:
    unknown = sum(check.verdict == "unknown" for check in checks)
    said = f"{problems} problem{'s' * (problems != 1)}" if problems else "nothing is wrong"
    return f"{said}, {unknown} could not be checked." if unknown else f"{said}."
