"""Examples through a model: several at a time where it allows, else one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchhub.models.child.job import JobError
from benchhub.models.child.network import Network, Slot

Values = NDArray[Any]
Shape = tuple[int, ...]

OPEN = -1
# Of all outputs of all examples together: they are kept until the last one is there.
MAX_OUTPUT_BYTES = 2 << 30
# How far the outputs of an example may be from those of the same example alone, in proportion to
# the largest value: kernels add in another order for another batch.
SAME = 1e-3

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """How examples lie in the inputs.

    Attributes:
        shapes: Of one example, by input; -1 is a dimension that the data decide.
        size: Examples of one inference.
        resized: Whether the inputs are resized for that many.
        batched: Whether the first dimension of the inputs counts examples.
    """

    shapes: Mapping[str, Shape]
    size: int
    resized: bool
    batched: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What a model makes of the examples.

    Attributes:
        outputs: Real values by name; the first dimension counts examples.
        notes: What to know of how they came about.
    """

    outputs: Mapping[str, Values]
    notes: tuple[str, ...]


def layout_of(slots: Sequence[Slot], given: Mapping[str, Sequence[int]], size: int) -> Layout:
    """Return how examples are put into the inputs of a model.

    Args:
        slots: The inputs.
        given: Shapes of a suite in place of those of the file, by input.
        size: Examples of one inference, where the model leaves that open.

    Raises:
        JobError: A given shape does not belong to the model.
    """
    names = [slot.name for slot in slots]
    if unknown := sorted(given.keys() - set(names)):
        raise JobError("model", f"there is no input '{unknown[0]}'; there are: {', '.join(names)}.")
    shapes = {slot.name: _shape(slot, given.get(slot.name)) for slot in slots}
    firsts = {shape[0] if shape else None for shape in shapes.values()}
    if None in firsts or len(firsts - {OPEN}) > 1:
        return Layout(shapes, 1, resized=False, batched=False)
    inner = {name: shape[1:] for name, shape in shapes.items()}
    fixed = firsts - {OPEN, None}
    if fixed:
        return Layout(inner, fixed.pop() or 1, resized=False, batched=True)
    return Layout(inner, size, resized=size > 1, batched=True)


def _shape(slot: Slot, given: Sequence[int] | None) -> Shape:
    if given is None:
        return slot.free
    if len(given) != len(slot.free):
        raise JobError(
            "model",
            f"input '{slot.name}' has {len(slot.free)} dimensions, and the suite gives it "
            f"{len(given)}: {list(given)}.",
        )
    # A batch that latency is measured with is no reason to judge with the same.
    return tuple(
        OPEN if place == 0 and free == OPEN else size
        for place, (free, size) in enumerate(zip(slot.free, given, strict=True))
    )


def results_of(
    opened: Callable[[], Network], layout: Layout, examples: Mapping[str, Values], tell: Tell
) -> Results:
    """Run all examples.

    Args:
        opened: Opens the model.
        layout: How examples lie in its inputs.
        examples: Real values by input; the first dimension counts examples.
        tell: Is told how many are done.

    Raises:
        JobError: The model cannot run them, or its outputs are too large or of changing shapes.
    """
    network = opened()
    n = len(next(iter(examples.values())))
    if layout.resized and n > 1:
        layout = replace(layout, size=min(layout.size, n))
        if trouble := _resizing_fails(opened(), opened(), layout, examples):
            alone = replace(layout, size=1, resized=False)
            results = _gathered(network, alone, examples, n, tell)
            return replace(results, notes=(*results.notes, f"run one at a time: {trouble}"))
    return _gathered(network, layout, examples, n, tell)


def _resizing_fails(
    many: Network, one: Network, layout: Layout, examples: Mapping[str, Values]
) -> str:
    """Say why several at a time do not give what one gives; empty if they do."""
    last = layout.size - 1
    try:
        together = many.run(part(layout, examples, 0, layout.size))
    except JobError as error:
        return f"with {layout.size} it fails ({error.message.rstrip('.')})"
    alone = one.run(part(replace(layout, size=1), examples, last, last + 1))
    for name, values in alone.items():
        if together[name].shape[:1] != (layout.size,):
            return f"its output '{name}' has no dimension that counts examples"
        if not _same(together[name][last : last + 1], values):
            return f"with {layout.size} an example's output '{name}' is another one"
    return ""


def _same(one: Values, other: Values) -> bool:
    if one.shape != other.shape:
        return False
    slack = SAME * float(np.abs(np.nan_to_num(other.astype(np.float64))).max(initial=0.0))
    return np.allclose(one, other, rtol=SAME, atol=slack, equal_nan=True)


def _gathered(
    network: Network, layout: Layout, examples: Mapping[str, Values], n: int, tell: Tell
) -> Results:
    parts: dict[str, list[Values]] = {slot.name: [] for slot in network.outputs}
    for start in range(0, n, layout.size):
        stop = min(start + layout.size, n)
        given = network.run(part(layout, examples, start, stop))
        if not start:
            _demand_room(given, layout.size, n)
        for name, values in given.items():
            fed = stop - start if layout.resized else layout.size
            parts[name] += _split(values, fed, stop - start)
        tell(f"{stop} of {n} examples")
    return _joined(parts, n)


def part(
    layout: Layout, examples: Mapping[str, Values], start: int, stop: int
) -> dict[str, Values]:
    """Return the inputs of one inference; what lacks to a fixed size repeats the last example.

    Args:
        layout: How examples lie in the inputs.
        examples: All of them, by input.
        start: First of those that go in.
        stop: One behind the last.
    """
    if not layout.batched:
        return {name: values[start] for name, values in examples.items()}
    lacking = 0 if layout.resized else layout.size - (stop - start)
    return {
        name: np.concatenate([values[start:stop], np.repeat(values[stop - 1 : stop], lacking, 0)])
        for name, values in examples.items()
    }


def _split(values: Values, fed: int, wanted: int) -> Iterator[Values]:
    """Yield the outputs of the examples of one inference, if it has a dimension that counts them.

    That of a single example gets one.
    """
    if values.shape[:1] == (fed,):
        yield values[:wanted]
    elif fed == 1:
        yield values[None]


def _joined(parts: Mapping[str, Sequence[Values]], n: int) -> Results:
    """Put the parts of each output together; leave out those that cannot be."""
    outputs, notes = {}, []
    for place, (name, found) in enumerate(parts.items()):
        whole = len({part.shape[1:] for part in found}) == 1 and sum(map(len, found)) == n
        if whole:
            outputs[name] = np.concatenate(found)
            continue
        why = (
            f"output '{name}' has another shape from example to example"
            if found
            else f"output '{name}' has no dimension that counts examples"
        )
        if place == 0:
            raise JobError("model", f"{why}, so it cannot be judged.")
        notes.append(f"{why}; it is left out")
    return Results(outputs, tuple(notes))


def _demand_room(given: Mapping[str, Values], size: int, n: int) -> None:
    total = sum(values.nbytes for values in given.values()) * n // size
    if total > MAX_OUTPUT_BYTES:
        raise JobError(
            "data",
            f"the outputs of {n} examples take {total / 1e9:.1f} GB; at most "
            f"{MAX_OUTPUT_BYTES / 1e9:.1f} GB are kept.",
            "Take fewer: `samples` in `accuracy`.",
        )
