from __future__ import annotations

import math
from dataclasses import replace

import pytest

from benchhub.analysis.gate import weigh_apart
from benchhub.analysis.several import Held, alone, demand_plain, hold
from benchhub.analysis.summary import summarise
from benchhub.errors import UsageError
from benchhub.records import Placement, Run, Status

from ..apart import quiet, two_runs, with_facts, with_processes, without_facts
from ..comparisons import comparison_run, duel, slower, unchanged

KEY = ("host", "digits/int8/xnnpack/t1")
BEFORE, AFTER = quiet(6, 1), quiet(6, 2, 330.0)


def held(first: Run, other: Run) -> Held:
    return hold(summarise(first), summarise(other))[KEY]


def pair(**both: object) -> tuple[Run, Run]:
    return two_runs(duel(BEFORE, AFTER, **both))  # type: ignore[arg-type]


def placed(run: Run, **fields: object) -> Run:
    def change(placement: Placement | None) -> Placement | None:
        return replace(placement, **fields) if placement else None  # type: ignore[arg-type]

    return with_processes(
        run,
        lambda one: replace(
            one, reading=replace(one.reading, placement=change(one.reading.placement))
        ),
    )


def test_a_ratio_is_that_of_the_processes_of_both_runs() -> None:
    found = held(*pair())
    expected = weigh_apart([math.log(us) for us in BEFORE], [math.log(us) for us in AFTER])
    assert found.evidence == expected
    assert found.evidence is not None
    assert found.evidence.ratio == pytest.approx(1.1, abs=0.01)
    assert (found.why, found.note) == ("", "")


def test_the_first_run_has_no_ratio() -> None:
    first, _ = pair()
    (one,) = alone(summarise(first)).values()
    assert (one.evidence, one.why) == (None, "")


def test_what_has_to_agree_and_does_not_leaves_no_ratio() -> None:
    first, other = pair()
    found = held(first, with_facts(other, cpu="Another CPU", kernel="7.0"))
    assert found.evidence is None
    assert found.why == "another cpu and another build"
    assert found.case.latency is not None


def test_a_difference_of_one_device_leaves_the_ratios_of_the_other() -> None:
    first, other = two_runs(duel(BEFORE, AFTER), devices=("host", "pi4"))
    devices = tuple(
        replace(one, facts=replace(one.facts, kernel="7.0")) if one.name == "pi4" else one
        for one in other.devices
    )
    found = hold(summarise(first), summarise(replace(other, devices=devices)))
    assert found[KEY].evidence is not None
    assert found["pi4", KEY[1]].why == "another build"


def test_another_delegate_that_really_ran_leaves_no_ratio() -> None:
    first, other = pair()
    for applied, name in (("none", "the built-in kernels"), ("cpu", "the CPU"), ("gpu", "GPU")):
        found = held(first, placed(other, applied=applied))
        assert found.evidence is None
        assert found.why == f"ran on {name}, in the first run on XNNPACK"


def test_a_fallback_in_either_run_leaves_no_ratio() -> None:
    first, other = pair()
    fell = with_processes(first, lambda one: replace(one, status=Status.FALLBACK))
    assert held(fell, other).why == "another delegate ran (FALLBACK) in the first run"
    fell = with_processes(other, lambda one: replace(one, status=Status.FALLBACK))
    assert held(first, fell).why == "another delegate ran (FALLBACK)"


def test_another_program_that_no_digest_tells_leaves_no_ratio() -> None:
    first, other = (without_facts(run) for run in pair())
    assert held(first, other).evidence is not None
    devices = tuple(
        replace(one, tools=tuple(replace(tool, family="tflite") for tool in one.tools))
        for one in other.devices
    )
    found = held(first, replace(other, devices=devices))
    assert found.evidence is None
    assert found.why == "another program: tflite, in the first run litert"


def test_fewer_nodes_on_the_delegate_are_told_beside_the_ratio() -> None:
    first, other = pair()
    found = held(first, placed(other, nodes_delegated=7, partitions=2))
    assert found.evidence is not None
    assert found.note == (
        "placed otherwise: 7 nodes in 2 partitions, in the first run 10 nodes in 1 partition"
    )


def test_without_processes_that_count_there_is_no_ratio() -> None:
    first, other = two_runs(duel(BEFORE, [None, None, None, None]))
    found = held(first, other)
    assert found.evidence is None
    assert found.why.startswith("no process of the candidate counts")


def test_a_case_that_the_first_run_lacks() -> None:
    first, _ = pair()
    _, other = two_runs(unchanged("float32"))
    (found,) = hold(summarise(first), summarise(other)).values()
    assert found.why == "not in the first run"


def test_a_comparison_is_refused() -> None:
    first, other = (summarise(run) for run in pair())
    demand_plain([first, other])
    with pytest.raises(UsageError, match="compares two sides itself"):
        demand_plain([first, summarise(comparison_run(slower()))])
