"""The controller's clock jumps during a run; that of its devices does not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Shop
from .controllers import Controllers, controllers
from .fleet import Fleet, fake_tool, finished, fleet, names, suite, wait_for
from .invariants import clean, run_ids, whole

__all__ = ["fleet"]

SOURCE = Path(__file__).parents[1] / "rigs" / "common" / "clock.c"
DAY_S = 86_400
TEN_YEARS_S = 3_650 * DAY_S
# The tool waits until it is told to go on.
HELD = 'until [ -e go ]; do sleep 0.1; done; rm go; exec "$real" "$@"'


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """How many seconds the controllers' wall clock is off."""
    path = tmp_path / "clock"
    path.write_text("0")
    return path


@pytest.fixture
def jumpers(tmp_path: Path, clock: Path) -> Iterator[Controllers]:
    library = tmp_path / "clock.so"
    words = ["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]
    subprocess.run(words, check=True)
    before = ["env", f"LD_PRELOAD={library}", f"BENCHHUB_TEST_CLOCK={clock}"]
    with controllers(tmp_path, before) as server:
        yield server


def jump(clock: Path, seconds: int) -> None:
    """In one step, as a reader may come at any time."""
    part = clock.with_name("clock.new")
    part.write_text(str(seconds))
    part.replace(clock)


@pytest.mark.rig("sshd", "benchmark_model", "gcc")
@pytest.mark.fault("clock jump: a day back, then ten years on, while measuring", place="controller")
def test_a_run_goes_on_whatever_the_clock_says(
    fleet: Fleet, shop: Shop, jumpers: Controllers, clock: Path
) -> None:
    stations = [fleet.host("host"), fleet.station("ssh")]
    for station in stations:
        fake_tool(station, HELD)
    words = ("run", shop.suite(suite(3)), "--devices", names(stations))
    began = os.times().elapsed
    controller = jumpers.start(shop, *words, env={})
    here, there = shop.root / "go", stations[1].folder / "go"
    for done, seconds in enumerate((0, -DAY_S, TEN_YEARS_S)):
        wait_for(lambda: all(finished(shop, s.name) == done for s in stations), "records")  # noqa: B023
        wait_for(there.parent.exists, "the board's folder")
        jump(clock, seconds)
        for go in (here, there):
            go.touch()
    ended = controller.wait()
    assert ended.code == 0, ended.err
    took_s = os.times().elapsed - began
    (first,) = run_ids(shop)
    run = whole(shop, first, {})
    assert run.end is not None
    assert 0 < run.end.seconds < took_s
    assert all(0 < one.seconds < took_s for one in run.invocations)
    started = sorted({one.started[:4] for one in run.invocations})
    assert int(started[-1]) - int(started[0]) >= 9  # it did jump
    clean(stations)

    # Run ids are in the order in which runs began, also those of the past.
    jump(clock, -DAY_S)
    here.touch()
    again = jumpers.start(shop, *words[:2], "--devices", "host", "--rounds", "1", env={}).wait()
    assert again.code == 0, again.err
    (second,) = run_ids(shop) - {first}
    assert first < second
    assert shop.run().plan.run_id == second
    whole(shop, second, {})
    clean(stations)
