"""OpenMetrics text, read by the parsers of Prometheus' own client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as older_text

from benchhub.exports.figures import figures_of
from benchhub.exports.openmetrics import export
from benchhub.records import Run

from ..comparisons import comparison_run, slower
from ..reports.invented import RUN_ID, invented_run
from .altered import first_rounds, named

Parser = Callable[[str], Iterable[Metric]]


def families(run: Run, parse: Parser = openmetrics) -> Mapping[str, Metric]:
    return {family.name: family for family in parse(str(export(run).text))}


@pytest.mark.parametrize("parse", [openmetrics, older_text])
def test_both_parsers_read_the_same_values(parse: Parser) -> None:
    read = families(invented_run(), parse)
    found, left_out = figures_of(invented_run())
    samples = read["benchhub_latency_seconds"].samples
    assert len(samples) == len(found) > 5
    for sample, one in zip(samples, found, strict=True):
        assert sample.labels == one.axes
        assert sample.value == pytest.approx(one.latency.value_us / 1e6)
        assert sample.timestamp is None
    lower = read["benchhub_latency_low_seconds"].samples
    assert all(low.value < one.value for low, one in zip(lower, samples, strict=True))
    assert {family.type for family in read.values()} == {"gauge"}
    assert len(export(invented_run()).notes) == len(left_out)


def test_units_are_those_of_the_names() -> None:
    for name, family in families(invented_run()).items():
        if name not in ("benchhub_processes", "benchhub_case_info", "benchhub_run_info"):
            assert family.unit in ("seconds", "bytes"), name
            assert name.endswith(f"_{family.unit}")


def test_the_run_is_told_apart_from_what_it_measured() -> None:
    read = families(invented_run())
    (run,) = read["benchhub_run_info"].samples
    assert run.labels["run_id"] == RUN_ID
    (start,) = read["benchhub_run_start_time_seconds"].samples
    created = datetime.fromisoformat(invented_run().plan.created)
    assert start.value == created.timestamp()
    cases = read["benchhub_case_info"].samples
    assert {one.labels["status"] for one in cases} <= {"OK", "PARTIAL"}
    for one in cases:
        assert len(one.labels["model_sha256"]) == 64


def test_what_is_not_known_is_not_there() -> None:
    read = families(first_rounds(invented_run(), 1))
    assert "benchhub_latency_seconds" in read
    assert "benchhub_latency_low_seconds" not in read


def test_sides_are_a_label() -> None:
    samples = families(comparison_run(slower()))["benchhub_latency_seconds"].samples
    assert {one.labels["side"] for one in samples} == {"baseline", "candidate"}


@pytest.mark.parametrize("parse", [openmetrics, older_text])
@pytest.mark.parametrize("name", ['a"b\\n} 1', "a\nb\\", "\\\\", 'x{y="z"} # {', "é🦆"])
def test_hostile_names_are_label_values(name: str, parse: Parser) -> None:
    (sample,) = families(named(name), parse)["benchhub_latency_seconds"].samples
    assert sample.labels["model"] == name


def test_control_characters_are_replaced() -> None:
    (sample,) = families(named("a\x00\x1b[31m\u202eb"))["benchhub_latency_seconds"].samples
    assert sample.labels["model"] == "a\ufffd\ufffd[31m\ufffdb"
