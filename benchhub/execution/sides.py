"""Finds what --baseline and --candidate name: a folder, a suite, a program, a commit, or a run.

The suite on the command line says what is measured; a side says where its files are from.
"""

from __future__ import annotations

import shutil
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

from benchhub.devices.host import HostTransport
from benchhub.errors import TransportError, UsageError
from benchhub.results.store import RunFolder, find_run
from benchhub.workspace import STATE, Workspace

FOLDER = "commits"
GIT_TIMEOUT_S = 120.0
# Of a commit, for people.
SHORT = 8
_SUITES = (".yaml", ".yml")
_PROGRAMS = (b"\x7fELF", b"#!")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a side is from.

    Attributes:
        text: For people.
        suite: Its suite file.
        models: Folder whose .tflite files are taken instead of the suite's; None takes those.
        program: The measuring program, instead of the suite's or device's; None takes that.
        commit: Commit that it is from; None if it is not from one.
        unpacked: Where that commit is unpacked, and the checkout; None without one.
    """

    text: str
    suite: Path
    models: Path | None = None
    program: Path | None = None
    commit: str | None = None
    unpacked: tuple[Path, Path] | None = None

    def present(self, path: Path) -> Path:
        """Return the checkout's file for one that the commit does not have, such as a program.

        What measures is often not under version control; both sides then have the same.
        """
        if self.unpacked and not path.exists() and path.is_relative_to(self.unpacked[0]):
            here = self.unpacked[1] / path.relative_to(self.unpacked[0])
            return here if here.exists() else path
        return path


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
    folder = _stored(word, workspace)
    if folder is None:
        return _commit(word, suite, workspace)
    return _run(word, folder, suite, workspace)


def _stored(word: str, workspace: Workspace) -> RunFolder | None:
    try:
        return find_run(workspace.runs, word)
    except UsageError:
        return None


def _run(word: str, folder: RunFolder, suite: Path, workspace: Workspace) -> Origin:
    """Take the suite and the models of the commit that a stored run was made from.

    What the run measured is no side: pairs are measured anew.
    """
    plan = folder.read_plan()
    git = _Git(HostTransport("host", suite.absolute().parent), word)
    if (same := git.commit()) is not None:
        raise UsageError(
            f"'{word}' is a commit here and a stored run.",
            f"Say which: --baseline {same[:SHORT]} is the commit, {folder.run_id} the run.",
        )
    commit = plan.git_commit
    if commit is None or commit.endswith("+") or plan.sides:
        why = "it was not made in a git checkout"
        if plan.sides:
            why = "it compares two sides itself"
        elif commit:
            why = f"files had changed after commit {commit[:SHORT]}"
        raise UsageError(
            f"run {folder.run_id} keeps figures, no models, and {why}.",
            "Name a commit or a folder of models, or hold the figures of two runs against each "
            f"other: benchhub compare {word} latest",
        )
    found = _commit(commit, suite, workspace, workspace.root / plan.suite_path)
    return replace(found, text=f"{found.text}, of run {folder.run_id}")


def _program(word: str, path: Path, suite: Path) -> Origin:
    with path.open("rb") as file:
        if not file.read(len(_PROGRAMS[0])).startswith(_PROGRAMS):
            raise UsageError(
                f"{word}: no suite (.yaml), folder of models or program.",
                "Name one of them, or a commit of git.",
            )
    return Origin(f"program {word}", suite, program=path.absolute())


def _commit(word: str, suite: Path, workspace: Workspace, wanted: Path | None = None) -> Origin:
    """Unpack a commit beside the runs; the checkout is left alone.

    Args:
        word: The commit.
        suite: The suite on the command line, in the checkout.
        workspace: Where it is unpacked.
        wanted: The suite to take of the commit; None takes the one on the command line.
    """
    git = _Git(HostTransport("host", suite.absolute().parent), word)
    top = Path(git.said("rev-parse", "--show-toplevel")).resolve()
    commit = git.resolved()
    found = (wanted or suite).resolve()
    if not found.is_relative_to(top):
        raise UsageError(f"{found} is not in the git checkout {top}.", "Give a folder of models.")
    inside = found.relative_to(top)
    folder = workspace.root / STATE / FOLDER / commit
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        archive = folder.with_suffix(".tar")
        git.said("-C", str(top), "archive", "--format=tar", f"--output={archive}", commit)
        _unpack(archive, folder)
    found = folder / inside
    if not found.is_file():
        raise UsageError(
            f"{inside} is not in {word} ({commit[:SHORT]}).",
            "Give a commit that has it, or a folder of models: --baseline DIR",
        )
    return Origin(
        f"{inside} at {_named(word, commit)}", found, commit=commit, unpacked=(folder, top)
    )


def _named(word: str, commit: str) -> str:
    return commit[:SHORT] if commit.startswith(word) else f"{word} ({commit[:SHORT]})"


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

    def resolved(self) -> str:
        """Return the commit that the word names. Raises UsageError."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        return self.said(*words, f"{self.word}^{{commit}}")

    def commit(self) -> str | None:
        """Return the same; None if it names none."""
        try:
            return self.resolved()
        except UsageError:
            return None

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
            f"'{self.word}' is no folder of models, suite, program, commit or run here"
            f"{f': {why}' if why else ''}.",
            "Give --baseline a folder of .tflite files, a suite, a program, a commit or a run.",
        )
