"""Verdicts as data: JSON without NaN, and the figures of the comparison."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from benchhub.analysis.gate import Evidence
from benchhub.analysis.judgement import judge
from benchhub.analysis.verdicts import Comparison
from benchhub.exports.verdicts_json import VERDICTS_FORMAT, verdict_facts
from benchhub.records import Failure

from ..comparisons import comparison_run, duel, slower
from .hostile import comparison, comparisons

DOCS = Path(__file__).parents[3] / "docs" / "ci.md"


def test_the_figures_of_a_case() -> None:
    facts = verdict_facts(comparison())
    assert facts["format"] == VERDICTS_FORMAT
    assert facts["counts"] == {
        "PASS": 1,
        "REGRESSED": 1,
        "IMPROVED": 1,
        "INCONCLUSIVE": 1,
        "INVALID": 0,
    }
    case, found = comparison().cases[0], facts["cases"][0]
    assert (found["device"], found["case"], found["verdict"]) == ("host", case.case_id, "REGRESSED")
    assert found["ratio"] == case.evidence.ratio
    assert found["candidate_us"] / found["baseline_us"] == pytest.approx(found["ratio"])
    assert found["ratio_interval"][0] < found["ratio"] < found["ratio_interval"][1]
    assert found["pairs_counted"] == len(found["pairs"]) == 8
    assert all(pair["problem"] is None for pair in found["pairs"])
    assert found["baseline"]["statistic"] == "median"


def test_what_is_not_known_is_null() -> None:
    """A crashed process has no time, and its pair says why."""
    crashed = judge(comparison_run(duel([300.0] * 8, [None, *[301.0] * 7])))
    found = verdict_facts(crashed)["cases"][0]
    assert found["pairs"][0]["candidate_us"] is None
    assert found["pairs"][0]["baseline_us"] == 300.0
    assert found["pairs"][0]["problem"]
    assert (found["pairs_counted"], found["pairs_invalid"]) == (7, 1)


def test_no_number_is_not_a_number() -> None:
    odd = replace(comparison().cases[0], evidence=Evidence(8, math.nan, math.inf), pairs=())
    facts = verdict_facts(replace(comparison(), cases=(odd,)))
    text = json.dumps(facts, allow_nan=False)
    assert json.loads(text)["cases"][0]["ratio"] is None


def test_a_lost_device_and_the_rule() -> None:
    lost = (("pi4", Failure("refused", "no route", "Check it.", 3)),)
    facts = verdict_facts(replace(comparison(), lost=lost))
    assert facts["lost"] == [
        {
            "device": "pi4",
            "kind": "refused",
            "message": "no route",
            "advice": "Check it.",
            "exit_code": 3,
        }
    ]
    assert facts["rule"]["looks"] == [8, 12, 18, 24]
    assert facts["rule"]["rule"] == "effect"


def test_every_field_is_documented() -> None:
    text = DOCS.read_text()
    told = set(re.findall(r"`(\w+)`", text))
    facts = verdict_facts(judge(comparison_run(slower())))
    case = facts["cases"][0]
    for fields in (facts, facts["baseline"], case, case["pairs"][0], case["baseline"]):
        assert set(fields) <= told, set(fields) - told


@settings(deadline=None, max_examples=50)
@given(found=comparisons())
def test_any_comparison_is_json(found: Comparison) -> None:
    facts = verdict_facts(found)
    text = json.dumps(facts, allow_nan=False)
    assert json.dumps(json.loads(text)) == text  # two lone surrogates may become one character
