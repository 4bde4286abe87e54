"""Files on a device, named by their content: what is there once is never pushed again."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.devices.transport import Transport
from benchhub.errors import ToolError, TransportError

HASH_TIMEOUT_S = 120.0
FOLDER = "stage"

# A program with its libraries; more is somebody's home.
MAX_FILES = 1000

# Prints `digest  path` for each file that is there. coreutils, toybox, busybox, macOS.
_DIGESTS = """
for tool in 'busybox sha256sum' sha256sum 'toybox sha256sum' 'shasum -a 256'; do
  $tool </dev/null >/dev/null 2>&1 && break
  tool=
done
[ -n "$tool" ] || exit 8
$tool "$@" 2>/dev/null; true
"""
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_PLAIN = re.compile(r"[A-Za-z0-9._+-]*")


def stage(transport: Transport, local: Path, sha256: str, *, mode: int = 0o444) -> str:
    """Make sure that a file is on the device and has that content.

    A measurement so never sees a file that was edited after the plan was made. One round trip if
    it is there.

    Args:
        transport: The way to the device.
        local: The file.
        sha256: Its digest.
        mode: Permissions there.

    Returns:
        Its path on the device.

    Raises:
        TransportError: It could not be pushed, or has other content now.
    """
    suffix = local.suffix if _PLAIN.fullmatch(local.suffix) else ""
    remote = _path(transport, f"{sha256}{suffix}")
    if digests(transport, [remote]).get(remote) == sha256:
        return remote
    try:
        transport.push(local, remote, mode=mode, sha256=sha256)
    except TransportError as error:
        if local.exists() and sha256_of(local) != sha256:
            raise TransportError(
                f"{transport.name}: {local} changed after the run was planned.",
                "Start the run again.",
            ) from error
        raise
    return remote


def stage_folder(transport: Transport, local: Path) -> str:
    """Make sure that a folder is on the device, whole; it is named by names and contents.

    One round trip if it is there.

    Returns:
        Its path on the device.

    Raises:
        ToolError: It is too large, or a name in it has a newline.
        TransportError: It could not be pushed.
    """
    files = {path.relative_to(local).as_posix(): path for path in sorted(local.rglob("*"))}
    files = {name: path for name, path in files.items() if path.is_file()}
    return stage_files(transport, local, files)


def stage_files(transport: Transport, local: Path, files: Mapping[str, Path]) -> str:
    """Make the same of some files: a folder on the device, named by names and contents.

    Args:
        transport: The way to the device.
        local: Where they are from, for messages.
        files: Each file by its path in the folder.

    Returns:
        The folder's path on the device.

    Raises:
        ToolError: They are too many, or a name has a newline.
        TransportError: One could not be pushed.
    """
    if len(files) > MAX_FILES or any("\n" in name or "\\" in name for name in files):
        raise ToolError(
            f"{transport.name}: {local} is no folder of a program: it has {len(files)} files.",
            "Name the folder that holds the program and its libraries only.",
        )
    wanted = {name: sha256_of(path) for name, path in files.items()}
    manifest = "".join(f"{digest}  {name}\n" for name, digest in wanted.items())
    folder = _path(transport, hashlib.sha256(manifest.encode()).hexdigest())
    there = digests(transport, [f"{folder}/{name}" for name in files])
    for name, path in files.items():
        if there.get(f"{folder}/{name}") != wanted[name]:
            mode = 0o555 if path.stat().st_mode & 0o111 else 0o444
            transport.push(path, f"{folder}/{name}", mode=mode, sha256=wanted[name])
    return folder


def digests(transport: Transport, paths: Sequence[str]) -> dict[str, str]:
    """Return the sha256 of each of those files that is on the device, by path.

    Raises:
        TransportError: The device does not answer, or has no program for it.
    """
    argv = ["sh", "-c", _DIGESTS, "sh", *paths]
    result = transport.run(argv, timeout_s=HASH_TIMEOUT_S)
    if result.returncode == 8:
        raise TransportError(
            f"{transport.name}: there is no sha256sum, so nothing can be verified there.",
            "Install coreutils, toybox or busybox.",
        )
    lines = (_LINE.fullmatch(line) for line in result.stdout.splitlines())
    return {match[2]: match[1] for match in lines if match}


def _path(transport: Transport, name: str) -> str:
    return posixpath.normpath(f"{transport.store}/{FOLDER}/{name}")
