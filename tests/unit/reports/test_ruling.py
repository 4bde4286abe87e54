from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.judgement import judge
from benchhub.analysis.verdict_figures import figures, worst_first
from benchhub.analysis.verdicts import Comparison
from benchhub.records import GateSpec, Rule
from benchhub.reports.evidence import change, probability
from benchhub.reports.ruling import headline, invalid_pairs, rule

from ..comparisons import comparison_run, duel, faster, noisy, slower, unchanged
from . import compared


def said(comparison: Comparison) -> str:
    return headline(comparison, worst_first(figures(comparison)))


UNCOUNTED = "without figures that count"
CASE = "digits/int8/xnnpack/t1 on host"
SPOILT = duel([300.0, None, None, 301.0, None, 302.0, 300.0, 301.0], [300.0] * 8)


@pytest.mark.parametrize(
    ("duels", "sentence"),
    [
        ((slower(),), f"1 of 1 case is slower: {CASE}, +10.6 %"),
        (
            (slower(), slower("float32", factor=1.2), unchanged("float16")),
            "2 of 3 cases are slower, above all digits/float32/xnnpack/t1 on host, +20.7 %",
        ),
        (
            (faster(), unchanged("b")),
            f"No case is slower, 1 of 2 cases is faster: {CASE}, \N{MINUS SIGN}9.0 %",
        ),
        ((unchanged(), unchanged("b")), "No case is slower: all 2 pass"),
        ((unchanged(),), f"{CASE} passes"),
        (
            (noisy(), unchanged("b")),
            f"No case is known to be slower, but 1 of 2 cases is undecided: {CASE}",
        ),
        (
            (SPOILT, unchanged("b")),
            f"No case is known to be slower, but 1 of 2 cases is {UNCOUNTED}: {CASE}",
        ),
    ],
)
def test_the_headline_is_one_finding(duels: tuple[object, ...], sentence: str) -> None:
    found = said(judge(comparison_run(*duels)))  # type: ignore[arg-type]
    assert found.replace("\N{NO-BREAK SPACE}", " ") == sentence


def test_what_is_worse_by_an_exact_figure_is_not_called_slower() -> None:
    _, comparison = compared.everything()
    exact = [one for one in comparison.cases if "int16x8" in one.case_id]
    assert said(replace(comparison, cases=tuple(exact))) == (
        "2 of 2 cases are worse, above all mobilenet_v2/int16x8/xnnpack/t1 on host"
    )


def test_the_rule_says_what_was_asked_for() -> None:
    comparison = judge(comparison_run(unchanged(), devices=("host", "pi4")))
    spec = GateSpec(rule=Rule.BOUND, looks=(10,), alpha=0.02, false_discovery_rate=0.1)
    cases = tuple(
        replace(one, min_effect=0.05 if one.device == "pi4" else 0.03) for one in comparison.cases
    )
    text = rule(replace(comparison, spec=spec, cases=cases)).replace("\N{NO-BREAK SPACE}", " ")
    assert "alpha 2 %)" in text
    assert "certainly by more than the minimum effect (3 % on host and 5 % on pi4)" in text
    assert "at most 10 % are expected to be false" in text
    assert text.endswith("Decided at 10 pairs.")


def test_reasons_of_pairs_that_do_not_count_are_counted() -> None:
    assert invalid_pairs(judge(comparison_run(unchanged()))) == ""
    assert invalid_pairs(judge(comparison_run(SPOILT))) == (
        "3 of 8 pairs do not count: baseline: The process was ended by signal 11 (SIGSEGV) (3)"
    )


@pytest.mark.parametrize(
    ("p", "text"),
    [(None, "–"), (0.00009, "< 0.0001"), (0.0001, "0.0001"), (0.0123, "0.012"), (0.25, "0.25")],
)
def test_a_p_has_two_digits_and_no_exponent(p: float | None, text: str) -> None:
    assert probability(p) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0612, "+6.1 %"),
        (-0.0612, "\N{MINUS SIGN}6.1 %"),
        (0.0001, "0.0 %"),
        (1.523, "+152 %"),
        (0.9994, "+99.9 %"),
        (0.9996, "+100 %"),
    ],
)
def test_a_change_has_its_sign(share: float | None, text: str) -> None:
    assert change(share).replace("\N{NO-BREAK SPACE}", " ") == text
