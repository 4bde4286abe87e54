"""The models of another folder in place of the suite's: one side of a comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

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
