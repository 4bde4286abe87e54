"""Follows the gate over its looks on figures that are there already, with the gate's own code.

`benchhub.execution.referee.Referee` does the same while it measures; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.gate import decide_all, weigh
from benchhub.records import GateSpec, Verdict

from .noise_models import Times


@dataclass(frozen=True, slots=True)
class Decided:
    """What is said of one case, and after how many pairs."""

    verdict: Verdict
    pairs: int


def escalate(logs: Times, effects: Sequence[float], spec: GateSpec) -> list[Decided]:
    """Decide the cases of one comparison; an undecided case gets the pairs of the next look.

    Args:
        logs: ln(candidate / baseline) of each pair: cases x pairs. With fewer pairs than a look
            wants the looks end before.
        effects: Minimum effect of each case, as a share.
        spec: How to decide.
    """
    seen = [0] * len(logs)
    verdicts = [Verdict.INCONCLUSIVE] * len(logs)
    evidence = [weigh(())] * len(logs)
    for look in (one for one in spec.looks if one <= logs.shape[1]):
        for case, verdict in enumerate(verdicts):
            if verdict is Verdict.INCONCLUSIVE:
                seen[case], evidence[case] = look, weigh(logs[case, :look])
        now = decide_all(evidence, effects, spec)
        verdicts = [
            new if old is Verdict.INCONCLUSIVE else old
            for old, new in zip(verdicts, now, strict=True)
        ]
    # What is said in the end is said of all cases together.
    last = decide_all(evidence, effects, spec)
    return [Decided(verdict, pairs) for verdict, pairs in zip(last, seen, strict=True)]
