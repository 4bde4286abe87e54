"""Names, labels and text of a device file that is made by asking."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from benchhub.devices.enrolment import (
    SshAddress,
    check_text,
    device_yaml,
    host_word,
    labels_of,
    propose_name,
    split_ssh_address,
)
from benchhub.errors import ConfigError, UsageError
from benchhub.records import DeviceFacts
from benchhub.suites.suite import Name

BOARD = DeviceFacts(
    os="Debian 12", kernel="6.1", arch="aarch64", cpu=None, cores=4, memory_bytes=None,
    kind="linux", user_bits=32, model="Raspberry Pi 4 Model B Rev 1.4",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pi4", SshAddress("pi4")),
        ("pi@pi4.local", SshAddress("pi4.local", "pi")),
        ("pi@pi4.local:2222", SshAddress("pi4.local", "pi", 2222)),
        ("ssh://pi@10.0.0.9:22/", SshAddress("10.0.0.9", "pi", 22)),
        ("pi@[fe80::1%eth0]:22", SshAddress("fe80::1%eth0", "pi", 22)),
        ("fe80::1", SshAddress("fe80::1")),
    ],
)
def test_addresses(text: str, meant: SshAddress) -> None:
    assert split_ssh_address(text) == meant


@pytest.mark.parametrize("text", ["", "@", "a b", "pi@", "pi4:", "pi4:x", "pi4:0", "pi4:65536"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        split_ssh_address(text)


def test_names() -> None:
    assert propose_name([None, "Google Pixel 4"], ()) == "google-pixel-4"
    assert propose_name(["Pixel_4"], {"pixel-4", "pixel-4-2"}) == "pixel-4-3"
    assert propose_name(["Raspberry Pi 4 Model B Rev 1.4"], ()) == "raspberry-pi-4-model-b-rev-1.4"
    assert propose_name(["日本", "99091FFAZ"], ()) == "99091ffaz"
    assert propose_name(["..", None], ()) == "device"
    assert host_word("pi4.local") == "pi4"
    assert host_word("10.0.0.9") is None
    assert host_word("fe80::1%eth0") is None


@given(st.text(max_size=100))
def test_every_name_is_valid(words: str) -> None:
    TypeAdapter(Name).validate_python(propose_name([words], ()))


def test_labels() -> None:
    assert labels_of(BOARD) == ("linux", "arm")
    assert labels_of(None) == ()


@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Z", "C"]),
        min_size=1,
    )
)
def test_every_serial_is_read_back_as_it_was(serial: str) -> None:
    text = device_yaml({"name": "phone", "transport": "adb", "serial": serial}, None)
    assert yaml.safe_load(text)["serial"] == serial
    assert check_text(text, "phone.yaml").model_dump()["serial"] == serial


@pytest.mark.parametrize(
    "serial", ["0123456789", "1e5", "null", "no", "0x1F", "2026-01-01", "a: b", "#x", "1:2"]
)
def test_a_serial_stays_text(serial: str) -> None:
    assert yaml.safe_load(device_yaml({"serial": serial}, None))["serial"] == serial


def test_the_comment_cannot_break_out() -> None:
    evil = DeviceFacts(
        os="x\ny: 1", kernel=None, arch=None, cpu="a\u2028b\x85c", cores=None, memory_bytes=None
    )
    assert yaml.safe_load(device_yaml({"name": "x"}, evil)) == {"name": "x"}


def test_what_is_wrong_is_told() -> None:
    text = device_yaml({"name": "a b", "transport": "ssh", "address": "x"}, BOARD)
    with pytest.raises(ConfigError, match=r"devices/a b\.yaml:3:1: 'name'"):
        check_text(text, "devices/a b.yaml")
