"""JUnit XML: accepted by Apache Ant's schema, and saying what the comparison says."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import distribution

import pytest
from hypothesis import given, settings
from lxml import etree

from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.exports.junit import junit_xml
from benchhub.records import Failure, Verdict

from .hostile import comparison, comparisons, many


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The schema of Ant's JUnitReport, which ReFrame packages for its own reports."""
    path = distribution("reframe-hpc").locate_file("reframe/schemas/junit.xsd")
    return etree.XMLSchema(etree.parse(str(path)))


def parsed(found: Comparison) -> etree._Element:
    return etree.fromstring(junit_xml(found).encode())


def with_case(case: CaseVerdict, **fields: object) -> Comparison:
    return replace(comparison(), cases=(replace(case, **fields),))  # type: ignore[arg-type]


def test_each_verdict_has_its_outcome(schema: etree.XMLSchema) -> None:
    root = parsed(comparison())
    schema.assertValid(root)
    (suite,) = root
    assert {key: suite.get(key) for key in ("name", "hostname", "tests", "failures")} == {
        "name": "digits.host",
        "hostname": "host",
        "tests": "4",
        "failures": "1",
    }
    assert (suite.get("errors"), suite.get("skipped")) == ("0", "1")
    tests = {test.get("name"): test for test in suite.iter("testcase")}
    assert {test.get("classname") for test in tests.values()} == {"digits.host"}
    outcomes = {name: [child.tag for child in test] for name, test in tests.items()}
    assert outcomes == {
        "digits/int8/xnnpack/t1": ["failure"],
        "digits/float32/xnnpack/t1": [],
        "digits/float16/xnnpack/t1": ["skipped"],
        "digits/int16/xnnpack/t1": [],
    }
    failure = tests["digits/int8/xnnpack/t1"][0]
    assert failure.get("type") == "regression"
    assert failure.get("message").startswith("REGRESSED: ")
    assert "+10.6 %" in failure.text
    assert "8 pairs" in failure.text
    assert tests["digits/float16/xnnpack/t1"][0].get("message").startswith("INCONCLUSIVE: ")


def test_figures_are_properties_with_their_units() -> None:
    found = {one.get("name"): one.get("value") for one in parsed(comparison()).iter("property")}
    case = comparison().cases[0]
    name = case.case_id
    assert case.evidence.ratio is not None
    assert case.evidence.interval is not None
    assert float(found[f"{name} ratio"]) == pytest.approx(case.evidence.ratio, rel=1e-5)
    low, high = (float(found[f"{name} ratio {end} 95 %"]) for end in ("low", "high"))
    assert (low, high) == pytest.approx(case.evidence.interval, rel=1e-5)
    assert 0 < float(found[f"{name} p"]) <= float(found[f"{name} q"]) < 1e-6
    assert found[f"{name} pairs"] == "8"
    ratio = float(found[f"{name} candidate us"]) / float(found[f"{name} baseline us"])
    assert ratio == pytest.approx(case.evidence.ratio, rel=1e-5)
    assert found["interleaved"] == "yes"


def test_time_is_what_measuring_took() -> None:
    """In seconds of wall time, as JUnit means it; that of the suite is the sum."""
    root = parsed(comparison())
    spent_s = {test.get("name"): float(test.get("time")) for test in root.iter("testcase")}
    case = comparison().cases[0]
    sides = (case.baseline, case.candidate)
    processes = [one for side in sides if side for one in side.invocations]
    assert spent_s[case.case_id] == pytest.approx(sum(one.seconds or 0 for one in processes))
    assert float(root[0].get("time")) == pytest.approx(sum(spent_s.values()))
    first = min(one.started for case in comparison().cases for one in _processes(case))
    assert root[0].get("timestamp") == first[:19]  # the example's clock is UTC


def _processes(case: CaseVerdict) -> list[object]:
    return [one for side in (case.baseline, case.candidate) if side for one in side.invocations]


def test_the_lab_is_an_error_and_no_failure(schema: etree.XMLSchema) -> None:
    case = comparison().cases[1]
    root = parsed(with_case(case, verdict=Verdict.INVALID, infrastructure=True, reason="it is hot"))
    schema.assertValid(root)
    (error,) = root.iter("error")
    assert (error.get("type"), error.get("message")) == ("lab", "INVALID: it is hot")
    assert not list(root.iter("failure"))


def test_a_regression_counts_more_than_the_lab() -> None:
    root = parsed(with_case(comparison().cases[0], infrastructure=True))
    assert [one.get("type") for one in root.iter("failure", "error")] == ["regression"]


def test_what_nobody_can_measure_is_skipped() -> None:
    root = parsed(with_case(comparison().cases[1], verdict=Verdict.INVALID, reason="unsupported"))
    assert [one.get("message") for one in root.iter("skipped")] == ["INVALID: unsupported"]
    assert root[0].get("skipped") == "1"


def test_a_lost_device_is_an_error_even_without_cases(schema: etree.XMLSchema) -> None:
    failure = Failure("refused", "pi4: no route to host.", "Check its power.", 3)
    root = parsed(replace(comparison(), lost=(("pi4", failure),)))
    schema.assertValid(root)
    suites = {suite.get("hostname"): suite for suite in root}
    assert list(suites) == ["host", "pi4"]
    assert [suite.get("id") for suite in root] == ["0", "1"]
    (error,) = suites["pi4"].iter("error")
    assert error.get("message") == "pi4: no route to host."
    assert "Check its power." in error.text


def test_the_schema_refuses_what_is_none(schema: etree.XMLSchema) -> None:
    root = parsed(comparison())
    del root[0].attrib["hostname"]
    assert not schema.validate(root)


@settings(deadline=None, max_examples=60)
@given(found=comparisons())
def test_any_text_is_well_formed_bounded_and_valid(
    schema: etree.XMLSchema, found: Comparison
) -> None:
    text = junit_xml(found)
    assert len(text) < 200_000
    root = etree.fromstring(text.encode())
    if not found.cases:  # without a process there is no time to state, which the schema demands
        for suite in root:
            suite.set("timestamp", "2026-01-01T00:00:00")
    schema.assertValid(root)
    tests = list(root.iter("testcase"))
    assert len(tests) == len(found.cases) + len(found.lost)
    assert sum(int(suite.get("tests")) for suite in root) == len(tests)
    for kind in ("failures", "errors", "skipped"):
        tag = kind.removesuffix("s")
        assert sum(int(suite.get(kind)) for suite in root) == len(list(root.iter(tag)))


def test_many_cases() -> None:
    assert len(list(parsed(many(500)).iter("testcase"))) == 500


def test_endless_texts_are_cut(schema: etree.XMLSchema) -> None:
    endless = "]]>é🦆" * 100_000
    cases = tuple(
        replace(case, case_id=endless, device=endless, reason=endless, notes=(endless,) * 300)
        for case in comparison().cases
    )
    text = junit_xml(replace(comparison(), suite=endless, cases=cases, notes=(endless,) * 300))
    assert len(text) < 200_000
    schema.assertValid(etree.fromstring(text.encode()))
