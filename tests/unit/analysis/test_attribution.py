from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from benchhub.analysis.attribution import attribute
from benchhub.records import NodeCost, OpTime

from .recorded_profiles import NAMES, recorded_profile


def node(index: int, op: str) -> NodeCost:
    return NodeCost(index, op, f"t{index}", 1000, 100, "float32")


def inside(order: int, kernel: str) -> OpTime:
    name = kernel.split(" (", maxsplit=1)[0]
    return OpTime(order, name, kernel, "", None, 0, "xnnpack", 5.0, None, None, None, 1.0)


def outside(order: int, op: str, index: int) -> OpTime:
    return OpTime(order, op, op, "", index, 0, None, 5.0, None, None, None, 1.0)


CONV = "Convolution (NHWC, F32) IGEMM"
DEPTHWISE = "Convolution (NHWC, F32) DWConv"
PRODUCT = "Fully Connected (NC, F32) GEMM"


def told(ops: list[OpTime], nodes: list[NodeCost]) -> dict[int, int]:
    return {order: one.node for order, one in attribute(ops, nodes).items()}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_attributed_twice_or_out_of_order(name: str) -> None:
    profile = recorded_profile(name)
    found = attribute(profile.ops, profile.nodes)
    nodes = [found[order].node for order in sorted(found)]
    assert len(nodes) == len(set(nodes))
    for op in profile.ops:
        if op.node is not None and op.order in found:
            assert found[op.order].node == op.node
    if any(op.delegate and op.order in found for op in profile.ops):
        assert all(one < other for one, other in pairwise(nodes))


def test_every_node_of_a_simple_network_is_found() -> None:
    profile = recorded_profile("mobilenet_v2-float32-xnnpack")
    found = told(list(profile.ops), list(profile.nodes))
    # Row 63 is a reshape that XNNPACK adds; what follows is one further back in the graph.
    assert found == {**{order: order for order in range(63)}, 64: 63, 65: 64}


@pytest.mark.parametrize(
    "name", ["mobilenet_v2-int8-xnnpack-benchmark_model", "mobilenet_v2-float32-none"]
)
def test_rows_and_nodes_are_one_to_one(name: str) -> None:
    profile = recorded_profile(name)
    found = told(list(profile.ops), list(profile.nodes))
    assert found == {order: order for order in range(65)}


def test_a_depthwise_convolution_that_is_computed_as_a_grouped_one() -> None:
    profile = recorded_profile("odd-float32-xnnpack")
    found = attribute(profile.ops, profile.nodes)
    assert profile.ops[3].kernel == CONV
    assert (found[3].node, found[3].op) == (3, "DEPTHWISE_CONV_2D")
    untold = Counter(op.op for op in profile.ops if op.order not in found)
    assert untold == {"Static Reshape": 7, "Copy": 1}


def test_kinds_whose_counts_differ_are_not_told_and_the_others_are() -> None:
    profile = recorded_profile("mnv3-int8-xnnpack")
    found = attribute(profile.ops, profile.nodes)
    untold = Counter(op.op for op in profile.ops if op.order not in found)
    assert untold == {
        "Multiply": 18,
        "Add": 6,
        "Convert": 2,
        "Invalid Unary Op": 1,
        "Static Reshape": 1,
    }
    heavy = {one.node for one in profile.nodes if one.macs}
    assert heavy <= {one.node for one in found.values()}


def test_benchmark_model_tells_several_partitions_out_of_order() -> None:
    profile = recorded_profile("odd-float32-xnnpack-benchmark_model")
    found = attribute(profile.ops, profile.nodes)
    assert all(op.node is not None for op in profile.ops if op.order in found)
    assert {op.op for op in profile.ops if op.order in found} >= {"REVERSE_V2", "CUMSUM"}


def test_kth_row_is_kth_node_of_its_kind() -> None:
    nodes = [node(0, "CONV_2D"), node(1, "PAD"), node(2, "DEPTHWISE_CONV_2D"), node(3, "CONV_2D")]
    ops = [inside(0, PRODUCT), inside(1, DEPTHWISE), inside(2, CONV)]
    assert told(ops, nodes) == {0: 0, 1: 2, 2: 3}


def test_a_row_too_few_or_too_many_tells_nothing() -> None:
    nodes = [node(0, "CONV_2D"), node(1, "CONV_2D")]
    assert told([inside(0, CONV)], nodes) == {}
    assert told([inside(order, CONV) for order in range(3)], nodes) == {}


def test_as_many_rows_as_nodes_of_the_wrong_kind_tell_nothing() -> None:
    nodes = [node(0, "CONV_2D"), node(1, "DEPTHWISE_CONV_2D")]
    assert told([inside(0, DEPTHWISE), inside(1, CONV)], nodes) == {}
    sums = [inside(0, "Add (ND)"), inside(1, "Multiply (ND)")]
    assert told(sums, [node(0, "SUB"), node(1, "DIV")]) == {}


def test_kinds_that_contradict_the_order_of_the_heavy_ones_are_not_told() -> None:
    nodes = [node(0, "ADD"), node(1, "CONV_2D")]
    assert told([inside(0, CONV), inside(1, "Add (ND)")], nodes) == {0: 1}


def test_a_node_outside_is_none_of_the_delegates() -> None:
    nodes = [node(0, "CONV_2D"), node(1, "CONV_2D"), node(2, "FULLY_CONNECTED")]
    ops = [inside(0, CONV), outside(1, "CONV_2D", 1), inside(2, PRODUCT)]
    assert told(ops, nodes) == {0: 0, 1: 1, 2: 2}


def test_what_was_moved_before_a_node_outside_is_not_told() -> None:
    nodes = [node(0, "CONV_2D"), node(1, "REVERSE_V2"), node(2, "CONV_2D"), node(3, "CUMSUM")]
    ops = [
        inside(0, CONV),
        inside(1, CONV),  # that of another branch was moved here
        outside(2, "REVERSE_V2", 1),
        outside(3, "CUMSUM", 3),
    ]
    assert told(ops, nodes) == {2: 1, 3: 3}


def test_a_node_of_another_operator_is_not_believed() -> None:
    assert told([outside(0, "ADD", 0), outside(1, "MUL", 7)], [node(0, "CONV_2D")]) == {}


def test_other_delegates_and_other_graphs_are_left_alone() -> None:
    nodes = [node(0, "CONV_2D")]
    assert told([replace(inside(0, CONV), delegate="gpu")], nodes) == {}
    assert told([replace(inside(0, CONV), subgraph=1)], nodes) == {}
    assert told([inside(0, CONV), replace(outside(1, "ADD", 0), subgraph=1)], nodes) == {0: 0}
