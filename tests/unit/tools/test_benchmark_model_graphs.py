"""What the runtime's description of the graph and the rows of a profile tell of who ran it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.records import Configuration, ExternalOptions, Partition, Purpose, Status
from benchhub.records.trust import judged
from tests.unit.tools.phone_outputs import (
    CREATED,
    RUN,
    nowhere,
    partly,
    ran,
    read,
    told,
    wholly,
)
from tests.unit.tools.runtime_graphs import runtime_info

GPU_NODE, XNNPACK_NODE, OWN_NODE = (
    "TfLiteGpuDelegateV2",
    "TfLiteXNNPackDelegate",
    "EdgeTpuDelegateForCustomOp",
)
ALL = list(range(66))


@pytest.fixture(scope="module")
def graphs() -> dict[str, bytes]:
    """Descriptions of graphs: two delegates, an external one, a loop, one that took nothing."""
    names = ("two", "whole", "external", "loop", "cpu", "none")
    files = runtime_info(
        [(66, [(GPU_NODE, ALL[:40]), (GPU_NODE, ALL[42:64]), (XNNPACK_NODE, ALL[40:42])])],
        [(66, [(GPU_NODE, ALL)])],
        [(66, [(OWN_NODE, ALL[:60]), (XNNPACK_NODE, ALL[60:])])],
        [(7, [(GPU_NODE, [0, 1, 2])]), (9, [(GPU_NODE, list(range(9)))])],
        [(66, [(XNNPACK_NODE, ALL)])],
        [(66, [])],
    )
    return dict(zip(names, files, strict=True))


@pytest.mark.parametrize(
    ("delegate", "graph", "expected", "status"),
    [
        ("gpu", "two", ("gpu", 62, 66, 2), Status.PARTIAL),
        ("gpu", "whole", ("gpu", 66, 66, 1), Status.OK),
        ("gpu", "loop", ("gpu", 3, 7, 1), Status.PARTIAL),
        ("gpu", "cpu", ("xnnpack", 66, 66, 1), Status.FALLBACK),
        ("gpu", "none", ("none", 0, 66, 0), Status.FALLBACK),
        ("external", "external", ("external", 60, 66, 1), Status.PARTIAL),
        ("external", "whole", ("external", 66, 66, 1), Status.OK),
        ("external", "cpu", ("xnnpack", 66, 66, 1), Status.FALLBACK),
        ("xnnpack", "cpu", ("xnnpack", 66, 66, 1), Status.OK),
        ("none", "none", ("none", 0, 66, 0), Status.OK),
    ],
)
def test_the_runtimes_description_is_exact(
    delegate: str,
    graph: str,
    expected: tuple[object, ...],
    status: Status,
    graphs: dict[str, bytes],
) -> None:
    """Nothing but the timings in the text: what ran is told by the file alone."""
    reading, found = read(delegate, RUN, files={"runtime_info.pb": graphs[graph]})

    assert (ran(reading), found) == (expected, status)
    assert reading.findings == ()
    assert reading.placement is not None
    assert reading.placement.source == "model runtime info"


def test_the_pieces_of_two_delegates(graphs: dict[str, bytes]) -> None:
    what = read("gpu", RUN, files={"runtime_info.pb": graphs["two"]})[0].placement

    assert what is not None
    assert what.pieces == (
        Partition("gpu", tuple(ALL[:40])),
        Partition("gpu", tuple(ALL[42:64])),
        Partition("xnnpack", tuple(ALL[40:42])),
    )


def test_an_external_delegate_is_known_by_its_own_name(graphs: dict[str, bytes]) -> None:
    options = ExternalOptions(library="/usr/lib/libedgetpu.so.1", product="edgetpu")
    files = {"runtime_info.pb": graphs["external"]}
    what = read("external", RUN, files=files, options=options)[0].placement

    assert what is not None
    assert what.backend == OWN_NODE
    assert [piece.delegate for piece in what.pieces] == ["external", "xnnpack"]


@pytest.mark.parametrize(
    ("lines", "graph", "finding"),
    [
        ((wholly("GPU"),), "two", {"check.placement"}),
        ((wholly("GPU"),), "whole", set()),
        ((partly("GPU", 2),), "two", set()),
        ((partly("GPU", 2),), "cpu", {"check.placement"}),
        ((nowhere("GPU"),), "whole", {"check.placement"}),
        ((nowhere("GPU"),), "none", set()),
    ],
)
def test_lines_and_description_are_held_against_each_other(
    lines: tuple[str, ...], graph: str, finding: set[str], graphs: dict[str, bytes]
) -> None:
    files = {"runtime_info.pb": graphs[graph]}
    reading, _ = read("gpu", told("GPU delegate created.", *lines), files=files)

    assert {one.id for one in reading.findings if one.id.startswith("check.")} == finding


def test_xnnpack_that_was_not_asked_for_is_found(graphs: dict[str, bytes]) -> None:
    reading, status = read("none", RUN, CREATED, {"runtime_info.pb": graphs["cpu"]})

    assert (ran(reading), status) == (("xnnpack", 66, 66, 1), Status.FALLBACK)
    assert [one.id for one in reading.findings] == ["xnnpack.implicit"]
    reading, status = read("none", RUN, CREATED, {"runtime_info.pb": graphs["none"]})
    assert (ran(reading), status) == (("none", 0, 66, 0), Status.OK)


def test_what_the_cpu_was_is_told_by_the_description(graphs: dict[str, bytes]) -> None:
    stdout = told("GPU delegate created.", nowhere("GPU"))
    reading, status = read("gpu", stdout, CREATED, {"runtime_info.pb": graphs["cpu"]})

    assert (ran(reading), status) == (("xnnpack", 66, 66, 1), Status.FALLBACK)
    assert "check.placement" not in {one.id for one in reading.findings}


PROFILE = """\
Operator-wise Profiling Info for Regular Benchmark Runs:
============================== Run Order ==============================
node type, first, avg_ms, %, cdf%, mem KB, times called, name
{rows}

{count} nodes observed
"""


def profile(*rows: tuple[str, str]) -> bytes:
    text = "\n".join(f"{kind}, 0.004, 0.004, 1%, 1%, 0, 1, {name}" for kind, name in rows)
    return PROFILE.format(rows=text, count=len(rows)).encode()


GPU_ROW = (GPU_NODE, "[out]:66")
CONV_ROW, SOFTMAX_ROW = ("CONV_2D", "[a]:0"), ("SOFTMAX", "[b]:65")
INNER_ROW = ("Convolution (NHWC, F32) GEMM", "Delegate/Convolution (NHWC\t F32) GEMM:0")
INNER_GPU_ROW = ("conv_2d 3", "Delegate/conv_2d 3:0")


@pytest.mark.parametrize(
    ("stdout", "stderr", "rows", "applied", "status"),
    [
        (RUN, "", (GPU_ROW, SOFTMAX_ROW), "gpu", Status.OK),
        (RUN, "", (INNER_GPU_ROW, INNER_ROW), "gpu", Status.OK),
        (RUN, "", (CONV_ROW, SOFTMAX_ROW), "none", Status.FALLBACK),
        (RUN, CREATED, (INNER_ROW, SOFTMAX_ROW), "xnnpack", Status.FALLBACK),
        (told(nowhere("GPU")), CREATED, (INNER_ROW,), "xnnpack", Status.FALLBACK),
        (told(nowhere("GPU")), CREATED, (CONV_ROW,), "none", Status.FALLBACK),
        (told(wholly("GPU")), "", (CONV_ROW,), "gpu", Status.SUSPECT),
        (told(nowhere("GPU")), CREATED, (GPU_ROW,), "cpu", Status.FALLBACK),
    ],
)
def test_the_rows_of_a_profile_tell_who_ran_them(
    stdout: str, stderr: str, rows: tuple[tuple[str, str], ...], applied: str, status: Status
) -> None:
    files = {"op_profile.csv": profile(*rows)}
    reading, _ = read("gpu", stdout, stderr, files, purpose=Purpose.PROFILE)

    # Times are invented; who ran is what is asked here.
    reading = replace(
        reading, findings=tuple(one for one in reading.findings if one.id != "check.op_times")
    )
    assert (ran(reading)[0], judged(Configuration("gpu", "gpu", 1), reading)[1]) == (
        applied,
        status,
    )


def test_rows_of_an_external_delegate_are_its_own(graphs: dict[str, bytes]) -> None:
    files = {
        "op_profile.csv": profile((OWN_NODE, "[out]:66"), INNER_ROW),
        "runtime_info.pb": graphs["external"],
    }
    reading, _ = read("external", RUN, files=files, purpose=Purpose.PROFILE)

    assert reading.profile is not None
    assert [(op.delegate, op.node) for op in reading.profile.ops] == [
        ("external", None),
        ("xnnpack", None),
    ]
    assert "check.node_count" not in {one.id for one in reading.findings}
