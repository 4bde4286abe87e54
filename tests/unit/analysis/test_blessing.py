from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.blessing import SUITE, Blessing, bless, lines
from benchhub.analysis.choosing import Verdict
from benchhub.analysis.summary import summarise
from benchhub.errors import UsageError
from benchhub.records import Limits, Run, RunState

from .choices import EXAMPLES, FLOAT32, INT8, OFFERS, lost, run_of, unfinished

ROOM = Limits(max_latency_ms=0.2, max_size_mb=0.1, max_accuracy_drop=0.01)
TIGHT = Limits(max_latency_ms=0.01)
BOTH = ("host", "pi4")


def blessed(run: Run, limits: dict[str, Limits] | None = None) -> Blessing:
    return bless(summarise(run), limits)


def test_a_blessing_names_the_file_and_its_figures() -> None:
    run = run_of(*OFFERS, limits=ROOM)
    found = blessed(run)
    (model,) = found.models
    (device,) = model.devices
    pick = device.pick
    assert pick is not None
    assert (found.verdict, model.verdict, device.verdict) == (Verdict.BLESSED,) * 3
    assert (found.run_id, found.suite, found.limits_from) == (run.plan.run_id, "digits", SUITE)
    assert (pick.case, pick.sha256) == (INT8.case.id, INT8.case.variant.sha256)
    assert (pick.path, pick.size_bytes, pick.gzip_bytes) == (
        "models/digits_int8.tflite",
        26000,
        13000,
    )
    assert pick.low_us is not None
    assert pick.high_us is not None
    assert pick.low_us < pick.latency_us < pick.high_us
    assert (pick.processes, pick.metric, pick.accuracy) == (3, "top1", 0.9667)
    assert (pick.drop, pick.examples) == (pytest.approx(0.0053), EXAMPLES)
    assert list(lines(found)) == ["digits: BLESSED int8/xnnpack/t1 for host"]


def test_a_refusal_has_its_reasons() -> None:
    found = blessed(run_of(*OFFERS, limits=TIGHT))
    assert found.verdict is Verdict.REFUSED
    assert found.models[0].devices[0].pick is None
    (line,) = lines(found)
    assert line.startswith(
        "digits: REFUSED for host: Nothing meets the limits. The nearest is int8"
    )


def test_every_device_has_to_meet_the_limits() -> None:
    assert blessed(run_of(*OFFERS, limits=ROOM, devices=BOTH)).verdict is Verdict.BLESSED
    run = run_of(*OFFERS, limits=ROOM, devices=BOTH)
    slow = tuple(
        replace(
            one,
            reading=replace(
                one.reading,
                latency=one.reading.latency
                and replace(one.reading.latency, median_us=1000.0 + one.round),
            ),
        )
        if one.device == "pi4"
        else one
        for one in run.invocations
    )
    found = blessed(replace(run, invocations=slow))
    assert [one.verdict for one in found.models[0].devices] == [Verdict.BLESSED, Verdict.REFUSED]
    assert found.verdict is Verdict.REFUSED


@pytest.mark.parametrize("devices", [("pixel4",), ("host", "pixel4"), ("pixel*",)])
def test_a_device_that_was_not_measured_is_not_blessed(devices: tuple[str, ...]) -> None:
    found = blessed(run_of(*OFFERS, limits=replace(ROOM, devices=devices)))
    assert found.verdict is Verdict.UNTOLD
    assert f"digits: UNTOLD: No device of this run is called {devices[-1]}." in lines(found)


def test_a_model_without_a_case_is_not_blessed() -> None:
    found = blessed(run_of(*OFFERS, limits={"digits": ROOM, "letters": ROOM}))
    assert [one.verdict for one in found.models] == [Verdict.BLESSED, Verdict.UNTOLD]
    assert found.verdict is Verdict.UNTOLD
    assert found.models[1].reasons == ("host has no case of it.",)


def test_limits_for_some_devices_leave_the_others_alone() -> None:
    run = run_of(*OFFERS, limits=replace(ROOM, devices=("pi4",)), devices=BOTH)
    assert [one.device for one in blessed(run).models[0].devices] == ["pi4"]


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (
            unfinished(run_of(*OFFERS, limits=ROOM)),
            "it did not end: 1 of 12 invocations are left",
        ),
        (replace(run_of(*OFFERS, limits=ROOM), end=None), "it is unfinished"),
        (lost(run_of(*OFFERS, limits=ROOM, devices=BOTH), "pi4"), "pi4 was lost: the board does"),
    ],
)
def test_a_run_that_is_not_whole_is_never_blessed(run: Run, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        blessed(run)


def test_an_interrupted_run_with_all_its_steps_is_not_blessed_either() -> None:
    run = run_of(*OFFERS, limits=ROOM)
    assert run.end is not None
    with pytest.raises(UsageError, match="it is interrupted"):
        blessed(replace(run, end=replace(run.end, state=RunState.INTERRUPTED)))


def test_imported_figures_are_never_blessed() -> None:
    run = run_of(*OFFERS, limits=ROOM)
    with pytest.raises(UsageError, match="imported"):
        blessed(replace(run, plan=replace(run.plan, imported=("a.log",))))


def test_nothing_asked_for_is_nothing_to_bless() -> None:
    with pytest.raises(UsageError, match="nothing is asked for"):
        blessed(run_of(FLOAT32, INT8))
    with pytest.raises(UsageError, match="nothing is asked for"):
        blessed(run_of(FLOAT32, INT8, limits=ROOM), {})
