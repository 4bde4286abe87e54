"""The device file of a board behind SSH."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from benchhub.devices.ssh.connection import _prefer
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.ssh.known_hosts import HostKey, KnownKeys
from benchhub.workspace import Workspace


def made(**values: Any) -> SshDeviceFile:
    least = {"name": "pi4", "transport": "ssh", "address": "pi4.local"}
    return SshDeviceFile.model_validate(least | values)


def test_the_least() -> None:
    file = made()
    assert (file.user, file.port, file.identity) == (None, None, None)
    assert file.folder == ".cache/benchhub"


@pytest.mark.parametrize("address", ["10.0.0.7", "pi4", "fe80::1", "fe80::1%eth0", "a_b.example"])
def test_addresses(address: str) -> None:
    assert made(address=address).address == address


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"address": "me@pi4"}, "`user:`"),
        ({"address": "pi4:2222"}, "`port:`"),
        ({"address": "-oProxyCommand=x"}, "no host name"),
        ({"address": "a b"}, "no host name"),
        ({"address": ""}, "at least 1"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"port": "22"}, "valid integer"),
        ({"folder": "~/x"}, "leave out the ~"),
        ({"folder": "a\nb"}, "control character"),
        ({"transport": "adb"}, "'ssh'"),
        ({"password": "x"}, "not permitted"),
    ],
)
def test_what_is_wrong(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(**values)
    assert message in str(caught.value)


def test_open_connects_to_nothing(tmp_path: Path) -> None:
    transport = made(address="no.such.invalid").open(Workspace(tmp_path))
    assert transport.name == "pi4"
    transport.close()


def test_reading_the_file_loads_no_ssh() -> None:
    code = "import benchhub.devices.ssh.file, sys; print('paramiko' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


class Options:
    """The options of a transport of paramiko's."""

    ciphers = ("aes128-ctr", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com")
    key_types = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")


class FakeTransport:
    def __init__(self) -> None:
        self.options = Options()

    def get_security_options(self) -> Options:
        return self.options


@pytest.mark.parametrize(
    ("kinds", "first"),
    [
        ([], "ssh-ed25519"),
        (["ssh-rsa"], "rsa-sha2-512"),
        (["ecdsa-sha2-nistp256", "ssh-rsa"], "ecdsa-sha2-nistp256"),
        (["ssh-dss"], "ssh-ed25519"),
    ],
)
def test_the_kind_of_key_that_is_known_is_asked_for(kinds: list[str], first: str) -> None:
    transport = FakeTransport()
    _prefer(transport, KnownKeys(tuple(HostKey(kind, b"") for kind in kinds)))
    assert transport.options.key_types[0] == first
    assert sorted(transport.options.key_types) == sorted(Options.key_types)
    assert transport.options.ciphers[0] == "aes128-gcm@openssh.com"
