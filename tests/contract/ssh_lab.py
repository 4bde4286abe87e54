"""A workspace with one SSH device in it, for the tests of the link."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchhub.devices.link import Ended
from benchhub.devices.output import BoundedOutput
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.ssh.link import SshLink, open_link
from benchhub.devices.ssh.trust import offered_key, trust
from benchhub.workspace import Workspace

from ..rigs.fixtures import Listening
from ..rigs.sshd_device import Sshd


@dataclass
class Lab:
    """The device is called dut; its host key is known to the workspace."""

    machine: Sshd
    workspace: Workspace
    ssh_config: Path
    links: list[SshLink] = field(default_factory=list)

    def file(self, **other: Any) -> SshDeviceFile:
        values = {
            "name": "dut",
            "transport": "ssh",
            "address": self.machine.host,
            "port": self.machine.port,
            "user": self.machine.user,
            "identity": str(self.machine.key),
        }
        chosen = {key: value for key, value in (values | other).items() if value is not None}
        return SshDeviceFile.model_validate(chosen)

    def open(self, **other: Any) -> SshLink:
        link = open_link(self.file(**other), self.workspace)
        self.links.append(link)
        return link

    def through(self, proxy: Listening, **other: Any) -> SshLink:
        """The same device behind a proxy, whose port it is then known under."""
        file = self.file(port=proxy.port, **other)
        trust(offered_key(file, self.workspace).hop, self.key(), self.workspace)
        return self.open(port=proxy.port, **other)

    def key(self) -> Any:
        return offered_key(self.file(), self.workspace).key

    def configure(self, *lines: str) -> None:
        self.ssh_config.write_text("\n".join(lines) + "\n")


@contextmanager
def a_lab(machine: Sshd, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab that sees neither keys nor configuration of whoever runs the tests."""
    devices = folder / "workspace" / "devices"
    devices.mkdir(parents=True)
    (devices / "known_hosts").write_text(machine.known_hosts.read_text())
    config = folder / "ssh_config"
    config.write_text("")
    (folder / "home").mkdir()
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.setenv("BENCHHUB_SSH_CONFIG", str(config))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    lab = Lab(machine, Workspace(folder / "workspace"), config)
    yield lab
    for link in lab.links:
        link.close()


def run(link: SshLink, line: str, timeout_s: float = 20) -> tuple[Ended, str, str]:
    out, err = BoundedOutput(), BoundedOutput()
    ended = link.execute(line, out, err, timeout_s=timeout_s)
    return ended, out.text(), err.text()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds
