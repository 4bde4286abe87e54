"""From the document and the printed lines to what ran where: evidence, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from benchhub.records import CPU, Configuration, GpuOptions, Partition, Placement
from benchhub.tools.litert.child.nodes import pieces
from benchhub.tools.litert.document import Document, MalformedError
from benchhub.tools.litert.placement import placement_of

from .test_litert_lines import GPU, NO_PROPERTY, NPU

NOT_ALONE = {"fully_accelerated": False, "by_accelerator_alone": False}
ON_CPU = {"fully_accelerated": True, "by_accelerator_alone": False}
ALONE = {"fully_accelerated": True, "by_accelerator_alone": True}
PARTS = "{} operations will run on the GPU, and the remaining {} operations will run on the CPU.\n"
NONE_TAKEN = "No operations will run on the GPU, and all 9 operations will run on the CPU.\n"


def placed(delegate: str, placement: dict[str, Any], stderr: str = "", nodes: int = 9) -> Placement:
    document = Document({"nodes": nodes, "subgraph": 0, "placement": placement})
    return placement_of(document, Configuration("c", delegate, 1), stderr)


@pytest.mark.parametrize(
    ("placement", "stderr", "expected"),
    [
        (ALONE, "", ("gpu", 9, 1)),
        (NOT_ALONE, GPU, ("gpu", 4, None)),
        (NOT_ALONE, NONE_TAKEN, (CPU, 0, 0)),
        (ON_CPU, NONE_TAKEN, ("xnnpack", 0, 0)),
        (ON_CPU, "", ("xnnpack", 0, 0)),
        (NOT_ALONE, "", (None, None, None)),
        (NOT_ALONE, PARTS.format(2, 3), (None, None, None)),  # another graph
        (NOT_ALONE, PARTS.format(2, 3) + PARTS.format(8, 1), ("gpu", 8, None)),
        (NOT_ALONE, PARTS.format(2, 7) + PARTS.format(8, 1), (None, None, None)),
    ],
)
def test_gpu(placement: dict[str, Any], stderr: str, expected: tuple[Any, ...]) -> None:
    found = placed("gpu", placement, stderr)
    assert (found.applied, found.nodes_delegated, found.partitions) == expected
    assert found.nodes_total == 9
    assert found.source


def test_a_gpu_that_has_no_half_precision() -> None:
    line = "WARNING: CalculationsPrecision::F16 is not supported on this GPU(no fp16 support).\n"
    document = Document({"nodes": 9, "subgraph": 0, "placement": ALONE})
    asked = Configuration("c", "gpu", 1, options=GpuOptions(precision="fp16"))
    assert placement_of(document, asked, "").precision == "fp16"
    assert placement_of(document, asked, line).precision == "fp32"
    assert placed("gpu", ON_CPU, GPU, nodes=20).backend == ""


@pytest.mark.parametrize(
    ("placement", "stderr", "expected"),
    [
        (ALONE, "", ("npu", 9, 1)),
        (NOT_ALONE, NPU, ("npu", 8, 2)),
        (ON_CPU, NO_PROPERTY, ("xnnpack", 0, 0)),
        (NOT_ALONE, NO_PROPERTY, (CPU, 0, 0)),
        (NOT_ALONE, "", (None, None, None)),
        (NOT_ALONE, NPU.replace("Dispatch: using", "using"), (None, None, None)),
    ],
)
def test_npu(placement: dict[str, Any], stderr: str, expected: tuple[Any, ...]) -> None:
    found = placed("npu", placement, stderr)
    assert (found.applied, found.nodes_delegated, found.partitions) == expected
    assert found.nodes_total == 9


def test_an_operator_without_a_name() -> None:
    (refused,) = placed("npu", NOT_ALONE, NPU).unsupported
    assert refused.op == "operator 112"


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        ({"pieces": [[1, 2], [5]], "others": [[0], [3, 4]]}, ("external", 3, 2)),
        ({"pieces": [], "others": [[0, 1]]}, ("xnnpack", 0, 0)),
        ({"pieces": [], "others": []}, ("none", 0, 0)),
    ],
)
def test_external(placement: dict[str, Any], expected: tuple[Any, ...]) -> None:
    found = placed("external", placement)
    assert (found.applied, found.nodes_delegated, found.partitions) == expected
    assert len(found.pieces) == len(placement["pieces"]) + len(placement["others"])


@pytest.mark.parametrize("listed", [[[9]], [[-1]], [1], [["a"]], "x"])
def test_a_list_that_does_not_fit(listed: object) -> None:
    with pytest.raises(MalformedError):
        placed("external", {"pieces": listed, "others": []})


def test_xnnpack_alone_has_the_whole_graph() -> None:
    assert placed("xnnpack", ON_CPU, nodes=2).pieces == (Partition("xnnpack", (0, 1)),)


def node(index: int, op: str, inputs: list[int], outputs: list[int]) -> dict[str, Any]:
    return {"index": index, "op_name": op, "inputs": inputs, "outputs": outputs}


def test_the_nodes_between_the_tensors_of_a_delegate() -> None:
    """0 and 1 feed 2, and 1 feeds 3; -1 is an input that is left out."""
    nodes = [
        node(0, "CONV_2D", [10, -1], [11]),
        node(1, "RELU", [10], [12]),
        node(2, "ADD", [11, 12], [13]),
        node(3, "TANH", [12], [14]),
        node(4, "DELEGATE", [10], [13, 12]),
        node(5, "DELEGATE", [12], [14]),
        node(6, "MUL", [1], [2]),
    ]
    assert pieces(nodes, 4) == [[0, 1, 2], [3]]
    assert pieces(nodes[:4], 4) == []
