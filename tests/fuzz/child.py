"""One target in a process of its own, which the campaign starts."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from tests.fuzz import engines
from tests.fuzz.seeds import scratch
from tests.fuzz.trial import Notes, Trials, bound_memory, peak_mib, watch_time

# A long input takes as much time as many others.
_LONG_SHARE = 10


def main() -> None:
    """Read inputs; write what was found into the folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("target")
    parser.add_argument("--engine", required=True)
    parser.add_argument("--generated", type=int, required=True)
    parser.add_argument("--inputs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    told = parser.parse_args()
    folder: Path = told.folder
    target = engines.load(told.module, told.target, told.engine)
    corpus = folder / "corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.short_seeds():
        engines.keep(corpus, seed)
    trials = Trials(target, Notes(folder / f"{target.name}.notes"))
    watch_time()
    bound_memory()

    def end() -> None:
        _report(trials, folder)
        shutil.rmtree(scratch(), ignore_errors=True)

    engines.overgrow(trials, told.inputs // _LONG_SHARE)
    if told.generated:
        engines.generate(trials, told.generated, told.seed, corpus)
    left = told.inputs - trials.done
    if told.engine == engines.ATHERIS and left > 0:
        engines.guide(trials, left, told.seed, corpus, end)
    engines.mutate(trials, left, told.seed)
    end()


def _report(trials: Trials, folder: Path) -> None:
    found = []
    for finding in trials.findings.values():
        name = f"{trials.target.name}-{sha256(finding.data).hexdigest()[:12]}"
        path = folder / "findings" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(finding.data)
        found.append({**asdict(finding), "data": str(path)})
    document = {"slowest_s": trials.slowest_s, "peak_mib": peak_mib(), "findings": found}
    (folder / f"{trials.target.name}.json").write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
