"""MACs of nodes, against figures that are worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from benchhub.models.tflite.facts import graph_facts
from benchhub.models.tflite.graph import parse
from benchhub.models.tflite.macs import FORMULAS, WITHOUT, macs_of
from benchhub.models.tflite.names import OPERATORS
from benchhub.models.tflite.shapes import resolve

from .forge import GRAPHS, MOBILENETS, RECORDED, Forge, loaded


def _divisible(channels: float) -> int:
    """MobileNetV2's rule for the width multiplier: multiples of 8, at most 10 % lost."""
    whole = max(8, int(channels + 4) // 8 * 8)
    return whole + 8 if whole < 0.9 * channels else whole


def _mobilenet_v2(width: float, size: int, classes: int) -> int:
    """MACs by table 2 of the paper (https://arxiv.org/abs/1801.04381)."""
    size //= 2
    before = _divisible(32 * width)
    total = size * size * 9 * 3 * before
    for expansion, channels, times, stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for step in [stride] + [1] * (times - 1):
            hidden, after = before * expansion, _divisible(channels * width)
            total += size * size * before * hidden if expansion > 1 else 0
            size //= step
            total += size * size * hidden * (9 + after)
            before = after
    return total + size * size * before * 1280 + 1280 * classes


@pytest.mark.parametrize("path", MOBILENETS, ids=lambda path: str(path.stem))
def test_mobilenet_by_its_paper(path: Path) -> None:
    assert graph_facts(path).macs == _mobilenet_v2(0.35, 96, 100) == 10_782_128


@pytest.mark.parametrize("path", MOBILENETS, ids=lambda path: str(path.stem))
def test_mobilenet_by_the_schema_classes(path: Path) -> None:
    """A second reader, and loops instead of formulas: each output element, each filter element."""
    truth = loaded(path)
    graph = truth.subgraphs[0]
    codes = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    for node, known in zip(graph_facts(path).nodes, graph.operators, strict=True):
        op = codes[truth.operatorCodes[known.opcodeIndex].builtinCode]
        tensors = [graph.tensors[index] for index in (*known.inputs, *known.outputs) if index >= 0]
        expected = 0
        if op in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            products = {"CONV_2D": (1, 2, 3), "DEPTHWISE_CONV_2D": (1, 2), "FULLY_CONNECTED": (1,)}
            expected = 1
            for size in tensors[-1].shape:
                expected *= int(size)
            for dimension in products[op]:
                expected *= int(tensors[1].shape[dimension])
        assert (node.op, node.macs) == (op, expected)


# By hand, from the layers in tests/recorded/graphs/make.py.
BY_HAND = {
    # 7x6x3 with 3x3 to 5, then 14x12x5 with 4x4 to 4: each input element meets the whole filter.
    "transposed": 7 * 6 * 3 * (3 * 3 * 5) + 14 * 12 * 5 * (4 * 4 * 4),
    # 6x7x5x3 to 6x4x5x5 (3x2x2), to 5x3x4x4 (2x2x2).
    "volume": (6 * 4 * 5 * 5) * (3 * 2 * 2 * 3) + (5 * 3 * 4 * 4) * (2 * 2 * 2 * 5),
    # 3x3 dilated to 8, as four blocks of 7x6; in four groups 8 to 8, 11x10; depthwise 3x3 to 5x4,
    # then 8 to 10; 10 to 3.
    "dilated": (4 * 7 * 6 * 8) * (9 * 4)
    + (11 * 10 * 8) * (9 * 2)
    + (5 * 4 * 8) * 9
    + (5 * 4 * 10) * 8
    + 10 * 3,
    # Ten rows of 6 to 7; two rows of 35 to 3; 6 to 2. The file says one row of each.
    "rows": 10 * 6 * 7 + 2 * 35 * 3 + 6 * 2,
    # Four projections of 9 rows, 8 to 8; scores and their use for 2 heads of 4.
    "attention": 4 * (9 * 8 * 8) + 2 * (2 * 9 * 9 * 4),
    "adjoint": 4 * 5 * 3,
    "stretched": 2 * 3 * 5 * 4,
    # Causal convolution over 12 words of 8, 3 to 6.
    "words": 12 * 3 * 8 * 6,
    # Ten steps of four gates of 6 that see 3 and 6; then 6 to 2.
    "fused_lstm": 10 * 4 * (6 * 3 + 6 * 6) + 10 * 6 * 2,
    "plain": 31 * 33,
    "int4": 31 * 33,
    "dynamic4": 31 * 33,
    "float16": 30 * 40,
    "sparse": 64 * 32,
    "blocks": 0,
    "tiled": 0,
    "parted": 0,
    "resized": 0,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_converted_models_by_hand(name: str) -> None:
    facts = graph_facts(GRAPHS / f"{name}.tflite")
    assert facts.macs == BY_HAND[name]
    assert all(node.macs is not None and node.bytes is not None for node in facts.nodes)


@pytest.mark.parametrize("name", ["flex", "custom", "branch"])
def test_what_cannot_be_told_is_none(name: str) -> None:
    facts = graph_facts(GRAPHS / f"{name}.tflite")
    assert facts.macs is None
    assert any(node.macs is None for node in facts.nodes)
    assert any("is not known" in note for note in facts.notes)


def test_a_sum_without_a_part_says_so() -> None:
    forge = Forge()
    x, w = forge.tensor("x", (1, 4)), forge.tensor("w", (3, 4), content=bytes(48))
    y, z = forge.tensor("y", (1, 3)), forge.tensor("z", (1, 3))
    forge.node("FULLY_CONNECTED", (x, w, -1), (y,), "FullyConnectedOptions")
    forge.node("Mine", (y,), (z,))
    model = parse(forge.content())
    shapes = resolve(model.graphs[0])
    assert [macs_of(node, shapes) for node in model.graphs[0].nodes] == [12, None]


def _one(
    op: str, shapes: list[Any], output: tuple[int, ...], options: str = "", **more: Any
) -> Any:
    """Return the MACs of one node; an input of None is absent."""
    forge = Forge()
    inputs = [-1 if shape is None else forge.tensor("i", shape) for shape in shapes]
    forge.node(op, inputs, (forge.tensor("o", output),), options, **more)
    graph = parse(forge.content()).graphs[0]
    return macs_of(graph.nodes[0], resolve(graph))


def _lstm(*, cell: int, features: int, out: int, coupled: bool, peepholes: bool) -> list[Any]:
    """Weights of one LSTM cell: inputs 1 to 17 of its node."""
    gates = [None if coupled else (cell, features), *[(cell, features)] * 3]
    recurrent = [None if coupled else (cell, out), *[(cell, out)] * 3]
    peeps: list[Any] = [None] * 3
    if peepholes:
        peeps = [None if coupled else (cell,), (cell,), (cell,)]
    biases = [None if coupled else (cell,), *[(cell,)] * 3]
    projection = [(out, cell), (out,)] if out != cell else [None, None]
    return [*gates, *recurrent, *peeps, *biases, *projection]


@pytest.mark.parametrize("time", [1, 7])
@pytest.mark.parametrize("coupled", [False, True])
@pytest.mark.parametrize("peepholes", [False, True])
@pytest.mark.parametrize("out", [5, 3])
def test_lstm(time: int, out: int, *, coupled: bool, peepholes: bool) -> None:
    cell, features, batch = 5, 4, 2
    weights = _lstm(cell=cell, features=features, out=out, coupled=coupled, peepholes=peepholes)
    states = [(batch, out), (batch, cell)]
    gates = 3 if coupled else 4
    step = gates * cell * (features + out) + (cell * out if out != cell else 0)
    if peepholes:
        step += (gates - 1) * cell
    data = (batch, time, features)
    found = _one("UNIDIRECTIONAL_SEQUENCE_LSTM", [data, *weights, *states], (batch, time, out))
    assert found == batch * time * step
    assert _one("LSTM", [(batch, features), *weights, *states], (batch, out)) == batch * step


def test_basic_lstm_has_one_matrix() -> None:
    inputs = [(2, 3), (2, 5), (20, 8), (20,), (2, 5)]
    assert _one("LSTM", inputs, (2, 5), "LSTMOptions", kernelType=1) == 2 * 20 * 8


def test_bidirectional_lstm_has_two_cells_and_may_have_more_weights() -> None:
    cell = _lstm(cell=5, features=4, out=5, coupled=False, peepholes=False)
    states = [(2, 5)] * 4
    data: list[Any] = [(7, 2, 4), *cell, *cell, *states]
    step = 2 * 4 * 5 * (4 + 5)
    assert _one("BIDIRECTIONAL_SEQUENCE_LSTM", data, (7, 2, 10)) == 14 * step
    stacked = [*data, (7, 2, 6), *[(5, 6)] * 8]
    assert _one("BIDIRECTIONAL_SEQUENCE_LSTM", stacked, (7, 2, 10)) == 14 * (step + 8 * 5 * 6)


@pytest.mark.parametrize(
    ("op", "shapes", "output", "expected"),
    [
        ("RNN", [(2, 4), (5, 4), (5, 5), (5,), (2, 5)], (2, 5), 2 * (20 + 25)),
        (
            "UNIDIRECTIONAL_SEQUENCE_RNN",
            [(2, 7, 4), (5, 4), (5, 5), (5,), (2, 5)],
            (2, 7, 5),
            14 * (20 + 25),
        ),
        ("SVDF", [(2, 4), (6, 4), (6, 9), (3,), (2, 54)], (2, 3), 2 * (24 + 54)),
        (
            "CONV_3D_TRANSPOSE",
            [(5,), (2, 3, 4, 5, 6), (1, 7, 8, 9, 6)],
            (1, 8, 10, 12, 5),
            7 * 8 * 9 * 6 * (2 * 3 * 4 * 5),
        ),
        # Weights of another depth than the data, no weights at all, ranks that cannot be.
        ("FULLY_CONNECTED", [(1, 5), (3, 4), None], (1, 3), None),
        ("FULLY_CONNECTED", [(1, 5), (3, 0), None], (1, 3), None),
        ("CONV_2D", [(1, 5, 5, 3)], (1, 5, 5, 4), None),
        ("CONV_2D", [(1, 5, 5, 3), (4, 3), None], (1, 5, 5, 4), None),
        ("LSTM", [(2, 4), *[None] * 19], (2, 5), None),
        ("BATCH_MATMUL", [(4,), (4,)], (), None),
        # Products beyond any machine.
        ("FULLY_CONNECTED", [(1 << 30, 4), (1 << 30, 4), None], (1 << 30, 1 << 30), 1 << 62),
        ("FULLY_CONNECTED", [(1 << 30, 8), (1 << 30, 8), None], (1 << 30, 1 << 30), None),
        ("RFFT2D", [(4, 4), (2,)], (4, 3), None),
        ("SOFTMAX", [(4, 4)], (4, 4), 0),
    ],
)
def test_one_node(op: str, shapes: list[Any], output: Any, expected: int | None) -> None:
    assert _one(op, shapes, output) == expected


def test_every_name_in_the_tables_is_an_operator() -> None:
    assert set(FORMULAS) <= set(OPERATORS)
    assert set(OPERATORS) >= WITHOUT
    assert not WITHOUT & set(FORMULAS)


def _composite(calls: int) -> Forge:
    """A composite of a matrix product of batch 2, called with batch 1."""
    forge = Forge()
    main = forge.graph
    x, w = forge.tensor("x", (1, 4)), forge.tensor("w", (3, 4), content=bytes(48))
    y = forge.tensor("y", (1, 3))
    forge.node(
        "STABLEHLO_COMPOSITE",
        (x, w),
        (y,),
        "StableHLOCompositeOptions",
        decompositionSubgraphIndex=calls,
    )
    main.inputs, main.outputs = [x], [y]
    body = forge.another_graph()
    a, b, c = forge.tensor("a", (2, 4)), forge.tensor("b", (3, 4)), forge.tensor("c", (2, 3))
    forge.node("FULLY_CONNECTED", (a, b, -1), (c,), "FullyConnectedOptions")
    body.inputs, body.outputs = [a, b], [c]
    return forge


def test_a_composite_is_as_much_work_as_its_parts(tmp_path: Path) -> None:
    assert graph_facts(_composite(1).write(tmp_path / "m.tflite")).macs == 12


@pytest.mark.parametrize("calls", [0, 2, -1])
def test_a_composite_that_calls_itself_or_nothing(tmp_path: Path, calls: int) -> None:
    assert graph_facts(_composite(calls).write(tmp_path / "m.tflite")).macs is None


def test_lstm_in_a_loop_is_not_known() -> None:
    facts = graph_facts(RECORDED / "lstm.tflite")
    assert facts.macs is None
    assert facts.notes[-2:] == (
        "WHILE: what it runs, and how often, depends on the data.",
        "the work of 1 of 5 nodes is not known (WHILE).",
    )
