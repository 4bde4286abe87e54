"""Comparisons on boards and phones: verdicts of each device, lost connections, lost devices."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ..heavier_model import heavier
from ..rigs.adbd_device import Adbd
from .conftest import Shop
from .fleet import Fleet, Station, fake_tool, finished, fleet, names, processing, suite, wait_for

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

LOOKS = ("--looks", "5", "--min-effect", "30%")
# Long enough to be met in the middle of it.
SLOW = 'sleep 0.47; exec "$real" "$@"'


@pytest.fixture
def words(shop: Shop) -> tuple[str, ...]:
    """A comparison of the models with ones of three times the work."""
    models = shop.root / "suites" / "models"
    shutil.copytree(models, shop.root / "old")
    model = models / "mobilenet_v2_035_96_int8.tflite"
    model.write_bytes(heavier(model.read_bytes(), 2.0))
    text = f"{suite(num_runs=20)}gate: {{told_only: [size, MACs]}}\n"
    return ("ab", shop.suite(text), "--baseline", "old", *LOOKS)


def cases(out: str) -> dict[str, Any]:
    return {case["device"]: case for case in json.loads(out)["cases"]}


def test_each_device_has_its_verdict(fleet: Fleet, shop: Shop, words: tuple[str, ...]) -> None:
    stations = fleet.stations()
    ended = shop.call(*words, "--devices", names(stations), "--json", "-q")
    assert ended.code == 1, ended.err
    found = cases(ended.out)
    assert list(found) == [station.name for station in stations]
    for case in found.values():
        assert (case["verdict"], case["pairs_counted"], case["pairs_invalid"]) == (
            "REGRESSED",
            5,
            0,
        )
    for station in stations:
        station.assert_clean()
    # Both files are there, each once.
    sizes = {len(station.staged()) for station in stations}
    assert len(sizes) == 1


def test_a_pair_that_a_lost_connection_cuts_is_none(
    fleet: Fleet, shop: Shop, words: tuple[str, ...]
) -> None:
    station = fleet.station("adb-direct")
    fake_tool(station, SLOW)
    process = shop.start(*words, "--devices", station.name, "--json", "-q")
    wait_for(lambda: finished(shop) == 3, "one pair and a half")
    wait_for(lambda: processing(station, "sleep 0.47"), "the other half")
    assert isinstance(station.rig, Adbd)
    station.rig.kill_daemon()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    case = cases(out)[station.name]
    assert (case["verdict"], case["pairs_counted"]) == ("REGRESSED", 5)
    run = shop.run()
    assert len({one.session for one in run.invocations}) == 2
    station.assert_clean()


def test_a_device_that_stays_away_is_the_labs_fault(
    fleet: Fleet, shop: Shop, words: tuple[str, ...], tmp_path: Path
) -> None:
    station: Station = fleet.station("ssh").write(reconnect=2)
    fake_tool(station, SLOW)
    process = shop.start(*words, "--devices", station.name, "--junit", str(tmp_path / "j.xml"))
    wait_for(lambda: finished(shop) == 3, "one pair and a half")
    station.rig.power_off()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 3, out + err
    assert "did not come back within 2 s" in err
    assert f"benchhub ab --resume {shop.run().plan.run_id}" in err
    assert "<error" in (tmp_path / "j.xml").read_text()
