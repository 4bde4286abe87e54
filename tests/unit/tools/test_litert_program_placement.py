"""What ran where: a GPU or NPU that LiteRT was asked for is never taken for granted."""

from __future__ import annotations

import pytest

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    GpuOptions,
    ModelVariant,
    Placement,
    Purpose,
)
from benchhub.tools.benchmark_litert_model import reading
from benchhub.tools.tool import Artifacts
from tests.unit.tools.litert_program import Recording, ids, measure


def placement(recording: Recording, delegate: str) -> Placement:
    found = recording.read(delegate).placement
    assert found is not None
    assert found.requested == delegate
    return found


def counts(found: Placement) -> tuple[object, ...]:
    return found.applied, found.nodes_delegated, found.nodes_total, found.partitions


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def runtime_info(delegates: dict[str, tuple[int, ...]], total: int) -> bytes:
    """A ModelRuntimeDetails of one graph, as the .proto defines it."""
    taken = {node for nodes in delegates.values() for node in nodes}
    nodes = [field(1, node) + (field(9, 0) if node in taken else b"") for node in range(total)]
    for number, (name, own) in enumerate(delegates.items(), start=total):
        replaced = b"".join(varint(node) for node in own)
        details = field(1, name.encode()) + field(2, replaced)
        nodes.append(field(1, number) + field(8, details))
    graph = field(1, 0) + b"".join(field(3, node) for node in nodes)
    return field(1, b"m") + field(2, graph)


# --- by the runtime's description


def test_the_runtime_tells_every_node() -> None:
    found = placement(Recording("runtime_info"), "xnnpack")

    assert counts(found) == ("xnnpack", 65, 65, 1)
    assert found.source == "model runtime info"
    assert found.pieces[0].nodes == tuple(range(65))


@pytest.mark.parametrize("delegate", ["gpu", "npu"])
def test_an_accelerator_that_took_nothing_is_told_by_it(delegate: str) -> None:
    recording = Recording("runtime_info")
    found = placement(recording, delegate)

    assert counts(found) == ("xnnpack", 65, 65, 1)
    assert "litert.silent" not in ids(recording.read(delegate))


@pytest.mark.parametrize(
    ("requested", "name"),
    [("npu", "DispatchDelegate"), ("gpu", "TfLiteGpuDelegateV2"), ("gpu", "A name of its own")],
)
def test_a_part_on_an_accelerator_counts_its_own_nodes(requested: str, name: str) -> None:
    recording = Recording(requested)
    recording.stderr = recording.stderr.replace("name=CpuAccelerator", "name=AnotherAccelerator")
    recording.files["runtime_info.pb"] = runtime_info(
        {name: (0, 1, 2), "TfLiteXNNPackDelegate": (4, 5)}, 7
    )
    found = placement(recording, requested)

    assert counts(found) == (requested, 3, 7, 1)
    assert [(piece.delegate, piece.nodes) for piece in found.pieces] == [
        (requested, (0, 1, 2)),
        ("xnnpack", (4, 5)),
    ]


def test_a_description_that_contradicts_the_lines_is_told() -> None:
    recording = Recording("gpu")
    recording.files["runtime_info.pb"] = runtime_info({"TfLiteGpuDelegateV2": (0, 1)}, 2)

    assert "check.placement" in ids(recording.read())


def test_a_damaged_description_leaves_the_lines() -> None:
    recording = Recording("gpu")
    recording.files["runtime_info.pb"] = b"\x12\xff"
    reading = recording.read()

    assert "check.runtime_info" in ids(reading)
    assert reading.placement is not None
    assert reading.placement.applied == "cpu"


# --- by the lines


@pytest.mark.parametrize("delegate", ["gpu", "npu"])
def test_only_the_cpu_is_registered(delegate: str) -> None:
    found = placement(Recording(delegate), delegate)

    assert counts(found) == ("cpu", None, None, None)
    assert "CpuAccelerator" in found.source


def test_without_xnnpack_either_it_is_the_built_in_kernels() -> None:
    recording = Recording("gpu")
    recording.stderr = recording.stderr.replace("Created TensorFlow Lite XNNPACK", "")

    assert placement(recording, "gpu").applied == "none"


@pytest.mark.parametrize(
    ("delegate", "line"),
    [
        ("gpu", "GPU accelerator could not be loaded and registered."),
        ("gpu", "GPU accelerator could not be dynamically loaded and registered."),
        ("npu", "NPU accelerator could not be loaded and registered: kLiteRtStatusErrorX."),
        ("npu", "Dispatch library directory is not set."),
    ],
)
def test_an_accelerator_that_could_not_be_loaded(delegate: str, line: str) -> None:
    recording = Recording(delegate)
    recording.stderr = f"WARNING: [x_registry.cc:1] {line}\n" + recording.stderr.replace(
        "RegisterAccelerator", ""
    )
    found = placement(recording, delegate)

    assert found.applied == "cpu"
    assert line.startswith(found.source)


def test_an_accelerator_that_is_there_proves_nothing() -> None:
    recording = Recording("gpu")
    recording.stderr = (
        "INFO: [gpu_registry.cc:120] Dynamically loaded GPU accelerator(libX.so) registered.\n"
        + recording.stderr
    )
    reading = recording.read()

    assert reading.placement is not None
    assert reading.placement.applied is None
    assert "litert.silent" in ids(reading)


def test_the_runtimes_own_counts() -> None:
    """Android's builds print them; the second line counts the graph with the GPU's nodes."""
    recording = Recording("gpu")
    recording.stderr += (
        "VERBOSE: Replacing 60 out of 66 node(s) with delegate (GpuThing) node, yielding 5 "
        "partitions for subgraph 0 (main).\n"
        "VERBOSE: Replacing 5 out of 9 node(s) with delegate (TfLiteXNNPackDelegate) node, "
        "yielding 6 partitions for subgraph 0 (main).\n"
    )

    assert counts(placement(recording, "gpu")) == ("gpu", 60, 66, None)
    assert counts(placement(recording, "xnnpack"))[:3] == ("xnnpack", 5, 66)


def test_operators_that_the_gpu_lacks_are_listed() -> None:
    recording = Recording("gpu")
    recording.stderr += (
        "ERROR: Following operations are not supported by GPU delegate:\n"
        "REVERSE_SEQUENCE: Operation is not supported.\n"
        "64 operations will run on the GPU, and the remaining 2 operations will run on the CPU.\n"
    )
    (unsupported,) = placement(recording, "gpu").unsupported

    assert (unsupported.op, unsupported.reason) == (
        "REVERSE_SEQUENCE",
        "Operation is not supported.",
    )


@pytest.mark.parametrize(
    ("line", "backend"),
    [
        ("INFO: Initialized OpenCL-based API.", "OpenCL"),
        ("INFO: Selected adapter: llvmpipe, backend=Vulkan, adapterType=CPU", "WebGPU on Vulkan"),
    ],
)
def test_backend_and_precision_of_a_gpu_that_ran(line: str, backend: str) -> None:
    recording = Recording("gpu")
    info = runtime_info({"TfLiteGpuDelegateV2": (0, 1)}, 2)
    gpu = Case(
        ModelVariant("m", "v", "m.tflite", "0" * 64, 1),
        Configuration("gpu", "gpu", 1, options=GpuOptions(precision="fp32")),
        "benchmark_litert_model",
    )
    result = CommandResult((), 0, recording.stdout, f"{line}\n{recording.stderr}", 1.0)

    def read(files: dict[str, bytes]) -> Placement:
        found = reading.read(gpu, measure(), Purpose.LATENCY, Artifacts(result, files)).placement
        assert found is not None
        return found

    ran = read({"runtime_info.pb": info})
    assert (ran.applied, ran.backend, ran.precision) == ("gpu", backend, "fp32")
    fell_back = read({})
    assert (fell_back.applied, fell_back.backend, fell_back.precision) == ("cpu", "", "")
