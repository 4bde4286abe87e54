"""Says which steps of a comparison are still worth measuring."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from benchhub.analysis.gate import decide_all, weigh
from benchhub.analysis.pairs import pairs_of
from benchhub.analysis.verdicts import Pair
from benchhub.execution.pairing import sides_of
from benchhub.records import Invocation, Plan, PlannedInvocation, Purpose, Verdict

_OPEN = (Verdict.INCONCLUSIVE, Verdict.INVALID)


class Referee:
    """Follows a comparison on one device.

    A case is looked at when it has as many valid pairs as the next look wants, and is measured on
    until it is decided. Cases of other devices count as unchanged, which is what decides least, so
    that a decision holds whatever they give.

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
        self._effect = plan.gate.effect_on(kind)
        self._sides = {one.pair_id: (one, other) for one, other in sides_of(plan)}
        self._done: dict[str, list[Invocation]] = {pair_id: [] for pair_id in self._sides}
        self._verdicts: dict[str, Verdict] = {}
        for invocation in done:
            self.count(invocation)

    def count(self, invocation: Invocation) -> None:
        """Take note of what was measured."""
        pair_id = _pair_id(invocation.case_id)
        self._done[pair_id].append(invocation)
        if invocation.purpose is Purpose.LATENCY:
            self._look()

    def wants(self, step: PlannedInvocation, session: str) -> bool:
        """Say whether a step is worth measuring.

        Args:
            step: The step.
            session: Connection that it would be measured over.
        """
        pair_id = _pair_id(step.case_id)
        partner = self._partner(step)
        if partner is not None:
            # A pair that straddles two connections does not count, so it is not finished.
            return partner.session == session and partner.reading.failure is None
        verdict = self._verdicts.get(pair_id, Verdict.INCONCLUSIVE)
        if step.purpose is Purpose.LATENCY:
            return verdict in _OPEN and not self._hopeless(pair_id)
        return step.round == 1 or verdict is not Verdict.PASS

    def _partner(self, step: PlannedInvocation) -> Invocation | None:
        for one in self._done[_pair_id(step.case_id)]:
            if (one.purpose, one.round) == (step.purpose, step.round):
                return one
        return None

    def _look(self) -> None:
        ids = list(self._sides)
        logs = {pair_id: _logs(self._pairs(pair_id)) for pair_id in ids}
        due = [
            pair_id
            for pair_id in ids
            if self._verdicts.get(pair_id, Verdict.INCONCLUSIVE) in _OPEN
            and len(logs[pair_id]) in self._gate.looks
        ]
        if not due:
            return
        unseen = len(ids) * (len(self._plan.devices) - 1)
        evidence = [weigh(logs[pair_id]) for pair_id in ids]
        decided = decide_all(evidence, [self._effect] * len(ids), self._gate, unseen)
        for pair_id, verdict in zip(ids, decided, strict=True):
            if pair_id in due:
                self._verdicts[pair_id] = verdict

    def _pairs(self, pair_id: str) -> tuple[Pair, ...]:
        return pairs_of(self._sides[pair_id], self._done[pair_id])

    def _hopeless(self, pair_id: str) -> bool:
        """Whether so many pairs do not count that the case is given up, or there are enough."""
        pairs = self._pairs(pair_id)
        valid = len(_logs(pairs))
        return valid >= self._gate.looks[-1] or (
            len(pairs) >= self._gate.looks[0]
            and len(pairs) - valid > self._gate.max_invalid * len(pairs)
        )


def _logs(pairs: Sequence[Pair]) -> list[float]:
    return [log for pair in pairs if (log := pair.log_ratio) is not None]


def _pair_id(case_id: str) -> str:
    return case_id.rpartition("~")[0]
