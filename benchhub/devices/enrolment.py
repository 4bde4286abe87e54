"""Makes the file of a device from what a person typed and what the device says of itself. Pure."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import yaml

from benchhub.devices.device_file import DeviceFile
from benchhub.devices.inventory import device_files
from benchhub.errors import UsageError
from benchhub.records import DeviceFacts
from benchhub.suites.document import parse_document
from benchhub.suites.validation import validate

LONGEST_NAME = 32
_PLAIN = re.compile(r"[A-Za-z0-9/~.][A-Za-z0-9_./~@+-]*")
# An IPv6 address without brackets has two colons at least, so it has no port.
_SSH = re.compile(
    r"(?:(?P<user>[^@\s]+)@)?"
    r"(?P<host>\[[^@\s\[\]]+\]|[^@:\s\[\]]+|[0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*){2,}(?:%\w+)?)"
    r"(?::(?P<port>\d{1,5}))?"
)
Value = str | int | Sequence[str]


@dataclass(frozen=True, slots=True)
class SshAddress:
    """What `user@host:port` means; None is not said."""

    host: str
    user: str | None = None
    port: int | None = None


def split_ssh_address(text: str) -> SshAddress:
    """Read HOST, USER@HOST, HOST:PORT or USER@HOST:PORT; IPv6 with a port is [HOST]:PORT.

    Raises:
        UsageError: It is none of these.
    """
    match = _SSH.fullmatch(text.removeprefix("ssh://").rstrip("/"))
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port is not None and not 0 < port < 65536):
        raise UsageError(f"'{text}' is no address.", "Write HOST, USER@HOST or USER@HOST:PORT.")
    return SshAddress(match["host"].strip("[]"), match["user"], port)


def propose_name(words: Sequence[str | None], taken: Collection[str]) -> str:
    """Return a name for a device that is not taken.

    Args:
        words: What it may be called after, the best first: model, host name, serial number.
        taken: Names of other devices.
    """
    names = [_slug(word) for word in words if word]
    name = next((name for name in names if name), "device")
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _slug(words: str) -> str:
    """Return a valid name: `Raspberry Pi 4 Model B Rev 1.4` is `raspberry-pi-4-model-b-rev-1.4`."""
    name = re.sub(r"[^a-z0-9.]+", "-", words.casefold().replace("_", "-")).strip("-.")
    if len(name) <= LONGEST_NAME:
        return name
    return name[:LONGEST_NAME].rpartition("-")[0].strip("-.") or name[:LONGEST_NAME]


def host_word(host: str) -> str | None:
    """Return what a host is called in short: `pi4` of `pi4.local`; None for an IP address."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.partition(".")[0]
    return None


def labels_of(facts: DeviceFacts | None) -> tuple[str, ...]:
    """Return labels that a device suggests: its system, and what programs for it are built for."""
    if facts is None or facts.kind is None:
        return ()
    system = _slug(facts.kind)
    built_for = (facts.platform or "").removeprefix(f"{system}_")
    return tuple(dict.fromkeys(label for label in (system, built_for) if label))


def device_yaml(
    keys: Mapping[str, Value], facts: DeviceFacts | None, benchmark_model: str | None = None
) -> str:
    """Return the text of a device file, with a comment for what may be added.

    Args:
        keys: What is known of how to reach it; `folder` only if it is not the usual one.
        facts: What it said of itself.
        benchmark_model: Where its program would be, for the comment.
    """
    lines = ["# yaml-language-server: $schema=device.schema.json"]
    told = _describe(facts)
    if told:
        lines.append(f"# {told}")
    lines += [f"{key}: {_scalar(value)}" for key, value in keys.items()]
    platform = (facts.platform if facts else None) or "PLATFORM"
    program = benchmark_model or f"../tools/{platform}/benchmark_model"
    lines.append(f"# benchmark_model: {program}  # the program for it, relative to this file")
    return "\n".join(lines) + "\n"


def check_text(text: str, shown: str) -> DeviceFile:
    """Read the text as it will be read from its file.

    Raises:
        ConfigError: It is no device.
    """
    document = parse_document(text, shown)
    return validate(document, device_files()[document.data["transport"]])


def _describe(facts: DeviceFacts | None) -> str:
    if facts is None:
        return ""
    words = (facts.model or facts.cpu, facts.os, facts.platform or facts.arch)
    said = ", ".join(word for word in words if word)
    return "".join(letter for letter in said if letter.isprintable())


def _scalar(value: Value) -> str:
    """Write a value so that YAML reads it back as what it is: serial numbers may be digits."""
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    plain = _PLAIN.fullmatch(value) and yaml.safe_load(value) == value
    return value if plain else json.dumps(value, ensure_ascii=True)
