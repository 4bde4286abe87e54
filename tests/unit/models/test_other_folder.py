"""The models of another folder in place of the suite's: one side of a comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.errors import ModelError
from benchhub.models.files import with_models
from benchhub.suites.document import parse_document
from benchhub.suites.suite import Suite, parse_suite

CANARY = "b/float32/none/t1"
TEXT = f"""\
name: s
models:
  - name: a
    variants: {{int8: models/a8.tflite}}
  - name: b
    variants: {{float32: models/b32.tflite}}
configurations: [{{delegate: none}}]
canary: {CANARY}
"""


@pytest.fixture
def suite() -> Suite:
    return parse_suite(parse_document(TEXT, "s.yaml"))


def put(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")


def test_a_canary_whose_model_is_left_out_is_left_out(suite: Suite, tmp_path: Path) -> None:
    put(tmp_path, "a8.tflite")
    found = with_models(suite, tmp_path).file
    assert [model.name for model in found.models] == ["a"]
    assert found.canary is None


def test_a_canary_whose_model_is_there_stays(suite: Suite, tmp_path: Path) -> None:
    for name in ("a8.tflite", "b32.tflite"):
        put(tmp_path, name)
    assert with_models(suite, tmp_path).file.canary == CANARY


def test_files_outside_of_the_folder_are_those_of_the_suite(tmp_path: Path) -> None:
    """`old/../models/a8.tflite` would compare a model with itself."""
    (tmp_path / "models").mkdir()
    (tmp_path / "old").mkdir()
    put(tmp_path / "models", "a8.tflite")
    own = str(tmp_path / "models" / "a8.tflite")
    for named in ("../models/a8.tflite", own):
        suite = parse_suite(parse_document(TEXT.replace("models/a8.tflite", named), "s.yaml"))
        with pytest.raises(ModelError, match="none of the files"):
            with_models(suite, tmp_path / "old")
    put(tmp_path / "old", "a8.tflite")
    (model,) = with_models(suite, tmp_path / "old").file.models
    assert model.variants["int8"].file == str(tmp_path / "old" / "a8.tflite")


def test_a_name_that_two_files_have_is_not_enough(tmp_path: Path) -> None:
    text = TEXT.replace("models/a8.tflite", "a/m.tflite").replace("models/b32.tflite", "b/m.tflite")
    suite = parse_suite(parse_document(text, "s.yaml"))
    put(tmp_path, "m.tflite")
    with pytest.raises(ModelError, match="none of the files"):
        with_models(suite, tmp_path)
    (tmp_path / "b").mkdir()
    put(tmp_path / "b", "m.tflite")
    assert [model.name for model in with_models(suite, tmp_path).file.models] == ["b"]
