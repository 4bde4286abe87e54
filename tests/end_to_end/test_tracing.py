"""`trace: true`: Android's tracer around one more process of each case, else a drawn timeline.

The rig's phone has no perfetto: STAND_IN plays the part of it that is relied on, by the files and
signals that Perfetto's documentation tells of. Real traces were not recorded by the project yet.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchhub.records import Invocation, Purpose, Severity, Status

from ..rigs.adbd_device import Adbd
from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening
from ..rigs.sshd_device import Sshd
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .fleet import Fleet, Station, fleet, lines_of, processing, wait_for

__all__ = ["fleet"]

PROPERTY = "debug.tflite.trace"
TRACED = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + "measure: {rounds: 1, profile_rounds: 1, num_runs: 3, warmup_runs: 1, timeout: 60}\n"
    + "trace: true\n"
)

# Reads its configuration, says that it is connected, and writes the trace when it gets a SIGTERM:
# what it was configured with, and what the property was while it recorded.
STAND_IN = """\
#!/system/bin/sh
[ "$1 $2 $3 $4" = "--txt -c - -o" ] || { echo "wrong arguments: $*" >&2; exit 1; }
config=$(cat) out=$5
finish() { echo "$config" >"$out"; echo "property=$(getprop debug.tflite.trace)" >>"$out"; exit 0; }
trap finish TERM
echo "[110.186] perfetto_cmd.cc:999 Connected to the Perfetto traced service, TTL: 90s" >&2
while :; do sleep 0.05; done
"""
BROKEN = """\
#!/system/bin/sh
cat >/dev/null
echo "[1.2] perfetto_cmd.cc:1 Could not connect to the traced socket" >&2
exit 1
"""


def with_tracer(phone: Adbd, script: str = STAND_IN) -> Adbd:
    """Switch the phone off and on again with that as its perfetto."""
    phone.power_off()
    program = phone.root / "system" / "bin" / "perfetto"
    program.write_text(script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    kept = phone.root / "data" / "misc" / "perfetto-traces"
    kept.mkdir(exist_ok=True)
    kept.chmod(0o777)
    phone.start()
    return phone


def set_property(phone: Adbd, value: str) -> None:
    path = phone.seen / "data" / "property" / PROPERTY
    path.write_text(f"{value}\n")
    path.chmod(0o666)


def told_property(phone: Adbd) -> str:
    path = phone.seen / "data" / "property" / PROPERTY
    return path.read_text().strip() if path.exists() else ""


def traces(shop: Shop, device: str) -> tuple[Invocation, Path]:
    """The record of the only trace, and its folder."""
    (one,) = (i for i in shop.run().invocations if i.purpose is Purpose.TRACE)
    (folder,) = shop.root.glob(f".benchhub/runs/*/invocations/{device}/{one.number:04d}-*")
    return one, folder


def check_timeline(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules of Chrome's trace events that viewers rely on; returns the operators."""
    events = document["traceEvents"]
    assert {event["ph"] for event in events} == {"M", "X"}
    slices = [event for event in events if event["ph"] == "X"]
    for event in slices:
        assert isinstance(event["name"], str)
        assert isinstance(event["pid"], int)
        assert isinstance(event["tid"], int)
        assert event["ts"] >= 0
        assert event["dur"] >= 0
        assert "synthetic" in event["args"]["timeline"]
    return [event for event in slices if event["cat"] == "op"]


def test_the_host_draws_its_profile(shop: Shop) -> None:
    ended = shop.call("run", shop.suite(TRACED), "--devices", "host")
    assert ended.code == 0, ended.err
    one, folder = traces(shop, "host")
    assert one.status is Status.OK
    assert one.argv == ()
    (finding,) = one.reading.findings
    assert (finding.id, finding.severity) == ("trace.synthetic", Severity.INFO)
    assert "host: there is a tracer of the system on Android only." in finding.evidence
    ops = check_timeline(json.loads((folder / "trace.json").read_text()))
    assert len(ops) == 66
    (profile,) = (i for i in shop.run().invocations if i.purpose is Purpose.PROFILE)
    assert profile.reading.profile
    assert sum(op["dur"] for op in ops) == pytest.approx(profile.reading.profile.total_us, abs=0.1)
    (line,) = (line for line in ended.out.splitlines() if line.startswith("traces "))
    assert folder in shop.root.glob(line.split()[1])
    report = next(shop.root.glob("reports/*.html")).read_text()
    assert f"{folder.name}/trace.json" in report


def test_without_a_profile_there_is_nothing_to_draw(shop: Shop) -> None:
    text = TRACED.replace("profile_rounds: 1", "profile_rounds: 0")
    ended = shop.call("run", shop.suite(text), "--devices", "host")
    assert ended.code == 0, ended.err  # the figures stand without it
    assert "profile_rounds: 1" in ended.err
    latency, trace = shop.run().invocations
    assert latency.status is Status.OK
    assert trace.reading.failure
    assert trace.reading.failure.kind == "trace"


@pytest.mark.rig("sshd", "benchmark_model")
def test_a_board_draws_its_profile(fleet: Fleet, shop: Shop, sshd: Sshd) -> None:
    station = fleet.ssh("board", sshd)
    ended = shop.call("run", shop.suite(TRACED), "--devices", "board")
    assert ended.code == 0, ended.err
    _, folder = traces(shop, "board")
    assert check_timeline(json.loads((folder / "trace.json").read_text()))
    station.assert_clean()


@pytest.mark.rig("adbd", "benchmark_model")
@pytest.mark.parametrize("before", ["", "0", "1"])
def test_a_phone_is_traced(fleet: Fleet, shop: Shop, adbd: Adbd, before: str) -> None:
    station = fleet.adb_direct("phone", with_tracer(adbd))
    if before:
        set_property(adbd, before)
    ended = shop.call("run", shop.suite(TRACED), "--devices", "phone")
    assert ended.code == 0, ended.err
    assert lines_of(station, ended.err) == []
    one, folder = traces(shop, "phone")
    assert one.status is Status.OK
    assert one.reading.latency
    assert one.reading.latency.n == 3
    recorded = (folder / "trace.perfetto-trace").read_text()
    assert 'atrace_apps: "*"' in recorded
    assert "duration_ms: 90000" in recorded
    assert recorded.splitlines()[-1] == "property=1"
    assert {"trace.perfetto-trace", "perfetto.log"} < set(one.artifacts)
    assert "Connected" not in (folder / "stderr.txt").read_text()
    assert told_property(adbd) == before
    others = [i for i in shop.run().invocations if i.purpose is not Purpose.TRACE]
    assert not any("perfetto" in word for other in others for word in other.argv)
    assert list((adbd.seen / "data/misc/perfetto-traces").iterdir()) == []
    station.assert_clean()


def drawn_instead(station: Station, shop: Shop, said: str) -> Invocation:
    """The run is complete; one line says why there is no recording."""
    ended = shop.call("run", shop.suite(TRACED), "--devices", station.name)
    assert ended.code == 0, ended.err
    (line,) = lines_of(station, ended.err)
    assert said in line
    assert line.endswith("Traces are drawn from operator times.")
    one, folder = traces(shop, station.name)
    check_timeline(json.loads((folder / "trace.json").read_text()))
    station.assert_clean()
    return one


@pytest.mark.rig("adbd", "benchmark_model")
def test_a_phone_without_perfetto(fleet: Fleet, shop: Shop, adbd: Adbd) -> None:
    station = fleet.adb_direct("phone", adbd)
    one = drawn_instead(station, shop, "phone: there is no perfetto on this device.")
    assert one.argv == ()


@pytest.mark.rig("adbd", "benchmark_model")
def test_a_phone_whose_tracing_services_are_off(fleet: Fleet, shop: Shop, adbd: Adbd) -> None:
    station = fleet.adb_direct("phone", with_tracer(adbd, BROKEN))
    said = "perfetto recorded nothing: [1.2] perfetto_cmd.cc:1 Could not connect"
    one = drawn_instead(station, shop, said)
    assert one.status is Status.OK
    assert one.reading.latency  # the process ran all the same
    assert told_property(adbd) == ""


@pytest.mark.rig("adbd", "benchmark_model")
def test_the_property_is_put_back_after_a_cut_in_the_middle(
    fleet: Fleet, shop: Shop, adbd: Adbd, fault_proxy: Callable[[Listening], FaultProxy]
) -> None:
    proxy = fault_proxy(with_tracer(adbd))
    station = fleet.adb_direct("phone", adbd, proxy)
    set_property(adbd, "0")
    process = shop.start("run", shop.suite(TRACED), "--devices", "phone")
    wait_for(lambda: processing(station, "bin/perfetto"), "the tracer runs")
    assert told_property(adbd) == "1"
    proxy.drop()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert len(lines_of(station, err)) == 2  # lost and back
    _, folder = traces(shop, "phone")
    assert (folder / "trace.perfetto-trace").read_text().endswith("property=1\n")
    assert told_property(adbd) == "0"
    station.assert_clean()


@pytest.mark.rig("adbd", "benchmark_model")
def test_whoever_comes_next_puts_the_property_back(fleet: Fleet, shop: Shop, adbd: Adbd) -> None:
    station = fleet.adb_direct("phone", with_tracer(adbd))
    process = shop.start("run", shop.suite(TRACED), "--devices", "phone")
    wait_for(lambda: processing(station, "bin/perfetto"), "the tracer runs")
    process.kill()
    process.communicate()
    assert told_property(adbd) == "1"
    assert shop.call("devices", "clean", "phone").code == 0
    assert told_property(adbd) == ""
    assert adbd.left_over(10) == []
