"""What an adb server says, and where it is looked for."""

from __future__ import annotations

import pytest

from benchhub.devices.adb.packets import features_of
from benchhub.devices.adb.server import ListedDevice, list_devices, read_listing, server_address
from benchhub.errors import ConnectionLostError

LISTING = """\
99091FFAZ00012         device usb:1-4 product:flame model:Pixel_4 device:flame transport_id:3
emulator-5554          offline transport_id:1
127.0.0.1:5555         unauthorized transport_id:2
R58M12ABCDE            no permissions (user in plugdev group; are your udev rules wrong?); see [x]

"""


def test_listing_of_devices() -> None:
    assert read_listing(LISTING) == (
        ListedDevice("99091FFAZ00012", "device", "Pixel_4"),
        ListedDevice("emulator-5554", "offline"),
        ListedDevice("127.0.0.1:5555", "unauthorized"),
        ListedDevice("R58M12ABCDE", "no permissions"),
    )
    assert read_listing("") == ()


def test_address_is_that_of_adb_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANDROID_ADB_SERVER_ADDRESS", raising=False)
    monkeypatch.delenv("ANDROID_ADB_SERVER_PORT", raising=False)
    assert server_address() == ("127.0.0.1", 5037)
    monkeypatch.setenv("ANDROID_ADB_SERVER_ADDRESS", "build7")
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "5141")
    assert server_address() == ("build7", 5141)


def test_without_adb_and_server_the_advice_is_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANDROID_ADB_SERVER_ADDRESS", raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")  # reserved: nothing listens
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConnectionLostError, match=r"^px: .*127\.0\.0\.1:1.*platform-tools"):
        list_devices("px")


def test_features_of_a_greeting() -> None:
    banner = b"device::ro.product.name=flame;ro.product.model=Pixel 4;features=cmd,shell_v2\0"
    assert features_of(banner) == {"cmd", "shell_v2"}
    assert features_of(b"device::features=\0") == frozenset()
    assert features_of(b"device::") == frozenset()
