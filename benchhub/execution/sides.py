"""Finds what --baseline and --candidate name: a folder, a suite, a program, or a commit.

The suite on the command line says what is measured; a side says where its files are from.
"""

from __future__ import annotations

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from benchhub.devices.host import HostTransport
from benchhub.errors import TransportError, UsageError
from benchhub.workspace import STATE, Workspace

FOLDER = "commits"
GIT_TIMEOUT_S = 120.0
_SUITES = (".yaml", ".yml")
_ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a side is from.

    Attributes:
        text: For people.
        suite: Its suite file.
        models: Folder whose .tflite files are taken instead of the suite's; None takes those.
        program: The measuring program, instead of the suite's or device's; None takes that.
        commit: Commit that it is from; None if it is not from one.
    """

    text: str
    suite: Path
    models: Path | None = None
    program: Path | None = None
    commit: str | None = None


def find_side(word: str | None, suite: Path, workspace: Workspace) -> Origin:
    """Find what a side is.

    Args:
        word: As on the command line; None is the suite as it is.
        suite: The suite on the command line.
        workspace: Where commits are unpacked.

    Raises:
        UsageError: It is nothing of the kind.
    """
    if word is None:
        return Origin(workspace.relative(suite), suite)
    if not word.strip():
        raise UsageError(
            "the name of a side is empty.", "Name a folder of models, a suite, or a commit of git."
        )
    path = Path(word)
    if path.is_dir():
        return Origin(f"models of {word}", suite, models=path.absolute())
    if path.suffix in _SUITES and path.is_file():
        return Origin(workspace.relative(path), path)
    if path.is_file():
        return _program(word, path, suite)
    return _commit(word, suite, workspace)


def _program(word: str, path: Path, suite: Path) -> Origin:
    with path.open("rb") as file:
        if file.read(len(_ELF)) != _ELF:
            raise UsageError(
                f"{word}: no suite (.yaml), folder of models or program.",
                "Name one of them, or a commit of git.",
            )
    return Origin(f"program {word}", suite, program=path.absolute())


def _commit(word: str, suite: Path, workspace: Workspace) -> Origin:
    """Unpack a commit beside the runs; the checkout is left alone."""
    git = _Git(HostTransport("host", suite.absolute().parent), word)
    top = Path(git.said("rev-parse", "--show-toplevel")).resolve()
    commit = git.said("rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}")
    inside = suite.resolve().relative_to(top)
    folder = workspace.root / STATE / FOLDER / commit
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        archive = folder.with_suffix(".tar")
        git.said("-C", str(top), "archive", "--format=tar", f"--output={archive}", commit)
        _unpack(archive, folder)
    found = folder / inside
    if not found.is_file():
        raise UsageError(
            f"{inside} is not in {word} ({commit[:8]}).",
            "Give a commit that has it, or a folder of models: --baseline DIR",
        )
    return Origin(f"{inside} at {_named(word, commit)}", found, commit=commit)


def _named(word: str, commit: str) -> str:
    return commit[:8] if commit.startswith(word) else f"{word} ({commit[:8]})"


def _unpack(archive: Path, folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(part, filter="data")
    part.rename(folder)
    archive.unlink()


@dataclass(frozen=True, slots=True)
class _Git:
    """Git where the suite is, for one word of the command line."""

    transport: HostTransport
    word: str

    def said(self, *argv: str) -> str:
        """Return what a command prints. Raises UsageError."""
        try:
            result = self.transport.run(["git", *argv], timeout_s=GIT_TIMEOUT_S)
        except TransportError as error:
            raise self._nothing(error.message) from error
        if result.returncode != 0:
            said = result.stderr.strip().splitlines()
            raise self._nothing(said[-1] if said else "")
        return result.stdout.strip()

    def _nothing(self, why: str) -> UsageError:
        return UsageError(
            f"'{self.word}' is no folder of models, suite, program or commit here"
            f"{f': {why}' if why else ''}.",
            "Give --baseline a folder of .tflite files, a suite, benchmark_model, or a commit.",
        )
