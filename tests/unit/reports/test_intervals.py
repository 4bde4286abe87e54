from __future__ import annotations

import math

import pytest

from benchhub.analysis.judgement import judge
from benchhub.analysis.verdict_figures import Figures, figures, worst_first
from benchhub.records import GateSpec
from benchhub.reports.intervals import Row, Scale, rows, scale_of

from ..comparisons import Duel, comparison_run, duel, noisy, slower, unchanged


def table(*duels: Duel, gate: GateSpec | None = None) -> tuple[Scale, tuple[Row, ...]]:
    ranked: list[Figures] = worst_first(figures(judge(comparison_run(*duels, gate=gate))))
    scale = scale_of(ranked)
    anchors = {(one.case.device, one.case.case_id): f"a{i}" for i, one in enumerate(ranked)}
    return scale, rows(ranked, scale, anchors)


def test_all_is_drawn_on_one_scale() -> None:
    scale, (worse, same) = table(slower(), unchanged("float32"))
    assert scale.half == 0.2
    assert scale.ticks == ((0.0, "\N{MINUS SIGN}20"), (50.0, "0"), (100.0, "+20"))
    assert worse.drawn
    assert same.drawn
    change = worse.figures.change
    assert change is not None
    assert worse.drawn.value == pytest.approx(50 + 50 * change / 0.2, abs=0.01)
    assert worse.drawn.low < worse.drawn.value < worse.drawn.high
    assert worse.drawn.effect == same.drawn.effect == (42.5, 15.0)
    logs = [pair.log_ratio for pair in worse.figures.case.pairs]
    for place, log in zip(worse.drawn.pairs, logs, strict=True):
        assert log is not None
        assert place == pytest.approx(50 + 50 * math.expm1(log) / 0.2, abs=0.01)


def test_the_scale_shows_the_minimum_effect_and_not_every_wide_interval() -> None:
    assert table(unchanged())[0].half == 0.1
    assert table(unchanged(), gate=GateSpec(min_effect=0.02))[0].half == 0.05
    scale, (undecided, _) = table(noisy(), unchanged("float32"))
    assert undecided.figures.high is not None
    assert undecided.figures.high > scale.half
    assert undecided.drawn
    assert undecided.drawn.high == 100.0
    assert not undecided.drawn.beyond


def test_what_is_beyond_stands_at_the_edge() -> None:
    scale, (row,) = table(duel([300.0] * 8, [1500.0, 1510.0] * 4))
    assert scale.half == 1.0
    assert row.drawn
    assert row.drawn.beyond
    assert row.drawn.value == 100.0


def test_what_was_not_measured_is_not_drawn() -> None:
    _, (row,) = table(duel([300.0] * 8, [None] * 8))
    assert row.drawn is None
    assert row.extent == "0 of 8"
