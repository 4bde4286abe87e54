from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis.blame import blame
from benchhub.analysis.op_deltas import op_deltas, profiled_side
from benchhub.analysis.summary import CaseSummary, summarise
from benchhub.analysis.verdicts import Blame, Change, OpDelta
from benchhub.records import (
    Finding,
    GraphFacts,
    NodeCost,
    OpTime,
    Placement,
    Severity,
    Status,
    Unsupported,
)

from ..comparisons import Duel, Part, comparison_run, op_time

Profiles = Sequence[Sequence[OpTime]]


def sides(
    before: Profiles,
    after: Profiles,
    before_us: float = 300.0,
    after_us: float = 400.0,
    sha256: str = "",
) -> tuple[CaseSummary, CaseSummary]:
    """Return a case on both sides, measured in these times and with these profiles."""
    one = Part([before_us] * 2, profiles=before, sha256=sha256)
    other = Part([after_us] * 2, profiles=after, sha256=sha256)
    baseline, candidate = summarise(comparison_run(Duel(one, other))).devices[0].cases
    return baseline, candidate


def blamed(before: Profiles, after: Profiles, *us: float) -> Blame:
    found = blame(*sides(before, after, *us))
    assert found is not None
    return found


def conv(order: int, us: float, name: str = "", **fields: object) -> OpTime:
    return op_time(order, "CONV_2D", us, name=name or f"block_{order}", **fields)


def kernel(order: int, us: float, op: str = "Convolution") -> OpTime:
    """Return an operator of XNNPACK."""
    full = f"{op} (NHWC, F32) IGEMM"
    return op_time(order, op, us, kernel=full, name="", node=None, delegate="xnnpack")


def graph(*nodes: tuple[str, str]) -> GraphFacts:
    made = [NodeCost(i, op, name, 10, 10, "float32") for i, (op, name) in enumerate(nodes)]
    return GraphFacts(1, 1, 1, 10, tuple(made))


def twice(*ops: OpTime) -> list[list[OpTime]]:
    """Return two profiles, the second one a little slower."""
    return [list(ops), [replace(op, mean_us=op.mean_us * 1.01) for op in ops]]


def only(found: Blame) -> OpDelta:
    (one,) = found.ops
    return one


def test_nothing_is_blamed_without_profiles_of_both_sides() -> None:
    assert blame(*sides([], [[conv(0, 10)]])) is None
    assert blame(*sides([[conv(0, 10)]], [])) is None
    baseline, candidate = sides([[conv(0, 10)]], [[conv(0, 20)]])
    assert blame(baseline, replace(candidate, latency=None)) is None
    assert blame(baseline, candidate) is not None


def test_one_operator_is_slower() -> None:
    before = twice(conv(0, 100), conv(17, 2_000, "block_6_expand"))
    after = twice(conv(0, 101), conv(17, 4_886, "block_6_expand"))
    found = blamed(before, after, 3_000, 6_100)
    assert found.text == "+3.10 ms, of which +2.90 ms CONV_2D #17 (block_6_expand)"
    assert found.note == ""
    assert found.n == (2, 2)
    one = only(found)
    assert (one.change, one.op, one.name, one.node) == (
        Change.SLOWER, "CONV_2D", "block_6_expand", 17,
    )  # fmt: skip
    assert (one.before_us, one.after_us) == (pytest.approx(2010), pytest.approx(4910.43))
    assert (one.before_on, one.after_on, one.certain) == (None, None, True)
    assert one.text == "+2.90 ms CONV_2D #17 (block_6_expand)"


def test_one_operator_is_faster() -> None:
    found = blamed(twice(conv(0, 100), conv(1, 90)), twice(conv(0, 100), conv(1, 40)), 300, 250)
    assert (
        found.text
        == "\N{MINUS SIGN}0.0500 ms, of which \N{MINUS SIGN}0.0503 ms CONV_2D #1 (block_1)"
    )
    assert only(found).change is Change.FASTER


def test_an_inserted_operator_is_new_and_those_behind_it_are_the_same() -> None:
    before = twice(conv(0, 100), conv(1, 60, "b"), conv(2, 90, "c"))
    after = twice(conv(0, 100), conv(1, 99, "extra_1"), conv(2, 60, "b"), conv(3, 90, "c"))
    found = blamed(before, after)
    one = only(found)
    assert (one.change, one.name, one.node, one.before_us) == (Change.NEW, "extra_1", 1, None)
    assert one.certain
    assert found.text == "+0.100 ms, of which +0.0995 ms new CONV_2D #1 (extra_1)"


def test_a_removed_operator() -> None:
    before = twice(conv(0, 100), op_time(1, "SOFTMAX", 90))
    one = only(blamed(before, twice(conv(0, 100)), 300, 210))
    assert (one.change, one.after_us, one.text) == (
        Change.REMOVED, None, "\N{MINUS SIGN}0.0905 ms removed SOFTMAX #1 (block_1)",
    )  # fmt: skip


def test_fused_and_split() -> None:
    parts = twice(conv(0, 100, "x/before"), op_time(1, "RELU", 50, name="x"))
    whole = twice(conv(0, 105, "x"))
    one = only(blamed(parts, whole, 400, 355))
    assert one.change is Change.FUSED
    assert one.text.endswith("CONV_2D + RELU fused into CONV_2D #0 (x)")
    one = only(blamed(whole, parts, 355, 400))
    assert one.change is Change.FUSED
    assert one.text.endswith("CONV_2D #0 (x) split into CONV_2D + RELU")
    assert one.delta_us == pytest.approx(45.2, abs=0.1)


def test_what_moved_comes_first_and_is_called_by_its_node() -> None:
    """The graph says which nodes XNNPACK's operators are."""
    file = graph(("CONV_2D", "a"), ("LOGISTIC", "b"), ("CONV_2D", "c"))
    before = twice(kernel(0, 100), kernel(1, 10, "Sigmoid"), kernel(2, 90))
    outside = op_time(1, "LOGISTIC", 50, name="b")
    after = twice(kernel(0, 100), outside, kernel(2, 160))
    found = blame(*sides(before, after), graphs=(file, file))
    assert found is not None
    moved, slower = found.ops
    assert (moved.change, moved.before_on, moved.after_on) == (Change.MOVED, "xnnpack", None)
    assert moved.text == ("+0.0402 ms LOGISTIC #1 (b), on built-in kernels instead of XNNPACK")
    assert slower.text == "+0.0704 ms CONV_2D #2 (c)"
    assert slower.delta_us > moved.delta_us
    assert found.note == ""


def test_a_delegates_kernel_is_called_by_its_own_name() -> None:
    found = blamed(twice(kernel(0, 100), kernel(1, 50)), twice(kernel(0, 100), kernel(1, 149)))
    assert only(found).text == "+0.0995 ms Convolution (NHWC, F32) IGEMM of XNNPACK"
    assert only(found).node is None
    assert found.note == (
        "baseline: for 100 % of the time it cannot be told which node it is; "
        "candidate: for 100 % of the time it cannot be told which node it is"
    )


def test_many_that_moved_are_told_together() -> None:
    before = twice(*(kernel(i, 10) for i in range(5)))
    after = twice(*(conv(i, 30 + i) for i in range(5)))
    found = blamed(before, after, 60, 180)
    assert [one.change for one in found.ops] == [Change.MOVED] * 5
    assert found.text == (
        "+0.120 ms, of which +0.111 ms 5 operators on built-in kernels instead of XNNPACK "
        "(most: +0.0241 ms CONV_2D #4 (block_4))"
    )


def partition(order: int, us: float) -> OpTime:
    name = "TfLiteGpuDelegateV2"
    return op_time(order, name, us, name="out", node=None, delegate="gpu")


def test_what_fell_out_of_a_partition_is_not_new() -> None:
    """The same file: its nodes were there, inside the row of the partition."""
    before = twice(partition(0, 100))
    after = twice(partition(0, 80), op_time(7, "RELU6", 120, name="r"))
    case = sides(before, after, 100, 200, sha256="5" * 64)
    found = blame(*case)
    assert found is not None
    moved, faster = found.ops
    assert (moved.change, moved.before_us, moved.before_on) == (Change.MOVED, None, "gpu")
    assert moved.text.endswith("RELU6 #7 (r), on built-in kernels instead of GPU")
    assert faster.change is Change.FASTER
    assert faster.text.endswith("partition of GPU (out)")


def test_one_profile_of_a_side_is_not_certain() -> None:
    found = blamed([[conv(0, 100)]], twice(conv(0, 200)))
    assert not only(found).certain
    assert found.n == (1, 2)
    assert found.note == "one profile process of baseline: what it says is not certain"


def test_overlapping_profiles_are_not_certain() -> None:
    before = [[conv(0, 100), conv(1, 100)], [conv(0, 300), conv(1, 101)]]
    after = [[conv(0, 290), conv(1, 150)], [conv(0, 230), conv(1, 151)]]
    found = blamed(before, after)
    assert {one.node: one.certain for one in found.ops} == {0: False, 1: True}
    # Only what is certain is said to be the reason.
    assert found.text == "+0.100 ms, of which +0.0500 ms CONV_2D #1 (block_1)"


def test_one_disturbed_profile_of_three_does_not_count() -> None:
    before = [[conv(0, 100), conv(1, us)] for us in (50, 51, 900)]
    after = [[conv(0, 200), conv(1, us)] for us in (52, 53, 54)]
    found = blamed(before, after)
    assert only(found).node == 0
    assert found.profiled_us == pytest.approx(102)


def test_a_profile_that_says_otherwise_is_told() -> None:
    found = blamed(twice(conv(0, 100)), twice(conv(0, 80)))
    assert found.text == "+0.100 ms; no operator explains it"
    assert found.note == (
        "measured +0.100 ms, but the operators of the profiles differ by "
        "\N{MINUS SIGN}0.0201 ms: they do not explain it"
    )
    found = blamed(twice(conv(0, 100)), twice(conv(0, 120)))
    assert "they do not explain it" in found.note
    found = blamed(twice(conv(0, 100)), twice(conv(0, 299)))
    assert "they exaggerate it" in found.note
    assert found.text.startswith("+0.100 ms; in the profile +0.200 ms")


def test_a_change_of_all_operators_is_blamed_on_none() -> None:
    before = twice(*(conv(i, 20 + i / 10) for i in range(20)))
    after = twice(*(conv(i, 1.2 * (20 + i / 10)) for i in range(20)))
    found = blamed(before, after, 500, 590)
    assert found.text == (
        "+0.0900 ms, spread: 20 of 20 operators are slower, most +0.00440 ms CONV_2D #19 (block_19)"
    )


def test_suspect_profiles_are_told() -> None:
    baseline, candidate = sides(twice(conv(0, 100)), twice(conv(0, 200)))
    finding = Finding("check.sum", Severity.SILENT, "The sum is too large.", "", "")
    candidate = replace(candidate, profile_status=Status.SUSPECT, findings=(finding,))
    found = blame(baseline, candidate)
    assert found is not None
    assert found.note == "candidate: operator times are SUSPECT (The sum is too large)"


def test_disturbed_profiles_are_told() -> None:
    found = blamed(twice(conv(0, 700)), twice(conv(0, 800)), 300, 400)
    assert "baseline: operators took 2.3 times as long in the profile as an inference" in found.note
    assert "candidate: operators took 2.0 times" in found.note


def test_profiles_that_tell_different_operators_are_told() -> None:
    after = [[conv(0, 200)], [conv(0, 200), conv(1, 5)]]
    found = blamed(twice(conv(0, 100)), after)
    assert "candidate: its 2 processes do not all tell the same operators" in found.note


def test_bodies_of_loops_are_part_of_their_node() -> None:
    before = twice(op_time(0, "WHILE", 100), conv(0, 90, subgraph=1))
    after = twice(op_time(0, "WHILE", 200), conv(0, 190, subgraph=1))
    found = blamed(before, after)
    assert only(found).op == "WHILE"
    assert found.profiled_us == pytest.approx(100.5)


def placed(applied: str | None = "gpu", **fields: object) -> Placement:
    return replace(Placement("gpu", applied, 64, 66, 1, "test"), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (placed(), placed(), ()),
        (placed(), placed(None), ()),
        (placed(), placed("xnnpack"), ("XNNPACK ran it, before GPU",)),
        (placed(), placed("none"), ("built-in kernels ran it, before GPU",)),
        (placed(), placed(nodes_delegated=65, nodes_total=67), ()),
        (
            placed(),
            placed(nodes_delegated=60, partitions=3),
            ("GPU ran 60 of 66 nodes, before 64 of 66", "GPU ran in 3 partitions, before in 1"),
        ),
        (placed(), placed(nodes_delegated=None, partitions=None), ()),
        (placed(partitions=2), placed(), ("GPU ran in 1 partition, before in 2",)),
        (
            placed(),
            placed(unsupported=(Unsupported("CUMSUM", "no kernel"), Unsupported("ROLL"))),
            ("GPU did not take CUMSUM: no kernel", "GPU did not take ROLL"),
        ),
        (
            placed(backend="OpenCL", precision="fp16"),
            placed(backend="OpenGL", precision="fp32"),
            ("backend OpenGL, before OpenCL", "precision fp32, before fp16"),
        ),
        (placed(backend="OpenCL"), placed(), ()),
    ],
)
def test_changes_of_the_placement(
    before: Placement, after: Placement, said: tuple[str, ...]
) -> None:
    baseline, candidate = sides(twice(conv(0, 100)), twice(conv(0, 200)))
    found = blame(replace(baseline, placement=before), replace(candidate, placement=after))
    assert found is not None
    assert found.placement == said


OPS = st.lists(
    st.tuples(
        st.sampled_from(["CONV_2D", "ADD", "RELU"]),
        st.sampled_from(["a", "b", "c", "d", ""]),
        st.floats(0.1, 1e3),
        st.sampled_from([None, "xnnpack"]),
    ),
    min_size=1,
    max_size=8,
).map(
    lambda rows: [
        op_time(
            order,
            op,
            us,
            name="" if delegate else name,
            node=None if delegate else order,
            delegate=delegate,
        )
        for order, (op, name, us, delegate) in enumerate(rows)
    ]
)


@given(OPS, OPS)
def test_differences_add_up_to_that_of_the_profiles(
    before: list[OpTime], after: list[OpTime]
) -> None:
    baseline, candidate = sides(twice(*before), twice(*after))
    deltas = op_deltas(profiled_side(baseline, None), profiled_side(candidate, None))
    assert baseline.operators is not None
    assert candidate.operators is not None
    total = candidate.operators.total_us - baseline.operators.total_us
    assert sum(one.delta_us for one in deltas) == pytest.approx(total, abs=1e-6)
    found = blame(baseline, candidate)
    assert found is not None
    assert found.profiled_us == pytest.approx(total, abs=1e-6)
    assert set(found.ops) <= set(deltas)
    for one in deltas:
        assert one.delta_us == pytest.approx((one.after_us or 0) - (one.before_us or 0))


@given(OPS)
def test_identical_sides_blame_nothing(ops: list[OpTime]) -> None:
    found = blame(*sides(twice(*ops), twice(*ops), 300, 300))
    assert found is not None
    assert found.ops == ()
    assert found.text == "0 ms; no operator explains it"
    assert (found.profiled_us, found.placement) == (0.0, ())
