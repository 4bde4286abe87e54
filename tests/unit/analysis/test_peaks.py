from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchhub.analysis.peaks import peaks_of
from benchhub.analysis.summary import DeviceSummary, summarise
from benchhub.models.peak_models import PeakModel
from benchhub.records import (
    Case,
    Configuration,
    DeviceFacts,
    DeviceRecord,
    Invocation,
    Latency,
    ModelVariant,
    Placement,
    Purpose,
    Reading,
    Run,
    Status,
    Telemetry,
    ToolIdentity,
)

from ..reports.invented import make_plan

MIB = 1024 * 1024
MATMUL = PeakModel("matmul", "float32", "FULLY_CONNECTED", (100, 100, 100))
CONV = PeakModel("conv", "float32", "CONV_2D", (10, 10, 100, 1, 1))
SMALL = PeakModel("concat_1024k", "float32", "CONCATENATION", (256, 256), MIB)
LARGE = PeakModel("concat_4096k", "float32", "CONCATENATION", (1024, 256), 4 * MIB)
ADD = PeakModel("add_4096k", "float32", "ADD", (1365, 256), 4 * MIB)
MODELS = (MATMUL, CONV, SMALL, LARGE, ADD)
FACTS = DeviceFacts("Linux", "6.1", "x86_64", "A CPU", 2, None)
TOOL = ToolIdentity("litert", "litert", "2.3.0", "lib", "0")


def measured(
    model: PeakModel, *times_us: float, status: Status = Status.OK, applied: str = "none"
) -> Iterator[tuple[Case, Invocation]]:
    variant = ModelVariant(model.name, model.dtype, model.file, "", 1)
    case = Case(variant, Configuration("none", "none", 1))
    for number, us in enumerate(times_us, 1):
        latency = Latency(9, us, us, us, us, None, None, None, (), "test")
        placement = Placement("none", applied, None, None, None, "test")
        yield case, Invocation(
            number, "d", case.id, number, Purpose.LATENCY, status, "", 1.0, (), {}, 0,
            Reading(latency=latency, placement=placement), Telemetry(), Telemetry(), (),
        )  # fmt: skip


def a_device(*found: Iterator[tuple[Case, Invocation]]) -> DeviceSummary:
    pairs = [pair for one in found for pair in one]
    cases = tuple(dict.fromkeys(case for case, _ in pairs))
    plan = replace(make_plan(cases, ("d",)), reference=None)
    record = DeviceRecord("d", "host", FACTS, (TOOL,))
    run = Run(plan, (record,), tuple(invocation for _, invocation in pairs), None)
    return summarise(run).devices[0]


def test_the_best_model_and_the_fastest_process() -> None:
    device = a_device(measured(MATMUL, 30.0, 20.0, 25.0), measured(CONV, 100.0))
    peaks = peaks_of(device, MODELS, "01RUN", "2026-11-21T10:00:00+00:00")
    assert peaks is not None
    (peak,) = peaks.peaks
    # 10^6 MACs in 20 us.
    assert (peak.gmacs_per_s, peak.compute_by) == (pytest.approx(50.0), "matmul")
    assert (peak.gbytes_per_s, peak.copies) == (None, ())
    assert (peaks.device, peaks.run_id, peaks.tool) == ("d", "01RUN", "litert 2.3.0")
    assert peaks.cpu == "A CPU, 2 cores"


def test_copies_by_amount_and_memory_by_the_largest() -> None:
    device = a_device(
        measured(SMALL, SMALL.bytes / 80e3), measured(LARGE, LARGE.bytes / 20e3),
        measured(ADD, ADD.bytes / 25e3),
    )  # fmt: skip
    peaks = peaks_of(device, MODELS, "r", "now")
    assert peaks is not None
    (peak,) = peaks.peaks
    rates = [(one.bytes, round(one.gbytes_per_s, 6), one.by) for one in peak.copies]
    assert rates == [(SMALL.bytes, 80.0, "concat_1024k"), (ADD.bytes, 25.0, "add_4096k")]
    assert (peak.gbytes_per_s, peak.copy_by) == (pytest.approx(25.0), "add_4096k")
    assert peak.gmacs_per_s is None


@pytest.mark.parametrize("status", [Status.INVALID, Status.SUSPECT, Status.FALLBACK])
def test_what_cannot_be_trusted_does_not_count(status: Status) -> None:
    device = a_device(measured(MATMUL, 1.0, status=status), measured(CONV, 100.0))
    peaks = peaks_of(device, MODELS, "r", "now")
    assert peaks is not None
    assert peaks.peaks[0].compute_by == "conv"
    assert peaks_of(a_device(measured(MATMUL, 1.0, status=status)), MODELS, "r", "now") is None


def test_models_that_are_none_of_calibration_are_left_out() -> None:
    assert peaks_of(a_device(measured(MATMUL, 1.0)), (CONV,), "r", "now") is None


def test_a_device_that_was_not_reached() -> None:
    device = replace(a_device(measured(MATMUL, 1.0)), record=None)
    assert peaks_of(device, MODELS, "r", "now") is None
