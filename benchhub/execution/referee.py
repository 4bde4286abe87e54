"""Says which steps of a comparison are still worth measuring."""

from __future__ import annotations

from collections.abc import Collection

from benchhub.analysis.gate import decide_all, weigh
from benchhub.analysis.pairs import pairs_of
from benchhub.execution.pairing import most_pairs, sides_of
from benchhub.records import Invocation, Plan, PlannedInvocation, Purpose, Verdict

_OPEN = (Verdict.INCONCLUSIVE, Verdict.INVALID)
_FOUND = (Verdict.REGRESSED, Verdict.IMPROVED)


class Referee:
    """Follows a comparison on one device.

    A case is looked at when it has as many valid pairs as the next look wants, and is measured on
    until it is decided. Cases of other devices count as unchanged, which is what decides least, so
    that a decision holds whatever they give. While so many pairs do not count that no decision
    would hold, pairs are repeated; a case that the plan has too few of them for is given up.

    Args:
        plan: The plan of the comparison.
        device: Name of the device.
        kind: Kind of the device, for the minimum effect; None if not known.
        done: Invocations of this device that are on disk.
    """

    def __init__(
        self, plan: Plan, device: str, kind: str | None, done: Collection[Invocation]
    ) -> None:
        if plan.gate is None:
            raise ValueError("the plan compares nothing")
        self._plan = plan
        self._gate = plan.gate
        self._device = device
        self._spare = most_pairs(plan.gate) - plan.gate.looks[-1]
        self._effect = plan.gate.effect_on(kind)
        self._sides = {one.pair_id: (one, other) for one, other in sides_of(plan)}
        self._done: dict[str, list[Invocation]] = {pair_id: [] for pair_id in self._sides}
        self._logs: dict[str, list[float]] = {pair_id: [] for pair_id in self._sides}
        self._spoilt: dict[str, int] = dict.fromkeys(self._sides, 0)
        self._verdicts = dict.fromkeys(self._sides, Verdict.INCONCLUSIVE)
        for invocation in done:
            self.count(invocation)

    def count(self, invocation: Invocation) -> None:
        """Take note of what was measured."""
        pair_id = _pair_id(invocation.case_id)
        self._done[pair_id].append(invocation)
        if invocation.purpose is not Purpose.LATENCY or not self._whole(invocation):
            return
        pairs = pairs_of(self._sides[pair_id], self._done[pair_id])
        self._logs[pair_id] = [log for pair in pairs if (log := pair.log_ratio) is not None]
        self._spoilt[pair_id] = len(pairs) - len(self._logs[pair_id])
        valid, spoilt = len(self._logs[pair_id]), self._spoilt[pair_id]
        holds = spoilt <= self._gate.max_invalid * (valid + spoilt)
        if valid in self._gate.looks and holds:
            self._look(pair_id)

    def wants(self, step: PlannedInvocation, session: str, *, alone: bool = False) -> bool:
        """Say whether a step is worth measuring.

        Args:
            step: The step.
            session: Connection that it would be measured over.
            alone: Whether the other side has been given up.
        """
        pair_id = _pair_id(step.case_id)
        partner = self._partner(step)
        if alone or (partner is not None and partner.reading.failure):
            # No pair any more; but whether this side works tells whose fault it is.
            return step.purpose is Purpose.LATENCY and not self._ran(step.case_id)
        if partner is not None:
            # A pair that straddles two connections does not count, so it is not finished.
            return partner.session == session
        verdict = self._verdicts[pair_id]
        if step.purpose is Purpose.LATENCY:
            return verdict in _OPEN and not self._over(pair_id)
        return step.round == 1 or verdict is not Verdict.PASS

    def _partner(self, step: PlannedInvocation | Invocation) -> Invocation | None:
        for one in self._done[_pair_id(step.case_id)]:
            same = (one.purpose, one.round) == (step.purpose, step.round)
            if same and one.case_id != step.case_id:
                return one
        return None

    def _ran(self, case_id: str) -> bool:
        return any(one.case_id == case_id for one in self._done[_pair_id(case_id)])

    def _whole(self, invocation: Invocation) -> bool:
        return self._partner(invocation) is not None or invocation.reading.failure is not None

    def _look(self, pair_id: str) -> None:
        """Decide one case; the others are needed for the rate of false discoveries.

        What was found with the help of cases that have turned out otherwise since is open again.
        """
        ids = list(self._sides)
        unseen = len(ids) * (len(self._plan.devices) - 1)
        evidence = [weigh(self._logs[one]) for one in ids]
        decided = decide_all(evidence, [self._effect] * len(ids), self._gate, unseen)
        for one, verdict in zip(ids, decided, strict=True):
            if one == pair_id or self._verdicts[one] in _FOUND:
                self._verdicts[one] = verdict

    def _over(self, pair_id: str) -> bool:
        """Whether there are enough pairs, or more do not count than the plan has to spare."""
        valid, spoilt = len(self._logs[pair_id]), self._spoilt[pair_id]
        return valid >= self._gate.looks[-1] or spoilt > self._spare


def _pair_id(case_id: str) -> str:
    return case_id.rpartition("~")[0]
