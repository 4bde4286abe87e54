from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import CpuCluster, DeviceFacts, Run, Telemetry
from benchhub.reports import devices
from benchhub.reports.environment import environment
from benchhub.reports.html import render_html
from benchhub.reports.terminal import render_summary

PHONE = DeviceFacts(
    os="Android 14",
    kernel="5.15",
    arch="aarch64",
    cpu="Example BS8000",
    cores=8,
    memory_bytes=None,
    kind="android",
    abis=("arm64-v8a",),
    soc="Example BS8000",
    model="Example Phone",
    api_level=34,
    fingerprint="a/b/c",
    clusters=(
        CpuCluster((0, 1, 2, 3), 1804800),
        CpuCluster((4, 5, 6), 2419200),
        CpuCluster((7,), 3187200),
    ),
    user="shell",
)


def phone_run(run: Run, before: Telemetry, after: Telemetry) -> Run:
    return replace(
        run,
        devices=(replace(run.devices[0], facts=PHONE),),
        invocations=tuple(replace(one, before=before, after=after) for one in run.invocations),
    )


def test_results_from_a_shell_are_labelled_wherever_they_are_read(invented: ModuleType) -> None:
    run = phone_run(invented.small_run(), Telemetry(), Telemetry())
    summary = summarise(run)
    label = "from a shell process (not an app; foreground apps can be faster, by 1.6x or more)"
    assert f"\n  results are {label}\n" in render_summary(summary)
    assert render_html(summary, invented.logs).count(label) == 2  # first screen and environment
    assert dict(environment(summary).devices.rows)["Results are"] == (label,)
    plain = summarise(invented.small_run())
    assert "shell process" not in render_summary(plain)
    assert "shell process" not in render_html(plain, invented.logs)


def test_a_phone_in_the_environment(invented: ModuleType) -> None:
    before = Telemetry(battery_percent=83.0, charging=False, thermal_status=0)
    after = Telemetry(battery_percent=79.0, charging=False, thermal_status=2)
    summary = summarise(phone_run(invented.small_run(), before, after))
    rows = dict(environment(summary).devices.rows)
    assert rows["Model"] == ("Example Phone",)
    assert rows["System on chip"] == ("Example BS8000",)
    assert rows["System"] == ("Android 14 (API 34)",)
    assert rows["CPUs by highest frequency"] == ("4 × 1.80 + 3 × 2.42 + 1 × 3.19 GHz",)
    assert rows["Build platform"] == ("android_arm64",)
    assert rows["Battery"] == ("83\N{NO-BREAK SPACE}% to 79\N{NO-BREAK SPACE}%",)
    assert rows["Highest thermal status"] == ("2 (moderate)",)
    assert "Throttling" not in rows
    text = render_summary(summary)
    assert "host · Example Phone, Example BS8000, 8 cores, 4 × 1.80 + 3 × 2.42" in text
    assert "\n  thermal status rose to 2 (moderate)\n" in text


def test_rows_that_no_device_tells_are_left_out(invented: ModuleType) -> None:
    rows = dict(environment(summarise(invented.small_run())).devices.rows)
    assert set(rows) == {
        "Transport", "Processor", "Cores", "Memory, MB", "Architecture", "System", "Kernel",
        "Governor", "Frequency limits, GHz",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "since_boot", "said"),
    [
        ((), (), "none"),
        (("throttled",), ("throttled",), "throttled"),
        ((), ("under-voltage",), "under-voltage at some time since the boot"),
        (
            ("frequency capped",),
            ("frequency capped", "under-voltage"),
            "frequency capped; under-voltage at some time since the boot",
        ),
    ],
)
def test_throttling(
    invented: ModuleType, now: tuple[str, ...], since_boot: tuple[str, ...], said: str
) -> None:
    state = Telemetry(throttled=now, throttled_since_boot=since_boot)
    run = phone_run(invented.small_run(), Telemetry(), state)
    assert devices.throttling(run.invocations) == said
    assert ("throttling: " in render_summary(summarise(run))) is (said != "none")


def test_what_is_not_told_has_no_words(invented: ModuleType) -> None:
    nothing = DeviceFacts(None, None, None, None, None, None)
    assert devices.name_of(nothing) == ""
    assert devices.system(nothing) is devices.clusters(nothing) is None
    unknown = replace(nothing, clusters=(CpuCluster((0, 1), None),))
    assert devices.clusters(unknown) is None
    run = phone_run(invented.small_run(), Telemetry(), Telemetry())
    told = (devices.battery, devices.thermal_status, devices.throttling)
    assert [one(run.invocations) for one in told] == [None, None, None]


def test_charging_is_told(invented: ModuleType) -> None:
    on, off = (Telemetry(battery_percent=50.0, charging=one) for one in (True, False))
    run = invented.small_run()
    full = phone_run(run, on, on).invocations
    assert devices.battery(full) == "50\N{NO-BREAK SPACE}%, charging"
    sometimes = phone_run(run, on, off).invocations
    assert devices.battery(sometimes) == "50\N{NO-BREAK SPACE}%, at times charging"
