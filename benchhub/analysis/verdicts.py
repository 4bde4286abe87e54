"""What a comparison says: values that the terminal, the report and CI show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from benchhub.analysis.gate import Evidence
from benchhub.analysis.summary import CaseSummary
from benchhub.records import Failure, GateSpec, Invocation, SideSpec, Verdict


@dataclass(frozen=True, slots=True)
class Pair:
    """Two fresh processes, one of each side, one right after the other.

    Attributes:
        round: Its number, from 1.
        baseline: None if it was not measured.
        candidate: None if it was not measured.
        problem: Why it does not count; empty if it does.
    """

    round: int
    baseline: Invocation | None
    candidate: Invocation | None
    problem: str = ""

    @property
    def log_ratio(self) -> float | None:
        """ln(candidate / baseline); None if the pair does not count."""
        if self.problem or self.baseline is None or self.candidate is None:
            return None
        before, after = self.baseline.reading.latency, self.candidate.reading.latency
        return math.log(after.value_us / before.value_us) if before and after else None


class Change(StrEnum):
    """What became of an operator."""

    SLOWER = "slower"
    FASTER = "faster"
    MOVED = "moved"  # another executor runs it
    NEW = "new"
    REMOVED = "removed"
    FUSED = "fused"  # several of one side are one of the other


@dataclass(frozen=True, slots=True)
class OpDelta:
    """What one operator, or several that became one, adds to a difference.

    Attributes:
        change: What became of it.
        op: Its type, e.g. `CONV_2D`.
        name: Output tensor, e.g. `block_6_expand`; empty if not known.
        node: Node of the candidate's graph, else of the baseline's; None if not known.
        before_us: Mean per inference on the baseline, the median of its profile processes; None if
            it is not there.
        after_us: Likewise on the candidate.
        before_on: Executor on the baseline, e.g. `xnnpack`; None for built-in kernels.
        after_on: Executor on the candidate.
        delta_us: What it adds: after - before, a missing one being 0.
        certain: Whether the profiles of both sides do not overlap; False with one profile each.
        text: One line for people, e.g. `+2.90 ms CONV_2D #17 (block_6_expand)`.
    """

    change: Change
    op: str
    name: str
    node: int | None
    before_us: float | None
    after_us: float | None
    before_on: str | None
    after_on: str | None
    delta_us: float
    certain: bool
    text: str


@dataclass(frozen=True, slots=True)
class Blame:
    """Which operators a difference is due to.

    Attributes:
        delta_us: Difference of the latency, candidate - baseline: what is to be explained.
        profiled_us: Difference of the sums of the operators' times.
        ops: Largest contribution first; changes of placement before all others.
        placement: Changes of the placement, a sentence each.
        n: Profile processes of baseline and candidate.
        text: One line, e.g. `+3.1 ms, of which +2.9 ms CONV_2D #17 (block_6_expand)`.
        note: What makes it doubtful; empty if nothing does.
    """

    delta_us: float
    profiled_us: float
    ops: tuple[OpDelta, ...]
    placement: tuple[str, ...]
    n: tuple[int, int]
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exact:
    """A figure that does not vary from process to process and differs between the sides.

    Attributes:
        what: `size`, `nodes delegated`, `partitions`, `delegate`, `fallback operators`,
            `peak memory`, `MACs`.
        text: One line for people, with both figures and their unit.
        worse: Whether it is a regression by itself.
        better: Whether it is an improvement by itself.
        baseline: The figure; None where it is a list or is not known.
        candidate: Likewise.
    """

    what: str
    text: str
    worse: bool
    better: bool
    baseline: float | None = None
    candidate: float | None = None


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """What is said of one case on one device.

    Attributes:
        device: Name of the device.
        case_id: The case without its side (`Case.pair_id`).
        verdict: Of latency and exact figures together: the worse one.
        latency_verdict: Of the latency alone.
        reason: One sentence: why that verdict.
        evidence: What the pairs say.
        min_effect: Slow-downs up to that share count as none.
        baseline: The case on that side; None if it is on the other one only.
        candidate: Likewise.
        pairs: In the order of the rounds, also those that do not count; empty if the runs were not
            interleaved.
        exact: Exact figures that differ.
        blame: None where nothing moved or there are no profiles of both sides.
        infrastructure: Whether the lab is to blame for a verdict that is none.
        notes: What a reader should know.
    """

    device: str
    case_id: str
    verdict: Verdict
    latency_verdict: Verdict
    reason: str
    evidence: Evidence
    min_effect: float
    baseline: CaseSummary | None
    candidate: CaseSummary | None
    pairs: tuple[Pair, ...] = ()
    exact: tuple[Exact, ...] = ()
    blame: Blame | None = None
    infrastructure: bool = False
    notes: tuple[str, ...] = ()

    @property
    def invalid_pairs(self) -> int:
        """How many pairs do not count."""
        return sum(bool(pair.problem) for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides and what is said of every case.

    Attributes:
        baseline: Where that side is from.
        candidate: Likewise.
        run_ids: Of baseline and candidate; twice the same for interleaved pairs.
        suite: Name of the suite.
        spec: How it was decided.
        interleaved: Whether pairs were measured side by side; else the verdicts are weaker.
        cases: By device, then in the order of the suite.
        lost: Devices that were lost, and why.
        unmatched: Cases on one side only, a sentence each.
        forced: Facts that differ and should not, compared all the same because of --force.
        notes: What a reader should know of the whole.
    """

    baseline: SideSpec
    candidate: SideSpec
    run_ids: tuple[str, str]
    suite: str
    spec: GateSpec
    interleaved: bool
    cases: tuple[CaseVerdict, ...]
    lost: tuple[tuple[str, Failure], ...] = ()
    unmatched: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """Return how many cases have that verdict."""
        return sum(case.verdict is verdict for case in self.cases)
