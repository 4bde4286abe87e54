"""A comparison as Markdown: a comment for a pull request, worst first.

GitHub takes 65,536 characters; here the bytes are counted, which are never fewer. Its renderer
takes HTML in Markdown, and looks for @names and #numbers in what is rendered, so that entities
alone do not hide them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.verdict_figures import Figures, figures, worst_first
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.exports.exporter import Export, judged, of_one
from benchhub.exports.verdict_text import (
    because,
    caveats,
    change,
    counts,
    headline,
    interval,
    one_line,
    p_text,
    times,
    word,
)
from benchhub.records import Run, Verdict

COMMENT_BYTES = 64 * 1024
# Rows above the fold; the rest is in <details>.
OPEN_ROWS = 20

_NAME = 200
_TEXT = 500
_LINES = 12
_HEAD = "| verdict | case | device | baseline → candidate | change | 95 % interval | rests on | p |"
_RULE = "|---|---|---|---|---|---|---|---|"
_SPACE = "&#8203;"  # zero width: keeps GitHub from linking what stands behind it
_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&\"@$]")
_LINKED = re.compile(r"(&#(?:64|35);|:(?=//))")
_NO_MARK = re.compile(r"[^A-Za-z0-9_.,@ ]+")


@of_one
def export(run: Run) -> Export:
    """Return the verdicts of an interleaved run. Raises UsageError for a run without."""
    return Export(comment(judged(run)))


def comment(comparison: Comparison) -> str:
    """Return a comment of less than 64 KiB; its first line is hidden and the same for each push.

    A workflow finds its own comment by that line.
    """
    return page(comparison, COMMENT_BYTES, OPEN_ROWS)


def marker(comparison: Comparison) -> str:
    """Return the hidden first line: it names suite and devices, as one commit may have several."""
    devices = dict.fromkeys(
        [*(case.device for case in comparison.cases), *(name for name, _ in comparison.lost)]
    )
    name = f"{comparison.suite} on {','.join(sorted(devices)) or 'nothing'}"
    return f"<!-- benchhub: {_NO_MARK.sub('_', name)[:_NAME].strip()} -->"


def page(comparison: Comparison, limit: int, open_rows: int) -> str:
    """Return the comparison in fewer than `limit` bytes of UTF-8; says how many cases are left out.

    Args:
        comparison: What is said.
        limit: In bytes, at least 16 KiB.
        open_rows: Rows of the table that is not folded.
    """
    cases = worst_first(figures(comparison))
    telling = sum(one.case.verdict is not Verdict.PASS for one in cases)
    first, rest = cases[: min(open_rows, telling)], cases[min(open_rows, telling) :]
    head, foot = _head(comparison), _foot(comparison)
    room = _Room(limit - _size(head) - _size(foot) - _RESERVED)
    shown = room.take([_row(one) for one in first])
    warnings = room.take(_warnings(comparison))
    reasons = room.take([_reasons(one.case) for one in first[: len(shown)]])
    folded = room.take([_row(one) for one in rest]) if len(shown) == len(first) else []
    parts = [[head], warnings]
    if shown:
        parts += [[_HEAD, _RULE, *shown], reasons]
    if folded:
        summary = f"<details><summary>{_folded(rest[: len(folded)])}</summary>"
        parts += [[summary], [_HEAD, _RULE, *folded], ["</details>"]]
    parts += [_left_out(len(cases) - len(shown) - len(folded), len(shown) - len(reasons)), [foot]]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


# For the heads of the tables, the fold, what is left out, and the lines between.
_RESERVED = 2_048


@dataclass(slots=True)
class _Room:
    """Counts the bytes that are left."""

    left: int

    def take(self, lines: Sequence[str]) -> list[str]:
        """Return the lines up to the first one that does not fit."""
        taken = []
        for line in lines:
            size = _size(line) + 1
            if size > self.left:
                break
            self.left -= size
            taken.append(line)
        return taken


def _left_out(cases: int, reasons: int) -> list[str]:
    told = []
    if cases:
        told.append(f"{cases} more case{'s' * (cases != 1)}")
    if reasons:
        told.append(f"the reasons of {reasons}")
    return [f"Too long for this place: {' and '.join(told)}; the report has all."] if told else []


def _warnings(comparison: Comparison) -> list[str]:
    lines = caveats(comparison)
    shown = [f"- {_text(line)}" for line in lines[:_LINES]]
    more = len(lines) - len(shown)
    return [*shown, f"- and {more} more like these"] if more else shown


def _size(text: str) -> int:
    return len(text.encode())


def _head(comparison: Comparison) -> str:
    sides = f"{_code(comparison.baseline.text)} → {_code(comparison.candidate.text)}"
    return "\n".join(
        [
            marker(comparison),
            f"### benchhub: {headline(comparison)}",
            "",
            f"{_code(comparison.suite)}, {sides}: {counts(comparison) or 'no cases'}",
        ]
    )


def _foot(comparison: Comparison) -> str:
    if not comparison.interleaved:
        ids = " and ".join(_code(run_id) for run_id in comparison.run_ids)
        return f"<sub>Runs {ids}; p is one-sided.</sub>"
    return (
        f"<sub>Run {_code(comparison.run_ids[1])}; pairs of fresh processes in random order, "
        "p is one-sided. What the verdicts mean: docs/gate.md of benchhub.</sub>"
    )


def _row(one: Figures) -> str:
    case = one.case
    loud = "**" if case.verdict is Verdict.REGRESSED else ""
    cells = (
        f"{loud}{word(case)}{loud}",
        _code(case.case_id),
        _code(case.device),
        times(one),
        f"{loud}{change(one.change)}{loud}",
        interval(one),
        one.extent,
        p_text(one.p).replace("<", "&lt;"),
    )
    return f"| {' | '.join(cells)} |"


def _reasons(case: CaseVerdict) -> str:
    lines = [_text(line) for line in because(case)[:_LINES]]
    told = "<br>".join(lines)
    return f"- {_code(case.case_id)} on {_code(case.device)}: {told}"


def _folded(cases: Sequence[Figures]) -> str:
    seen = Counter(word(one.case) for one in cases)
    return ", ".join(f"{count} {kind}" for kind, count in seen.items())


def _text(text: str) -> str:
    """Return text whose characters mean themselves, in a cell of a table too."""
    escaped = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", one_line(text, _TEXT))
    return _LINKED.sub(rf"\1{_SPACE}", escaped)


def _code(text: str) -> str:
    """Return a name: GitHub looks for no @names inside <code>."""
    escaped = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", one_line(text, _NAME))
    return f"<code>{escaped or MISSING_NAME}</code>"


MISSING_NAME = "unnamed"
