"""External delegates through the public API, with a real one that does as it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.records import ExternalOptions, Partition, Purpose, Reading, Status
from benchhub.records.delegates import Pairs
from benchhub.records.trust import status_of

from .litert_bench import MEASURE, Bench, altered, ids, reversed_in_the_middle

LIBRARY = Path(__file__).parents[2] / "rigs" / "unpacked" / "delegate" / "libtestdelegate.so"
needs_delegate = pytest.mark.rig("delegate")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def external(bench: Bench, *options: tuple[str, str], library: Path | str = LIBRARY) -> Reading:
    return bench(
        "smallconv_f32", delegate="external", options=ExternalOptions(str(library), options)
    )


@needs_delegate
def test_an_external_row(bench: Bench) -> None:
    reading = external(bench, ("take", "RESHAPE"))
    assert reading.failure is None
    assert reading.latency is not None
    assert reading.latency.n == MEASURE.num_runs
    placement = reading.placement
    assert placement is not None
    assert (placement.requested, placement.applied) == ("external", "external")
    assert (placement.nodes_delegated, placement.nodes_total, placement.partitions) == (1, 8, 1)
    # XNNPACK takes what is left on both sides of it.
    assert placement.pieces == (
        Partition("external", (6,)),
        Partition("xnnpack", (0, 1, 2, 3, 4, 5)),
        Partition("xnnpack", (7,)),
    )
    assert status_of(reading) is Status.PARTIAL
    assert bench.result is not None
    assert "TestDelegate: option take=RESHAPE" in bench.result.stderr


@needs_delegate
def test_the_time_of_the_delegate_is_measured(bench: Bench) -> None:
    quick = external(bench, ("take", "RESHAPE")).latency
    slow = external(bench, ("take", "RESHAPE"), ("sleep_us", "3000")).latency
    assert quick is not None
    assert slow is not None
    assert slow.value_us > quick.value_us + 3000


@needs_delegate
def test_a_delegate_that_takes_nothing(bench: Bench) -> None:
    reading = external(bench)
    placement = reading.placement
    assert placement is not None
    assert (placement.applied, placement.nodes_delegated, placement.partitions) == ("xnnpack", 0, 0)
    assert placement.pieces == (Partition("xnnpack", tuple(range(8))),)
    assert "delegate.none" in ids(reading)
    assert status_of(reading) is Status.FALLBACK


@needs_delegate
def test_several_kinds_of_nodes_side_by_side(bench: Bench) -> None:
    path = altered(bench.folder, "smallconv_f32", reversed_in_the_middle)
    options = ExternalOptions(str(LIBRARY), (("take", "RESHAPE"),))
    placement = bench(path, delegate="external", options=options).placement
    assert placement is not None
    assert [(piece.delegate, piece.nodes) for piece in placement.pieces] == [
        ("external", (7,)),
        ("xnnpack", (0, 1, 2, 3)),
        ("xnnpack", (5, 6)),
        ("xnnpack", (8,)),
    ]
    assert (placement.nodes_delegated, placement.nodes_total) == (1, 9)


@needs_delegate
def test_a_profile_has_no_op_times_and_says_so(bench: Bench) -> None:
    options = ExternalOptions(str(LIBRARY), (("take", "RESHAPE"),))
    reading = bench("smallconv_f32", delegate="external", options=options, purpose=Purpose.PROFILE)
    assert reading.failure is None
    assert reading.profile is None
    assert "litert.no_profile" in ids(reading)
    assert reading.placement is not None
    assert reading.placement.nodes_delegated == 1


@needs_delegate
@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ((("fail", "no such accelerator"),), "delegate", "refused: no such accelerator"),
        ((("prepare", "1"),), "delegate", "Restored original execution plan"),
        ((("crash", "create"),), "crash", "SIGABRT"),
        ((("crash", "prepare"),), "crash", "SIGABRT"),
        ((("crash", "invoke"), ("take", "RESHAPE")), "crash", "SIGABRT"),
    ],
)
def test_a_delegate_that_fails(bench: Bench, options: Pairs, kind: str, message: str) -> None:
    reading = external(bench, *options)
    assert reading.latency is None
    failure = reading.failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == (kind, 3)
    assert message in failure.message
    assert status_of(reading) is Status.FAILED


@pytest.mark.parametrize(
    ("library", "message", "advice"),
    [
        ("libedgetpu.so.1", "cannot be loaded: libedgetpu.so.1: cannot open shared", "Is it there"),
        ("libm.so.6", "is no external delegate of TFLite", "tflite_plugin_create_delegate"),
    ],
)
def test_a_library_that_is_no_delegate(
    bench: Bench, library: str, message: str, advice: str
) -> None:
    failure = external(bench, library=library).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("delegate", 3)
    assert message in failure.message
    assert advice in failure.advice
