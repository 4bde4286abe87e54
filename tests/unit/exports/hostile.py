"""Comparisons whose every text is hostile: names and messages come from files and devices."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from benchhub.analysis.judgement import judge
from benchhub.analysis.summary import CaseSummary
from benchhub.analysis.verdicts import Blame, CaseVerdict, Change, Comparison, Exact, OpDelta
from benchhub.records import Failure, Verdict

from ..comparisons import comparison_run, faster, noisy, slower, unchanged

NASTY = (
    "]]>",
    "\x00\x07\x1b[31mred\x9b0m",
    "a|b`c`\\|",
    "@octocat see #1 and GH-2, https://example.org/x/issues/1",
    "</details><script>alert(1)</script>",
    "--><!--",
    "![x](javascript:y) [z](w) <b onclick=q>",
    "::error::pwned\r\n::set-output name=a::b\n",
    "%0A%25,:",
    "\ud800\udfff",
    "\u202egnp.exe",
    "a\u2028b\u2029c\u0085d",
    "\ufffe\uffff",
    "# heading\n| a |\n|---|\n",
    " \t\n ",
    "",
    "é🦆" * 600,
)


SLOWER = OpDelta(
    change=Change.SLOWER,
    op="CONV_2D",
    name="block_1",
    node=1,
    before_us=1.0,
    after_us=2.0,
    before_on=None,
    after_on=None,
    delta_us=1.0,
    certain=True,
    text="+0.001 ms CONV_2D #1 (block_1)",
)


@cache
def comparison() -> Comparison:
    """Four cases: REGRESSED, PASS, INCONCLUSIVE, IMPROVED."""
    return judge(comparison_run(slower(), unchanged("float32"), noisy("float16"), faster("int16")))


def text() -> st.SearchStrategy[str]:
    # Surrogates are among what st.text() gives only if asked for.
    anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
    return st.one_of(st.sampled_from(NASTY), anything)


def _short(side: CaseSummary | None) -> CaseSummary | None:
    return side and replace(side, latency_invocations=side.latency_invocations[:1])


@st.composite
def cases(draw: st.DrawFn) -> CaseVerdict:
    one = draw(st.sampled_from(comparison().cases))
    op = replace(SLOWER, op=draw(text()), name=draw(text()), text=draw(text()))
    blame = Blame(1.0, 1.0, (op,), (draw(text()),), (1, 1), draw(text()), draw(text()))
    return replace(
        one,
        device=draw(st.sampled_from(("pi4", "pixel4", draw(text())))),
        case_id=draw(text()),
        verdict=draw(st.sampled_from(Verdict)),
        reason=draw(text()),
        infrastructure=draw(st.booleans()),
        exact=(Exact("size", draw(text()), worse=True, better=False),),
        blame=draw(st.sampled_from((None, blame))),
        notes=tuple(draw(st.lists(text(), max_size=2))),
        pairs=one.pairs[:1],  # hypothesis refuses to print more
        baseline=_short(one.baseline),
        candidate=_short(one.candidate),
    )


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    base = comparison()
    lost = [(draw(text()), Failure("tool", draw(text()), draw(text()), 3))]
    return replace(
        base,
        baseline=replace(base.baseline, text=draw(text())),
        candidate=replace(base.candidate, text=draw(text())),
        suite=draw(text()),
        interleaved=draw(st.booleans()),
        cases=tuple(draw(st.lists(cases(), max_size=4))),
        lost=tuple(lost[: draw(st.integers(0, 1))]),
        unmatched=tuple(draw(st.lists(text(), max_size=2))),
        forced=tuple(draw(st.lists(text(), max_size=2))),
        notes=tuple(draw(st.lists(text(), max_size=2))),
    )


def many(count: int) -> Comparison:
    """A comparison of that many cases; every verdict of the base in turn."""
    base = comparison()
    found = [
        replace(base.cases[i % len(base.cases)], case_id=f"model_{i}/int8/xnnpack/t1")
        for i in range(count)
    ]
    return replace(base, cases=tuple(found))
