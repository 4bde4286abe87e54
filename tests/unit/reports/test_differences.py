from __future__ import annotations

from dataclasses import replace

from benchhub.records import Run
from benchhub.reports.differences import differences

from ..apart import quiet, two_runs, with_facts, with_processes, without_facts
from ..comparisons import duel


def pair() -> tuple[Run, Run]:
    return two_runs(duel(quiet(4, 1), quiet(4, 2), sha256="5" * 64))


def test_nothing_differs() -> None:
    found = differences(pair())
    assert found.rows == ()
    assert found.equal > 8


def test_only_what_differs_with_what_to_make_of_it() -> None:
    first, other = pair()
    third = replace(other, plan=replace(other.plan, run_id="01THIRD0", suite="other"))
    found = differences([first, with_facts(other, kernel="7.0"), third])
    (build, suite) = found.rows
    assert build.fact == "build"
    assert build.places == ("host",)
    old, new = (f"Debian GNU/Linux 13 (trixie), kernel {kernel}" for kernel in ("6.12.4", "7.0"))
    assert build.values == (old, new, old)
    assert build.reading == "check: no ratio where it differs"
    assert not build.expected
    assert (suite.fact, suite.places, suite.expected) == ("suite", (), True)
    assert suite.values == ("digits", "digits", "other")


def test_of_the_settings_only_those_that_differ() -> None:
    first, other = pair()
    measure = replace(other.plan.measure, num_runs=7)
    found = differences([first, replace(other, plan=replace(other.plan, measure=measure))])
    (row,) = found.rows
    assert row.values == ("num_runs 50", "num_runs 7")


def test_another_model_is_expected() -> None:
    found = differences(two_runs(duel(quiet(4, 1), quiet(4, 2))))
    (row,) = found.rows
    assert (row.fact, row.places, row.expected) == ("model", ("digits/int8",), True)


def test_the_state_of_the_device_is_to_be_checked() -> None:
    first, other = pair()
    hot = with_processes(
        other,
        lambda one: replace(one, before=replace(one.before, temperature_c={"x86_pkg_temp": 71.0})),
    )
    (row,) = differences([first, hot]).rows
    assert row.fact == "start temperature"
    assert row.values == ("45 °C", "71 °C")
    assert row.reading == "check: the device was in another state"


def test_what_is_not_told_is_no_difference_and_is_said() -> None:
    first, other = pair()
    found = differences([first, without_facts(other)])
    assert [one.fact for one in found.rows] == ["figures"]
    assert {"build", "cpu", "measure", "tool"} <= set(found.unknown)
