"""Host keys as OpenSSH keeps them in known_hosts files (format: sshd(8), SSH_KNOWN_HOSTS)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HostKey:
    """The public key of an SSH server: its type, e.g. ssh-ed25519, and the key in wire format."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As OpenSSH prints it: SHA256 in Base64 without padding."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"

    def line(self, host_name: str) -> str:
        """Return the line of a known_hosts file."""
        return f"{host_name} {self.kind} {base64.b64encode(self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What the files say of one host: keys that are right, and keys that are stolen."""

    trusted: tuple[HostKey, ...] = ()
    revoked: tuple[HostKey, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    marker: str
    patterns: tuple[str, ...]
    key: HostKey


def host_name(host: str, port: int) -> str:
    """Return how a known_hosts file calls a host: with its port unless that is 22."""
    host = host.lower()
    return host if port == 22 else f"[{host}]:{port}"


def keys_in(text: str, name: str) -> KnownKeys:
    """Return the keys that the text of a known_hosts file holds for a host.

    Certificate authorities are left out: benchhub compares keys only.
    """
    entries = [entry for entry in map(_entry, text.splitlines()) if entry is not None]
    matching = [entry for entry in entries if _matches(entry.patterns, name)]
    return KnownKeys(
        tuple(entry.key for entry in matching if entry.marker == ""),
        tuple(entry.key for entry in matching if entry.marker == "@revoked"),
    )


def read_known_keys(files: Iterable[Path], name: str) -> KnownKeys:
    """Return the keys of a host in several files, those of the first file first.

    A file that is not there or cannot be read counts as empty: then the key is unknown, which is
    refused.
    """
    trusted: list[HostKey] = []
    revoked: list[HostKey] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        known = keys_in(text, name)
        trusted += known.trusted
        revoked += known.revoked
    return KnownKeys(tuple(dict.fromkeys(trusted)), tuple(dict.fromkeys(revoked)))


def with_key(text: str, name: str, key: HostKey) -> str:
    """Return the text of a known_hosts file in which the host has that key and no other."""
    return "".join(_without(text, name)) + key.line(name)


def _without(text: str, name: str) -> Iterator[str]:
    for line in text.splitlines():
        entry = _entry(line)
        if entry is None or entry.marker:
            yield line + "\n"
            continue
        others = [p for p in entry.patterns if p != name and not _hashed_match(p, name)]
        if len(others) == len(entry.patterns):
            yield line + "\n"
        elif others:
            yield " ".join([",".join(others), *line.split()[1:]]) + "\n"


def _entry(line: str) -> _Entry | None:
    words = line.split()
    marker = words.pop(0) if words and words[0].startswith("@") else ""
    if len(words) < 3 or words[0].startswith("#"):
        return None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    return _Entry(marker, tuple(words[0].split(",")), HostKey(words[1], blob))


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    found = False
    for pattern in patterns:
        if pattern.startswith("|"):
            found |= _hashed_match(pattern, name)
        elif pattern.startswith("!"):
            if _wildcard_match(pattern[1:], name):
                return False
        else:
            found |= _wildcard_match(pattern, name)
    return found


def _wildcard_match(pattern: str, name: str) -> bool:
    # Brackets are part of names with a port. Many stars take fnmatch no time that grows with them.
    return fnmatchcase(name, pattern.lower().replace("[", "[[]"))


def _hashed_match(pattern: str, name: str) -> bool:
    parts = pattern.split("|")
    if len(parts) != 4 or parts[1] != "1":  # |1|salt|HMAC-SHA1 of the name
        return False
    try:
        salt, expected = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), expected)
