"""The manual about placement names what there is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from benchhub.records import Budgets, Placement, Status
from benchhub.records.trust import UNKNOWN
from benchhub.suites.document import parse_document
from benchhub.suites.suite import parse_suite


def manual(repository: Path) -> str:
    return (repository / "docs" / "placement.md").read_text()


def test_it_names_every_field_and_every_status_of_a_delegate(repository: Path) -> None:
    text = manual(repository)
    told = {Status.OK, Status.PARTIAL, Status.SUSPECT, Status.FALLBACK, Status.WRONG}
    assert all(f"| `{status}` |" in text for status in told)
    assert all(f"`{field.name}`" in text for field in fields(Placement))
    assert all(f"{field.name}:" in text for field in fields(Budgets))
    assert UNKNOWN in text


def test_its_example_is_a_configuration(repository: Path) -> None:
    lines = manual(repository).splitlines()
    start = lines.index("    - delegate: gpu")
    block = [line[4:] for line in lines[start : start + 5]]
    suite = "name: s\nmodels: [{name: m, variants: {f: m.tflite}}]\nconfigurations:\n"
    parsed = parse_suite(parse_document(suite + "\n".join(block), "docs/placement.md"))
    (configuration,) = parsed.file.configurations
    assert "allow_fallback" in block[-1]
    assert configuration.delegate == "gpu"
