"""What devices and the programs that reach them answer."""

from __future__ import annotations

from contextlib import suppress

from benchhub.devices.adb.server import read_listing
from benchhub.devices.clusters import cpu_list, cpus_for, parse_cpu_list
from benchhub.devices.dumpsys import read_battery, read_thermal
from benchhub.devices.examination import (
    check_android,
    check_folder,
    check_platform,
    parse_folder,
    programs,
)
from benchhub.devices.facts import parse_facts
from benchhub.devices.fake import Answer, FakeTransport
from benchhub.devices.lease import look
from benchhub.devices.settings import plan_governor, read_governors
from benchhub.devices.telemetry import parse_telemetry
from benchhub.devices.told import pairs
from benchhub.results.codec import encode
from tests.fuzz.seeds import files, texts
from tests.fuzz.target import Form, Target

_LEASE = (
    '0b5c9f0e-boot\n1234.5\n{"owner": "a", "host": "h", "pid": 1, "where": "w", "started": "5", '
    '"since": "2026-01-02T03:04:05+00:00", "run_id": "01ABCDEF", "session": "s", '
    '"boot_id": "0b5c9f0e-boot", "expires_s": 2000.5, "changes": [{"path": "/sys/x", '
    '"old": "a", "new": "b"}]}'
)
_BATTERY = """Current Battery Service state:
  AC powered: false
  status: 3
  present: true
  level: 87
  scale: 100
  temperature: 281
"""
_THERMAL = """IsStatusOverride: false
Thermal Status: 1
Current temperatures from HAL:
\tTemperature{mValue=36.5, mType=0, mName=cpu0, mStatus=0}
Current cooling devices from HAL:
"""
_FOLDER = """base=/data/local/tmp
written=yes
ran=ran
space=/dev/block/dm-5 112334 51234 61100 46% /data
"""
_GOVERNORS = """governor:/sys/p0=schedutil
known:/sys/p0=performance schedutil
writable:/sys/p0=yes
"""
_LISTING = """0a388e93 device usb:1-1 product:razor model:Nexus_7 device:flo transport_id:1
emulator-5554 offline transport_id:2
1234 no permissions (user is not in the plugdev group); see [http://x]
"""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _answering(data: bytes) -> FakeTransport:
    return FakeTransport("fake", [Answer("", _text(data))])


def _facts(data: bytes) -> None:
    facts = parse_facts(_text(data))
    encode(facts)
    check_platform(facts)
    check_android(facts)
    for affinity in ("big", "little", "0-3", "prime"):
        with suppress(ValueError):
            cpus_for(affinity, facts)


def _telemetry(data: bytes) -> None:
    encode(parse_telemetry(_text(data)))


def _dumpsys(data: bytes) -> None:
    read_battery(_text(data))
    read_thermal(_text(data))


def _folder(data: bytes) -> None:
    text = _text(data)
    check_folder(parse_folder(text), "/data/local/tmp/benchhub", "devices/phone.yaml")
    programs(dict(pairs(text)), local=False)


def _lease(data: bytes) -> None:
    sight = look(_answering(data))
    sight.stale()
    str(sight.lease)


def _governors(data: bytes) -> None:
    read_governors(_answering(data))
    plan_governor(_answering(data), "performance")


def _listing(data: bytes) -> None:
    read_listing(_text(data))


def _cpus(data: bytes) -> None:
    with suppress(ValueError):
        cpu_list(parse_cpu_list(_text(data)))


TARGETS = (
    Target(
        "facts",
        _facts,
        files("tests/recorded/device/*.facts.txt"),
        Form.LINES,
        (
            "android=",
            "cores=",
            "allowed=",
            "capacity.0=",
            "hardware_khz.0=",
            "memory_kb=",
            "governor=",
            "min_khz=",
            "ro.build.version.sdk=",
            "uid=",
            "libc=",
            "abi=",
            "0-3,7",
        ),
        0.6,
    ),
    Target(
        "telemetry",
        _telemetry,
        files("tests/recorded/device/*.telemetry.txt"),
        Form.LINES,
        (
            "load=",
            "khz.cpu0=",
            "temp.x=",
            "throttled=0x",
            "battery.percent=",
            "service=battery",
            "service=thermalservice",
            "available_kb=",
            "governor.policy0=",
        ),
        0.6,
    ),
    Target(
        "dumpsys",
        _dumpsys,
        texts(_BATTERY, _THERMAL),
        Form.LINES,
        (
            "Current temperatures from HAL:",
            "Temperature{",
            "mValue=",
            "mName=",
            "Thermal Status: ",
            "level: ",
            "scale: ",
            "temperature: ",
            "UPDATES STOPPED",
        ),
    ),
    Target(
        "device_folder",
        _folder,
        texts(_FOLDER, _FOLDER.replace("112334 51234 61100", "1.9G 1.2G 0.7G")),
        Form.LINES,
        ("base=", "refused=", "space=", "ran=", "written=", "sha256=", " 1.9G 1.2G 0.7G "),
    ),
    Target(
        "lease",
        _lease,
        texts(_LEASE),
        Form.LINES,
        ("expires_s", "pid", "changes", "path", "boot_id", "where"),
        0.6,
    ),
    Target(
        "governors",
        _governors,
        texts(_GOVERNORS),
        Form.LINES,
        ("governor:/sys/", "known:/sys/", "writable:", "=yes"),
        0.6,
    ),
    Target(
        "adb_listing",
        _listing,
        texts(_LISTING),
        Form.LINES,
        ("device", "model:", "no permissions"),
        1.0,
    ),
    Target("cpu_list", _cpus, texts("0-3,7", "0", "4-7"), Form.LINES, ("0-", ",", "-")),
)
