from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchhub.analysis.op_deltas import profiled_side
from benchhub.analysis.summary import summarise
from benchhub.records import OpTime
from benchhub.reports.numbers import MINUS, MISSING
from benchhub.reports.op_changes import BASELINE, REFERENCE, OpChanges, added, op_changes

from ..comparisons import Duel, Part, comparison_run, op_time

Profiles = Sequence[Sequence[OpTime]]


def conv(order: int, us: float, name: str, **fields: object) -> OpTime:
    return op_time(order, "CONV_2D", us, name=name, **fields)


def found(before: Profiles, after: Profiles, kind: str = BASELINE) -> OpChanges:
    duel = Duel(Part([300.0] * 2, profiles=before), Part([400.0] * 2, profiles=after))
    baseline, candidate = summarise(comparison_run(duel)).devices[0].cases
    return op_changes(profiled_side(baseline, None), profiled_side(candidate, None), kind)


def test_each_operator_has_what_it_adds() -> None:
    changes = found([[conv(0, 10, "a"), conv(1, 20, "b")]], [[conv(0, 10, "a"), conv(1, 25, "b")]])
    assert [changes.of[i].delta_us for i in (0, 1)] == [0, 5]
    assert changes.of[1].before_us == 20
    assert changes.n == (1, 1)
    assert not any(one.is_certain or one.moved or one.what for one in changes.all)


def test_a_difference_is_certain_where_profiles_do_not_overlap() -> None:
    changes = found([[conv(0, 10, "a")], [conv(0, 11, "a")]], [[conv(0, 12, "a")]] * 2)
    assert changes.of[0].is_certain


def test_new_and_removed_operators_of_a_baseline() -> None:
    before = [[conv(0, 10, "a"), op_time(1, "ADD", 7.0, name="gone")]]
    after = [[conv(0, 10, "a"), op_time(1, "MUL", 3.0, name="more")]]
    changes = found(before, after)
    assert (changes.of[1].what, changes.of[1].delta_us, changes.of[1].before_us) == ("new", 3, None)
    (gone,) = changes.removed
    assert (gone.what, gone.delta_us, gone.delta.name) == ("removed", -7, "gone")
    assert sum(one.delta_us or 0.0 for one in changes.all) == pytest.approx(-4)


def test_of_a_reference_nothing_is_said_without_a_match() -> None:
    before = [[conv(0, 10, "a"), op_time(1, "ADD", 7.0, name="gone")]]
    after = [[conv(0, 12, "a"), op_time(1, "MUL", 3.0, name="more")]]
    changes = found(before, after, REFERENCE)
    assert list(changes.of) == [0]
    assert changes.removed == ()


def test_of_several_operators_one_tells_the_difference() -> None:
    two = [conv(0, 10, "a"), op_time(1, "ADD", 7.0, name="b")]
    one = [conv(0, 15, "b")]
    fused = found([two], [one])
    assert [(key, it.delta_us, it.what) for key, it in fused.of.items()] == [
        (0, -2, "2 in the baseline")
    ]
    split = found([one], [two])
    assert [(it.delta_us, it.before_us, it.what) for it in split.of.values()] == [
        (2, 15, "1 of 2, 1 in the baseline"),
        (None, None, ""),
    ]


def test_who_ran_it_before_is_told_of_a_baseline_only() -> None:
    inside = op_time(0, "Convolution", 10.0, name="", node=None, delegate="xnnpack")
    before, after = [[inside]], [[conv(0, 30, "a")]]
    assert found(before, after).of[0].moved
    assert not found(before, after, REFERENCE).of[0].moved


@pytest.mark.parametrize(
    ("us", "text"), [(2900.0, "+2.90"), (-1.0, f"{MINUS}0.00100"), (0.0, "0"), (None, MISSING)]
)
def test_what_is_added_has_a_sign(us: float | None, text: str) -> None:
    assert added(us) == text
