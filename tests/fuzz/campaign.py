"""Shares inputs over the targets, runs a process for each, two at a time, and watches them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.fuzz import engines
from tests.fuzz.seeds import ROOT
from tests.fuzz.target import Target
from tests.fuzz.trial import HANG_S, Notes

AT_ONCE = 2
# Of wall time, for what the clock of the processor does not see: on a busy machine a sound input
# may take long, so this is generous.
STUCK_S = 12 * HANG_S
# A process may die of an input, and another one goes on behind it.
_MOST_STARTS = 5
_COVERED = re.compile(r"\bcov: (\d+)")
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, with its input in a file."""

    kind: str
    where: str
    message: str
    data: str
    count: int


@dataclass(slots=True)
class Outcome:
    """What became of one target.

    Attributes:
        target: Its name.
        engines: What made the inputs.
        inputs: How many were read to the end.
        wanted: How many were to be.
        edges: Edges of the code that were reached; None where nothing counted them.
        slowest_s: Processor time of the slowest input.
        peak_mib: Largest resident set.
        seconds: Wall time.
        findings: What was found.
    """

    target: str
    engines: Sequence[str]
    inputs: int = 0
    wanted: int = 0
    edges: int | None = None
    slowest_s: float = 0.0
    peak_mib: int = 0
    seconds: float = 0.0
    findings: list[Found] = field(default_factory=list)


def shares(targets: Iterable[Target], inputs: int) -> dict[str, int]:
    """Return how many inputs each target gets, by weight; at least one each."""
    weights = {target.name: target.weight for target in targets}
    total = sum(weights.values())
    found = {name: max(1, int(inputs * weight / total)) for name, weight in weights.items()}
    largest = max(found, key=lambda name: found[name])
    found[largest] += max(0, inputs - sum(found.values()))
    return found


def run(
    targets: Sequence[Target], inputs: int, seed: int, folder: Path, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    """Read that many inputs with those targets; return what became of each, in their order.

    Args:
        targets: What reads.
        inputs: How many in all.
        seed: Of all random numbers.
        folder: For corpus, logs and findings; the corpus of an earlier campaign is used again.
        tell: Called after each target.
    """
    shutil.rmtree(folder / "findings", ignore_errors=True)
    (folder / "findings").mkdir(parents=True)
    share = shares(targets, inputs)

    def one(target: Target) -> Outcome:
        outcome = _campaign(target, share[target.name], seed, folder)
        tell(outcome)
        return outcome

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, targets))


def _campaign(target: Target, wanted: int, seed: int, folder: Path) -> Outcome:
    outcome = Outcome(target.name, engines.installed(), wanted=wanted)
    began = time.monotonic()
    for start in range(_MOST_STARTS):
        if outcome.inputs >= wanted:
            break
        _go_on(target, outcome, seed + start, folder)
    outcome.seconds = time.monotonic() - began
    return outcome


def _go_on(target: Target, outcome: Outcome, seed: int, folder: Path) -> None:
    """Run one process for what is left, and add what it did."""
    notes_path = folder / f"{target.name}.notes"
    result_path = folder / f"{target.name}.json"
    for path in (notes_path, result_path):
        path.unlink(missing_ok=True)
    notes = Notes(notes_path)
    left = outcome.wanted - outcome.inputs
    generated = int(left * engines.GENERATED_SHARE) if engines.HYPOTHESIS in outcome.engines else 0
    words = [
        f"--engine={outcome.engines[-1]}",
        f"--generated={generated}",
        f"--inputs={left}",
        f"--seed={seed}",
        f"--folder={folder}",
    ]
    log = folder / f"{target.name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child", target.module, target.name, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        stuck = _watch(process, notes)
    outcome.inputs += notes.done
    if result_path.exists():
        told = json.loads(result_path.read_bytes())
        outcome.slowest_s = max(outcome.slowest_s, told["slowest_s"])
        outcome.peak_mib = max(outcome.peak_mib, told["peak_mib"])
        outcome.findings += [Found(**finding) for finding in told["findings"]]
    else:
        outcome.findings.append(_death(target, process.returncode, notes, log, stuck=stuck))
    covered = _COVERED.findall(log.read_text(errors="replace"))
    if covered:
        outcome.edges = max(outcome.edges or 0, int(covered[-1]))
    notes_path.unlink()


def _watch(process: subprocess.Popen[bytes], notes: Notes) -> bool:
    """Wait for the end of a process; end it if an input is read for too long, and say so."""
    done, since = -1, time.monotonic()
    while process.poll() is None:
        time.sleep(_POLL_S)
        if notes.reading is None or notes.done != done:
            done, since = notes.done, time.monotonic()
        elif time.monotonic() - since > STUCK_S:
            process.kill()
            process.wait()
            return True
    return False


def _death(target: Target, code: int, notes: Notes, log: Path, *, stuck: bool) -> Found:
    data = notes.reading
    path = log.parent / "findings" / f"{target.name}-{sha256(data or b'').hexdigest()[:12]}"
    path.write_bytes(data or b"")
    said = log.read_text(errors="replace").strip().splitlines()
    kind = "hang" if stuck else "died"
    message = f"exit code {code}; {said[-1][:200] if said else 'nothing was printed'}"
    return Found(kind, "?" if data is not None else "outside of an input", message, str(path), 1)
