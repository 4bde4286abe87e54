from __future__ import annotations

import pytest

from benchhub.errors import ConfigError
from benchhub.suites.document import parse_document
from benchhub.suites.suite import SuiteFile, parse_suite

GOOD = """\
name: mine
models:
  - name: net
    variants:
      float32: a.tflite
configurations:
  - name: cpu
    delegate: xnnpack
    threads: 2
"""


def suite(text: str) -> SuiteFile:
    return parse_suite(parse_document(text, "suites/mine.yaml")).file


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        suite(text)
    return str(caught.value)


def test_shorthands() -> None:
    parsed = suite(GOOD + "tools: [litert, {name: benchmark_model, path: b}]\n")
    assert parsed.models[0].variants["float32"].file == "a.tflite"
    assert parsed.configurations[0].threads == [2]
    assert [(tool.name, tool.path) for tool in parsed.tools] == [
        ("litert", None),
        ("benchmark_model", "b"),
    ]


def test_a_fixed_number_of_runs_means_that_number() -> None:
    fixed = suite(GOOD + "measure: {num_runs: 7, warmup_runs: 3}\n").measure.record()
    assert (fixed.num_runs, fixed.min_secs) == (7, 0.0)
    assert (fixed.warmup_runs, fixed.warmup_min_secs) == (3, 0.0)
    floors = suite(GOOD).measure.record()
    assert (floors.num_runs, floors.min_secs, floors.warmup_min_secs) == (50, 1.0, 0.5)


def test_unknown_key_says_what_was_meant_and_where() -> None:
    assert error_of(GOOD.replace("threads", "thread")) == (
        "suites/mine.yaml:9:5: unknown key 'thread' in configuration 'cpu'; did you mean 'threads'?"
    )


def test_unknown_key_far_from_any_other_lists_the_known() -> None:
    message = error_of(GOOD + "zzz: 1\n")
    assert message.startswith("suites/mine.yaml:10:1: unknown key 'zzz' (known: ")
    assert "configurations" in message


def test_wrong_type_shows_what_is_there() -> None:
    assert error_of(GOOD.replace("threads: 2", "threads: two")) == (
        "suites/mine.yaml:9:5: 'threads' has to be a valid integer, not 'two' "
        "in configuration 'cpu'"
    )


def test_wrong_type_in_a_list_points_at_the_item() -> None:
    message = error_of(GOOD.replace("threads: 2", "threads:\n      - 1\n      - 2.5"))
    assert message.startswith("suites/mine.yaml:11:9: 'threads' has to be a valid integer")


def test_delegate_that_is_not_there() -> None:
    assert "'delegate' cannot be 'xnpack'" in error_of(GOOD.replace("xnnpack", "xnpack"))
    assert "did you mean 'xnnpack'?" in error_of(GOOD.replace("xnnpack", "xnpack"))


def test_missing_key() -> None:
    message = error_of(GOOD.replace("    delegate: xnnpack\n", ""))
    assert message == "suites/mine.yaml:7:5: key 'delegate' is missing in configuration 'cpu'"


def test_every_mistake_has_its_line() -> None:
    text = GOOD.replace("name: mine", "nme: mine").replace("threads: 2", "threads: 0")
    lines = error_of(text).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("suites/mine.yaml:") for line in lines)


def test_names_that_stand_twice() -> None:
    text = GOOD + "  - name: cpu\n    delegate: none\n"
    assert error_of(text) == (
        "suites/mine.yaml:10:5: configurations has 'cpu' twice (first in line 7); "
        "give each its own `name`."
    )
    assert "tools has 'litert' twice" in error_of(GOOD + "tools: [litert, litert]\n")


def test_a_document_that_is_no_mapping() -> None:
    assert "suites/mine.yaml:1:1: the document has to be" in error_of("- a\n- b\n")


def test_a_name_that_would_break_paths() -> None:
    assert error_of(GOOD.replace("name: net", "name: a/../b")).startswith("suites/mine.yaml:3:5:")


def test_a_range_the_wrong_way_round() -> None:
    text = GOOD.replace("    variants:", "    inputs: {x: {range: [1, 0]}}\n    variants:")
    assert "range [1.0, 0.0]: the first value is the larger one" in error_of(text)
