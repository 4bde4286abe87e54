"""The exit code of a run: failures first, then whether it was as the suite demands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.cli.running import exit_code
from benchhub.records import Budgets, Case, Failure, Reading, Run, Status

from ..reports import accelerated, invented

NOTHING = Budgets()
ALLOWED = Budgets(allow_fallback=True)


def run_of(case: Case, budgets: Budgets = NOTHING) -> Run:
    asked = accelerated.with_budgets(case, budgets)
    return accelerated.accelerated_run((accelerated.PLAIN, asked))


@pytest.mark.parametrize(
    ("case", "budgets", "code"),
    [
        (accelerated.CPU, Budgets(), 0),
        (accelerated.PARTIAL, Budgets(), 0),
        (accelerated.PARTIAL, Budgets(min_delegated=0.9, max_partitions=2), 0),
        (accelerated.PARTIAL, Budgets(min_delegated=0.99), 6),
        (accelerated.PARTIAL, Budgets(max_partitions=1), 6),
        (accelerated.FALLEN, Budgets(), 6),
        (accelerated.FALLEN, ALLOWED, 0),
        (accelerated.FALLEN, Budgets(min_delegated=0.5, allow_fallback=True), 0),
        (accelerated.UNTOLD, Budgets(), 6),
        (accelerated.UNTOLD, ALLOWED, 0),
        (accelerated.WRONG, Budgets(), 6),
        (accelerated.WRONG, ALLOWED, 6),
    ],
)
def test_what_the_suite_demands(case: Case, budgets: Budgets, code: int) -> None:
    assert exit_code(run_of(case, budgets)) == code


@pytest.mark.parametrize(("codes", "code"), [((2,), 2), ((3,), 3), ((124,), 124), ((2, 3), 3)])
def test_a_failure_keeps_its_code_beside_a_fallback(codes: tuple[int, ...], code: int) -> None:
    run = run_of(accelerated.FALLEN)
    changed = list(run.invocations)
    for i, failed in enumerate(codes):
        failure = Failure("model", "it failed.", "", failed)
        changed[i] = replace(changed[i], status=Status.FAILED, reading=Reading(failure=failure))
    assert exit_code(replace(run, invocations=tuple(changed))) == code


def test_a_device_that_was_not_fit_comes_before_what_it_demands() -> None:
    run = run_of(accelerated.FALLEN)
    invalid = tuple(replace(one, status=Status.INVALID) for one in run.invocations)
    assert exit_code(replace(run, invocations=invalid)) == 3


def test_a_case_without_a_number_demands_nothing() -> None:
    """It was interrupted before: what is missing is told elsewhere."""
    run = run_of(accelerated.FALLEN)
    assert exit_code(replace(run, invocations=())) == 0


def test_a_plain_run_is_fine() -> None:
    assert exit_code(invented.small_run()) == 0
