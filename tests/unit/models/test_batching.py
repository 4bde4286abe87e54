"""Examples through real models: what is run together, what alone, what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchhub.models.child import batching
from benchhub.models.child.batching import Layout, Results, layout_of, results_of
from benchhub.models.child.job import JobError
from benchhub.models.child.network import Network

from ...judged_models import (
    CLASSES,
    doubling_model,
    parted_model,
    remembering_model,
    reshaping_model,
    searching_model,
    summing_model,
)
from ...mixed_model import mixed_model, scalar_model

EXAMPLES = np.arange(1, 5 * CLASSES + 1, dtype=np.float32).reshape(5, CLASSES)


def shut(text: str) -> None:
    del text


def layout(path: Path, size: int = 1, given: dict[str, list[int]] | None = None) -> Layout:
    return layout_of(Network(str(path), None).inputs, given or {}, size)


def ran(path: Path, size: int, **examples: np.ndarray) -> tuple[Results, list[tuple[int, ...]]]:
    """Return the results, and the shape of the first input at each run."""
    shapes: list[tuple[int, ...]] = []

    class Watched(Network):
        def run(self, values: Mapping[str, Any]) -> dict[str, Any]:
            shapes.append(next(iter(values.values())).shape)
            return super().run(values)

    return results_of(lambda: Watched(str(path), None), layout(path, size), examples, shut), shapes


def test_an_open_batch_is_resized(tmp_path: Path) -> None:
    path = doubling_model(tmp_path / "m.tflite")
    results, shapes = ran(path, 3, x=EXAMPLES)
    assert (results.outputs["y"] == 2 * EXAMPLES).all()
    assert results.notes == ()
    # The third alone first, to see that three at a time give the same.
    assert shapes == [(3, 6), (1, 6), (3, 6), (2, 6)]


def test_a_fixed_batch_is_filled_up(tmp_path: Path) -> None:
    path = doubling_model(tmp_path / "m.tflite", batch=4)
    assert layout(path, 3) == Layout({"x": (6,)}, 4, resized=False, batched=True)
    results, shapes = ran(path, 3, x=EXAMPLES)
    assert (results.outputs["y"] == 2 * EXAMPLES).all()
    assert shapes == [(4, 6), (4, 6)]


def test_one_at_a_time(tmp_path: Path) -> None:
    path = doubling_model(tmp_path / "m.tflite", batch=1)
    results, shapes = ran(path, 32, x=EXAMPLES)
    assert (results.outputs["y"] == 2 * EXAMPLES).all()
    assert shapes == [(1, 6)] * 5


def test_integers_go_in_and_out_as_real_values(tmp_path: Path) -> None:
    path = doubling_model(tmp_path / "m.tflite", scale=0.25)
    results, _ = ran(path, 3, x=EXAMPLES)
    assert results.outputs["y"].dtype == np.float32
    assert (results.outputs["y"] == 2 * EXAMPLES).all()


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (summing_model, "run one at a time: with 3 an example's output 'y' is another one"),
        (reshaping_model, "run one at a time: with 3 it fails"),
    ],
)
def test_a_batch_that_gives_something_else(
    tmp_path: Path, make: Callable[[Path], Path], note: str
) -> None:
    results, shapes = ran(make(tmp_path / "m.tflite"), 3, x=EXAMPLES)
    assert (results.outputs["y"] == EXAMPLES).all()
    assert [one[: len(note)] for one in results.notes] == [note]
    assert shapes[-5:] == [(1, 6)] * 5


def test_what_a_model_remembers_is_forgotten_between_examples(tmp_path: Path) -> None:
    steps = np.float32([1, 2, 3]).reshape(3, 1, 1)
    results, _ = ran(remembering_model(tmp_path / "m.tflite"), 32, x=steps)
    assert results.outputs["y"].reshape(-1).tolist() == [1, 2, 3]


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    b = EXAMPLES[:, ::-1]
    results, shapes = ran(parted_model(tmp_path / "m.tflite"), 3, a=EXAMPLES, b=b)
    assert (results.outputs["y"] == EXAMPLES - b).all()
    assert results.outputs["most"].tolist() == (EXAMPLES - b).max(axis=1).tolist()
    assert results.notes == (
        "run one at a time: its output 'most' has no dimension that counts examples",
    )
    assert shapes[-5:] == [(1, 6)] * 5
    assert list(results.outputs) == ["y", "most"]  # in the order of the graph


def test_an_output_that_belongs_to_no_example_is_left_out(tmp_path: Path) -> None:
    results, _ = ran(parted_model(tmp_path / "m.tflite", batch=2), 1, a=EXAMPLES, b=EXAMPLES)
    assert list(results.outputs) == ["y"]
    assert results.notes == ("output 'most' has no dimension that counts examples; it is left out",)


def test_an_output_of_changing_shape_cannot_be_judged(tmp_path: Path) -> None:
    path = searching_model(tmp_path / "m.tflite")
    with pytest.raises(JobError, match="'y' has another shape from example to example"):
        ran(path, 1, x=np.tril(EXAMPLES))


def test_inputs_without_a_common_first_dimension_are_whole_examples(tmp_path: Path) -> None:
    found = layout(mixed_model(tmp_path / "m.tflite"), 8)
    assert (found.size, found.batched) == (1, False)
    assert found.shapes["x"] == (2, 3)
    results, _ = ran(scalar_model(tmp_path / "s.tflite"), 8, s=np.float32([1, 2, 3]))
    assert results.outputs["t"].tolist() == [2, 4, 6]


def test_shapes_of_the_suite(tmp_path: Path, recorded: Path) -> None:
    path = doubling_model(tmp_path / "m.tflite")
    # The batch that latency is measured with is not the one to judge with.
    assert layout(path, 3, {"x": [8, 6]}) == Layout({"x": (6,)}, 3, resized=True, batched=True)
    lstm = recorded / "models" / "lstm.tflite"
    name = Network(str(lstm), None).inputs[0].name
    assert layout(lstm).shapes == {name: (-1, 8)}
    assert layout(lstm, 1, {name: [1, 5, 8]}).shapes == {name: (5, 8)}
    with pytest.raises(JobError, match="there is no input 'z'; there are: x"):
        layout(path, 1, {"z": [1, 6]})
    with pytest.raises(JobError, match="'x' has 2 dimensions, and the suite gives it 3"):
        layout(path, 1, {"x": [1, 6, 1]})


def test_too_many_outputs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = doubling_model(tmp_path / "m.tflite")
    size = EXAMPLES.nbytes
    monkeypatch.setattr(batching, "MAX_OUTPUT_BYTES", size)
    assert len(ran(path, 3, x=EXAMPLES)[0].outputs["y"]) == 5
    monkeypatch.setattr(batching, "MAX_OUTPUT_BYTES", size - 1)
    with pytest.raises(JobError, match="the outputs of 5 examples take 0.0 GB"):
        ran(path, 3, x=EXAMPLES)


def test_a_signature_that_is_not_there(tmp_path: Path) -> None:
    path = doubling_model(tmp_path / "m.tflite")
    assert Network(str(path), "serve").inputs[0].name == "x"
    with pytest.raises(JobError, match="there is no signature 'train'; it has serve"):
        Network(str(path), "train")
