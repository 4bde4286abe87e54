from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from benchhub.errors import ConfigError
from benchhub.records import Limits
from benchhub.suites.document import parse_document
from benchhub.suites.model_entries import (
    AccuracyEntry,
    BudgetEntry,
    DataEntry,
    ModelEntry,
    SourceEntry,
    TrainingEntry,
    VariantEntry,
)
from benchhub.suites.suite import SuiteFile, parse_suite


def read(model: str, rest: str = "") -> SuiteFile:
    text = f"name: s\nmodels:\n  - {model}\nconfigurations: [{{delegate: none}}]\n{rest}"
    return parse_suite(parse_document(text, "s.yaml")).file


def test_a_list_of_variants_is_a_mapping() -> None:
    model = read(
        "{name: m, source: {keras: 'net:build'}, variants: [float32, pruned+int8, "
        "{name: half, recipe: float16}]}"
    ).models[0]

    assert list(model.variants) == ["float32", "pruned+int8", "half"]
    assert [entry.recipe for entry in model.variants.values()] == [None, None, "float16"]
    assert all(entry.is_made for entry in model.variants.values())


def test_a_mapping_may_mix_files_and_recipes() -> None:
    model = read(
        "{name: m, source: net.tflite, variants: {float32: a.tflite, int4: {recipe: dynamic_wi4}, "
        "dynamic_wi8: }}"
    ).models[0]

    assert model.source is not None
    assert (model.source.kind, model.source.file) == ("file", "net.tflite")
    assert [entry.is_made for entry in model.variants.values()] == [False, True, True]


def test_short_forms_of_data() -> None:
    model = read(
        "{name: m, source: a.tflite, variants: [dynamic_wi8], representative: random, "
        "accuracy: 'data:test'}"
    ).models[0]

    assert model.representative is not None
    assert model.representative.is_random
    assert model.accuracy is not None
    assert (model.accuracy.data, model.accuracy.metric, model.accuracy.against) == (
        "data:test",
        "top1",
        "float32",
    )


def test_a_budget() -> None:
    suite = read(
        "{name: m, variants: {a: a.tflite}, budget: {max_size_mb: 2}}",
        "budget: {max_latency_ms: 5, max_accuracy_drop: 0.01, devices: ['pixel*']}",
    )

    assert suite.budget.record() == Limits(5.0, None, 0.01, ("pixel*",))
    assert suite.models[0].budget is not None
    assert suite.models[0].budget.record() == Limits(max_size_mb=2.0)
    assert not read("{name: m, variants: {a: a.tflite}}").budget.record().asked


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("{name: m, variants: [float32]}", "variant 'float32' of 'm' has neither file nor url"),
        ("{name: m, source: {}, variants: [a]}", "a source is exactly one of file, url, keras"),
        ("{name: m, source: {file: a, keras: b}, variants: [a]}", "exactly one of file"),
        ("{name: m, source: {url: 'https://x/a.tflite'}, variants: [a]}", "url and sha256 go"),
        ("{name: m, source: {url: 'ftp://x', sha256: aa}, variants: [a]}", "'url' "),
        ("{name: m, source: {keras: a, signature: x}, variants: [a]}", "signature is for a saved"),
        ("{name: m, source: {kears: a}, variants: [a]}", "did you mean 'keras'?"),
        ("{name: m, source: a, variants: [a, a]}", "variant 'a' stands here twice"),
        ("{name: m, source: a, variants: [{recipe: int8}]}", "variant 1 has no name"),
        ("{name: m, source: a, variants: []}", "variants"),
        ("{name: m, source: a, variants: {a: {file: x, recipe: int8}}}", "not file and recipe"),
        ("{name: m, source: a, variants: {a: {sparsity: 1.5}}}", "'sparsity' has to be less than"),
        ("{name: m, source: {concrete_function: net}, variants: [a]}", "'concrete_function' "),
        ("{name: m, variants: {a: a.tflite}, budget: {max_accuracy_drop: 3}}", "less than or"),
        ("{name: m, source: a, variants: [a], training: {epochs: 3}}", "key 'data' is missing"),
    ],
)
def test_mistakes_are_told_with_their_place(model: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(model)
    assert str(error.value).startswith("s.yaml:3:")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("entry", "manuals"),
    [
        (SourceEntry, ["models.md"]),
        (VariantEntry, ["models.md"]),
        (DataEntry, ["models.md"]),
        (TrainingEntry, ["models.md"]),
        (ModelEntry, ["models.md", "suite.md"]),
        (AccuracyEntry, ["models.md", "accuracy.md"]),
        (BudgetEntry, ["recommend.md"]),
    ],
)
def test_the_manuals_name_every_key(
    repository: Path, entry: type[BaseModel], manuals: list[str]
) -> None:
    text = "".join((repository / "docs" / name).read_text() for name in manuals)
    for name in entry.model_fields:
        assert f"`{name}`" in text or f"{name}: " in text, name


def test_the_schema_knows_both_forms_of_variants(repository: Path) -> None:
    schema = json.loads((repository / "suites" / "suite.schema.json").read_text())
    variants = schema["$defs"]["ModelEntry"]["properties"]["variants"]

    assert {one["type"] for one in variants["anyOf"]} == {"object", "array"}
