"""What of the official programs is in the workspace, below `.benchhub/tools/`.

`.benchhub/tools/TOOL/PLATFORM/` holds one version: the program and what has to be beside it, which
goes to devices whole. `.benchhub/tools/TOOL/PLATFORM.json` says what `benchhub tools fetch` put
there; other files in the folder are a person's and are left alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchhub.devices.digest import sha256_of
from benchhub.errors import ToolError
from benchhub.tools.official.catalogue import PROGRAM, Family, tool_of
from benchhub.tools.official.lock import LOCK_FILE, read_lock
from benchhub.workspace import STATE, Workspace

FORMAT = 1
_MOST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Record:
    """What was put into the folder of a platform.

    Attributes:
        version: E.g. `latest`, `2.1.4`.
        files: Name that its maker gives the file, by name in the folder.
        format: Of this record.
    """

    version: str
    files: Mapping[str, str]
    format: int = FORMAT


def tools_folder(workspace: Workspace) -> Path:
    """Return the folder of all programs."""
    return workspace.root / STATE / "tools"


def folder_of(workspace: Workspace, family: str, platform: str) -> Path:
    """Return the folder of the program of a family for a platform, whether it is there or not."""
    return tools_folder(workspace) / tool_of(Family(family)) / platform


def cached(workspace: Workspace, family: str, platform: str | None) -> Path | None:
    """Return the program of a family for a platform if it is in the workspace.

    It need not come from `benchhub tools fetch`: a person may have put it there.
    """
    if platform is None:
        return None
    program = folder_of(workspace, family, platform) / PROGRAM
    return program if program.is_file() else None


def verify(workspace: Workspace, family: str, platform: str) -> None:
    """Make sure that what was fetched for a platform still is what the lock file says.

    Files that nobody locked are not looked at.

    Raises:
        ToolError: A file has another content.
        ConfigError: The lock file is wrong.
    """
    record = read_record(workspace, family, platform)
    if record is None:
        return
    lock = read_lock(workspace)
    for name, remote in record.files.items():
        path = folder_of(workspace, family, platform) / name
        entry = lock.find((family, record.version, platform, remote))
        if entry is None or not path.is_file():
            continue
        digest = sha256_of(path)
        if digest != entry.sha256:
            raise ToolError(
                f"{workspace.relative(path)} has sha256 {digest}, {LOCK_FILE} says {entry.sha256}.",
                f"Get that one: benchhub tools fetch --family {family} --platform {platform} "
                f"--version {record.version}",
            )


def read_record(workspace: Workspace, family: str, platform: str) -> Record | None:
    """Return what was fetched for a platform; None if nothing was, or if it cannot be told."""
    try:
        with _record_path(workspace, family, platform).open("rb") as file:
            data: Any = json.loads(file.read(_MOST_BYTES))
        if data["format"] != FORMAT:
            return None
        files = {str(name): str(remote) for name, remote in data["files"].items()}
        plain = all(name == Path(name).name for name in files)
        return Record(str(data["version"]), files) if plain else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write_record(workspace: Workspace, family: str, platform: str, record: Record) -> None:
    """Note what is in the folder of a platform. Raises OSError."""
    path = _record_path(workspace, family, platform)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(asdict(record), indent=1))
    temporary.replace(path)


def _record_path(workspace: Workspace, family: str, platform: str) -> Path:
    return folder_of(workspace, family, platform).with_suffix(".json")
