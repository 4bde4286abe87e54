"""Real values to integers: the same as TFLite's own operators."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given
from hypothesis import strategies as some

from benchhub.models.child.quantization import Scale, dequantise, quantise

from ...judged_models import quantising_model
from ...mixed_model import TYPES

INT8 = np.dtype(np.int8)


def test_halves_go_away_from_zero_and_what_does_not_fit_is_cut_off() -> None:
    values = np.float32([0, 0.24, 0.25, 0.75, -0.25, -0.75, 100, -100, 1e30])
    assert quantise(values, Scale(0.5, 3), INT8).tolist() == [3, 3, 4, 5, 2, 1, 127, -128, 127]


def test_the_number_below_a_half_is_not_rounded_up() -> None:
    below = np.nextafter(np.float32(0.5), np.float32(0))
    assert quantise(np.float32([below, -below, 0.5]), Scale(1.0, 0), INT8).tolist() == [0, 0, 1]


def test_back_to_real_values() -> None:
    real = dequantise(np.int8([-128, 3, 127]), Scale(0.5, 3))
    assert real.dtype == np.float32
    assert real.tolist() == [-65.5, 0.0, 62.0]


@pytest.mark.parametrize(
    ("kind", "dtype", "zero"),
    [(TYPES.INT8, "int8", -7), (TYPES.UINT8, "uint8", 128), (TYPES.INT16, "int16", 0)],
)
@pytest.mark.parametrize("scale", [0.5, 0.1, 0.0078222770])
def test_it_is_what_the_reference_kernel_makes(
    tmp_path: Path, kind: int, dtype: str, zero: int, scale: float
) -> None:
    step = np.float32(scale)
    halves = (np.arange(-300, 300, dtype=np.float32) + np.float32(0.5)) * step
    drawn = np.random.default_rng(1).uniform(-400 * step, 400 * step, 2000).astype(np.float32)
    values = np.concatenate([halves, np.nextafter(halves, np.float32(0)), drawn, [1e5, -1e5]])
    values = values.astype(np.float32)[None]
    path = quantising_model(tmp_path / "q.tflite", values.shape, kind, float(step), zero)
    interpreter = Interpreter(
        model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    given_back = interpreter.get_signature_runner()(x=values)["q"]

    made = quantise(values, Scale(float(step), zero), np.dtype(dtype))
    assert made.dtype == given_back.dtype == np.dtype(dtype)
    assert (made == given_back).all()


@given(
    some.lists(some.floats(-1e4, 1e4, width=32), min_size=1),
    some.floats(2**-10, 1.0, width=32),
    some.integers(-128, 127),
)
def test_there_and_back_is_off_by_half_a_step_at_most(
    values: list[float], step: float, zero: int
) -> None:
    scale, real = Scale(step, zero), np.float32(values)
    back = dequantise(quantise(real, scale, INT8), scale).astype(np.float64)
    low, high = (-128 - zero) * step, (127 - zero) * step
    inside = np.clip(real.astype(np.float64), low, high)
    assert (np.abs(back - inside) <= 0.5 * step * (1 + 1e-4)).all()
