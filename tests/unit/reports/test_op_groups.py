from __future__ import annotations

import pytest

from benchhub.reports import op_groups
from benchhub.reports.op_groups import UNNAMED, by_layer, by_type

from .op_lines_made import line

LINES = (
    line(0, "CONV_2D", 50, "block_1_a/x", macs=6000, room=10.0),
    line(1, "ADD", 20, "block_1_b/y", macs=0, room=None),
    line(2, "CONV_2D", 30, "block_2_a/z", macs=2000, room=5.0),
)


def test_types_are_summed_up_dearest_first() -> None:
    found = by_type(LINES)
    conv, add = found.groups
    assert (conv.name, conv.count, conv.mean_us, conv.share) == ("CONV_2D", 2, 80, 0.8)
    assert (conv.macs, conv.traffic, conv.headroom_us) == (8000, 2000, 15)
    assert conv.gmacs_per_s == pytest.approx(8000 / 80 / 1000)
    assert conv.intensity == 4
    assert (add.macs, add.gmacs_per_s, add.headroom_us, add.delta_us) == (0, None, None, None)
    assert found.of == (0, 1, 0)


def test_a_sum_needs_each_of_its_parts() -> None:
    (conv,) = by_type((*LINES[::2], line(3, "CONV_2D", 1))).groups
    assert (conv.macs, conv.traffic, conv.headroom_us) == (None, None, None)


def test_layers_are_told_by_names() -> None:
    lines = (*LINES, line(3, "MUL", 1), line(4, "ADD", 4, "block_2_b/q"))
    found = by_layer(lines)
    assert found is not None
    assert [(one.name, one.count, one.mean_us) for one in found.groups] == [
        ("block_1", 2, 70),
        ("block_2", 2, 34),
        (UNNAMED, 1, 1),
    ]
    assert found.of == (0, 0, 1, 2, 1)


@pytest.mark.parametrize("paths", [("", "", ""), ("a/x", "b/x", "c/x"), ("a", "a", "a")])
def test_names_that_tell_no_layers(paths: tuple[str, ...]) -> None:
    assert by_layer([line(i, "ADD", 1, path) for i, path in enumerate(paths)]) is None


def test_what_is_inside_another_operator_counts_once() -> None:
    found = by_type((*LINES, line(0, "ADD", 99, subgraph=1)))
    assert [one.count for one in found.groups] == [2, 1]
    assert found.of[-1] is None


def test_further_groups_are_summed_up_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(op_groups, "MOST_GROUPS", 3)
    found = by_type([line(i, f"T{i}", 10 - i) for i in range(5)])
    assert [(one.name, one.count) for one in found.groups] == [
        ("T0", 1),
        ("T1", 1),
        ("3 further types", 3),
    ]
    assert found.of == (0, 1, 2, 2, 2)
