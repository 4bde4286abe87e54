"""What a .tflite file says of itself, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from benchhub.models.tflite.extras import Labels
from benchhub.models.tflite.facts import shape_text
from benchhub.models.tflite.graph import Quantisation
from benchhub.models.tflite.inspection import (
    Inspection,
    NodeFacts,
    SignatureFacts,
    TensorFacts,
    intensity,
)
from benchhub.models.tflite.metadata import ModelCard, TensorCard
from benchhub.reports.numbers import MISSING, number, percent
from benchhub.reports.tables import columns

# Custom operators in TFLite's own list of operators (tensorflow/lite/kernels/register.cc).
BROUGHT = frozenset({"AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess"})
_MACS = ((1e6, "MMACs"), (1e3, "kMACs"))
_BYTES = ((1e6, "MB"), (1e3, "kB"))
_LEFT_OF_NODES = frozenset({1, 2, 3, 4})
_SHORTEST_NAME = 16
# Inputs and outputs that are listed of a signature, and signatures of a file.
_MOST_TENSORS = 200
_MOST_SIGNATURES = 20
_LONGEST_LINE = 110
_INDENT = "  "


def render_inspection(name: str, found: Inspection, width: int, *, ops: bool = False) -> str:
    """Return all that is known of a file.

    Args:
        name: What to call the file.
        found: What it says.
        width: Columns of the terminal.
        ops: Whether each operator is listed.
    """
    sections = [_head(name, found, width)]
    sections += [list(_signature(one)) for one in found.signatures[:_MOST_SIGNATURES]]
    if len(found.signatures) > _MOST_SIGNATURES:
        sections.append([f"and {len(found.signatures) - _MOST_SIGNATURES} more signatures"])
    sections.append(_operators(found))
    if ops:
        sections.append(_nodes(found.nodes, width))
    sections.append(_weights(found))
    sections.append(list(_metadata(found, width)))
    return "\n\n".join("\n".join(section) for section in sections if section)


def _head(name: str, found: Inspection, width: int) -> list[str]:
    facts = found.facts
    nodes = len(facts.nodes)
    divisor, unit = _unit(_BYTES, [facts.size_bytes])
    size, packed = number(facts.size_bytes / divisor), number(facts.gzip_bytes / divisor)
    parts = [
        name,
        f"{size} {unit}, {packed} {unit} as gzip",
        f"{scaled(facts.parameters)} parameters",
        f"{scaled(facts.macs)} MACs" if facts.macs is not None else "MACs not known",
        f"{nodes} operator{'s' * (nodes != 1)}",
    ]
    lines = [" · ".join(parts)]
    notes = [*_runtime(found), *facts.notes, *found.troubles]
    if len(found.graphs) > 1:
        notes.append(
            f"the file has {len(found.graphs)} graphs; the figures are those of graph {found.main}."
        )
    return lines + [line for note in notes for line in _wrapped(note, width)]


def scaled(count: int | None) -> str:
    """Write a count with three digits and a prefix: `517 k`, `10.8 M`, `3.48 G`."""
    if count is None:
        return MISSING
    for limit, prefix in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if count >= limit:
            return f"{number(count / (limit if prefix != 'k' else 1000))} {prefix}"
    return str(count)


def _runtime(found: Inspection) -> Iterator[str]:
    """Say which operators not every runtime has."""
    facts = found.facts
    if facts.flex:
        yield (
            f"needs TensorFlow's Flex delegate for {', '.join(facts.flex)}: LiteRT alone cannot "
            "run it."
        )
    own = [name for name in facts.custom if name not in BROUGHT]
    if own:
        yield f"has custom operators, which the runtime has to bring: {', '.join(own)}."
    brought = [name for name in facts.custom if name in BROUGHT]
    if brought:
        yield f"has custom operators that TFLite brings: {', '.join(brought)}."


def _signature(signature: SignatureFacts) -> Iterator[str]:
    yield f"signature {signature.key}" if signature.key else "no signature; names of tensors"
    rows = [
        (kind, tensor.name, shape_text(tensor.signature), tensor.dtype, _quantised(tensor))
        for kind, tensors in (("input", signature.inputs), ("output", signature.outputs))
        for tensor in tensors
    ]
    if rows:
        yield from _indented(columns(("",) * 5, rows[:_MOST_TENSORS], frozenset(range(5)))[1:])
    if len(rows) > _MOST_TENSORS:
        yield f"{_INDENT}and {len(rows) - _MOST_TENSORS} more"


def _quantised(tensor: TensorFacts) -> str:
    return quantisation_text(tensor.quantisation) if tensor.quantisation else ""


def exact(value: float | None) -> str:
    """Write a number that people copy into their code, as exactly as a float32 holds it."""
    return MISSING if value is None else f"{value:.7g}"


def quantisation_text(quantisation: Quantisation) -> str:
    """Write a quantisation: `scale 0.00390625, zero point -128`."""
    if quantisation.scheme == "per tensor":
        return f"scale {exact(quantisation.scale)}, zero point {quantisation.zero_point}"
    if quantisation.scheme == "per channel":
        return f"{quantisation.scales} scales along dimension {quantisation.axis}"
    if quantisation.scheme == "blockwise":
        return f"a scale for each {quantisation.block} elements"
    return "a quantisation of its own kind"


def _operators(found: Inspection) -> list[str]:
    total = found.facts.macs
    macs, macs_unit = _unit(_MACS, [one.macs for one in found.operators])
    size, size_unit = _unit(_BYTES, [one.bytes for one in found.operators])
    rows = [
        (
            one.op,
            str(one.count),
            number(_per(one.macs, macs)),
            percent(one.macs / total) if one.macs is not None and total else MISSING,
            number(_per(one.bytes, size)),
            number(_per(one.macs, one.bytes)),
        )
        for one in found.operators
    ]
    head = ("operator", "nodes", macs_unit, "share", size_unit, "MACs/byte")
    return ["operators", *_indented(columns(head, rows, frozenset({0})))] if rows else []


def _unit(units: Sequence[tuple[float, str]], numbers: Iterable[int | None]) -> tuple[float, str]:
    """Return the unit in which the largest number has a digit before the point, else the last."""
    largest = max((one for one in numbers if one is not None), default=0)
    return next((unit for unit in units if largest >= unit[0]), units[-1])


def _per(count: int | None, divisor: float | None) -> float | None:
    return None if count is None or not divisor else count / divisor


def _nodes(nodes: Sequence[NodeFacts], width: int) -> list[str]:
    macs, macs_unit = _unit(_MACS, [node.cost.macs for node in nodes])
    size, size_unit = _unit(_BYTES, [node.cost.bytes for node in nodes])
    head = ("node", "operator", "output", "shape", "type", macs_unit, size_unit, "MACs/byte")
    rows = [
        (
            str(node.cost.node),
            node.cost.op,
            node.cost.name,
            MISSING if node.output is None else shape_text(node.output),
            node.output_dtype or MISSING,
            number(_per(node.cost.macs, macs)),
            number(_per(node.cost.bytes, size)),
            number(intensity(node.cost)),
        )
        for node in nodes
    ]
    others = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head)) if i != 2]
    room = max(_SHORTEST_NAME, width - sum(others) - 2 * len(others) - len(_INDENT))
    short = [(*row[:2], _ending(row[2], room), *row[3:]) for row in rows]
    return ["nodes", *_indented(columns(head, short, _LEFT_OF_NODES))] if rows else []


def _ending(text: str, room: int) -> str:
    """Names of tensors differ at their end."""
    return text if len(text) <= room else "…" + text[len(text) - room + 1 :]


def _weights(found: Inspection) -> list[str]:
    size, unit = _unit(_BYTES, [kind.bytes for kind in found.weights])
    head = ("type", "quantisation", "tensors", "elements", unit)
    rows = [
        (
            kind.dtype,
            ", ".join(filter(None, (kind.scheme, "sparse" if kind.sparse else ""))),
            str(kind.tensors),
            scaled(kind.elements),
            number(_per(kind.bytes, size)),
        )
        for kind in found.weights
    ]
    return ["constants", *_indented(columns(head, rows, frozenset({0, 1})))] if rows else []


def _metadata(found: Inspection, width: int) -> Iterator[str]:
    entries = [
        f"{one.name} {one.text}" if one.text else f"{one.name} ({one.bytes} bytes)"
        for one in found.metadata
    ]
    rows = [
        *(_card(found.card) if found.card else ()),
        *(("labels", _labelled(one)) for one in found.labels),
        ("appended", ", ".join(f"{one.name} ({one.size} bytes)" for one in found.archived)),
        ("converted", _converted(found)),
        ("entries", ", ".join(entries)),
    ]
    told = [(head, text) for head, text in rows if text]
    if told:
        yield "metadata"
        yield from _listed(told, width)


def _card(card: ModelCard) -> Iterator[tuple[str, str]]:
    yield "name", card.name
    yield "description", card.description
    yield "version", card.version
    yield "author", card.author
    yield "licence", card.licence
    for kind, tensors in (("input", card.inputs), ("output", card.outputs)):
        for tensor in tensors:
            yield kind, _tensor_card(tensor)
    yield "files", ", ".join(f"{file.name} ({file.kind})" for file in card.files)
    yield "parser", card.min_parser_version and f"{card.min_parser_version} or newer"


def _tensor_card(card: TensorCard) -> str:
    normal = card.normalisation
    parts = [
        card.name,
        card.description,
        card.content,
        f"mean {_values(normal.mean)}, std {_values(normal.std)}" if normal else "",
        _range(card),
        *(f"{file.kind}: {file.name}" for file in card.files),
    ]
    return "; ".join(part for part in parts if part)


def _range(card: TensorCard) -> str:
    if not card.minimum or not card.maximum:
        return ""
    return f"{_values(card.minimum)} to {_values(card.maximum)}"


def _values(values: Sequence[float | None]) -> str:
    texts = [exact(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else "/".join(texts)


def _labelled(labels: Labels) -> str:
    count = "too many to count" if labels.count is None else str(labels.count)
    more = ", ..." if labels.count is None or labels.count > len(labels.first) else ""
    return f"{labels.file}: {count}, {', '.join(labels.first)}{more}"


def _converted(found: Inspection) -> str:
    conversion = found.conversion
    if conversion is None:
        return found.description
    by = f"by TensorFlow {conversion.tensorflow}" if conversion.tensorflow else ""
    of = f"from {conversion.source}" if conversion.source else ""
    modes = ", ".join(conversion.modes)
    return " ".join(part for part in (by, of) if part) + (f": {modes}" if modes else "")


def _listed(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    rows = list(rows)
    room = max(len(head) for head, _ in rows) + 2
    for head, text in rows:
        first = f"{_INDENT}{head.ljust(room)}"
        yield from _wrapped(text, width, first, " " * len(first))


def _wrapped(text: str, width: int, first: str = _INDENT, rest: str = "    ") -> list[str]:
    return textwrap.wrap(
        text,
        min(width, _LONGEST_LINE),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"{_INDENT}{line}".rstrip() for line in lines]
