from __future__ import annotations

from benchhub.analysis.history import make_history
from benchhub.records import Status
from benchhub.reports.sparklines import HEIGHT, MOST_DOTS, WIDTH, spark_of, sparkline

from ..analysis.pasts import FAST, Night, make_past


def test_larger_is_higher_and_later_is_further_right() -> None:
    spark = sparkline([1.0, 2.0, 4.0], "three")
    xs, ys = zip(*spark.dots, strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)
    assert spark.last == spark.dots[-1]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in spark.dots)


def test_noise_is_not_blown_up() -> None:
    ys = [y for _, y in sparkline([100.0, 100.5, 99.8], "noise").dots]
    assert max(ys) - min(ys) < HEIGHT / 8


def test_a_gap_breaks_the_line_and_is_marked() -> None:
    spark = sparkline([1.0, 1.1, None, 1.2, 1.3], "a gap")
    assert len(spark.lines) == 2
    assert len(spark.left_out) == 1
    assert not sparkline([1.0, None, 1.1], "not measured", out=()).left_out


def test_one_figure_and_none() -> None:
    assert sparkline([3.0], "one").last == (WIDTH / 2, HEIGHT / 2)
    nothing = sparkline([None, None], "nothing")
    assert (nothing.lines, nothing.dots, nothing.last) == ((), (), None)
    assert sparkline([], "no runs").last is None


def test_many_runs_are_a_line_with_its_end() -> None:
    spark = sparkline([1.0 + i / 100 for i in range(MOST_DOTS + 1)], "many")
    assert spark.dots == ()
    assert spark.last is not None


def test_the_levels_of_a_series_say_which_way_it_went() -> None:
    late = Night(scale=lambda case: 1.1 if case == FAST.id else 1.0)
    invalid = Night(status=lambda _: Status.INVALID)
    history = make_history(make_past([Night()] * 15 + [invalid] + [late] * 9))
    (series,) = [one for one in history.series if one.case_id == FAST.id]
    places = {run_id: i for i, (run_id, _) in enumerate(history.runs)}
    spark = spark_of(series, places)
    assert [one.role for one in spark.levels] == ["same", "worse"]
    assert spark.levels[0].x2 < spark.left_out[0] < spark.levels[1].x1
    assert spark.levels[1].y < spark.levels[0].y
    assert spark.label.startswith("24 runs, 0.15")
    assert "since 01NIGH16" in spark.label
