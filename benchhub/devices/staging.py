"""Files on a device, named by their content: what is there once is never pushed again."""

from __future__ import annotations

from pathlib import Path

from benchhub.devices.transport import Transport
from benchhub.errors import TransportError

HASH_TIMEOUT_S = 120.0
STAGE = ".benchhub/stage"


def stage(transport: Transport, local: Path, sha256: str, folder: str = STAGE) -> str:
    """Make sure that a file is on the device and has that content.

    A measurement so never sees a file that was edited after the plan was made.

    Args:
        transport: The way to the device.
        local: The file.
        sha256: Its digest.
        folder: Where staged files are on the device.

    Returns:
        Its path on the device.

    Raises:
        TransportError: It could not be pushed, or has other content now.
    """
    remote = f"{folder}/{sha256}{local.suffix}"
    if _digest(transport, remote) == sha256:
        return remote
    transport.push(local, remote, mode=0o444)
    if _digest(transport, remote) != sha256:
        raise TransportError(
            f"{transport.name}: {local} changed after the run was planned.", "Start the run again."
        )
    return remote


def _digest(transport: Transport, remote: str) -> str:
    result = transport.run(["sha256sum", remote], timeout_s=HASH_TIMEOUT_S)
    return result.stdout.split(" ", 1)[0] if result.returncode == 0 else ""
