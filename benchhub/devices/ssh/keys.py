"""The private keys that are tried on a server, and why others are not."""

from __future__ import annotations

import base64
import binascii
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.agent import AgentKey, AgentSSH

from benchhub.devices.ssh.settings import USUAL_IDENTITIES, Hop

AGENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Offer:
    """A key to try, and what a person calls it."""

    key: paramiko.PKey
    label: str


@dataclass(slots=True)
class Keys:
    """All keys to try on one server, in order, and those that cannot be tried."""

    offers: list[Offer] = field(default_factory=list)
    locked: list[Path] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)


class Agent(AgentSSH):  # type: ignore[misc]  # paramiko has no types
    """The SSH agent of the user, if one answers within AGENT_S; without one it has no keys."""

    def __init__(self) -> None:
        super().__init__()
        path = os.environ.get("SSH_AUTH_SOCK")
        if not path:
            return
        agent = socket.socket(socket.AF_UNIX)
        agent.settimeout(AGENT_S)
        try:
            agent.connect(path)
            self._connect(agent)
        except (OSError, paramiko.SSHException):
            agent.close()

    def close(self) -> None:
        """Let go of it."""
        self._close()


def collect_keys(hop: Hop, agent: Agent) -> Keys:
    """Return the keys to try: named ones first, then the agent's, then the usual files.

    A key that is in the agent is taken from there, so that its passphrase is never needed.
    """
    keys = Keys()
    in_agent: dict[bytes, AgentKey] = {key.blob: key for key in agent.get_keys()}
    for path in hop.identities:
        _add_file(keys, path, in_agent)
    if not hop.identities_only:
        keys.offers += [Offer(key, f"{key.comment} (agent)") for key in in_agent.values()]
    if not hop.identities:
        usual = (Path(path).expanduser() for path in USUAL_IDENTITIES)
        for path in usual:
            if path.exists():
                _add_file(keys, path, in_agent)
    return keys


def _add_file(keys: Keys, path: Path, in_agent: dict[bytes, AgentKey]) -> None:
    blob = next((blob for blob in _public_blobs(path) if blob in in_agent), None)
    if blob is not None:
        # Popped, so that it is not offered twice: servers count what is offered.
        keys.offers.append(Offer(in_agent.pop(blob), str(path)))
        return
    try:
        keys.offers.append(Offer(paramiko.PKey.from_path(path), str(path)))
    except FileNotFoundError:
        keys.missing.append(path)
    except (TypeError, paramiko.PasswordRequiredException):
        keys.locked.append(path)  # TypeError is how cryptography asks for the passphrase
    except (OSError, ValueError, paramiko.SSHException, paramiko.pkey.UnknownKeyType):
        keys.damaged.append(path)


def _public_blobs(path: Path) -> Iterator[bytes]:
    """Yield the public key of a private one: from its .pub file, or from its own clear part."""
    try:
        words = Path(f"{path}.pub").read_bytes().split()
        if len(words) > 1:
            yield base64.b64decode(words[1])
    except (OSError, binascii.Error):
        pass
    try:
        armoured = path.read_bytes().split(b"-----")
        if len(armoured) > 2 and b"OPENSSH PRIVATE KEY" in armoured[1]:
            yield _clear_part(base64.b64decode(armoured[2]))
    except (OSError, binascii.Error):
        return


def _clear_part(data: bytes) -> bytes:
    """Return the public key in an openssh-key-v1 file (format: OpenSSH's PROTOCOL.key)."""
    message = paramiko.Message(data.removeprefix(b"openssh-key-v1\0"))
    for _ in ("cipher", "kdf", "options of the kdf"):
        message.get_binary()
    message.get_int()  # number of keys
    return bytes(message.get_binary())
