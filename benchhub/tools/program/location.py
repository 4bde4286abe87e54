"""Where the program for a device is on this machine, and getting it onto the device.

What a person names may be the program, a folder with the program and its libraries, or a folder
with one such program or folder for each platform.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.devices.staging import stage, stage_folder
from benchhub.devices.transport import Transport
from benchhub.errors import ToolError
from benchhub.tools.program.flags import Family
from benchhub.tools.program.identity import TOOLS

# The file, as the releases call it and as a build of one's own does.
PROGRAM = "benchmark_model"
_FILES = {Family.TFLITE: (PROGRAM,), Family.LITERT: (PROGRAM, "benchmark_litert_model")}

# The TFLite and the LiteRT family name the same platforms differently.
_ALIASES = {
    "linux_x86_64": ("linux_x86_64", "linux_x86-64"),
    "linux_arm64": ("linux_arm64", "linux_aarch64"),
    "linux_arm": ("linux_arm",),
    "android_arm64": ("android_arm64", "android_aarch64"),
    "android_arm": ("android_arm",),
    "android_x86_64": ("android_x86_64", "android_x86-64"),
}

# e_machine of ELF: https://refspecs.linuxfoundation.org, and the ABI of each processor.
_MACHINES = {3: "x86", 40: "arm", 62: "x86_64", 183: "arm64", 243: "riscv64"}
_ELF_HEAD = 20


@dataclass(frozen=True, slots=True)
class Program:
    """A benchmark_model on this machine.

    Attributes:
        file: The program.
        folder: What has to go to the device with it; None if that is the program alone.
    """

    file: Path
    folder: Path | None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is looked for: `shown` is the path as named, for messages."""

    shown: str
    device: str
    platform: str | None
    family: Family

    @property
    def key(self) -> str:
        return TOOLS[self.family]


def find(
    path: Path, shown: str, device: str, platform: str | None, family: Family = Family.TFLITE
) -> Program:
    """Find the program for a platform at a path.

    Args:
        path: What was named.
        shown: The same, for messages.
        device: Name of the device.
        platform: E.g. `linux_arm64`; None if the device does not tell.
        family: Whose program it is to be.

    Raises:
        ToolError: There is none, or it is for another platform.
    """
    wish = _Wish(shown, device, platform, family)
    if path.is_file():
        program = Program(path, None)
    elif not path.is_dir():
        raise ToolError(
            f"{device}: {shown} does not exist.",
            "The path of benchmark_model is relative to the workspace.",
        )
    else:
        program = _in_folder(path, wish)
    _fits(program.file, wish)
    return program


def put(program: Program, transport: Transport) -> str:
    """Bring it onto a device, unless it is there; return its path there.

    Raises:
        TransportError: The device does not take it.
    """
    if program.folder is not None:
        return f"{stage_folder(transport, program.folder)}/{program.file.name}"
    return stage(transport, program.file, sha256_of(program.file), mode=0o555)


def _in_folder(path: Path, wish: _Wish) -> Program:
    for file in _FILES[wish.family]:
        if (path / file).is_file():
            return Program(path / file, path)
        for name in _ALIASES.get(wish.platform or "", ()):
            if (path / name / file).is_file():
                return Program(path / name / file, path / name)
            if (path / f"{name}_{file}").is_file():
                return Program(path / f"{name}_{file}", None)
    known = sorted(
        alias
        for aliases in _ALIASES.values()
        for alias in aliases
        if any(
            (path / alias / file).is_file() or (path / f"{alias}_{file}").is_file()
            for file in _FILES[wish.family]
        )
    )
    wanted = wish.platform or "a device that does not tell its platform"
    raise ToolError(
        f"{wish.device}: {wish.shown} has no {PROGRAM} for {wanted} "
        f"(it has: {', '.join(known) or 'none'}).",
        f"Put one there as {wish.shown}/{wish.platform or 'PLATFORM'}/{PROGRAM}, or name it in "
        f"devices/{wish.device}.yaml ({wish.key}: FILE).",
    )


def _fits(file: Path, wish: _Wish) -> None:
    """Refuse a program for another processor; a script is not looked into."""
    with file.open("rb") as opened:
        head = opened.read(_ELF_HEAD)
    if wish.platform is None or len(head) < _ELF_HEAD or head[:4] != b"\x7fELF":
        return
    order = "<" if head[5] == 1 else ">"
    machine = _MACHINES.get(struct.unpack_from(f"{order}H", head, 18)[0], "another processor")
    wanted = wish.platform.partition("_")[2]
    if machine != wanted:
        raise ToolError(
            f"{wish.device}: {wish.shown} is a program for {machine}, the device is "
            f"{wish.platform}.",
            f"Name one for {wish.platform}: `{wish.key}: FILE` in devices/{wish.device}.yaml.",
        )
