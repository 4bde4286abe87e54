"""`python -m tests.fuzz [--inputs N] [--seed N] [--target NAME] [--replay FILE]`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz import campaign, engines
from tests.fuzz.campaign import Found, Outcome
from tests.fuzz.catalogue import TARGETS
from tests.fuzz.seeds import ROOT
from tests.fuzz.target import Target
from tests.fuzz.trial import HANG_S, MEMORY_BYTES, Trials, bound_memory, watch_time

_FOLDER = ROOT / "build" / "fuzz"
_ROW = "{:<17} {:>8}  {:<20} {:>6} {:>8} {:>10} {:>9} {:>7}"


def main() -> int:
    """Run a campaign or one input; return 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one")
    parser.add_argument("--replay", type=Path, help="read only this file, with the one target")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="for corpus and findings")
    told = parser.parse_args()
    targets = [TARGETS[name] for name in told.target or TARGETS]
    if told.replay:
        if len(targets) != 1:
            parser.error("--replay needs one --target")
        return _replay(targets[0], told.replay.read_bytes())
    return _campaign(targets, told.inputs, told.seed, told.folder.absolute())


def _replay(target: Target, data: bytes) -> int:
    watch_time()
    bound_memory()
    trials = Trials(target)
    finding = trials.read(data)
    print(f"{target.name}: {len(data)} bytes, {trials.slowest_s:.3f} s of processor time")
    if finding is None:
        print("read as it should be: a value or an error of benchhub")
        return 0
    print(f"{finding.kind} at {finding.where}: {finding.message}")
    problem = target.problem(data) if finding.kind != "hang" else None
    if problem is not None:
        traceback.print_exception(problem)
    return 1


def _campaign(targets: Sequence[Target], inputs: int, seed: int, folder: Path) -> int:
    made_by = " and ".join(engines.installed())
    print(
        f"{inputs} inputs for {len(targets)} targets, seed {seed}, by "
        f"{made_by}; an input may take {HANG_S:g} s and {MEMORY_BYTES >> 20} MiB"
    )
    if engines.MUTATOR in engines.installed():
        print("atheris is not installed: a mutator that does not see coverage makes the inputs")
    began = time.monotonic()

    def tell(outcome: Outcome) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {outcome.target}: {outcome.inputs}", flush=True)

    outcomes = campaign.run(targets, inputs, seed, folder, tell)
    _table(outcomes, time.monotonic() - began)
    findings = [(one.target, finding) for one in outcomes for finding in one.findings]
    for name, finding in findings:
        _show(name, finding)
    short = sum(one.inputs for one in outcomes) < inputs
    if short:
        print("fewer inputs were read than asked for", file=sys.stderr)
    return 1 if findings or short else 0


def _table(outcomes: Sequence[Outcome], seconds: float) -> None:
    print()
    print(
        _ROW.format("target", "inputs", "engine", "edges", "findings", "slowest s", "peak MiB", "s")
    )
    for one in outcomes:
        edges = "–" if one.edges is None else one.edges
        print(
            _ROW.format(
                one.target,
                one.inputs,
                "+".join(one.engines),
                edges,
                len(one.findings),
                f"{one.slowest_s:.3f}",
                one.peak_mib,
                f"{one.seconds:.0f}",
            )
        )
    print(
        _ROW.format(
            "all",
            sum(one.inputs for one in outcomes),
            "",
            sum(one.edges or 0 for one in outcomes) or "–",
            sum(len(one.findings) for one in outcomes),
            f"{max(one.slowest_s for one in outcomes):.3f}",
            max(one.peak_mib for one in outcomes),
            f"{seconds:.0f}",
        )
    )


def _show(name: str, finding: Found) -> None:
    print(
        f"\n{name}: {finding.kind} at {finding.where} ({finding.count} inputs): {finding.message}"
    )
    print(f"  python -m tests.fuzz --target {name} --replay {finding.data}")


if __name__ == "__main__":
    sys.exit(main())
