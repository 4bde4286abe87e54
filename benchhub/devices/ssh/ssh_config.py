"""Reads OpenSSH's client configuration, ssh_config(5), files it includes among them."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import paramiko

from benchhub.errors import ConfigError

CONFIG_VARIABLE = "BENCHHUB_SSH_CONFIG"
SYSTEM_FOLDER = Path("/etc/ssh")
# As deep as OpenSSH follows them.
DEEPEST_INCLUDE = 16
# Files that include each other twice would be read without end; and no configuration is so long.
MOST_FILES = 200
MOST_BYTES = 1 << 20
_SETTING = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.+)")


def read_ssh_config(name: str) -> paramiko.SSHConfig:
    """Read the files of the user and of the system, or the one BENCHHUB_SSH_CONFIG names.

    Args:
        name: The device, for messages.

    Raises:
        ConfigError: A file is wrong or cannot be read.
    """
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        files = [Path(chosen).expanduser()]
    else:
        usual = (Path.home() / ".ssh" / "config", SYSTEM_FOLDER / "ssh_config")
        files = [file for file in usual if file.exists()]
    lines: list[str] = []
    read: list[Path] = []
    for file in files:
        lines += ["Host *", *_lines(name, file, 0, read)]
    try:
        return paramiko.SSHConfig.from_text("\n".join(lines))
    except (paramiko.SSHException, ValueError) as error:
        where = ", ".join(map(str, files))
        raise ConfigError(f"{name}: {where}: {error}") from error


def _text(name: str, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{name}: cannot read {file}: {error.strerror}.") from error
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{name}: {file}: larger than {MOST_BYTES >> 20} MiB.")
    return raw.decode("utf-8", "surrogateescape")


def _lines(name: str, file: Path, depth: int, read: list[Path]) -> Iterator[str]:
    read.append(file)
    if depth > DEEPEST_INCLUDE or len(read) > MOST_FILES:
        raise ConfigError(f"{name}: {file}: the files include each other.")
    text = _text(name, file)
    everywhere = True
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        where = f"{name}: {file}:{number}"
        setting = _SETTING.match(line)
        if setting is None:
            raise ConfigError(f"{where}: `{line}` has no value.")
        key, value = setting[1].lower(), setting[2]
        if key in ("host", "match"):
            everywhere = value.split() in (["*"], ["all"])
        _check_supported(where, key, value, everywhere=everywhere)
        if key == "include":
            for included in _included(where, value, file):
                yield from _lines(name, included, depth + 1, read)
            yield "Host *"  # what stands below the Include holds for all hosts again
        else:
            yield line


def _check_supported(where: str, key: str, value: str, *, everywhere: bool) -> None:
    if key == "include" and not everywhere:
        raise ConfigError(
            f"{where}: Include inside a Host or Match is not supported.",
            "Move it to the top of the file.",
        )
    if key == "match" and "exec" in value.lower().replace("!", "").split():
        # paramiko runs it without a time limit and with our standard input.
        raise ConfigError(
            f"{where}: Match exec is not supported.",
            f"Use Host blocks, or name another file in {CONFIG_VARIABLE}.",
        )


def _included(where: str, value: str, file: Path) -> list[Path]:
    in_system = file.is_relative_to(SYSTEM_FOLDER)
    base = SYSTEM_FOLDER if in_system else Path.home() / ".ssh"
    try:
        paths = [base / Path(pattern).expanduser() for pattern in shlex.split(value)]
        # It may be absolute.
        found = [sorted(glob.glob(str(path))) for path in paths]  # noqa: PTH207
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"{where}: Include `{value}`: {error}.") from error
    return [Path(name) for names in found for name in names]
