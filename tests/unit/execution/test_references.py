"""Reference outputs, made by the real runtime on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchhub.devices.digest import sha256_of
from benchhub.execution.references import Reference, References
from benchhub.records import Case, Configuration, Failure, InputSpec, ModelVariant
from benchhub.workspace import Workspace

from ...mixed_model import MIXED_INPUTS, MIXED_OUTPUTS, lookup_model, mixed_model, scalar_model
from ..tools.litert_bench import as_unverified


def case_of(path: Path, *inputs: InputSpec, signature: str | None = None, sha256: str = "") -> Case:
    digest = sha256 or sha256_of(path)
    variant = ModelVariant("m", "v", str(path), digest, 1, signature, inputs)
    return Case(variant, Configuration("none", "none", 1))


def reference_of(root: Path, case: Case, seed: int = 0) -> Reference:
    made = prepared(root, case, seed)
    assert isinstance(made, Reference), made
    return made


def prepared(root: Path, case: Case, seed: int = 0) -> Reference | Failure:
    references = References(seed, Workspace(root))
    told: list[str] = []
    references.prepare([case, case], told.append)
    assert told == ["reference outputs of m/v"]
    return references.of(case)


def inputs_of(reference: Reference) -> dict[str, np.ndarray]:
    return {
        one.tensor.name: np.frombuffer(
            (reference.folder / one.file).read_bytes(), np.dtype(one.tensor.kind)
        )
        for one in reference.kept.inputs
    }


def test_many_types_in_the_order_of_the_graph(tmp_path: Path) -> None:
    reference = reference_of(tmp_path, case_of(mixed_model(tmp_path / "mixed.tflite")))
    kept = reference.kept
    assert tuple(one.tensor.name for one in kept.inputs) == MIXED_INPUTS
    assert tuple(one.name for one in kept.outputs) == MIXED_OUTPUTS
    assert [one.kind for one in kept.outputs] == [
        "bool", "float32", "int8", "int32", "int64", "uint8",
    ]  # fmt: skip
    assert (kept.outputs[2].scale, kept.outputs[2].zero_point) == (0.25, -4)
    given, content = inputs_of(reference), reference.outputs()
    assert content[:3] == (1 - given["flag"].view(np.uint8)).tobytes()
    y = np.frombuffer(content, "<f4", 6, 3)
    assert (y == given["x"] + given["s"]).all()
    assert (np.frombuffer(content, "<i4", 4, 32) == 2 * given["n"]).all()
    assert (np.frombuffer(content, "<i8", 7, 48) == 2 * given["wide"]).all()
    assert "built-in kernels" in kept.made_by


def test_made_once_and_again_if_it_was_damaged(tmp_path: Path) -> None:
    case = case_of(scalar_model(tmp_path / "scalar.tflite"))
    first = reference_of(tmp_path, case)
    document = first.folder / "reference.json"
    made = document.stat().st_mtime_ns
    assert reference_of(tmp_path, case) == first
    assert document.stat().st_mtime_ns == made
    (first.folder / "outputs.bin").write_bytes(b"1234")
    assert reference_of(tmp_path, case) == first
    assert document.stat().st_mtime_ns > made
    document.write_text("{}")
    assert reference_of(tmp_path, case) == first
    assert [path.name for path in first.folder.parent.iterdir()] == [first.folder.name]


def test_seed_shapes_and_ranges_make_another_one(tmp_path: Path, recorded: Path) -> None:
    models = recorded / "models"
    folders = set()
    for seed in (0, 1):
        reference = reference_of(tmp_path, case_of(scalar_model(tmp_path / "s.tflite")), seed)
        folders.add(reference.folder)
    shaped = case_of(models / "lstm.tflite", InputSpec("keras_tensor_312", (1, 5, 8)))
    (fed,) = reference_of(tmp_path, shaped).kept.inputs
    assert fed.tensor.shape == (1, 5, 8)
    ranged = case_of(models / "embed.tflite", InputSpec("ids", (1, 16), 3, 4))
    assert set(inputs_of(reference_of(tmp_path, ranged))["ids"].tolist()) == {3, 4}
    assert len(folders) == 2


def test_inputs_of_a_signature_are_put_in_the_order_of_the_graph(
    tmp_path: Path, recorded: Path
) -> None:
    reference = reference_of(tmp_path, case_of(recorded / "models" / "two_in.tflite"))
    assert [one.tensor.name for one in reference.kept.inputs] == ["b", "a"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"no model"), "is not a TFLite model"),
        (lambda path: path.unlink(), "cannot copy"),
    ],
)
def test_a_model_that_the_host_cannot_run_is_told(
    tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    path = scalar_model(tmp_path / "scalar.tflite")
    spoil(path)
    case = case_of(path, sha256="" if path.exists() else "0" * 64)
    failure = prepared(tmp_path, case)
    assert isinstance(failure, Failure)
    assert failure.kind == "verify"
    assert "not verified: no reference outputs of m/v from the host: " in failure.message
    assert message in failure.message
    assert not list((tmp_path / ".benchhub").glob("verify/.new-*"))


def test_inputs_that_the_model_cannot_take_are_told(tmp_path: Path) -> None:
    path = lookup_model(tmp_path / "lookup.tflite")
    assert isinstance(prepared(tmp_path, case_of(path, InputSpec("ids", None, 0, 1))), Reference)
    failure = prepared(tmp_path, case_of(path))
    assert isinstance(failure, Failure)
    assert "out of bounds" in failure.message
    assert "range in the suite" in failure.advice
    failure = prepared(tmp_path, case_of(path, InputSpec("nowhere", None, 0, 1)))
    assert isinstance(failure, Failure)
    assert "no input 'nowhere'" in failure.message


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    case = case_of(scalar_model(tmp_path / "scalar.tflite"))
    reference_of(tmp_path, case)  # the model is staged
    shutil.rmtree(tmp_path / ".benchhub" / "verify")
    (tmp_path / ".benchhub" / "verify").write_text("in the way")
    failure = prepared(tmp_path, case)
    assert isinstance(failure, Failure)
    assert "cannot be written" in failure.message


def test_both_ways_through_the_runtime_write_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(mixed_model(tmp_path / "mixed.tflite"))
    for way in ("native", "public"):
        (tmp_path / way).mkdir()
    native = reference_of(tmp_path / "native", case)
    as_unverified(tmp_path / "site", monkeypatch)
    public = reference_of(tmp_path / "public", case)
    assert "9.9.9" in public.kept.made_by
    assert public.kept.outputs == native.kept.outputs
    assert public.kept.inputs == native.kept.inputs
    assert public.outputs() == native.outputs()
