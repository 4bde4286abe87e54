"""A comparison as JUnit XML: a suite for each device, a test for each case.

The document keeps to the strictest schema in use, that of Apache Ant's JUnitReport, which Jenkins'
and others' accept as well: there a test has no properties of its own, so the figures of a case are
properties of its suite, named `<case> <figure>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from benchhub.analysis.verdict_figures import Figures, figures
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.exports.exporter import Export, judged, of_one
from benchhub.exports.verdict_text import (
    because,
    caveats,
    counts,
    one_line,
    printable,
    summary,
)
from benchhub.records import Failure, Invocation, Run, Verdict

_NAME = 300
_MESSAGE = 1_000
_BODY = 8_000
_LINES = 200
_UNNAMED = "unnamed"


@of_one
def export(run: Run) -> Export:
    """Return the verdicts of an interleaved run. Raises UsageError for a run without."""
    return Export(junit_xml(judged(run)))


def junit_xml(comparison: Comparison) -> str:
    """Return the document.

    REGRESSED is a failure of type `regression`; what the lab lost is an error; INCONCLUSIVE, and
    INVALID for another reason, are skipped; PASS and IMPROVED are passed. `time` is the wall time
    in seconds that the processes of a case took, as far as it is known; the latency is a property.
    """
    root = ET.Element("testsuites")
    lost = dict(comparison.lost)
    devices = dict.fromkeys([*(case.device for case in comparison.cases), *lost])
    found = figures(comparison)
    everything = [one for case in comparison.cases for one in _processes(case)]
    for number, device in enumerate(devices):
        cases = [one for one in found if one.case.device == device]
        suite = _suite(root, comparison, device, cases, lost.get(device))
        suite.set("id", str(number))
        mine = [one for shown in cases for one in _processes(shown.case)]
        if began := _began(mine) or _began(everything):
            suite.set("timestamp", began)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(
    root: ET.Element,
    comparison: Comparison,
    device: str,
    cases: Sequence[Figures],
    lost: Failure | None,
) -> ET.Element:
    name, package = _name(f"{comparison.suite}.{device}"), _name(comparison.suite)
    found = ET.SubElement(root, "testsuite", name=name, package=package, hostname=_name(device))
    properties = ET.SubElement(found, "properties")
    for key, value in (
        ("baseline", comparison.baseline.text),
        ("candidate", comparison.candidate.text),
        ("baseline run", comparison.run_ids[0]),
        ("candidate run", comparison.run_ids[1]),
        ("interleaved", "yes" if comparison.interleaved else "no"),
        ("verdicts on all devices", counts(comparison)),
    ):
        _property(properties, key, value)
    spent_s = 0.0
    for one in cases:
        spent_s += _test(found, properties, comparison, one)
    if lost:
        _lost(found, comparison, device, lost)
    tally = {kind: len(found.findall(f"testcase/{kind}")) for kind in _OUTCOMES}
    found.set("tests", str(len(found.findall("testcase"))))
    found.set("failures", str(tally["failure"]))
    found.set("errors", str(tally["error"]))
    found.set("skipped", str(tally["skipped"]))
    found.set("time", _seconds(spent_s))
    ET.SubElement(found, "system-out").text = _lines(caveats(comparison))
    ET.SubElement(found, "system-err")
    return found


_OUTCOMES = ("failure", "error", "skipped")


def _test(
    suite: ET.Element, properties: ET.Element, comparison: Comparison, shown: Figures
) -> float:
    """Add the test of a case; return the seconds that its processes took."""
    case = shown.case
    spent_s = sum(one.seconds or 0.0 for one in _processes(case))
    name = _name(case.case_id)
    test = _testcase(suite, comparison, case.device, name, spent_s)
    for key, value in _facts(shown).items():
        _property(properties, f"{name} {key}", value)
    if case.verdict is Verdict.REGRESSED:
        kind, attributes = "failure", {"type": "regression"}
    elif case.infrastructure:
        kind, attributes = "error", {"type": "lab"}
    elif case.verdict in (Verdict.INCONCLUSIVE, Verdict.INVALID):
        kind, attributes = "skipped", {}
    else:
        return spent_s
    message = f"{case.verdict}: {case.reason}"
    outcome = ET.SubElement(test, kind, attributes, message=one_line(message, _MESSAGE))
    outcome.text = _lines([summary(shown), *because(case)])
    return spent_s


def _facts(shown: Figures) -> dict[str, str]:
    """Return the figures of a case, with units, as far as there are any."""
    case = shown.case
    found: dict[str, float | None] = {
        "ratio": case.evidence.ratio,
        "ratio low 95 %": None if shown.low is None else 1 + shown.low,
        "ratio high 95 %": None if shown.high is None else 1 + shown.high,
        "p": shown.p,
        "q": shown.q,
        "pairs that count": case.evidence.n if case.pairs else None,
        "pairs": len(case.pairs) or None,
        "minimum effect": case.min_effect,
        "baseline us": shown.baseline_us,
        "candidate us": shown.candidate_us,
    }
    told = {key: f"{value:.6g}" for key, value in found.items() if value is not None}
    return {"verdict": str(case.verdict), "rests on": shown.extent, **told}


def _lost(suite: ET.Element, comparison: Comparison, device: str, failure: Failure) -> None:
    test = _testcase(suite, comparison, device, "device", 0.0)
    message = one_line(failure.message, _MESSAGE)
    outcome = ET.SubElement(test, "error", type="lab", message=message)
    outcome.text = _lines([failure.message, failure.advice])


def _testcase(
    suite: ET.Element, comparison: Comparison, device: str, name: str, spent_s: float
) -> ET.Element:
    classname = _name(f"{comparison.suite}.{device}")
    return ET.SubElement(suite, "testcase", classname=classname, name=name, time=_seconds(spent_s))


def _property(properties: ET.Element, name: str, value: str) -> None:
    ET.SubElement(properties, "property", name=name, value=one_line(value, _MESSAGE))


def _processes(case: CaseVerdict) -> tuple[Invocation, ...]:
    sides = (case.baseline, case.candidate)
    return tuple(one for side in sides if side for one in side.invocations)


def _began(processes: Iterable[Invocation]) -> str | None:
    """Return when the first of them was started, in UTC, in the schema's form without offset."""
    known = []
    for one in processes:
        try:
            moment = datetime.fromisoformat(one.started)
        except ValueError:
            continue  # an imported log does not say when
        if moment.tzinfo:
            known.append(moment.astimezone(UTC))
    return min(known).strftime("%Y-%m-%dT%H:%M:%S") if known else None


def _name(text: str) -> str:
    return one_line(text, _NAME) or _UNNAMED


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _lines(lines: Sequence[str]) -> str:
    kept = [one_line(line, _MESSAGE) for line in lines[:_LINES] if line]
    return printable("\n".join(kept), _BODY)
