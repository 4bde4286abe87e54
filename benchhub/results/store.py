"""Run folders: the plan first, then each invocation as it ends, then the end.

    .benchhub/runs/<run id>/
        plan.json                           everything that is going to be measured
        suite.yaml                          the suite as read
        models/<model>/<variant>.json       what is known of a variant without any device
        devices/<device>.json               facts and tools at the start
        invocations/<device>/<step>/        one folder an invocation
            stdout.txt stderr.txt ...       what the tool printed and wrote
            invocation.json                 written last: without it the step was not finished
        run.json                            how it ended; without it the run did not end

docs/format.md describes the documents.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchhub.errors import StoreError, UsageError
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
from benchhub.results.codec import read_document, write_bytes, write_document

# Crockford's base 32: no I, L, O, U. Eight characters are the upper 40 bits of a ULID's 48-bit
# millisecond clock, so that ids sort by time with a resolution of about a second.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 8
# Of a digest in the name of a file.
DIGITS = 12


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk; writes go through here and nowhere else."""

    path: Path

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.path.name

    def write_plan(self, plan: Plan) -> None:
        """Write what is going to be done. First of all writes."""
        write_bytes(self.path / "suite.yaml", plan.suite_text.encode())
        write_document(self.path / "plan.json", plan)

    def read_plan(self) -> Plan:
        """Read the plan. Raises StoreError."""
        return read_document(self.path / "plan.json", Plan)

    def write_variant(self, facts: VariantFacts) -> None:
        """Write what is known of a model variant besides its latency.

        In a comparison a variant may be two files: the second one's digest is in its name.
        """
        folder = self.path / "models" / facts.model
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{facts.variant}.json"
        if path.exists() and read_document(path, VariantFacts).sha256 != facts.sha256:
            path = folder / f"{facts.variant}~{facts.sha256[:DIGITS]}.json"
        write_document(path, facts)

    def read_variants(self) -> tuple[VariantFacts, ...]:
        """Read what is known of the model variants. Raises StoreError."""
        paths = sorted(self.path.glob("models/*/*.json"))
        return tuple(read_document(path, VariantFacts) for path in paths)

    def write_device(self, record: DeviceRecord) -> None:
        """Write what a device and its tools are."""
        folder = self.path / "devices"
        folder.mkdir(exist_ok=True)
        write_document(folder / f"{record.name}.json", record)

    def read_devices(self) -> tuple[DeviceRecord, ...]:
        """Read what is known of the devices so far. Raises StoreError."""
        paths = sorted(self.path.glob("devices/*.json"))
        return tuple(read_document(path, DeviceRecord) for path in paths)

    def step_folder(self, step: PlannedInvocation | Invocation) -> Path:
        """Return the folder of one invocation."""
        case = step.case_id.replace("/", ".")
        name = f"{step.number:04d}-{step.purpose}-r{step.round}-{case}"
        return self.path / "invocations" / step.device / name

    def begin_step(self, step: PlannedInvocation) -> Path:
        """Return an empty folder for the artifacts of one invocation."""
        folder = self.step_folder(step)
        if folder.exists():
            shutil.rmtree(folder)  # left by an interrupt: no invocation.json, so never counted
        folder.mkdir(parents=True)
        return folder

    def write_invocation(self, invocation: Invocation, artifacts: Mapping[str, bytes]) -> None:
        """Write the raw artifacts, then the document that makes them count."""
        folder = self.step_folder(invocation)
        for name, content in artifacts.items():
            write_bytes(folder / name, content)
        write_document(folder / "invocation.json", invocation)

    def read_invocation(self, step: PlannedInvocation) -> Invocation | None:
        """Read what a step gave, or None if it is not done. Raises StoreError."""
        path = self.step_folder(step) / "invocation.json"
        return read_document(path, Invocation) if path.exists() else None

    def logs(self, invocation: Invocation) -> dict[str, str]:
        """Return the text artifacts of an invocation by name; a lost one is not there."""
        folder = self.step_folder(invocation)
        return {
            name: (folder / name).read_bytes().decode("utf-8", "replace")
            for name in invocation.artifacts
            if name.endswith(".txt") and (folder / name).exists()
        }

    def done(self) -> set[tuple[str, int]]:
        """Return device and number of each invocation that is on disk."""
        found = self.path.glob("invocations/*/*/invocation.json")
        return {(path.parent.parent.name, int(path.parent.name.split("-")[0])) for path in found}

    def write_end(self, end: RunEnd) -> None:
        """Write how the run ended. Last of all writes."""
        write_document(self.path / "run.json", end)

    def read(self) -> Run:
        """Read the whole run, also one that did not end. Raises StoreError."""
        end = self.path / "run.json"
        plan = self.read_plan()
        devices = {record.name: record for record in self.read_devices()}
        return Run(
            plan=plan,
            devices=tuple(devices[name] for name in plan.devices if name in devices),
            invocations=tuple(
                read_document(path, Invocation)
                for device in plan.devices
                for path in sorted(self.path.glob(f"invocations/{device}/*/invocation.json"))
            ),
            end=read_document(end, RunEnd) if end.exists() else None,
            variants=self.read_variants(),
        )


def create_run_folder(runs: Path) -> RunFolder:
    """Make an empty run folder with a new id.

    Raises:
        StoreError: The folder of runs is not writable.
    """
    runs.mkdir(parents=True, exist_ok=True)
    tick = time.time_ns() // 1_000_000 >> 10
    while True:
        path = runs / _encode(tick)
        try:
            path.mkdir()
        except FileExistsError:
            tick += 1  # a run began within the same second
        except OSError as error:
            raise StoreError(f"{path}: cannot be made: {error.strerror}.") from error
        else:
            return RunFolder(path)


def run_folders(runs: Path) -> list[RunFolder]:
    """Return all runs that have a plan, oldest first."""
    return [RunFolder(path.parent) for path in sorted(runs.glob("*/plan.json"))]


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


def _encode(number: int) -> str:
    letters = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))
