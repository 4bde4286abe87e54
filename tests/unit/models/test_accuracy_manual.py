"""The manual of accuracy against what it describes."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from textwrap import dedent

from benchhub.models.child import batching, evaluate, network
from benchhub.models.child.metrics import RANKS
from benchhub.records import AccuracySpec, Difference, VariantFacts
from benchhub.suites.document import parse_document
from benchhub.suites.model_entries import AccuracyEntry
from benchhub.suites.suite import parse_suite


def block(text: str) -> str:
    """The first YAML block."""
    return dedent(text.partition("```yaml\n")[2].partition("```")[0])


def test_the_example_is_a_suite(repository: Path) -> None:
    text = block((repository / "docs" / "accuracy.md").read_text())
    rest = "name: mine\nconfigurations: [{delegate: none}]\n"
    (model,) = parse_suite(parse_document(rest + text, "accuracy.md")).file.models
    entry = model.accuracy
    assert entry is not None
    assert (entry.data, entry.metric, entry.samples) == ("digits_test.npz", "top1", 500)
    short = rest + "models:\n  - {name: m, variants: {a: a.tflite}, accuracy: digits_test.npz}\n"
    (model,) = parse_suite(parse_document(short, "accuracy.md")).file.models
    assert model.accuracy == AccuracyEntry(data="digits_test.npz")


def test_it_names_every_key_metric_and_figure(repository: Path) -> None:
    text = (repository / "docs" / "accuracy.md").read_text()
    for name in AccuracyEntry.model_fields:
        assert f"| `{name}` |" in text, name
    for name in RANKS:
        assert f"`{name}`" in text
    for field in fields(Difference):
        if field.name not in ("against", "n", "source"):
            assert f"| `{field.name}` |" in text, field.name
    document = (repository / "docs" / "format.md").read_text()
    for field in fields(VariantFacts):
        if field.name not in ("model", "variant"):
            assert f"`{field.name}`" in document, field.name


def test_its_numbers(repository: Path) -> None:
    text = (repository / "docs" / "accuracy.md").read_text()
    defaults = AccuracySpec.__dataclass_fields__
    for name in ("metric", "against", "batch_size"):
        assert f"| `{name}` | `{defaults[name].default}` |".replace("`32`", "32") in text
    assert f"of `random` that many, {evaluate.RANDOM_SAMPLES} by default" in text
    assert f"may take {batching.MAX_OUTPUT_BYTES >> 30} GiB" in text
    assert network.MAX_THREADS == 8
    assert "up to eight threads" in text
    assert f"more than {batching.SAME} of their largest value" in text
