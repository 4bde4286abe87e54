"""The YAML of an Android device."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from benchhub.devices.adb.file import AdbDeviceFile, split_address


def read(**keys: Any) -> AdbDeviceFile:
    return AdbDeviceFile.model_validate({"name": "px", "transport": "adb", **keys})


def test_the_three_ways() -> None:
    assert read(serial="99091FFAZ00012").folder == "/data/local/tmp/benchhub"
    assert read(address="phone.lan", key="~/.android/adbkey").address == "phone.lan"
    assert read(usb=True).usb
    assert read(usb=True, serial="99091FFAZ00012").usb


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give either `serial`"),
        ({"serial": "a", "address": "b"}, "give either `serial`"),
        ({"usb": True, "address": "b"}, "`usb` and `address` are two ways"),
        ({"serial": "a", "key": "k"}, "keys of its own"),
        ({"serial": ""}, "a serial has no blanks"),
        ({"serial": "a b"}, "a serial has no blanks"),
        ({"address": "a:b:c"}, "'a:b:c' is no HOST"),
        ({"address": "phone:99999"}, "'phone:99999' is no HOST"),
        ({"address": "http://phone"}, "is no HOST"),
        ({"address": "phone", "folder": "tmp"}, "absolute path"),
        ({"adress": "phone"}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_said(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(**keys)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("phone", ("phone", 5555)),
        ("192.168.1.7:5601", ("192.168.1.7", 5601)),
        ("[::1]", ("::1", 5555)),
        ("[fe80::1%eth0]:5601", ("fe80::1%eth0", 5601)),
    ],
)
def test_addresses(address: str, parts: tuple[str, int]) -> None:
    assert split_address(address) == parts


def test_reading_a_file_loads_no_connection() -> None:
    code = (
        "import sys, benchhub.devices.adb.file;"
        "print([m for m in ('adb_shell', 'cryptography', 'paramiko') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
