from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis import op_matching
from benchhub.analysis.op_matching import Match, Operator, match_operators
from benchhub.records import NodeCost


def operator(order: int, op: str, name: str = "", us: float = 10.0, **fields: object) -> Operator:
    made = Operator(order, op, frozenset({op}), op, name, order, None, us, (us,))
    return replace(made, **fields)  # type: ignore[arg-type]


def graph(*ops: str | tuple[str, str]) -> list[Operator]:
    """Return operators in order, given by type, or by type and output tensor."""
    given = [one if isinstance(one, tuple) else (one, "") for one in ops]
    return [operator(order, op, name) for order, (op, name) in enumerate(given)]


def orders(matches: Sequence[Match]) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    return {
        (tuple(o.order for o in one.before), tuple(o.order for o in one.after)) for one in matches
    }


def matched(
    before: Sequence[Operator], after: Sequence[Operator]
) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    return orders(match_operators(before, after))


def one_to_one(n: int) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    return {((i,), (i,)) for i in range(n)}


OPERATORS = st.lists(
    st.tuples(
        st.sampled_from(["CONV_2D", "ADD", "RELU", "FULLY_CONNECTED"]),
        st.sampled_from(["", "a", "b", "c", "d", "e", "f"]),
        st.floats(0, 1e4),
        st.booleans(),
    ),
    max_size=12,
).map(
    lambda rows: [
        operator(order, op, name, us, partition=inside and op == "ADD")
        for order, (op, name, us, inside) in enumerate(rows)
    ]
)


@given(OPERATORS, OPERATORS)
def test_each_operator_is_in_exactly_one_match(
    before: list[Operator], after: list[Operator]
) -> None:
    matches = match_operators(before, after)
    for side, operators in (("before", before), ("after", after)):
        seen = Counter(one.order for match in matches for one in getattr(match, side))
        assert seen == Counter(one.order for one in operators)
    assert all(match.before or match.after for match in matches)
    assert all(len(match.before) <= 1 or len(match.after) <= 1 for match in matches)


@given(OPERATORS)
def test_a_graph_is_matched_with_itself(operators: list[Operator]) -> None:
    assert matched(operators, operators) == one_to_one(len(operators))


@given(OPERATORS, st.data())
def test_an_inserted_operator_is_the_only_one_that_is_new(
    operators: list[Operator], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(operators)))
    shifted = [
        replace(one, order=one.order + 1, node=one.order + 1) if one.order >= at else one
        for one in operators
    ]
    new = operator(at, "SOFTMAX", "extra_1")
    expected = {((one,), (one + (one >= at),)) for one in range(len(operators))} | {((), (at,))}
    assert matched(operators, [*shifted, new]) == expected


def test_names_decide_over_positions() -> None:
    before = graph(("CONV_2D", "a"), ("CONV_2D", "b"), ("CONV_2D", "c"))
    after = graph(("CONV_2D", "b"), ("CONV_2D", "a"), ("CONV_2D", "c"))
    assert matched(before, after) == {((0,), (1,)), ((1,), (0,)), ((2,), (2,))}


def test_a_name_that_several_have_decides_nothing() -> None:
    before = graph(("CONV_2D", "x"), ("CONV_2D", "x"))
    assert matched(before, before) == one_to_one(2)


def test_of_several_positions_the_work_decides_then_the_time() -> None:
    before = [operator(0, "CONV_2D", us=20), operator(1, "CONV_2D", us=40)]
    after = [
        operator(0, "CONV_2D", us=20),
        operator(1, "CONV_2D", us=33),
        operator(2, "CONV_2D", us=41),
    ]
    assert matched(before, after) == {((0,), (0,)), ((1,), (2,)), ((), (1,))}
    cost = NodeCost(1, "CONV_2D", "", 1000, 10, "float32")
    other = replace(cost, macs=5)
    before[1] = replace(before[1], cost=cost)
    after[1], after[2] = replace(after[1], cost=cost), replace(after[2], cost=other)
    assert matched(before, after) == {((0,), (0,)), ((1,), (1,)), ((), (2,))}


def test_fused_and_split() -> None:
    whole = graph(("ADD", "in"), ("CONV_2D", "x"), ("SOFTMAX", "out"))
    parts = graph(("ADD", "in"), ("CONV_2D", "x/conv"), ("RELU", "x"), ("SOFTMAX", "out"))
    assert matched(parts, whole) == {((0,), (0,)), ((1, 2), (1,)), ((3,), (2,))}
    assert matched(whole, parts) == {((0,), (0,)), ((1,), (1, 2)), ((2,), (3,))}


def test_many_that_become_one_of_another_type() -> None:
    parts = graph(("CONV_2D", "a"), ("ADD", "p"), ("RELU6", "q"), ("MUL", "y"), ("MEAN", "z"))
    whole = graph(("CONV_2D", "a"), ("HARD_SWISH", "y"), ("MEAN", "z"))
    assert matched(parts, whole) == {((0,), (0,)), ((1, 2, 3), (1,)), ((4,), (2,))}


def test_a_removed_activation_without_a_trace_is_removed() -> None:
    before = graph(("CONV_2D", "a"), ("RELU", "b"), ("MEAN", "c"))
    after = graph(("CONV_2D", "a"), ("MEAN", "c"))
    assert matched(before, after) == {((0,), (0,)), ((1,), ()), ((2,), (1,))}


def test_the_same_tensor_computed_by_another_type() -> None:
    before = graph(("CONV_2D", "a"), ("FULLY_CONNECTED", "b"))
    after = graph(("CONV_2D", "a"), ("CONV_2D", "b"))
    assert matched(before, after) == one_to_one(2)


def test_a_partition_is_no_node() -> None:
    """It has the name of its last output tensor, which is that of a node."""
    partition = operator(0, "TfLiteGpuDelegateV2", "out", executor="gpu", partition=True)
    nodes = graph(("CONV_2D", "a"), ("SOFTMAX", "out"))
    assert matched([partition], nodes) == {((0,), ()), ((), (0,)), ((), (1,))}
    assert matched(nodes, [partition]) == {((), (0,)), ((0,), ()), ((1,), ())}


def test_a_kernel_of_a_delegate_is_one_of_the_types_that_it_can_be() -> None:
    before = graph("CONV_2D", "ADD")
    kernels = frozenset({"CONV_2D", "FULLY_CONNECTED"})
    after = [
        operator(0, "Fully Connected", kinds=kernels, executor="xnnpack", node=None),
        operator(1, "Add", kinds=frozenset({"ADD"}), executor="xnnpack", node=None),
    ]
    assert matched(before, after) == one_to_one(2)


def test_long_sequences_without_names_are_aligned_by_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    types = ["CONV_2D", "ADD", "RELU", "CONV_2D", "MEAN", "SOFTMAX"] * 4
    after = [*types[:7], "TANH", *types[7:]]
    expected = {((i,), (i + (i >= 7),)) for i in range(len(types))} | {((), (7,))}
    assert matched(graph(*types), graph(*after)) == expected
    monkeypatch.setattr(op_matching, "_MOST_CELLS", 10)
    assert matched(graph(*types), graph(*after)) == expected


@given(st.lists(st.integers(0, 30), unique=True, max_size=12))
def test_the_longest_part_in_order(right: list[int]) -> None:
    found = op_matching._longest_in_order(list(enumerate(right)))
    assert all(one[1] < other[1] and one[0] < other[0] for one, other in pairwise(found))
    longest = [0] * len(right)
    for i, value in enumerate(right):
        longest[i] = 1 + max((longest[j] for j in range(i) if right[j] < value), default=0)
    assert len(found) == max(longest, default=0)
