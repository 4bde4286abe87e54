"""What `benchhub compare` says of unchanged and slower cases, simulated: the table of its manual.

python -m tests.benchmarks.unpaired_evidence
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchhub.analysis.gate import decide_all, weigh_apart
from benchhub.analysis.unpaired import FEWEST
from benchhub.records import GateSpec, Verdict

from .noise_models import DEVICES, NoisyDevice, medians, one_occasion

SEED = 20261121
COMPARISONS = 2000
PROCESSES = (5, 10, 20)
CHANGES = (0.0, 0.05, 0.1)
SPEC = GateSpec(looks=(FEWEST,))


def shares(device: NoisyDevice, processes: int, change: float, count: int) -> Counter[Verdict]:
    """Count the verdicts of comparisons of one case, each of two occasions."""
    random = np.random.default_rng(SEED)
    before, after = (
        medians(device, random, one_occasion(device, random, count, processes)) for _ in range(2)
    )
    effect = SPEC.effect_on(device.kind)
    found: Counter[Verdict] = Counter()
    for one, other in zip(before, after + np.log1p(change), strict=True):
        found.update(decide_all([weigh_apart(one.tolist(), other.tolist())], [effect], SPEC))
    return found


def table(count: int = COMPARISONS) -> Iterator[str]:
    """Yield the lines of the table: REGRESSED / PASS in per cent."""
    heads = " | ".join(f"{processes} processes a run" for processes in PROCESSES)
    yield f"| device | true change | {heads} |"
    yield f"|---|---|{'---|' * len(PROCESSES)}"
    for device in DEVICES:
        for change in CHANGES:
            cells = []
            for processes in PROCESSES:
                found = shares(device, processes, change, count)
                wanted = (found[Verdict.REGRESSED], found[Verdict.PASS])
                cells.append(" / ".join(f"{100 * n / count:.1f}" for n in wanted))
            yield f"| {device.name} | {change:.0%} | {' | '.join(cells)} |"


if __name__ == "__main__":
    for line in table():
        print(line)
