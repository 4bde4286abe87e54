"""What a run was made of: the files that were measured, and the command that makes it again."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.records import Plan
from benchhub.reports.invocations import quoted


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """One model file.

    Attributes:
        name: Model and variant, and the side of a comparison.
        path: As the plan has it; empty if it was not seen.
        size_bytes: Of the file.
        sha256: Of the file; empty if it could not be read.
        origin: What it was made of; empty if the suite names the file.
    """

    name: str
    path: str
    size_bytes: int
    sha256: str
    origin: str


def measured_files(plan: Plan) -> tuple[MeasuredFile, ...]:
    """Return the model files of a plan in its order, each once."""
    found: dict[tuple[str, str], MeasuredFile] = {}
    for case in plan.cases:
        one = case.variant
        name = f"{one.model}/{one.variant}{f' ({case.side})' if case.side else ''}"
        how = one.origin
        origin = f"{how.source}, {how.recipe}, {how.tool}".rstrip(", ") if how else ""
        found[name, one.path] = MeasuredFile(name, one.path, one.size_bytes, one.sha256, origin)
    return tuple(found.values())


def run_again(plan: Plan) -> tuple[str, ...]:
    """Return the words that measure the whole run again; none if it was imported or compared.

    The seed is that of the run, so the order of the cases is the same.
    """
    if plan.imported or plan.gate:
        return ()
    argv = ["benchhub", "run", plan.suite_path, "--devices", ",".join(plan.devices)]
    if len(tools := {case.tool for case in plan.cases}) == 1:
        argv += ["--tools", *tools]
    return quoted([*argv, "--rounds", str(plan.measure.rounds), "--seed", str(plan.seed)])
