from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.exact import Facts, exact
from benchhub.analysis.summary import CaseSummary, summarise
from benchhub.analysis.verdicts import Exact
from benchhub.records import (
    Agreement,
    Failure,
    Finding,
    Placement,
    Purpose,
    Reading,
    Refusal,
    Run,
    Severity,
    Side,
    Status,
    Unsupported,
)

from ..comparisons import Duel, Part, changed, comparison_run, duel, unchanged

N = 8
WORKS = Part([300.0 + i for i in range(N)])
RIGHT = Agreement(1000, 0, 0.01, 0.01, "y[0]")
WRONG = Agreement(1000, 12, 3.0, 1.0, "y[3]")
FELL_BACK = replace(WORKS, applied="none", nodes_delegated=0, partitions=0, status=Status.FALLBACK)


def sides(run: Run) -> tuple[CaseSummary, CaseSummary, Facts]:
    (device,) = summarise(run).devices
    baseline, candidate = device.cases
    facts = run.facts_of(baseline.case.variant), run.facts_of(candidate.case.variant)
    return baseline, candidate, facts


def found(baseline: Part, candidate: Part, delegate: str = "xnnpack") -> list[Exact]:
    """Return what differs."""
    return list(exact(*sides(comparison_run(Duel(baseline, candidate, delegate=delegate)))))


def told(baseline: Part, candidate: Part, delegate: str = "xnnpack") -> list[tuple[str, int]]:
    """Return the texts, each with 1 if it is worse, -1 if it is better, else 0."""
    return [(one.text, one.worse - one.better) for one in found(baseline, candidate, delegate)]


def test_sides_that_are_alike_differ_in_nothing() -> None:
    assert found(WORKS, WORKS) == []


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ({"size_bytes": 26_000}, {"size_bytes": 26_001}, "size 26.0 kB -> 26.0 kB (+1 byte)"),
        (
            {"size_bytes": 6_700_000},
            {"size_bytes": 6_820_000},
            "size 6.70 MB -> 6.82 MB (+120 kB)",
        ),
        ({"macs": 10_800_000}, {"macs": 12_000_000}, "MACs 10.8 M -> 12.0 M (+1.20 M)"),
        (
            {},
            {"nodes_delegated": 8},
            "nodes delegated 10 of 10 -> 8 of 10",
        ),
        ({}, {"partitions": 3}, "partitions 1 -> 3"),
        (
            {"rss_peak_bytes": 60_000_000},
            {"rss_peak_bytes": 66_000_000},
            "peak memory 60.0 MB -> 66.0 MB (+10.0 %)",
        ),
        (
            {"agreement": RIGHT},
            {"agreement": WRONG},
            "outputs: 12 of 1000 elements are wrong",
        ),
    ],
)
def test_growth_is_worse_and_the_way_back_is_better(
    before: dict[str, object], after: dict[str, object], text: str
) -> None:
    old = replace(WORKS, **before)  # type: ignore[arg-type]
    new = replace(WORKS, **after)  # type: ignore[arg-type]
    assert told(old, new) == [(text, 1)]
    assert [rank for _, rank in told(new, old)] == [-1]


def test_what_is_not_known_is_not_compared() -> None:
    unknown = replace(
        WORKS,
        size_bytes=0,
        macs=None,
        nodes_delegated=None,
        partitions=None,
        rss_peak_bytes=None,
        overall_bytes=None,
    )
    worse = replace(unknown, size_bytes=99)
    assert found(unknown, worse) == []
    assert found(unknown, replace(WORKS, partitions=9, nodes_delegated=1)) == []


def test_a_side_that_fell_back_is_worse_whatever_its_partitions() -> None:
    assert told(WORKS, FELL_BACK) == [("delegate: XNNPACK -> built-in kernels", 1)]
    assert told(FELL_BACK, WORKS) == [("delegate: built-in kernels -> XNNPACK", -1)]
    assert told(FELL_BACK, FELL_BACK) == []


def test_a_fallback_that_only_a_line_tells_is_worse() -> None:
    silent = replace(WORKS, applied=None, nodes_delegated=None, partitions=None)
    line = Finding("gpu.platform", Severity.SILENT, "No GPU.", "", "no gpu")
    fallen = replace(silent, status=Status.FALLBACK, findings=(line,))
    ran = replace(WORKS, applied="gpu")
    assert told(ran, fallen, "gpu") == [("delegate: GPU -> not told", 1)]


def test_one_process_that_fell_back_is_no_change_of_the_model() -> None:
    run = comparison_run(Duel(WORKS, WORKS))
    reading = next(one.reading for one in run.invocations)
    assert reading.placement is not None
    fallen = replace(
        reading, placement=replace(reading.placement, applied="none", nodes_delegated=0)
    )
    hiccup = changed(run, Side.CANDIDATE, [3], status=Status.FALLBACK, reading=fallen)
    assert exact(*sides(hiccup)) == ()


def test_fewer_nodes_of_a_smaller_graph_are_not_worse() -> None:
    def with_nodes(delegated: int, total: int) -> Reading:
        placement = Placement("xnnpack", "xnnpack", delegated, total, 1, "node list")
        run = comparison_run(Duel(WORKS, WORKS))
        return replace(run.invocations[0].reading, placement=placement)

    run = comparison_run(Duel(WORKS, WORKS))
    fused = changed(run, Side.CANDIDATE, reading=with_nodes(8, 8))
    (one,) = exact(*sides(fused))
    assert (one.text, one.worse, one.better) == ("nodes delegated 10 of 10 -> 8 of 8", False, False)
    left = changed(run, Side.CANDIDATE, reading=with_nodes(10, 12))
    (one,) = exact(*sides(left))
    assert (one.text, one.worse) == ("nodes delegated 10 of 10 -> 10 of 12", True)


def test_cases_without_a_delegate_have_no_placement_to_lose() -> None:
    built_in = replace(WORKS, applied="none", nodes_delegated=0, partitions=0)
    assert found(built_in, replace(built_in, partitions=2), "none") == []


@pytest.mark.parametrize(
    ("before", "after", "text", "worse"),
    [
        (("ADD",), ("ADD", "TOPK_V2"), "fallback operators: new TOPK_V2", True),
        (("ADD", "TOPK_V2"), ("ADD",), "fallback operators: no more TOPK_V2", False),
        (("ADD",), ("SUB",), "fallback operators: new SUB; no more ADD", True),
    ],
)
def test_operators_that_the_delegate_does_not_take(
    before: tuple[str, ...], after: tuple[str, ...], text: str, *, worse: bool
) -> None:
    def placed(run: Run, side: Side, ops: tuple[str, ...]) -> Run:
        refused = tuple(Unsupported(op) for op in ops)
        placement = Placement("xnnpack", "xnnpack", 9, 10, 1, "node list", (), refused)
        reading = replace(run.invocations[0].reading, placement=placement)
        return changed(run, side, reading=reading)

    run = placed(comparison_run(Duel(WORKS, WORKS)), Side.BASELINE, before)
    (one,) = exact(*sides(placed(run, Side.CANDIDATE, after)))
    assert (one.text, one.worse, one.better) == (text, worse, not worse)


def test_peak_memory_has_a_tolerance_and_wants_processes() -> None:
    for grown in (62_900_000, 57_500_000):
        assert found(WORKS, replace(WORKS, rss_peak_bytes=grown)) == []
    few = Part([300.0, 301.0])
    assert found(few, replace(few, rss_peak_bytes=90_000_000)) == []
    (one,) = exact(
        *sides(comparison_run(Duel(WORKS, replace(WORKS, rss_peak_bytes=61_000_000)))), 0.01
    )
    assert one.worse


def test_memory_of_some_processes_is_no_growth() -> None:
    run = comparison_run(Duel(WORKS, WORKS))
    reading = run.invocations[0].reading
    assert reading.memory is not None
    large = replace(reading, memory=replace(reading.memory, rss_peak_bytes=80_000_000))
    some = changed(run, Side.CANDIDATE, [1, 2, 3, 4, 5], reading=large)
    both = changed(some, Side.BASELINE, [1, 2, 3], reading=large)
    assert exact(*sides(both)) == ()
    (one,) = exact(*sides(changed(some, Side.CANDIDATE, reading=large)))
    assert one.worse


def test_growth_of_resident_memory_stands_in_for_the_peak() -> None:
    without = replace(WORKS, rss_peak_bytes=None)
    assert told(without, replace(without, overall_bytes=30_000_000)) == [
        ("peak memory 20.0 MB -> 30.0 MB (+50.0 %)", 1)
    ]


CRASH = "The process was ended by signal 11 (SIGSEGV)"


def test_a_side_that_always_fails_is_worse() -> None:
    broken = replace(WORKS, times_us=[None, None])
    assert told(WORKS, broken) == [(f"the candidate gives no figure: {CRASH}", 1)]
    assert told(broken, WORKS) == [(f"only the candidate gives a figure: {CRASH}", -1)]
    assert found(broken, broken) == []


def test_a_side_that_fails_sometimes_is_not_judged_by_it() -> None:
    assert found(WORKS, replace(WORKS, times_us=[None, 300.0, None, 301.0])) == []


@pytest.mark.parametrize("kind", ["lost", "conditions", "tool"])
def test_the_lab_is_no_regression(kind: str) -> None:
    broken = replace(WORKS, times_us=[None], failure=Failure(kind, "It is gone.", "", 3))
    assert found(WORKS, broken) == []


def test_a_failure_says_nothing_where_the_baseline_was_not_measured() -> None:
    assert found(replace(WORKS, times_us=[]), replace(WORKS, times_us=[None])) == []


@pytest.mark.parametrize(("kind", "worse"), [("model", True), ("refused", True), ("tool", False)])
def test_a_candidate_that_is_refused_alone(kind: str, *, worse: bool) -> None:
    run = comparison_run(unchanged())
    candidate = next(case for case in run.plan.cases if case.side is Side.CANDIDATE)
    refusal = Refusal(candidate.id, None, Failure(kind, "new.tflite is damaged.", "", 2))
    refused = replace(run, plan=replace(run.plan, refusals=(refusal,)), invocations=())
    texts = [one.text for one in exact(*sides(refused))]
    assert texts == ["the candidate gives no figure: new.tflite is damaged"] * worse


def test_profiles_tell_the_placement_where_latencies_do_not() -> None:
    quiet = duel([300.0] * 3, [300.0] * 3, applied=None, nodes_delegated=None, partitions=None)
    profiled = replace(
        quiet,
        baseline=replace(quiet.baseline, profiles=[[], []]),
        candidate=replace(quiet.candidate, profiles=[[], []]),
    )
    run = comparison_run(profiled)

    def placed(partitions: int) -> Placement:
        return Placement("xnnpack", "xnnpack", 10, 10, partitions, "node list")

    invocations = tuple(
        replace(
            one, reading=replace(one.reading, placement=placed(1 + one.case_id.endswith("date")))
        )
        if one.purpose is Purpose.PROFILE
        else one
        for one in run.invocations
    )
    (one,) = exact(*sides(replace(run, invocations=invocations)))
    assert one.text == "partitions 1 -> 2"
