"""Learns the host key of a device and remembers it in the workspace."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchhub.devices.ssh.connection import Connection
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.ssh.known_hosts import HostKey, read_known_keys, with_key
from benchhub.devices.ssh.settings import Hop, Target, resolve
from benchhub.devices.ssh.ssh_config import read_ssh_config
from benchhub.errors import UsageError
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Offered:
    """The host key that a server presents now.

    Attributes:
        hop: The server.
        key: Its key.
        known: Keys that are known for it, those of the workspace first.
        is_device: Whether it is the device; otherwise a jump host on the way to it.
    """

    hop: Hop
    key: HostKey
    known: tuple[HostKey, ...]
    is_device: bool

    @property
    def is_trusted(self) -> bool:
        """Whether nothing is left to decide."""
        return self.key in self.known


def trusted_file(workspace: Workspace) -> Path:
    """Return the known_hosts file of the workspace."""
    return workspace.devices / "known_hosts"


def hops_to(file: SshDeviceFile) -> tuple[Hop, ...]:
    """Return the way to a device: its jump hosts in order, and itself last.

    Raises:
        ConfigError: ssh_config is wrong.
    """
    target = Target(file.address, file.user, file.port, file.identity)
    return resolve(file.name, target, read_ssh_config(file.name))


def offered_key(file: SshDeviceFile, workspace: Workspace) -> Offered:
    """Ask a device for its host key, without logging in there.

    Jump hosts have to be trusted first: the first one that is not is returned instead. Trust it
    and ask again.

    Raises:
        ConfigError: ssh_config is wrong.
        ConnectionLostError: The device or a jump host cannot be reached.
        AccessError: A jump host accepts no key of ours.
    """
    hops = hops_to(file)
    connection = Connection(file.name, hops, trusted_file(workspace))
    try:
        for index, hop in enumerate(hops):
            key = connection.greet(index)
            known = connection.known(hop).trusted
            offered = Offered(hop, key, known, is_device=hop is hops[-1])
            if offered.is_device or not offered.is_trusted:
                break
            connection.verify(hop, key)  # it may be revoked
            connection.log_in(hop)
    finally:
        connection.close()
    return offered


def known_keys(file: SshDeviceFile, workspace: Workspace) -> tuple[HostKey, ...]:
    """Return the keys that are known for a device, those of the workspace first.

    Raises:
        ConfigError: ssh_config is wrong.
    """
    hop = hops_to(file)[-1]
    return read_known_keys((trusted_file(workspace), *hop.known_hosts), hop.known_as).trusted


def trust(hop: Hop, key: HostKey, workspace: Workspace) -> None:
    """Remember that the server has that key, in place of any other one in the workspace.

    The user's own known_hosts files stay as they are.

    Raises:
        UsageError: The file cannot be written.
    """
    path = trusted_file(workspace)
    part = path.with_name(f".known_hosts.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        part.write_text(with_key(text, hop.known_as, key), encoding="utf-8")
        part.replace(path)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{hop}: cannot write {path}: {error}.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
