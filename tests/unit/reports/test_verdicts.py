from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from benchhub.analysis.judgement import judge
from benchhub.analysis.verdicts import Comparison
from benchhub.records import Verdict
from benchhub.reports.verdicts import SHOWN_CASES, SHOWN_SENTENCES, render_comparison

from ..comparisons import comparison_run, duel, faster, noisy, slower, unchanged
from ..exports.hostile import comparisons, many
from . import compared

# Half of the pairs say +9 %, half +11 %: the mean of the logarithms is ln(1.09995), its standard
# error 0.00344, t with 7 degrees of freedom 2.365: +9.1 % to +10.9 %.
PLUS_10 = duel([300.0] * 8, [327.0, 333.0] * 4)
SPOILT = duel([300.0, None, None, 301.0, None, 302.0, 300.0, 301.0], [300.0] * 8)


def rendered(*duels: object, width: int = 200) -> list[str]:
    run = comparison_run(*duels)  # type: ignore[arg-type]
    return render_comparison(judge(run), width).split("\n")


@pytest.mark.parametrize(
    ("duels", "answer"),
    [
        ((slower(), unchanged("float32")), "REGRESSED  1 of 2 cases"),
        ((noisy(), unchanged("float32"), faster("float16")), "INCONCLUSIVE  1 of 3 cases"),
        ((faster(), unchanged("float32")), "IMPROVED  1 of 2 cases"),
        ((unchanged(), unchanged("float32")), "PASS  all 2 cases"),
        ((unchanged(),), "PASS  1 case"),
        ((SPOILT, noisy("float32")), "INVALID  1 of 2 cases"),
        ((SPOILT, slower("float32")), "REGRESSED  1 of 2 cases"),
    ],
)
def test_the_worst_comes_first(duels: tuple[object, ...], answer: str) -> None:
    assert rendered(*duels)[0] == answer


def test_a_case_that_moved_is_told_with_all_its_figures() -> None:
    lines = rendered(PLUS_10)
    assert lines[2].replace("\N{NO-BREAK SPACE}", " ") == (
        "  digits/int8/xnnpack/t1 on host    0.300 -> 0.330 ms   +10.0 %   [9.1, 10.9]   "
        "8 pairs   p < 0.0001"
    )
    assert lines[-3:-1] == ["baseline   models of old", "candidate  suites/digits.yaml"]
    assert lines[-1] == "run        01EXAMPL  (benchhub ops 01EXAMPL)"


def test_what_does_not_fit_stands_below_the_case() -> None:
    lines = rendered(slower(), noisy("float32"), width=80)
    assert lines[2] == "  REGRESSED     digits/int8/xnnpack/t1 on host"
    assert lines[3].startswith("      0.299 -> 0.331 ms")
    figures = [line for line in lines if " ms " in line]
    assert len(figures) == 2
    assert all(len(line) <= 80 for line in figures)
    assert lines[3].index("ms") == figures[1].index("ms")


def test_operators_exact_figures_and_reasons_are_told_once() -> None:
    _, comparison = compared.everything()
    text = render_comparison(comparison, 80)
    (first,) = [
        one
        for one in comparison.cases
        if one.case_id == "mobilenet_v2/float32/xnnpack/t1" and one.device == "host"
    ]
    assert first.blame
    start = text.index("mobilenet_v2/float32/xnnpack/t1 on host")
    block = text[start : text.index("mobilenet_v2/", start + 1)]
    assert f"      {first.blame.text}\n" in block
    assert "DEPTHWISE_CONV_2D #4" not in block or "block_4" in block
    for exact in first.exact:
        assert block.count(exact.text) == 1
    assert first.reason not in block
    undecided = next(one for one in comparison.cases if one.verdict is Verdict.INCONCLUSIVE)
    assert f"      {undecided.reason}\n" in text


def test_the_counts_and_what_limits_the_answer_are_told() -> None:
    _, comparison = compared.everything()
    text = render_comparison(comparison)
    counts = " · ".join(
        f"{comparison.count(Verdict(word))} {word}"
        for word in ("REGRESSED", "INVALID", "INCONCLUSIVE", "IMPROVED", "PASS")
    )
    assert f"  {counts}\n" in text
    assert text.startswith(f"REGRESSED  {comparison.count(Verdict.REGRESSED)} of 14 cases; pi4 was")
    total = sum(len(one.pairs) for one in comparison.cases)
    bad = sum(one.invalid_pairs for one in comparison.cases)
    assert bad
    assert f"  {bad} of {total} pairs do not count: baseline: The process was ended" in text
    assert "  pi4 was lost: pi4: no answer for 60 s. Is it on?\n" in text
    assert "  digits/int4/xnnpack/t1 is in the candidate only" in text
    assert "side by side" not in text


def test_runs_that_were_not_measured_side_by_side_are_weaker_evidence() -> None:
    _, comparison = compared.apart()
    text = render_comparison(comparison)
    assert "  Weaker: the two runs were not measured side by side" in text
    assert "by --force: governor of pi4: ondemand against performance" in text
    assert "12 and 12 processes" in text
    assert "runs       01BEFORE 01AFTER0" in text


def test_nothing_compared_is_no_pass() -> None:
    _, comparison = compared.nothing()
    text = render_comparison(comparison)
    assert text.startswith("NOTHING COMPARED  no case has figures on both sides\n")
    assert "PASS" not in text


def test_many_cases_are_cut_and_counted() -> None:
    cases = [one for one in many(100).cases if one.verdict is Verdict.REGRESSED]
    comparison = replace(many(100), cases=tuple(cases), unmatched=tuple(f"m{i}" for i in range(9)))
    text = render_comparison(comparison)
    assert text.count(" on host\n") == SHOWN_CASES
    assert f"and {len(cases) - SHOWN_CASES} more; the report and --json have all" in text
    assert f"and {9 - SHOWN_SENTENCES} more like these" in text


@given(comparison=comparisons())
@settings(max_examples=60)
def test_hostile_texts_stay_in_their_line(comparison: Comparison) -> None:
    text = render_comparison(comparison)
    assert "\x1b" not in text
    assert not any(ord(one) < 32 and one != "\n" for one in text)
    text.encode("utf-8")
    # A line feed in a name makes no line of its own.
    assert not any(line.startswith((" --><", "::set", "|---")) for line in text.split("\n"))
