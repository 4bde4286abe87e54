"""Tables keep to the width of the terminal, and lose no figure by it."""

from __future__ import annotations

import pytest

from benchhub.analysis.summary import summarise
from benchhub.reports.operators import render_operators
from benchhub.reports.tables import columns, fitted
from benchhub.reports.terminal import render_summary

from .invented import invented_run, small_run
from .odd_names import long_named_run

HEAD = ("model", "way", "ms", "MB", "placement")
ROWS = [
    ("mobilenet", "int8 xnnpack", "0.10", "1.0", "65/66 XNNPACK"),
    ("mobilenet", "float32 gpu", "10.25", "12.5", "64/66 GPU  PARTIAL  two partitions more than"),
]
LEFT = frozenset({0, 1, 4})


def at(width: int) -> list[str]:
    return fitted(HEAD, ROWS, LEFT, width, names=2, spare=(3,))


def test_a_table_that_fits_is_as_it_is() -> None:
    lines = columns(HEAD, ROWS, LEFT)
    assert at(max(map(len, lines))) == lines
    assert lines[1].index("0.10") + 1 == lines[2].index("10.25") + 1 + 1


def test_what_can_be_spared_goes_first() -> None:
    full = columns(HEAD, ROWS, LEFT)
    lines = at(max(map(len, full)) - 1)
    assert "MB" not in lines[0]
    assert len(lines) == len(full)


def test_then_names_stand_above_their_figures() -> None:
    lines = at(60)
    assert max(map(len, lines)) <= 60
    head, first, figures, *_ = lines
    assert first == "mobilenet int8 xnnpack"
    assert figures.split() == ["0.10", "1.0", "65/66", "XNNPACK"]
    assert head.index("placement") == figures.index("65/66")
    assert head.index("ms") + 2 == figures.index("0.10") + 4


def test_the_last_column_goes_on_below_itself() -> None:
    lines = at(40)
    assert max(map(len, lines)) <= 40
    place = lines[0].index("placement")
    *_, before, last = lines
    assert before[place:].startswith("64/66 GPU") or last[:place].isspace()
    assert "than" in last


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("make", [small_run, invented_run, long_named_run])
def test_a_summary_has_every_figure_at_every_width(make: object, width: int) -> None:
    assert callable(make)
    summary = summarise(make())
    text = render_summary(summary, width)
    # Sentences are left to the terminal; tables are what begins with their names and figures.
    for line in text.splitlines():
        if "± 95 %" in line:
            assert len(line) <= width
    times = [
        case.latency.value_us for device in summary.devices for case in device.cases if case.latency
    ]
    assert text.count("\N{PLUS-MINUS SIGN}") >= len(times)
    assert render_summary(summary) == render_summary(summary, 1000)


@pytest.mark.parametrize("width", [60, 80])
def test_operators_keep_to_the_terminal(width: int) -> None:
    (device,) = summarise(small_run()).devices
    case = next(one for one in device.cases if one.operators)
    text = render_operators(device.name, case, 5, by_type=False, width=width)
    table = text.splitlines()[2:8]
    assert max(map(len, table)) <= width
    assert "share" in table[0]
    assert len(render_operators(device.name, case, 5, by_type=False)) >= len(text)
