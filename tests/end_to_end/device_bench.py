"""A workspace for tests of devices: it sees nothing of whoever runs the tests."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.sshd_device import Sshd
from .conftest import Ended, Shop

ON_PHONE = Path("data/local/tmp/benchhub")
ON_BOARD = Path(".cache/benchhub")
FRESH = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True)
class Bench:
    """A workspace that sees neither keys nor configuration of whoever runs the tests."""

    shop: Shop
    env: dict[str, str]

    @property
    def devices(self) -> Path:
        return self.shop.root / "devices"

    def call(self, *words: str, **env: str) -> Ended:
        return self.shop.call(*words, **{**self.env, **env})

    def doctor(self, name: str, **env: str) -> tuple[Ended, dict[str, dict[str, str]]]:
        """How it ended, and the checks by what they are about."""
        ended = self.call("devices", "doctor", name, "--json", **env)
        assert ended.json["device"] == name
        return ended, {check["about"]: check for check in ended.json["checks"]}

    def write(self, name: str, **keys: Any) -> None:
        text = json.dumps({"name": name, **keys})
        (self.devices / f"{name}.yaml").write_text(text)

    def board(self, name: str, machine: Sshd, **keys: Any) -> None:
        place = {"address": machine.host, "port": machine.port, "user": machine.user}
        self.write(name, transport="ssh", identity=str(machine.key), **place, **keys)
        known = self.devices / "known_hosts"
        before = known.read_text() if known.exists() else ""
        known.write_text(before + machine.known_hosts.read_text())

    def phone(self, name: str, device: Adbd, **keys: Any) -> None:
        self.write(name, transport="adb", address=device.address, key=str(device.key), **keys)


@pytest.fixture
def bench(shop: Shop, tmp_path: Path) -> Bench:
    home = tmp_path / "home"
    home.mkdir()
    config = tmp_path / "ssh_config"
    config.write_text("")
    env = {"HOME": str(home), "BENCHHUB_SSH_CONFIG": str(config), "SSH_AUTH_SOCK": ""}
    # No adb server of this machine is asked, and none is started.
    env["ANDROID_ADB_SERVER_ADDRESS"] = "adb.invalid"
    return Bench(shop, env)


def asking(server: AdbServer) -> dict[str, str]:
    return {
        "ANDROID_ADB_SERVER_ADDRESS": server.host,
        "ANDROID_ADB_SERVER_PORT": str(server.port),
    }


def by_name(ended: Ended) -> dict[str, Any]:
    return {device["name"]: device for device in ended.json["devices"]}


def inside(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def make_there(file: Path, above: Path) -> None:
    """Make a file as if the device's own user had made it; `above` is there already."""
    owner = above.stat()
    file.parent.mkdir(parents=True)
    file.write_text("of another version\n")
    for path in (file, *file.parents):
        if path == above:
            break
        os.chown(path, owner.st_uid, owner.st_gid)
