from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from benchhub.cli.schema import schema


@pytest.mark.parametrize(("kind", "folder"), [("suite", "suites"), ("device", "devices")])
def test_the_committed_schema_is_that_of_the_code(kind: str, folder: str, repository: Path) -> None:
    committed = json.loads((repository / folder / f"{kind}.schema.json").read_text())
    assert committed == schema(kind), f"benchhub schema {kind} > {folder}/{kind}.schema.json"


@pytest.mark.parametrize(("kind", "folder"), [("suite", "suites"), ("device", "devices")])
def test_what_is_shipped_is_valid(kind: str, folder: str, repository: Path) -> None:
    files = sorted((repository / folder).glob("*.yaml"))
    assert files
    for path in files:
        jsonschema.validate(yaml.safe_load(path.read_text()), schema(kind))


def test_the_schema_knows_the_shorthands() -> None:
    text = """{"name": "s", "models": [{"name": "m", "variants": {"f": "m.tflite"}}],
    "configurations": [{"delegate": "none", "threads": 2}], "tools": ["litert"]}"""
    jsonschema.validate(json.loads(text), schema("suite"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(text.replace("threads", "thread")), schema("suite"))
