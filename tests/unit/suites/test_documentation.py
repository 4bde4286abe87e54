from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from benchhub.records import DELEGATES, Conditions, ModelVariant, Status
from benchhub.suites.configurations import BudgetsEntry, ConfigurationEntry, NoneEntry
from benchhub.suites.document import parse_document
from benchhub.suites.matrix import expand
from benchhub.suites.suite import ConditionsEntry, MeasureEntry, VerifyEntry, parse_suite

ENTRIES = get_args(get_args(ConfigurationEntry)[0])


def example(repository: Path) -> str:
    """The first indented block of docs/suite.md."""
    lines = (repository / "docs" / "suite.md").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("    "))
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("    "))
    return "\n".join(line[4:] for line in lines[start:end])


def test_the_example_of_the_manual_is_a_suite(repository: Path) -> None:
    suite = parse_suite(parse_document(example(repository), "docs/suite.md"))
    variants = {
        (model.name, name): ModelVariant(model.name, name, entry.file, "", 0)
        for model in suite.file.models
        for name, entry in model.variants.items()
    }
    ids = [case.id for case in expand(suite, variants)]
    assert ids == [
        "mobilenet_v2/float32/cpu/t1",
        "mobilenet_v2/float32/cpu/t2",
        "mobilenet_v2/int8/cpu/t1",
        "mobilenet_v2/int8/cpu/t4",
    ]


@pytest.mark.parametrize("entry", [MeasureEntry, ConditionsEntry, BudgetsEntry, VerifyEntry])
def test_the_manual_names_every_key(repository: Path, entry: type[BaseModel]) -> None:
    text = (repository / "docs" / "suite.md").read_text()
    for name in entry.model_fields:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("word", DELEGATES)
def test_the_manual_names_every_delegate_and_its_keys(repository: Path, word: str) -> None:
    told = (repository / "docs" / "delegates.md").read_text()
    entries = {get_args(entry.model_fields["delegate"].annotation): entry for entry in ENTRIES}
    own = entries[(word,)].model_fields.keys() - NoneEntry.model_fields.keys()

    assert f"| `{word}` |" in told
    for name in own:
        assert f"`{name.removesuffix('_')}`" in told, name


def test_the_manual_of_the_run_folder_names_every_status(repository: Path) -> None:
    text = (repository / "docs" / "format.md").read_text()
    for status in Status:
        assert f"| `{status}` |" in text, status


def test_the_defaults_of_the_manual(repository: Path) -> None:
    measure = MeasureEntry().record()
    assert measure == replace(
        measure, rounds=5, profile_rounds=1, num_runs=50, min_secs=1.0, warmup_runs=1
    )
    assert measure.telemetry_interval_s == 5.0
    assert ConditionsEntry().record() == Conditions(cooldown_timeout_s=300.0)
    assert (measure.max_secs, measure.warmup_min_secs, measure.timeout_s) == (150.0, 0.5, 360.0)
