"""The suites that ship: what people copy has to be right."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from benchhub.models.recipes import read_recipe
from benchhub.suites.model_entries import CALLABLE_PATTERN, DataEntry, ModelEntry
from benchhub.suites.suite import read_suite

SUITES = Path(__file__).parents[3] / "suites"
ALL = sorted(SUITES.glob("*.yaml"))


def functions(module: Path) -> set[str]:
    return {
        node.name
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def named_in(model: ModelEntry) -> list[str]:
    """Functions and files that a model names."""
    data: list[DataEntry | None] = [model.representative, model.training, model.accuracy]
    data += [one.representative for one in model.variants.values()]
    names = [one.data for one in data if one is not None and not one.is_random]
    if model.source is not None:
        names += [str(getattr(model.source, model.source.kind))]
    return names + [one.file for one in model.variants.values() if one.file]


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_a_suite_that_ships_is_right(path: Path) -> None:
    suite = read_suite(path, path.name)

    for model in suite.file.models:
        for name, entry in model.variants.items():
            if entry.is_made:
                read_recipe(entry.recipe or name)
        for name in named_in(model):
            if re.match(CALLABLE_PATTERN, name):
                module, _, function = name.partition(":")
                assert function in functions(SUITES / f"{module}.py")
            elif "." in name or "/" in name:
                assert (SUITES / name).is_file()


def test_there_are_suites_for_files_training_and_applications() -> None:
    assert {path.stem for path in ALL} >= {"digits", "quickstart", "vision"}
