"""Files that lie: an error of one line or a result, soon, and nothing that a terminal obeys."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchhub.errors import ModelError
from benchhub.models.tflite.contents import CONTENTS
from benchhub.models.tflite.graph import MAX_ELEMENTS, parse
from benchhub.models.tflite.inspection import inspect
from benchhub.models.tflite.macs import FORMULAS
from benchhub.models.tflite.shape_rules import RULES
from benchhub.models.tflite.shapes import resolve
from benchhub.models.tflite.work import node_costs
from benchhub.reports.inspection import render_inspection
from benchhub.reports.numbers import NO_BREAK_SPACE

from .forge import GRAPHS, RECORDED, Forge

SMALL = (RECORDED / "two_in.tflite").read_bytes()
VARIED = {
    name: (GRAPHS / f"{name}.tflite").read_bytes()
    for name in ("labelled", "parted", "rows", "dilated", "attention", "branch", "fused_lstm")
}
_MUTATED = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def survives(folder: Path, content: bytes) -> bool:
    """Inspect and show it; return whether it was accepted."""
    path = folder / "m.tflite"
    path.write_bytes(content)
    try:
        found = inspect(path)
    except ModelError as error:
        shown, accepted = str(error), False
    else:
        shown, accepted = render_inspection("m.tflite", found, 100, ops=True), True
        json.dumps(asdict(found))
    # Percentages have a space that does not break.
    lines = shown.replace(NO_BREAK_SPACE, " ").split("\n")
    assert all(line.isprintable() for line in lines)
    assert accepted or len(lines) == 1
    return accepted


def test_every_truncation(tmp_path: Path) -> None:
    accepted = [cut for cut in range(len(SMALL)) if survives(tmp_path, SMALL[:cut])]
    # What is missing then is the padding at the end.
    assert all(cut > len(SMALL) - 8 for cut in accepted)
    assert survives(tmp_path, SMALL)


@_MUTATED
@given(
    st.sampled_from(sorted(VARIED)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_changed_bytes(tmp_path: Path, name: str, changes: list[tuple[float, int]]) -> None:
    content = bytearray(VARIED[name])
    for where, value in changes:
        content[int(where * len(content))] = value
    survives(tmp_path, bytes(content))


@_MUTATED
@given(
    st.sampled_from(sorted(VARIED)),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([0, 1, 4, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF, 0x10000]),
)
def test_forged_numbers(tmp_path: Path, name: str, where: float, value: int) -> None:
    """Any four bytes may be a length, an offset, an index or a dimension."""
    content = bytearray(VARIED[name])
    place = int(where * (len(content) - 4)) // 4 * 4
    struct.pack_into("<I", content, place, value)
    survives(tmp_path, bytes(content))


@_MUTATED
@given(st.binary(max_size=400))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    survives(tmp_path, content)
    survives(tmp_path, content[:4] + b"TFL3" + content[4:])


_SIZES = st.integers(-3, 6) | st.sampled_from([0, 1, 0x7FFFFFFF, -0x80000000])
_SHAPES = st.lists(_SIZES, max_size=6)
_OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "CONV_3D": "Conv3DOptions",
    "CONCATENATION": "ConcatenationOptions",
    "GATHER": "GatherOptions",
    "PACK": "PackOptions",
    "UNPACK": "UnpackOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SUM": "ReducerOptions",
}


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_operators_that_make_no_sense(data: st.DataObject) -> None:
    """Any operator of any tensors: open, impossible, or constants with any content."""
    forge = Forge()
    for number in range(6):
        if data.draw(st.booleans()):
            content = data.draw(st.lists(_SIZES, max_size=8))
            forge.constant(data.draw(st.sampled_from([[len(content)], [], [0]])), content)
        else:
            forge.tensor(f"t{number}", data.draw(_SHAPES), signature=data.draw(_SHAPES))
            forge.graph.tensors[-1].hasRank = data.draw(st.booleans())
    places = st.lists(st.integers(-1, 5), max_size=5)
    for _ in range(4):
        op = data.draw(st.sampled_from(sorted({*RULES, *CONTENTS, *FORMULAS})))
        options = data.draw(st.sampled_from([_OPTIONS.get(op, ""), ""]))
        node = forge.node(op, data.draw(places), data.draw(places), options)
        for name, value in list(vars(node.builtinOptions).items()) if options else ():
            drawn = data.draw(st.integers(-2, 3))
            setattr(node.builtinOptions, name, drawn > 0 if isinstance(value, bool) else drawn)
    forge.graph.inputs = data.draw(st.lists(st.integers(0, 5), max_size=2))
    model = parse(forge.content())
    for cost in node_costs(model, 0):
        assert cost.macs is None or 0 <= cost.macs <= MAX_ELEMENTS
        assert cost.bytes is None or cost.bytes >= 0
    for shape in resolve(model.graphs[0]):
        assert shape is None or all(size >= 0 for size in shape)


def test_names_that_a_terminal_would_obey(tmp_path: Path) -> None:
    forge = Forge()
    evil = "\x1b[2J\x1b]0;owned\x07\r\n\x00\u202egnp\x9b31m\u2028"
    x, y = forge.tensor(f"x{evil}", (2,)), forge.tensor(f"y{evil}", (2,))
    forge.node(f"Mine{evil}", (x,), (y,))
    forge.graph.inputs, forge.graph.outputs = [x], [y]
    forge.graph.name = evil.encode()
    forge.model.description = evil.encode()
    forge.metadata(f"min_runtime_version{evil}", evil.encode())
    forge.metadata("min_runtime_version", b"\xff\xfe" + evil.encode())
    assert survives(tmp_path, forge.content())
    found = inspect(tmp_path / "m.tflite")
    assert found.facts.custom[0].startswith("Mine\N{REPLACEMENT CHARACTER}[2J")
    assert evil not in json.dumps(asdict(found), ensure_ascii=False)


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    forge = Forge()
    x = forge.tensor("x", (2,))
    forge.graph.tensors[x].name = b"caf\xe9 \xc3\x28"
    forge.graph.inputs = [x]
    assert survives(tmp_path, forge.content())
    (signature,) = inspect(tmp_path / "m.tflite").signatures
    assert signature.inputs[0].name == "caf\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}("


def test_shapes_beyond_any_machine(tmp_path: Path) -> None:
    forge = Forge()
    x = forge.tensor("x", (0x7FFFFFFF,) * 32)
    w = forge.tensor("w", (0x7FFFFFFF, 0x7FFFFFFF), content=b"1234")
    y = forge.tensor("y", (0x7FFFFFFF,) * 32)
    forge.node("FULLY_CONNECTED", (x, w, -1), (y,), "FullyConnectedOptions")
    forge.node("TILE", (x, forge.constant((2,), (-5, 0x7FFFFFFF))), (y,))
    assert survives(tmp_path, forge.content())
    facts = inspect(tmp_path / "m.tflite").facts
    assert [(node.macs, node.bytes) for node in facts.nodes] == [(None, None), (0, None)]


def test_shapes_that_grow_from_node_to_node(tmp_path: Path) -> None:
    """Each would double the dimensions, or the digits of one, of a tensor of open shape."""
    forge = Forge()
    x = forge.tensor("x", (2,) * 4)
    n = forge.tensor("n", (2,))
    for _ in range(200):
        y, m = forge.tensor("y", ()), forge.tensor("m", ())
        for index in (y, m):
            forge.graph.tensors[index].hasRank = False
        forge.node("GATHER", (x, x), (y,), "GatherOptions")
        forge.node("TILE", (n, forge.constant((1,), (0x7FFFFFFF,))), (m,))
        x, n = y, m
    assert survives(tmp_path, forge.content())
    nodes = inspect(tmp_path / "m.tflite").nodes
    assert [nodes[0].output, nodes[2].output] == [(2,) * 7, (2,) * 13]
    assert {node.output for node in nodes[20:]} == {None}


def test_a_window_that_is_missing(tmp_path: Path) -> None:
    forge = Forge()
    x = forge.tensor("x", (1, 4, 4, 2), signature=(-1, 4, 4, 2))
    y = forge.tensor("y", (1, 4, 4, 2), signature=(-1, 4, 4, 2))
    forge.node("MAX_POOL_2D", (x,), (y,))
    forge.graph.inputs = [x]
    assert survives(tmp_path, forge.content())


def _calling(depth: int, width: int) -> Forge:
    """Each graph calls the next one several times."""
    forge = Forge()
    for number in range(depth):
        graph = forge.graph
        x, y = forge.tensor("x", (1, number + 1)), forge.tensor("y", (1, 1))
        graph.inputs, graph.outputs = [x], [y]
        for _ in range(width):
            callee = (number + 1) % depth
            forge.node(
                "STABLEHLO_COMPOSITE",
                (x,),
                (y,),
                "StableHLOCompositeOptions",
                decompositionSubgraphIndex=callee,
            )
        if number + 1 < depth:
            forge.another_graph()
    return forge


@pytest.mark.parametrize(("depth", "width"), [(2, 1), (20, 4), (300, 1)])
def test_graphs_that_call_each_other(tmp_path: Path, depth: int, width: int) -> None:
    assert survives(tmp_path, _calling(depth, width).content())
    assert inspect(tmp_path / "m.tflite").facts.macs is None


# A vector of as many offsets as fit, all to one table: each is read, none has to be stored.
def _shared(entries: int) -> bytes:
    forge = Forge()
    forge.tensor("x", (1,))
    content = bytearray(forge.content())
    # The vector of tensors has one offset; it gets another place with very many.
    (root,) = struct.unpack_from("<I", content, 0)
    graphs = _vector(content, root, 2)
    graph = graphs + 4 + struct.unpack_from("<I", content, graphs + 4)[0]
    field = _field(content, graph, 0)
    tensors = field + struct.unpack_from("<I", content, field)[0]
    table = tensors + 4 + struct.unpack_from("<I", content, tensors + 4)[0]
    while len(content) % 4:
        content.append(0)
    start = len(content)
    struct.pack_into("<I", content, field, start - field)
    content += struct.pack("<I", entries)
    # Offsets go forward only, modulo 2**32 in some readers; here the table is copied behind.
    end = start + 4 + 4 * entries
    moved = content[:start]
    for place in range(start + 4, end, 4):
        content += struct.pack("<I", end + table - place)
    return bytes(content + moved)


def _field(content: bytes | bytearray, table: int, index: int) -> int:
    vtable = table - int(struct.unpack_from("<i", content, table)[0])
    return table + int(struct.unpack_from("<H", content, vtable + 4 + 2 * index)[0])


def _vector(content: bytes | bytearray, table: int, index: int) -> int:
    field = _field(content, table, index)
    return field + int(struct.unpack_from("<I", content, field)[0])


def test_many_entries_that_share_one_table_end_in_bounds(tmp_path: Path) -> None:
    """A megabyte that stands for a gigabyte: in its own process, with one gigabyte of memory."""
    path = tmp_path / "m.tflite"
    path.write_bytes(_shared(250_000))
    assert inspect_small(tmp_path, _shared(3)) == 3
    code = (
        "import resource, sys; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
        "from benchhub.errors import ModelError\n"
        "from benchhub.models.tflite.inspection import inspect\n"
        "try:\n    inspect(Path(sys.argv[1]))\n"
        "except ModelError as error:\n    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "more than 4000000 elements" in ended.stdout


def inspect_small(folder: Path, content: bytes) -> int:
    path = folder / "small.tflite"
    path.write_bytes(content)
    return len(parse(content).graphs[0].tensors)


def test_random_bytes_of_some_size(tmp_path: Path) -> None:
    content = bytearray(np.random.default_rng(4).bytes(200_000))
    content[4:8] = b"TFL3"
    for offset in (8, 16, 1000):
        struct.pack_into("<I", content, 0, offset)
        survives(tmp_path, bytes(content))


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Opening it would wait for somebody to write."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ModelError, match="is no file"):
            inspect(path)
