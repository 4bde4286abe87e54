"""Run folders: the plan first, then each invocation as it ends, then the end.

    .benchhub/runs/<run id>/
        plan.json                           everything that is going to be measured
        suite.yaml                          the suite as read
        models/<model>/<variant>.json       what is known of a variant without any device
        devices/<device>.json               facts and tools at the start
        invocations/<device>/<step>/        one folder an invocation, there whole or not at all
            stdout.txt stderr.txt ...       what the tool printed and wrote
            invocation.json                 the record
        attempts/<device>/<step>-2/         a result that came after the one that counts
        part/<device>/<step>/               an invocation that is not whole yet
        run.json                            how it ended; without it the run did not end

docs/format.md describes the documents.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchhub.errors import FormatTooNewError, StoreError, UsageError
from benchhub.records import (
    DeviceRecord,
    Invocation,
    Plan,
    PlannedInvocation,
    Run,
    RunEnd,
    VariantFacts,
)
from benchhub.results.baselines import LATEST, read_baselines
from benchhub.results.codec import encode, read_document, write_document
from benchhub.results.disk import refused, sync_files, sync_folder, write_bytes
from benchhub.results.plain_names import plain
from benchhub.results.run_ids import is_run_id, next_id

PLAN = "plan.json"
END = "run.json"
INVOCATION = "invocation.json"
ATTEMPTS = "attempts"
PARTS = "part"
# Of a digest in the name of a file.
DIGITS = 12
_STEP = re.compile(r"(\d{1,9})-", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk; writes go through here and nowhere else."""

    path: Path

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.path.name

    def write_plan(self, plan: Plan) -> None:
        """Write what is going to be done. First of all writes.

        Raises:
            StoreError: The disk is full or not writable; the folder is not left behind.
        """
        try:
            write_bytes(self.path / "suite.yaml", plan.suite_text.encode())
            write_document(self.path / PLAN, plan)
        except StoreError:
            if not (self.path / PLAN).exists():
                shutil.rmtree(self.path, ignore_errors=True)
            raise

    def read_plan(self) -> Plan:
        """Read the plan. Raises StoreError."""
        remedy = f"Remove that folder; if the run was pushed: benchhub runs pull {self.run_id}"
        plan = _read(self.path / PLAN, Plan, remedy)
        for device in plan.devices:
            plain(device, f"a device in {self.path / PLAN}")
        return plan

    def write_variant(self, facts: VariantFacts) -> None:
        """Write what is known of a model variant besides its latency.

        In a comparison a variant may be two files: the second one's digest is in its name.
        """
        folder = self._made("models", plain(facts.model, "a model"))
        path = folder / f"{plain(facts.variant, 'a variant')}.json"
        if path.exists() and read_document(path, VariantFacts).sha256 != facts.sha256:
            path = folder / f"{facts.variant}~{facts.sha256[:DIGITS]}.json"
        write_document(path, facts)

    def read_variants(self) -> tuple[VariantFacts, ...]:
        """Read what is known of the model variants. Raises StoreError."""
        paths = sorted(self.path.glob("models/*/*.json"))
        return tuple(_read(path, VariantFacts, self._going_on) for path in paths)

    def write_device(self, record: DeviceRecord) -> None:
        """Write what a device and its tools are."""
        self._made("devices")
        write_document(self._device(record.name), record)

    def read_device(self, name: str) -> DeviceRecord | None:
        """Read what is known of a device so far, or None. Raises StoreError."""
        path = self._device(name)
        return _read(path, DeviceRecord, self._going_on) if path.exists() else None

    def read_devices(self) -> tuple[DeviceRecord, ...]:
        """Read what is known of the devices so far. Raises StoreError."""
        paths = sorted(self.path.glob("devices/*.json"))
        return tuple(_read(path, DeviceRecord, self._going_on) for path in paths)

    def step_folder(self, step: PlannedInvocation | Invocation) -> Path:
        """Return the folder of one invocation, as its names say; what is written is checked."""
        return self.path.joinpath("invocations", *_names(step))

    def begin_step(self, step: PlannedInvocation) -> Path:
        """Return an empty folder for the artifacts of one invocation; it does not count yet.

        Raises:
            StoreError: The disk is full or not writable.
        """
        part = self.path.joinpath(PARTS, *_place(step))
        try:
            if part.exists():
                shutil.rmtree(part)  # left by an interrupt
            part.mkdir(parents=True)
        except OSError as error:
            raise refused(part, error) from error
        return part

    def write_invocation(self, invocation: Invocation, artifacts: Mapping[str, bytes]) -> None:
        """Write the raw artifacts and the record; they count from then on, all of them.

        What is there already is not overwritten: of several results of a step the first one counts,
        the others are kept as attempts.

        Args:
            invocation: The record.
            artifacts: Files by name, beside those that `begin_step`'s folder has.

        Raises:
            StoreError: The disk is full or not writable; nothing of the invocation is left. Or an
                artifact has the name of another file.
        """
        part = self.path.joinpath(PARTS, *_place(invocation))
        target = self.path.joinpath("invocations", *_place(invocation))
        for name in artifacts:
            if plain(name, "an artifact") == INVOCATION:
                raise StoreError(f"{target}: an artifact cannot be called {INVOCATION}.")
        try:
            part.mkdir(parents=True, exist_ok=True)
            for name, content in artifacts.items():
                (part / name).write_bytes(content)
            (part / INVOCATION).write_bytes(encode(invocation))
            sync_files(part)
            if (target / INVOCATION).exists():
                target = self.attempt_folder(target)
            elif target.exists():
                shutil.rmtree(target)  # left by an interrupt of an older benchhub
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise refused(target, error) from error

    def attempt_folder(self, step: Path) -> Path:
        """Return where a result goes that does not count, given the folder of the one that does."""
        number = 2
        while (path := self.path / ATTEMPTS / step.parent.name / f"{step.name}-{number}").exists():
            number += 1
        return path

    def read_invocation(self, step: PlannedInvocation) -> Invocation | None:
        """Read what a step gave, or None if it is not done. Raises StoreError."""
        path = self.path.joinpath("invocations", *_place(step), INVOCATION)
        return self._read_invocation(path) if path.exists() else None

    def has(self, step: PlannedInvocation) -> bool:
        """Say whether a step is on disk."""
        return (self.step_folder(step) / INVOCATION).exists()

    def logs(self, invocation: Invocation) -> dict[str, str]:
        """Return the text artifacts of an invocation by name; a lost one is not there."""
        folder = self.step_folder(invocation)
        return {
            name: (folder / name).read_bytes().decode("utf-8", "replace")
            for name in invocation.artifacts
            if name.endswith(".txt") and (folder / plain(name, "an artifact")).exists()
        }

    def done(self) -> set[tuple[str, int]]:
        """Return device and number of each invocation that is on disk."""
        found = self.path.glob(f"invocations/*/*/{INVOCATION}")
        steps = ((path.parent.parent.name, _STEP.match(path.parent.name)) for path in found)
        return {(device, int(number[1])) for device, number in steps if number}

    def write_end(self, end: RunEnd) -> None:
        """Write how the run ended. Last of all writes."""
        shutil.rmtree(self.path / PARTS, ignore_errors=True)
        write_document(self.path / END, end)

    def read_end(self) -> RunEnd | None:
        """Read how the run ended; None if it did not. Raises StoreError."""
        path = self.path / END
        return _read(path, RunEnd, self._going_on) if path.exists() else None

    def read(self) -> Run:
        """Read the whole run, also one that did not end. Raises StoreError."""
        plan = self.read_plan()
        devices = {record.name: record for record in self.read_devices()}
        return Run(
            plan=plan,
            devices=tuple(devices[name] for name in plan.devices if name in devices),
            invocations=tuple(self._invocations(plan)),
            end=self.read_end(),
            variants=self.read_variants(),
        )

    def _invocations(self, plan: Plan) -> Iterator[Invocation]:
        cases = {case.id for case in plan.cases}
        for device in plan.devices:
            folder = self.path / "invocations" / plain(device, "a device")
            for path in sorted(folder.glob(f"*/{INVOCATION}")):
                invocation = self._read_invocation(path)
                if invocation.case_id not in cases:
                    told = f"{path}: {invocation.case_id[:80]!r} is no case of the plan."
                    raise StoreError(told, "Move it out of the run folder.")
                if self.step_folder(invocation) != path.parent:
                    # A copy that somebody made would count twice.
                    where = "/".join(("invocations", *_names(invocation)))
                    raise StoreError(f"{path}: this is {where}.", "Move it there, or remove it.")
                yield invocation

    def _read_invocation(self, path: Path) -> Invocation:
        return _read(path, Invocation, f"Measure it again: benchhub run --resume {self.run_id}")

    @property
    def _going_on(self) -> str:
        return f"It is put aside by benchhub run --resume {self.run_id}"

    def _device(self, name: str) -> Path:
        return self.path / "devices" / f"{plain(name, 'a device')}.json"

    def _made(self, *names: str) -> Path:
        folder = self.path.joinpath(*names)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise refused(folder, error) from error
        return folder


def _names(step: PlannedInvocation | Invocation) -> tuple[str, str]:
    case = step.case_id.replace("/", ".")
    return step.device, f"{step.number:04d}-{step.purpose}-r{step.round}-{case}"


def _place(step: PlannedInvocation | Invocation) -> tuple[str, str]:
    """Return the same where it cannot lead elsewhere. Raises StoreError."""
    device, name = _names(step)
    return plain(device, "a device"), plain(name, "a step")


def _read(path: Path, kind: type[T], remedy: str) -> T:
    """Read a document of a run folder. Raises StoreError, which says what helps."""
    try:
        return read_document(path, kind)
    except FormatTooNewError:
        raise
    except StoreError as error:
        raise StoreError(error.message, remedy) from error


def create_run_folder(runs: Path) -> RunFolder:
    """Make an empty run folder with a new id, which sorts behind those that are there.

    Raises:
        StoreError: The folder of runs is not writable.
    """
    try:
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            run_id = next_id(path.name for path in runs.iterdir())
            if run_id is None:
                raise StoreError(f"{runs}: no id sorts behind those there.", "Remove the last run.")
            try:
                (runs / run_id).mkdir()
            except FileExistsError:
                continue  # another run began at the same time
            sync_folder(runs)
            return RunFolder(runs / run_id)
    except OSError as error:
        raise refused(runs, error) from error


def run_folders(runs: Path) -> list[RunFolder]:
    """Return all runs that have a plan, oldest first."""
    return [RunFolder(path.parent) for path in sorted(runs.glob(f"*/{PLAN}"))]


def find_run(runs: Path, word: str) -> RunFolder:
    """Return the run of that id, of its unambiguous beginning, of that name, or `latest`.

    Raises:
        UsageError: There is no such run, or several.
        StoreError: It is no id, and the names are damaged.
    """
    folders = run_folders(runs)
    if not folders:
        raise UsageError(f"{runs}: there are no runs yet.", "benchhub run SUITE --devices host")
    if word == LATEST:
        return folders[-1]
    matching = [folder for folder in folders if folder.run_id.startswith(word.upper())]
    if len(matching) == 1:
        return matching[0]
    if matching:
        several = ", ".join(folder.run_id for folder in matching[:5])
        raise UsageError(f"run '{word}' is ambiguous: {several}.")
    if is_run_id(word.upper()) and (runs / word.upper()).is_dir():
        raise UsageError(
            f"run {word.upper()} has no plan: nothing was measured.",
            f"Remove {runs / word.upper()}",
        )
    return _of_name(runs, folders, word)


def _of_name(runs: Path, folders: Iterable[RunFolder], name: str) -> RunFolder:
    names = read_baselines(runs)
    if name not in names:
        baselines = f" The baselines are: {', '.join(names)}." if names else ""
        raise UsageError(f"there is no run {name!r}.", f"benchhub runs lists them.{baselines}")
    for folder in folders:
        if folder.run_id == names[name]:
            return folder
    raise UsageError(
        f"baseline {name!r} is run {names[name]!r}, which is not there any more.",
        f"Name another one: benchhub baseline set {name} RUN",
    )


def open_run(path: Path) -> Run:
    """Read a run folder. Raises StoreError."""
    return RunFolder(path).read()
