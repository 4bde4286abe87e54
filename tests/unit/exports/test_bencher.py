"""Bencher's metric format, held against the schema that its documentation gives."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from benchhub.exports.bencher import export
from benchhub.exports.figures import figures_of
from benchhub.records import Run

from ..comparisons import comparison_run, slower
from ..reports.invented import invented_run
from .altered import first_rounds, named

# https://bencher.dev/docs/reference/bencher-metric-format/, in our words.
METRIC = {
    "type": "object",
    "properties": {name: {"type": "number"} for name in ("value", "lower_value", "upper_value")},
    "required": ["value"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        # A measure is known by a slug or a name of at most 64 characters.
        "propertyNames": {"pattern": "^[a-z][a-z-]{0,63}$"},
        "additionalProperties": METRIC,
    },
}


def written(run: Run) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(export(run).text)
    jsonschema.validate(document, SCHEMA)
    return document


def test_latency_is_in_nanoseconds_and_has_its_interval() -> None:
    document = written(invented_run())
    found, left_out = figures_of(invented_run())
    assert len(document) == len(found) > 5
    for one in found:
        metric = document[one.name]["latency"]
        assert metric["value"] == pytest.approx(one.latency.value_us * 1000)
        assert metric["lower_value"] < metric["value"] < metric["upper_value"]
        assert document[one.name]["file-size"]["value"] == one.case.case.variant.size_bytes
    assert len(export(invented_run()).notes) == len(left_out) > 0


def test_few_processes_have_no_interval() -> None:
    document = written(first_rounds(invented_run(), 1))
    assert document
    assert all(set(one["latency"]) == {"value"} for one in document.values())


def test_both_sides_of_a_comparison_have_names_of_their_own() -> None:
    names = set(written(comparison_run(slower())))
    assert {name.rpartition(" on ")[0].rpartition("~")[2] for name in names} == {
        "baseline",
        "candidate",
    }


def test_names_that_are_no_names_stay_names() -> None:
    name = '"><img onerror=x>\x00\u202e'
    assert any(name in one for one in written(named(name)))
