from __future__ import annotations

from types import ModuleType

from benchhub.analysis.summary import summarise
from benchhub.records import Status
from benchhub.reports.operators import render_operators
from benchhub.reports.terminal import render_summary


def test_every_device_has_its_answer(invented: ModuleType) -> None:
    summary = summarise(invented.invented_run())
    *blocks, across = render_summary(summary).split("\n\n")
    assert across.startswith("across devices\n")
    assert [block.split(" · ")[0] for block in blocks] == [one.name for one in summary.devices]
    for block in blocks:
        assert "\n  fastest: " in block
        assert "\n  slowest operators of " in block


def test_a_fallback_is_not_called_by_the_delegates_name(invented: ModuleType) -> None:
    summary = summarise(invented.invented_run())
    fallen = [
        case
        for device in summary.devices
        for case in device.cases
        if case.status is Status.FALLBACK
    ]
    assert fallen
    lines = render_summary(summary).splitlines()
    rows = [line for line in lines if "  FALLBACK" in line and not line.endswith(".")]
    assert len(rows) == len(fallen)
    for line, case in zip(rows, fallen, strict=True):
        row, _, asked = line.partition("  asked for ")
        assert asked.split("  ")[0] == case.case.configuration.name
        requested = case.placement.requested if case.placement else ""
        assert requested
        assert requested not in row
        assert "built-in kernels" in row
        assert "\N{MULTIPLICATION SIGN}" not in row  # no speed-up of a delegate that did not run


def test_what_went_wrong_stands_below_with_its_reason(invented: ModuleType) -> None:
    summary = summarise(invented.invented_run())
    text = render_summary(summary)
    for device in summary.devices:
        for case in device.cases:
            for failure in case.failures:
                assert failure.message in text


def test_an_interrupted_run_says_how_much_is_there(invented: ModuleType) -> None:
    run = invented.interrupted_run()
    text = render_summary(summarise(run))
    done, planned = len(run.invocations), len(run.plan.invocations)
    assert done < planned
    assert f"  {done} of {planned} invocations were run" in text


def test_operators(invented: ModuleType) -> None:
    (device,) = summarise(invented.small_run()).devices
    case = next(one for one in device.cases if one.operators)
    lines = render_operators("host", case, 2, by_type=False).splitlines()
    assert lines[0].startswith(f"{case.case.id} on host: ")
    assert lines[0].endswith(" ms measured without it")
    assert lines[2].split() == ["node", "operator", "name", "or", "kernel", "ms", "share", "cum."]
    assert case.operators is not None
    assert (
        lines[-1] == f"  and {len(case.operators.rows) - 2} more: --top {len(case.operators.rows)}"
    )
    types = render_operators("host", case, 2, by_type=True).splitlines()
    assert types[2].split() == ["operator", "count", "ms", "share"]
