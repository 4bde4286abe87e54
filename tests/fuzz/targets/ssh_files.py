"""Files of OpenSSH: its configuration and the keys of hosts."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from benchhub.devices.enrolment import split_ssh_address
from benchhub.devices.ssh.known_hosts import HostKey, keys_in, with_key
from benchhub.devices.ssh.settings import Target as Server
from benchhub.devices.ssh.settings import parse_jump, resolve
from benchhub.devices.ssh.ssh_config import CONFIG_VARIABLE, read_ssh_config
from benchhub.errors import BenchhubError
from benchhub.lab.address import parse_address
from tests.fuzz.seeds import scratch, texts
from tests.fuzz.target import Form, Target

_CONFIG = """# mine
Include extra
Host pi4 board-*
    HostName 127.0.0.1
    Port 2222
    User a
    IdentityFile ~/.ssh/id
    ProxyJump a@jump:22,ssh://b@other
    ConnectTimeout 5
    IdentitiesOnly yes
Match host other user b
    HostKeyAlias x
"""
_KNOWN = (
    "pi4,[127.0.0.1]:2222 ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYQ==\n"
    "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-rsa AAAA\n"
    "@revoked *.example ssh-rsa AAAA\n@cert-authority * ssh-rsa AAAA\n!no,*?o ssh-rsa AAAA\n"
)


@cache
def _home() -> Path:
    """Make the home folder of this process one without other files."""
    home = scratch() / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "extra").write_text("Host extra\n  Port 5\n")
    os.environ["HOME"] = str(home)
    os.environ[CONFIG_VARIABLE] = str(home / "config")
    return home


def _config(data: bytes) -> None:
    (_home() / "config").write_bytes(data)
    config = read_ssh_config("pi4")
    for address in ("pi4", "board-7", "other"):
        resolve("pi4", Server(address), config)


def _known(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for name in ("pi4", "[127.0.0.1]:2222", "host.example"):
        keys_in(text, name)
        with_key(text, name, HostKey("ssh-rsa", b"x"))


def _addresses(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for read in (partial(parse_jump, "pi4"), split_ssh_address, parse_address):
        with suppress(BenchhubError):
            read(text)


TARGETS = (
    Target(
        "ssh_config",
        _config,
        texts(_CONFIG),
        Form.LINES,
        (
            "Host ",
            "Match ",
            "Include ",
            "HostName ",
            "Port ",
            "ProxyJump ",
            "IdentityFile ",
            "User ",
            "host",
            "all",
            "canonical",
            "final",
            "originalhost",
            "%h",
            "%%",
            "CanonicalizeHostname yes",
            "ConnectTimeout ",
            "UserKnownHostsFile ",
            "~nobody/",
            '"',
            "!",
        ),
        0.15,
    ),
    Target(
        "known_hosts",
        _known,
        texts(_KNOWN),
        Form.LINES,
        ("|1|", "@revoked ", "ssh-rsa ", "*", "?"),
        0.5,
    ),
    Target(
        "addresses",
        _addresses,
        texts("a@host:22", "ssh://[::1]:2222/", "b", "tls://lab.local:8786", "tls://[::1]:1"),
        Form.LINES,
        ("ssh://", "tls://", "@", ":", "["),
    ),
)
