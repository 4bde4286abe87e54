"""Where a device is and how to log in there, put together from its file and ssh_config."""

from __future__ import annotations

import getpass
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

from benchhub.devices.ssh.known_hosts import host_name
from benchhub.errors import ConfigError

CONNECT_S = 10.0
_PORT = re.compile(r"[0-9]{1,5}")
MOST_HOPS = 8
USUAL_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
SYSTEM_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
USUAL_IDENTITIES = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")


@dataclass(frozen=True, slots=True)
class Hop:
    """One SSH server on the way: a jump host, or the device itself."""

    host: str
    port: int
    user: str
    # Keys somebody named; empty means the usual ones.
    identities: tuple[Path, ...]
    # No other keys of the agent than the named ones.
    identities_only: bool
    # How known_hosts files call it.
    known_as: str
    known_hosts: tuple[Path, ...]
    connect_s: float = CONNECT_S

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A server as a person names it: a device file, or one part of a ProxyJump."""

    address: str
    user: str | None = None
    port: int | None = None
    identity: str | None = None


def resolve(name: str, target: Target, config: paramiko.SSHConfig) -> tuple[Hop, ...]:
    """Return the way to a device: its jump hosts in order, and itself last.

    Args:
        name: The device, for messages.
        target: What its file says; that wins over ssh_config.
        config: The client configuration.

    Raises:
        ConfigError: ssh_config asks for something wrong or unsupported.
    """
    return _route(name, target, config, 1)


def parse_jump(name: str, text: str) -> Target:
    """Read one part of a ProxyJump: [user@]host[:port] or ssh://[user@]host[:port].

    Raises:
        ConfigError: It is nothing of that kind.
    """
    rest = text.strip().removeprefix("ssh://").rstrip("/")
    user, _, place = rest.rpartition("@")
    host, port = place, ""
    if place.startswith("["):
        host, _, after = place[1:].partition("]")
        port = after.removeprefix(":")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    if not host or (port and not _PORT.fullmatch(port)):
        raise ConfigError(f"{name}: ssh_config: `{text}` is no jump host.")
    return Target(host, user or None, int(port) if port else None)


def _route(name: str, target: Target, config: paramiko.SSHConfig, depth: int) -> tuple[Hop, ...]:
    if depth > MOST_HOPS:
        raise ConfigError(f"{name}: ssh_config: more than {MOST_HOPS} jump hosts, or a circle.")
    options = _options(name, target.address, config)
    hop = _hop(name, target, options)
    jumps = [part for part in (options.get("proxyjump") or "").split(",") if part.strip()]
    if not jumps or jumps[0].strip().lower() == "none":
        return (hop,)
    first = _route(name, parse_jump(name, jumps[0]), config, depth + 1)
    # As in OpenSSH only the first jump host may have jump hosts of its own.
    further = [parse_jump(name, part) for part in jumps[1:]]
    between = [_hop(name, jump, _options(name, jump.address, config)) for jump in further]
    return (*first, *between, hop)


def _options(name: str, address: str, config: paramiko.SSHConfig) -> dict[str, Any]:
    try:
        options: dict[str, Any] = config.lookup(address)
    except (paramiko.SSHException, OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{name}: ssh_config, looking up {address}: {error!r}") from error
    if options.get("proxycommand") and not options.get("proxyjump"):
        raise ConfigError(
            f"{name}: ssh_config gives a ProxyCommand for {address}, which is not supported.",
            "Use ProxyJump.",
        )
    return options


def _hop(name: str, target: Target, options: dict[str, Any]) -> Hop:
    host = str(options.get("hostname") or target.address)
    port = target.port or _number(name, options, "port", 22, 65535)
    named = [path for path in options.get("identityfile", []) if path.lower() != "none"]
    identities = [target.identity] if target.identity else named
    alias = options.get("hostkeyalias")
    return Hop(
        host=host,
        port=port,
        user=target.user or options.get("user") or _own_user(name),
        identities=tuple(_expanded(name, path) for path in identities),
        identities_only=bool(target.identity)
        or str(options.get("identitiesonly", "no")).lower() == "yes",
        known_as=alias.lower() if alias else host_name(host, port),
        known_hosts=_files(name, options, "userknownhostsfile", USUAL_KNOWN_HOSTS)
        + _files(name, options, "globalknownhostsfile", SYSTEM_KNOWN_HOSTS),
        connect_s=float(_number(name, options, "connecttimeout", int(CONNECT_S), 3600)),
    )


def _files(
    name: str, options: dict[str, Any], key: str, usual: tuple[str, ...]
) -> tuple[Path, ...]:
    text = options.get(key)
    try:
        words = usual if text is None else tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigError(f"{name}: ssh_config: {key} `{text}`: {error}.") from error
    home = str(Path.home())
    return tuple(
        _expanded(name, word.replace("%d", home)) for word in words if word.lower() != "none"
    )


def _expanded(name: str, word: str) -> Path:
    try:
        return Path(word).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{name}: {word}: there is no such user on this machine.") from error


def _number(name: str, options: dict[str, Any], key: str, usual: int, most: int) -> int:
    text = str(options.get(key, usual))
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= most:
        raise ConfigError(f"{name}: ssh_config: {key} `{text}` is no number from 1 to {most}.")
    return int(text)


def _own_user(name: str) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise ConfigError(
            f"{name}: this machine does not know its own user.", f"Say `user:` in {name}.yaml."
        ) from error
