"""Flame graphs: the parts of speedscope's file-format-schema.json that we write, and its sums."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from jsonschema import Draft7Validator

from benchhub.analysis.summary import summarise
from benchhub.errors import UsageError
from benchhub.exports.speedscope import SCHEMA, export
from benchhub.records import Run, Status

from ..reports.invented import SUSPECT_CASE, invented_run, make_case, make_run, small_run
from ..tools.litert_bench import MODELS
from .hostile import NASTY
from .odd_runs import badly_named, file_run, without_profiles

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
# What a file and a sampled profile have to have by the published schema; here nothing else may be.
PROFILE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "name", "unit", "startValue", "endValue", "samples", "weights"],
    "properties": {
        "type": {"const": "sampled"},
        "name": TEXT,
        "unit": {
            "enum": ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]
        },
        "startValue": NUMBER,
        "endValue": NUMBER,
        "samples": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        },
        "weights": {"type": "array", "items": {"type": "number", "minimum": 0}},
    },
}
FRAMES = {
    "type": "array",
    "items": {"type": "object", "required": ["name"], "properties": {"name": TEXT}},
}
FILE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["$schema", "shared", "profiles"],
    "properties": {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "shared": {"type": "object", "required": ["frames"], "properties": {"frames": FRAMES}},
        "profiles": {"type": "array", "items": PROFILE, "minItems": 1},
        "name": TEXT,
        "activeProfileIndex": NUMBER,
        "exporter": TEXT,
    },
}


def made(run: Run) -> dict[str, Any]:
    """The document, which is as the schema and its reader want it."""
    document: dict[str, Any] = json.loads(cast("str", export(run).text))
    Draft7Validator.check_schema(FILE)
    Draft7Validator(FILE).validate(document)
    frames = document["shared"]["frames"]
    for profile in document["profiles"]:
        assert len(profile["samples"]) == len(profile["weights"])
        assert all(frame < len(frames) for sample in profile["samples"] for frame in sample)
        assert profile["endValue"] == pytest.approx(sum(profile["weights"]))
    return document


def test_a_profile_each_case_in_the_order_of_execution() -> None:
    run = small_run()
    document = made(run)
    assert document["$schema"] == SCHEMA
    (device,) = summarise(run).devices
    assert len(document["profiles"]) == len(device.cases)
    names = [one["name"] for one in document["shared"]["frames"]]
    for profile, case in zip(document["profiles"], device.cases, strict=True):
        assert profile["name"].startswith(f"{case.case.id} on host: mean")
        assert case.operators
        assert profile["endValue"] == pytest.approx(case.operators.total_us)
        rows = sorted(case.operators.rows, key=lambda row: row.op.order)
        assert profile["weights"] == [row.mean_us for row in rows]
        stacks = [[names[frame] for frame in sample] for sample in profile["samples"]]
        assert {stack[0] for stack in stacks} == {f"{case.case.id} on host"}
        assert [stack[1] for stack in stacks] == [row.op.op for row in rows]
        assert len({stack[2] for stack in stacks}) == len(rows)  # none is added to another


def test_operators_are_called_by_their_tensors_and_nodes() -> None:
    names = [one["name"] for one in made(file_run(MODELS / "two_in.tflite"))["shared"]["frames"]]
    assert names[1] == "CONCATENATION"
    assert names[2].endswith(", node 0, built-in kernels")
    assert ";" not in names[2]


def test_what_fell_back_says_so_and_what_is_not_trusted_is_left_out() -> None:
    case = make_case("int8", "xnnpack", 1)
    fell = make_run((case,), ("host",), {("host", case.id): Status.FALLBACK})
    (profile,) = made(fell)["profiles"]
    assert profile["name"].startswith(f"{case.id} on host, fell back to the CPU: ")
    run = invented_run()
    names = [one["name"] for one in made(run)["profiles"]]
    assert not any(name.startswith(f"{SUSPECT_CASE} on pi4") for name in names)
    assert any(SUSPECT_CASE in note and "SUSPECT" in note for note in export(run).notes)


def test_without_operators_it_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="no operator times"):
        export(without_profiles(small_run()))


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_hostile_names_are_text(text: str) -> None:
    run = badly_named(text)
    assert cast("str", export(run).text).isascii()
    for frame in made(run)["shared"]["frames"]:
        frame["name"].encode()
        assert "\n" not in frame["name"]
