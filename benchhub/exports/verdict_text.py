"""How verdicts are written for other programs: figures, order, and text that is safe to hand on.

Names of models, reasons and messages of tools are hostile input: they are bounded, and what no
program prints is replaced.
"""

from __future__ import annotations

import math
import re

from benchhub.analysis.phrases import MINUS, figure
from benchhub.analysis.verdict_figures import WORST_FIRST, Figures
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.records import Verdict

MISSING = "\N{EN DASH}"
# From this factor on a change is written as a factor.
_FACTOR = 10.0
_SMALLEST_P = 0.0001
# Neither XML 1.0 nor a terminal takes them: control characters, lone surrogates, non-characters,
# and what turns the direction of the text around it.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
    "\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_BREAKS = re.compile("[\t\n\u2028\u2029]+")


def printable(text: str, most: int) -> str:
    """Return text of at most that many characters, line breaks kept, without control characters."""
    cut = text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
    return _UNPRINTABLE.sub(
        "\N{REPLACEMENT CHARACTER}", cut.replace("\r\n", "\n").replace("\r", "\n")
    )


def one_line(text: str, most: int) -> str:
    """Return the same on one line."""
    return _BREAKS.sub(" ", printable(text, most)).strip()


def word(case: CaseVerdict) -> str:
    """Return the verdict in a word; of a case that the lab lost, that."""
    if case.infrastructure and case.verdict is not Verdict.REGRESSED:
        return f"{case.verdict} (lab)"
    return str(case.verdict)


def counts(comparison: Comparison) -> str:
    """Write how many cases have each verdict, the worst first: `1 REGRESSED, 6 PASS`."""
    found = [(comparison.count(verdict), verdict) for verdict in WORST_FIRST]
    return ", ".join(f"{count} {verdict}" for count, verdict in found if count)


def headline(comparison: Comparison) -> str:
    """Say in one line what comes of a comparison: `REGRESSED: 1 of 8 cases`."""
    total = len(comparison.cases)
    lost = len(comparison.lost)
    incomplete = f", {lost} device{'s' * (lost != 1)} lost" if lost else ""
    for verdict in WORST_FIRST:
        if count := comparison.count(verdict):
            return f"{verdict}: {count} of {total} case{'s' * (total != 1)}{incomplete}"
    return f"Nothing was compared{incomplete}"


def times(one: Figures) -> str:
    """Write the times of both sides: `0.249 → 0.264 ms`."""
    sides = (one.baseline_us, one.candidate_us)
    if sides == (None, None):
        return MISSING
    before, after = (MISSING if us is None else figure(us / 1000) for us in sides)
    return f"{before} \N{RIGHTWARDS ARROW} {after} ms"


def change(share: float | None) -> str:
    """Write a change: `+6.1 %`, from ten times on `×12.3`."""
    if share is None or not math.isfinite(share):
        return MISSING
    if share >= _FACTOR - 1:
        return f"\N{MULTIPLICATION SIGN}{figure(1 + share)}"
    text = f"{100 * share:+.1f}"
    return f"{'0.0' if float(text) == 0 else text.replace('-', MINUS)} %"


def interval(one: Figures) -> str:
    """Write the two-sided 95 % interval of the change: `+4.2 % to +8.0 %`."""
    if one.low is None or one.high is None:
        return MISSING
    return f"{change(one.low)} to {change(one.high)}"


def p_text(p: float | None) -> str:
    """Write a p value: `0.0004`, `< 0.0001`."""
    if p is None or not math.isfinite(p):
        return MISSING
    return f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"{p:.2g}"


def summary(one: Figures) -> str:
    """Write all of it on one line: times, change, interval, what it rests on, p."""
    if one.change is None:
        return times(one)
    sure = "" if one.low is None else f" [{interval(one)}]"
    told = "" if one.p is None else f", p {p_text(one.p)}"
    return f"{times(one)}, {change(one.change)}{sure}, {one.extent}{told}"


def because(case: CaseVerdict) -> list[str]:
    """Return what explains a verdict: its reason, exact figures, who is to blame, notes."""
    lines = [case.reason, *(one.text for one in case.exact)]
    if case.blame:
        lines += [case.blame.text, *case.blame.placement, case.blame.note]
    return [line for line in dict.fromkeys((*lines, *case.notes)) if line]


def caveats(comparison: Comparison) -> list[str]:
    """Return what makes a whole comparison weaker or incomplete, the gravest first."""
    lines = [] if comparison.interleaved else [WEAKER]
    lines += [f"compared by force: {one}" for one in comparison.forced]
    lines += [f"{device} was lost: {failure.message}" for device, failure in comparison.lost]
    return [*lines, *comparison.unmatched, *comparison.notes]


WEAKER = "The two runs were not measured side by side, so the verdicts are weaker."
