"""benchhub explain: what a log means and what to do."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO

import click

from benchhub.cli.frame import guarded, json_option, say, verbose_option
from benchhub.errors import UsageError

if TYPE_CHECKING:
    from benchhub.tools.diagnosis import Located
    from benchhub.tools.explanation import Explanation

# A failing inference was seen to print 5 MB in half a second; what matters comes first.
MOST_BYTES = 32 << 20
_SEVERITY = {
    "fatal": "failed",
    "silent": "silently wrong",
    "info": "information",
    "noise": "no harm",
}
_NARROW, _WIDE = 60, 110


@click.command("explain")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--exit-code", type=int, metavar="N", help="How the program ended, if known.")
@json_option
@verbose_option
@guarded
def command(file: BinaryIO, *, exit_code: int | None, as_json: bool, verbose: bool) -> int:
    """Say what a log means: of either benchmark_model, logcat, adb, or litert. FILE may be -.

    benchhub explain stderr.txt --exit-code 134
    """
    del verbose
    from benchhub.tools.explanation import explain
    from benchhub.tools.foreign.text import as_text, plain

    raw = file.read(MOST_BYTES + 1)
    text = as_text(raw[:MOST_BYTES])
    if text is None:
        raise UsageError(f"{file.name}: no text.", "Give a log; `benchhub import` reads protos.")
    if len(raw) > MOST_BYTES:
        say(f"only the first {MOST_BYTES >> 20} MB are looked at.")
    found = explain(plain(text), exit_code)
    if as_json:
        data = {**asdict(found), "verdict": found.verdict}
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
        return 0
    width = min(max(shutil.get_terminal_size().columns, _NARROW), _WIDE)
    for line in lines(found, width):
        click.echo(line)
    return 0


def lines(found: Explanation, width: int) -> Iterator[str]:
    """Yield the answer, the figures, and what each known line means."""
    yield found.verdict
    facts = [found.program, *_figures(found), *found.placement, found.ending]
    for fact in filter(None, facts):
        yield from textwrap.wrap(fact, width, initial_indent="  ", subsequent_indent="    ")
    for one in found.found:
        yield ""
        yield from _told(one, width)
    if not found.found and found.lines:
        yield ""
        yield f"  None of its {found.lines} lines is in the table of known lines."


def _figures(found: Explanation) -> Iterator[str]:
    latency = found.latency
    if latency is not None:
        value = f"{latency.value_us / 1000:.3g} ms"
        yield f"{latency.statistic} {value} of {latency.n} inferences ({latency.source})"
    if found.init_us is not None:
        yield f"init {found.init_us / 1000:.3g} ms"


def _told(one: Located, width: int) -> Iterator[str]:
    finding = one.finding
    yield f"  line {one.line}: {_SEVERITY[finding.severity.value]} ({finding.id})"
    for text in (finding.meaning, finding.advice, f"| {finding.evidence}"):
        if text and text != "| ":
            yield from textwrap.wrap(
                text,
                width,
                initial_indent="    ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
