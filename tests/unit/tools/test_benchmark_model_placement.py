"""What the printed lines tell of who ran the graph, on phones and boards that are not here."""

from __future__ import annotations

import pytest

from benchhub.records import GpuOptions, NnapiOptions, Severity, Status, Unsupported
from tests.unit.tools.phone_outputs import (
    CREATED,
    NO_HEXAGON,
    OPENCL,
    REASONS,
    RUN,
    nowhere,
    partly,
    ran,
    read,
    told,
    wholly,
)


@pytest.mark.parametrize(
    ("tail", "partitions"),
    [
        ("yielding 3 partitions.", 2),
        ("yielding 3 partitions for the whole graph.", 2),
        ("yielding 3 partitions for subgraph 0.", 2),
        ("yielding 3 partitions for subgraph 0 (main).", 2),
    ],
)
def test_a_gpu_that_runs_a_part(tail: str, partitions: int) -> None:
    stderr = (
        f"{REASONS}VERBOSE: Replacing 64 out of 66 node(s) with delegate (TfLiteGpuDelegateV2) "
        f"node, {tail}\n{OPENCL}{CREATED}"
        "VERBOSE: Replacing 2 out of 4 node(s) with delegate (TfLiteXNNPackDelegate) node, "
        "yielding 4 partitions for the whole graph.\n"
    )
    reading, status = read("gpu", told("GPU delegate created.", partly("GPU", 2)), stderr)

    assert status is Status.PARTIAL
    assert ran(reading) == ("gpu", 64, 66, partitions)
    assert reading.placement is not None
    assert reading.placement.backend == "OpenCL"
    assert reading.placement.precision == ""
    assert reading.placement.unsupported == (
        Unsupported("CUSTOM TFLite_Detection_PostProcess", "TFLite_Detection_PostProcess"),
        Unsupported("DEQUANTIZE", ""),
        Unsupported("REVERSE_SEQUENCE", "Operation is not supported."),
    )
    severities = {one.id: one.severity for one in reading.findings}
    assert severities["xnnpack.implicit"] is Severity.INFO
    assert severities["delegate.partial"] is Severity.SILENT


def test_the_delegates_own_count_is_enough() -> None:
    """Programs for Linux do not print the runtime's count."""
    reading, status = read("gpu", told("GPU delegate created.", partly("GPU", 2)), REASONS)

    assert (ran(reading), status) == (("gpu", 64, 66, 2), Status.PARTIAL)


def test_without_any_count_the_program_still_says_partially() -> None:
    reading, status = read("gpu", told("GPU delegate created.", partly("GPU", 2)))

    assert (ran(reading), status) == (("gpu", None, None, 2), Status.PARTIAL)


def test_a_gpu_that_runs_all() -> None:
    stderr = (
        "VERBOSE: Replacing 66 out of 66 node(s) with delegate (TfLiteGpuDelegateV2) node, "
        f"yielding 1 partitions for subgraph 0.\n{OPENCL}{CREATED}"
    )
    argv = ("benchmark_model", "--use_gpu=true", "--gpu_precision_loss_allowed=false")
    reading, status = read("gpu", told("GPU delegate created.", wholly("GPU")), stderr, argv=argv)

    assert (ran(reading), status) == (("gpu", 66, 66, 1), Status.OK)
    assert reading.placement is not None
    assert (reading.placement.backend, reading.placement.precision) == ("OpenCL", "fp32")


def test_a_gpu_that_takes_no_node() -> None:
    stderr = (
        "ERROR: Following operations are not supported by GPU delegate:\n"
        "CONV_2D: Expected 1 runtime input tensor(s), but node has 2 runtime input(s).\n"
        f"No operations will run on the GPU, and all 66 operations will run on the CPU.\n{CREATED}"
    )
    reading, status = read("gpu", told("GPU delegate created.", nowhere("GPU")), stderr)

    assert (ran(reading), status) == (("cpu", None, None, None), Status.FALLBACK)
    assert reading.placement is not None
    assert [one.op for one in reading.placement.unsupported] == ["CONV_2D"]


@pytest.mark.parametrize(
    ("options", "status", "severity"),
    [
        (None, Status.OK, Severity.NOISE),
        (GpuOptions(backend="cl"), Status.SUSPECT, Severity.SILENT),
    ],
)
def test_opengl_instead_of_opencl(
    options: GpuOptions | None, status: Status, severity: Severity
) -> None:
    stderr = (
        "INFO: Can not open OpenCL library on this device - dlopen failed: library not found\n"
        "INFO: Falling back to OpenGL\nINFO: Initialized OpenGL-based API.\n"
    )
    lines = told("GPU delegate created.", wholly("GPU"))
    reading, found = read("gpu", lines, stderr, options=options)

    assert found is status
    assert reading.placement is not None
    assert reading.placement.backend == "OpenGL"
    assert {one.id: one.severity for one in reading.findings}["gpu.opencl"] is severity


def test_a_gpu_from_a_cache_is_told() -> None:
    stderr = "INFO: Initialized OpenCL-based API from serialized data.\n"
    reading, status = read("gpu", told("GPU delegate created.", wholly("GPU")), stderr)

    assert status is Status.OK
    assert reading.placement is not None
    assert reading.placement.backend == "OpenCL"
    assert "gpu.serialized" in {one.id for one in reading.findings}


@pytest.mark.parametrize(
    ("listed", "options", "applied", "backend", "status"),
    [
        ("google-edgetpu,nnapi-reference", None, "nnapi", "", Status.OK),
        (
            "google-edgetpu,nnapi-reference",
            NnapiOptions(accelerator="google-edgetpu"),
            "nnapi",
            "google-edgetpu",
            Status.OK,
        ),
        ("nnapi-reference", None, "cpu", "nnapi-reference", Status.FALLBACK),
        (
            "nnapi-reference",
            NnapiOptions(accelerator="nnapi-reference"),
            "nnapi",
            "nnapi-reference",
            Status.OK,
        ),
    ],
)
def test_nnapi_and_what_it_offers(
    listed: str, options: NnapiOptions | None, applied: str, backend: str, status: Status
) -> None:
    stdout = told("NNAPI delegate created.", wholly("NNAPI"))
    stdout = f"INFO: NNAPI accelerators available: [{listed}]\n{stdout}"
    reading, found = read("nnapi", stdout, options=options)

    assert found is status
    assert reading.placement is not None
    assert (reading.placement.applied, reading.placement.backend) == (applied, backend)
    reference = {one.id for one in reading.findings} & {"nnapi.reference"}
    assert bool(reference) is (status is Status.FALLBACK)


def test_nnapi_that_takes_no_node() -> None:
    """The runtime counts nodes for a delegate that in the end runs none."""
    stdout = told("NNAPI delegate created.", nowhere("NNAPI"))
    stdout = f"INFO: NNAPI accelerators available: [google-edgetpu,nnapi-reference]\n{stdout}"
    reading, status = read("nnapi", stdout, CREATED)

    assert (ran(reading), status) == (("cpu", None, None, None), Status.FALLBACK)


@pytest.mark.parametrize(
    ("delegate", "name", "line", "nodes"),
    [
        (
            "hexagon",
            "Hexagon",
            "Hexagon delegate: 60 nodes delegated out of 66 nodes with 2 partitions.",
            (60, 66, 2),
        ),
        (
            "hexagon",
            "Hexagon",
            "Hexagon delegate: 60 nodes delegated out of 66 nodes.",
            (60, 66, 2),
        ),
        (
            "coreml",
            "COREML",
            "CoreML delegate: 60 nodes delegated out of 66 nodes, with 2 partitions.",
            (60, 66, 2),
        ),
        (
            "external",
            "EXTERNAL",
            "EthosuDelegate: 60 nodes delegated out of 66 nodes with 2 partitions.",
            (60, 66, 2),
        ),
        (
            "external",
            "EXTERNAL",
            "[Qnn Delegate] QNN delegate: 60 nodes delegated out of 66 nodes with 2 partitions.",
            (60, 66, 2),
        ),
    ],
)
def test_delegates_that_count_themselves(
    delegate: str, name: str, line: str, nodes: tuple[int, int, int]
) -> None:
    stdout = told(f"{name} delegate created.", partly(name, 2))
    reading, status = read(delegate, stdout, f"INFO: {line}\n")

    assert (ran(reading), status) == ((delegate, *nodes), Status.PARTIAL)
    assert reading.placement is not None
    assert reading.placement.source == line


@pytest.mark.parametrize(
    ("delegate", "stdout", "stderr", "finding"),
    [
        (
            "gpu",
            told("WARN: GPU acceleration is unsupported on this platform.").replace(
                "INFO: WARN", "WARN"
            ),
            CREATED,
            "gpu.platform",
        ),
        ("hexagon", told(), CREATED, "delegate.missing"),
        ("external", told(), "", "delegate.missing"),
        (
            "hexagon",
            told(),
            NO_HEXAGON + CREATED,
            "hexagon.create",
        ),
    ],
)
def test_a_delegate_that_was_not_made(
    delegate: str, stdout: str, stderr: str, finding: str
) -> None:
    reading, status = read(delegate, stdout, stderr)

    assert status is Status.FALLBACK
    assert ran(reading)[0] == ("cpu" if stderr else "none")
    assert finding in {one.id for one in reading.findings}


def test_built_in_kernels_are_told_from_the_cpu_at_large() -> None:
    reading, status = read("gpu", told(nowhere("GPU"), nowhere("XNNPACK")), CREATED)
    assert (ran(reading), status) == (("none", 0, None, 0), Status.FALLBACK)

    reading, status = read("gpu", told(nowhere("GPU"), wholly("XNNPACK")), CREATED)
    assert (ran(reading)[0], status) == ("xnnpack", Status.FALLBACK)


@pytest.mark.parametrize("delegate", ["gpu", "nnapi", "hexagon", "external", "coreml"])
def test_without_the_programs_lines_nothing_is_guessed(delegate: str) -> None:
    reading, status = read(delegate, RUN, CREATED)

    assert (ran(reading), status) == ((None, None, None, None), Status.SUSPECT)
    assert "placement.unknown" in {one.id for one in reading.findings}


def test_a_line_about_another_delegate_says_nothing_of_this_one() -> None:
    both = told("GPU delegate created.", partly("XNNPACK", 3), wholly("GPU"))
    reading, status = read("gpu", both)

    assert (ran(reading), status) == (("gpu", None, None, 1), Status.OK)
    found = {one.id: one for one in reading.findings}
    assert found["delegate.partial"].severity is Severity.INFO
    assert found["delegate.full"].evidence.startswith("Explicitly applied GPU")


def test_the_body_of_a_loop_is_not_the_graph() -> None:
    stderr = (
        "VERBOSE: Replacing 9 out of 9 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding "
        "1 partitions for subgraph 1 (body).\n"
        "VERBOSE: Replacing 5 out of 7 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding "
        "2 partitions for subgraph 0 (main).\n"
    )
    reading, status = read("gpu", told("GPU delegate created.", partly("GPU", 1)), stderr)

    assert (ran(reading), status) == (("gpu", 5, 7, 1), Status.PARTIAL)
