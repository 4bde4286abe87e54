from __future__ import annotations

from dataclasses import replace

from benchhub.analysis.summary import summarise
from benchhub.records import Status

from ..reports.lab import COLD_CASE, HOT_CASE, LOST, WARM_CASE, lab_run


def test_a_device_has_the_cases_of_its_tool() -> None:
    devices = summarise(lab_run()).devices
    assert [device.tools for device in devices] == [("litert",), *[("benchmark_model",)] * 3]
    assert [len(device.cases) for device in devices] == [8, 9, 9, 9]


def test_what_was_invalid_gives_no_figure_and_is_no_reference() -> None:
    pi4 = summarise(lab_run()).devices[1]
    cases = {one.case.id: one for one in pi4.cases}
    hot, cold, warm = cases[HOT_CASE], cases[COLD_CASE], cases[WARM_CASE]
    assert hot.status is cold.status is Status.INVALID
    assert hot.latency is cold.latency is None
    assert hot.init_us is hot.overall_bytes is hot.speedup is None
    assert (hot.invalid, hot.counted) == (5, ())
    assert warm.status is Status.OK
    assert warm.latency is not None
    assert (warm.latency.n, warm.planned, warm.invalid) == (3, 5, 2)
    assert [one.case.id for one in pi4.fastest_first()[-2:]] == [HOT_CASE, COLD_CASE]


def test_an_invalid_reference_is_nobodys_reference() -> None:
    run = lab_run()
    wanted = "mobilenet_v2/float32/none/t1@benchmark_model"
    spoilt = tuple(
        replace(one, status=Status.INVALID) if one.case_id == wanted else one
        for one in run.invocations
    )
    for device in summarise(replace(run, invocations=spoilt)).devices[1:]:
        assert not any(one.is_reference or one.speedup for one in device.cases)


def test_a_lost_device_knows_what_is_missing() -> None:
    devices = {one.name: one for one in summarise(lab_run()).devices}
    assert devices["pi4"].lost is None
    assert devices["pi4"].left == 0
    assert devices["pixel8"].lost == LOST
    assert (devices["pixel8"].done, devices["pixel8"].left) == (6, 39)
