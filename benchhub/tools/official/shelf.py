"""What is in the workspace's folder of programs, and what each of them says of itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchhub.devices.digest import sha256_of
from benchhub.devices.transport import Transport
from benchhub.errors import BenchhubError
from benchhub.tools.official.cache import read_record, tools_folder
from benchhub.tools.official.catalogue import PROGRAM, Family, tool_of
from benchhub.tools.official.lock import Lock, read_lock
from benchhub.tools.tool import make_tool
from benchhub.workspace import Workspace

Locked = Literal["as locked", "differs", "not locked"]

# What a program can do, by flags of which it has to have all. `use_gpu` alone says nothing for the
# TFLite family: it knows it where it was built without, too.
_ABILITIES: Mapping[Family, Mapping[str, tuple[str, ...]]] = {
    Family.TFLITE: {
        "op profile csv": ("profiling_output_csv_file",),
        "op profile proto": ("op_profiling_output_mode", "op_profiling_output_file"),
        "result proto": ("result_file_path",),
        "runtime info": ("export_model_runtime_info", "model_runtime_info_output_file"),
        "signatures": ("signature_to_run_for",),
        "gpu": ("use_gpu", "gpu_backend"),
        "nnapi": ("use_nnapi", "nnapi_accelerator_name"),
        "hexagon": ("use_hexagon",),
        "coreml": ("use_coreml",),
        "external": ("external_delegate_path",),
    },
    Family.LITERT: {
        "op profile table": ("use_profiler",),
        "result proto": ("result_file_path",),
        "runtime info": ("model_runtime_info_output_file",),
        "signatures": ("signature_to_run_for",),
        "gpu": ("use_gpu",),
        "npu": ("use_npu",),
    },
}
# Flags that are there on other systems too, without anything behind them.
_ONLY_ON = {"nnapi": "android", "hexagon": "android", "coreml": "macos"}


@dataclass(frozen=True, slots=True)
class Shelved:
    """A program in the workspace.

    Attributes:
        family: Of the program, by its folder.
        platform: What it is for, by its folder.
        path: The program.
        version: What was fetched; None if it does not come from there.
        size_bytes: Of the program.
        sha256: Of the program.
        locked: How it stands to the lock file.
        beside: Names of the other files in its folder.
    """

    family: Family
    platform: str
    path: Path
    version: str | None
    size_bytes: int
    sha256: str
    locked: Locked
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a program says of itself.

    Attributes:
        flags: Those of its `--help`; None if it was not asked, or did not answer.
        abilities: What the flags mean, in words.
        note: Why nothing is known; empty if something is.
    """

    flags: tuple[str, ...] | None
    abilities: tuple[str, ...]
    note: str = ""


def shelved(workspace: Workspace) -> tuple[Shelved, ...]:
    """Return the programs of the workspace, by family and platform.

    Raises:
        ConfigError: The lock file is wrong.
    """
    lock = read_lock(workspace)
    return tuple(
        _look(workspace, lock, family, program)
        for family in Family
        for program in sorted((tools_folder(workspace) / tool_of(family)).glob(f"*/{PROGRAM}"))
        if program.is_file()
    )


def abilities(family: Family, platform: str, flags: Collection[str]) -> tuple[str, ...]:
    """Return in words what a program with these flags can do. Pure."""
    known = frozenset(flags)
    return tuple(
        word
        for word, needed in _ABILITIES[family].items()
        if known.issuperset(needed) and platform.startswith(_ONLY_ON.get(word, ""))
    )


def probe(workspace: Workspace, program: Shelved, host: Transport, platform: str | None) -> Probe:
    """Ask a program for its flags if it is for this machine.

    Args:
        workspace: Where it is.
        program: The program.
        host: Runs programs on this machine.
        platform: Of this machine.
    """
    if program.platform != platform:
        return Probe(None, (), f"not asked for its flags: this machine is {platform or 'unknown'}")
    settings = {
        "root": str(workspace.root),
        "path": workspace.relative(program.path),
        "platform": program.platform,
    }
    try:
        flags = make_tool(tool_of(program.family), settings).identify(host).flags
    except BenchhubError as error:
        return Probe(None, (), error.message.removeprefix(f"{host.name}: "))
    return Probe(flags, abilities(program.family, program.platform, flags))


def _look(workspace: Workspace, lock: Lock, family: Family, path: Path) -> Shelved:
    platform = path.parent.name
    digest = sha256_of(path)
    record = read_record(workspace, family, platform)
    version = record.version if record is not None else None
    remote = record.files.get(PROGRAM, "") if record is not None else ""
    entry = lock.find((family, version or "", platform, remote))
    locked: Locked = "not locked"
    if entry is not None:
        locked = "as locked" if entry.sha256 == digest else "differs"
    elif (named := lock.named(family, platform, digest)) is not None:
        version, locked = named.version, "as locked"  # brought here by hand
    beside = sorted(other.name for other in path.parent.iterdir() if other != path)
    return Shelved(
        family, platform, path, version, path.stat().st_size, digest, locked, tuple(beside)
    )
