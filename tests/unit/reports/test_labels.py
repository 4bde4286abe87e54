from __future__ import annotations

import itertools
import random

import pytest

from benchhub.reports.labels import Box, Dot, place

AREA = Box(42, 45, 338, 258)


def dots(kind: str, seed: int) -> list[Dot]:
    """Fifteen points with labels of several lengths."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311

    def centre() -> tuple[float, float]:
        if kind == "same":
            return 100.0, 150.0
        if kind == "clusters":
            return chance.gauss(chance.choice((80, 250)), 8), chance.gauss(200, 10)
        if kind == "line":
            return chance.uniform(50, 330), 200.0
        return chance.uniform(50, 330), chance.uniform(50, 250)

    return [Dot(*centre(), chance.uniform(2, 7), chance.uniform(30, 115), 12.5) for _ in range(15)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["same", "clusters", "line", "anywhere"])
def test_fifteen_labels_cover_nothing_and_stay_inside(kind: str, seed: int) -> None:
    points = dots(kind, seed)
    boxes = place(points, AREA)
    assert [(box.right - box.left, box.top - box.bottom) for box in boxes] == [
        (pytest.approx(dot.width), pytest.approx(dot.height)) for dot in points
    ]
    assert not [1 for one, two in itertools.combinations(boxes, 2) if one.overlap(two)]
    assert not [box for box in boxes if box.outside(AREA)]
    assert not [1 for box in boxes for dot in points if box.overlap(dot.box)]


def test_a_label_without_neighbours_is_beside_its_point() -> None:
    dot = Dot(150, 150, 5, 60, 12)
    (box,) = place([dot], AREA)
    assert box.gap(dot.box) < 3
    assert not box.overlap(dot.box)


def test_a_label_is_not_beside_the_point_of_another_one() -> None:
    left, right = Dot(150, 150, 3, 60, 12), Dot(165, 150, 3, 60, 12)
    boxes = place([left, right], AREA)
    assert boxes[0].gap(right.box) > 5
    assert boxes[1].gap(left.box) > 5


def test_lines_and_taken_places_are_left_free() -> None:
    dot = Dot(150, 150, 3, 60, 12)
    free = place([dot], AREA)[0]
    across = (free.left, (free.bottom + free.top) / 2, free.right, (free.bottom + free.top) / 2)
    assert place([dot], AREA, [across])[0] != free
    assert not place([dot], AREA, [], [free])[0].overlap(free)
    far = (0.0, 0.0, 10.0, 0.0)
    assert place([dot], AREA, [far])[0] == free


def test_the_first_is_nearest() -> None:
    crowd = [Dot(200, 150, 3, 100, 12.5) for _ in range(12)]
    gaps = [box.gap(dot.box) for box, dot in zip(place(crowd, AREA), crowd, strict=True)]
    assert gaps[0] == min(gaps)
    assert gaps[0] < 10 < max(gaps)
