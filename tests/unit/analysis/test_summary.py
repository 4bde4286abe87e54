from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Purpose, Reading, Run, Status

from ..reports.invented import invented_run, small_run


def test_the_reference_is_once_and_faster_is_more_than_one() -> None:
    summary = summarise(invented_run())
    for device in summary.devices:
        cases = [case for case in device.cases if case.speedup is not None]
        references = [case for case in cases if case.is_reference]
        assert references
        for case in references:
            assert case.speedup == pytest.approx(1.0)
        for case in cases:
            (own,) = [
                one
                for one in references
                if (one.case.variant.model, one.case.tool)
                == (case.case.variant.model, case.case.tool)
            ]
            assert case.latency is not None
            assert own.latency is not None
            assert case.speedup == pytest.approx(own.latency.value_us / case.latency.value_us)


def test_untrusted_cases_are_never_first() -> None:
    for device in summarise(invented_run()).devices:
        ranks = [case.status is not Status.OK for case in device.fastest_first()]
        assert ranks == sorted(ranks)


def with_status(run: Run, purpose: Purpose, status: Status) -> Run:
    return replace(
        run,
        invocations=tuple(
            replace(one, status=status) if one.purpose is purpose else one
            for one in run.invocations
        ),
    )


@pytest.mark.parametrize(
    ("purpose", "given", "latency", "profile"),
    [
        (Purpose.PROFILE, Status.SUSPECT, Status.OK, Status.SUSPECT),
        (Purpose.PROFILE, Status.FALLBACK, Status.FALLBACK, Status.FALLBACK),
        (Purpose.LATENCY, Status.SUSPECT, Status.SUSPECT, Status.OK),
        (Purpose.LATENCY, Status.FALLBACK, Status.FALLBACK, Status.OK),
    ],
)
def test_what_a_profile_says_of_itself_does_not_spoil_the_latency(
    purpose: Purpose, given: Status, latency: Status, profile: Status
) -> None:
    for case in summarise(with_status(small_run(), purpose, given)).devices[0].cases:
        if case.latency and case.profile_invocations:
            assert (case.status, case.profile_status) == (latency, profile)


def test_one_process_that_fell_back_is_what_the_case_tells() -> None:
    run = small_run()
    target = next(
        one
        for one in run.invocations
        if one.purpose is Purpose.LATENCY
        and one.reading.placement
        and one.reading.placement.applied == "xnnpack"
    )
    assert target.reading.placement is not None
    fallen = replace(target.reading.placement, applied="none", nodes_total=None)
    reading = replace(target.reading, placement=fallen)
    changed = replace(target, status=Status.FALLBACK, reading=reading)
    invocations = tuple(changed if one is target else one for one in run.invocations)
    (device,) = summarise(replace(run, invocations=invocations)).devices
    (case,) = [one for one in device.cases if one.case.id == target.case_id]
    assert case.status is Status.FALLBACK
    assert case.placement == fallen


def test_a_case_without_any_number_has_failed() -> None:
    run = small_run()
    empty = tuple(replace(one, reading=Reading()) for one in run.invocations)
    for case in summarise(replace(run, invocations=empty)).devices[0].cases:
        assert (case.status, case.latency, case.speedup) == (Status.FAILED, None, None)
