"""What github-action-benchmark's tool customSmallerIsBetter takes, by its documentation."""

from __future__ import annotations

import json

import jsonschema
import pytest

from benchhub.exports.figures import figures_of
from benchhub.exports.github_action_benchmark import export

from ..reports.invented import invented_run
from .altered import first_rounds, named

# https://github.com/benchmark-action/github-action-benchmark: two texts are optional.
TEXT = {"type": "string"}
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "name": TEXT,
            "unit": TEXT,
            "value": {"type": "number"},
            "range": TEXT,
            "extra": TEXT,
        },
        "required": ["name", "unit", "value"],
        "additionalProperties": False,
    },
}


def test_entries_are_as_documented_and_in_milliseconds() -> None:
    made = export(invented_run())
    entries = json.loads(made.text)
    jsonschema.validate(entries, SCHEMA)
    found, left_out = figures_of(invented_run())
    assert [one["name"] for one in entries] == [one.name for one in found]
    for entry, one in zip(entries, found, strict=True):
        assert entry["unit"] == "ms"
        assert entry["value"] == pytest.approx(one.latency.value_us / 1000)
        assert one.latency.low_us is not None
        assert one.latency.high_us is not None
        half_ms = float(entry["range"].removeprefix("± "))
        assert half_ms >= (one.latency.high_us - one.latency.low_us) / 2000 * 0.99
        assert f"of each of {one.latency.n} processes" in entry["extra"]
    assert len(made.notes) == len(left_out)


def test_names_are_told_apart() -> None:
    names = [one["name"] for one in json.loads(export(invented_run()).text)]
    assert len(set(names)) == len(names)


def test_without_an_interval_there_is_no_range() -> None:
    entries = json.loads(export(first_rounds(invented_run(), 1)).text)
    assert entries
    assert not any("range" in one for one in entries)
    assert all("each of 1 process," in one["extra"] for one in entries)


def test_a_hostile_name_is_text() -> None:
    name = "</script><script>alert(1)</script>\u2028"
    (entry,) = json.loads(export(named(name)).text)
    assert entry["name"].startswith(name)
