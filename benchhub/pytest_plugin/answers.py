"""What a run or a comparison says of each case, as pytest understands it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from benchhub.analysis.judgement import judge
from benchhub.analysis.phrases import ms
from benchhub.analysis.summary import CaseSummary, DeviceSummary, summarise
from benchhub.analysis.verdicts import CaseVerdict
from benchhub.pytest_plugin.answer import Answer, Key, Outcome, Property
from benchhub.records import Run, Status, Verdict


def answers(run: Run) -> dict[Key, Answer]:
    """Return the answer for each case of a run on each device."""
    if run.plan.gate:
        return {(one.device, one.case_id): _of_verdict(one) for one in judge(run).cases}
    return {
        (device.name, one.case.id): _of_case(one, device)
        for device in summarise(run).devices
        for one in device.cases
    }


def _of_verdict(one: CaseVerdict) -> Answer:
    outcome = {
        Verdict.REGRESSED: Outcome.FAILED,
        Verdict.INCONCLUSIVE: Outcome.BROKEN if one.infrastructure else Outcome.UNDECIDED,
        Verdict.INVALID: Outcome.BROKEN,
    }.get(one.verdict, Outcome.PASSED)
    lines = [f"{one.case_id} on {one.device}: {one.verdict}: {one.reason}"]
    lines += [one.blame.text] if one.blame else []
    lines += one.notes
    reason = "" if outcome is Outcome.PASSED else "\n".join(lines)
    return Answer(outcome, reason, tuple(_verdict_figures(one)))


def _verdict_figures(one: CaseVerdict) -> Iterator[Property]:
    yield "verdict", one.verdict.value
    if one.evidence.ratio is not None:
        yield "ratio", one.evidence.ratio
    yield "n", one.evidence.n
    latency = one.candidate.latency if one.candidate else None
    if one.candidate and latency:
        yield f"{one.candidate.statistic}_us", latency.value_us


def _of_case(one: CaseSummary, device: DeviceSummary) -> Answer:
    figures: list[Property] = [("status", one.status.value)]
    if one.latency:
        figures += [("n", one.latency.n), (f"{one.statistic}_us", one.latency.value_us)]
    where = f"{one.case.id} on {device.name}"
    lab = _of_lab(one, device)
    if lab:
        return Answer(Outcome.BROKEN, f"{where}: {lab}", tuple(figures))
    reasons = list(_reasons(one))
    if not reasons:
        return Answer(Outcome.PASSED, properties=tuple(figures))
    return Answer(Outcome.FAILED, f"{where}: {'; '.join(reasons)}", tuple(figures))


def _of_lab(one: CaseSummary, device: DeviceSummary) -> str:
    """Say why the lab is to blame that a case has no number; empty if it is not."""
    if one.latency:
        return ""
    if one.status is Status.INVALID:
        told = next((finding.meaning for finding in one.findings), "")
        return f"INVALID: the device was not fit in any round. {told}".rstrip()
    if device.lost:
        return f"the device was lost: {device.lost.message} {device.lost.advice}".rstrip()
    return ""


def _reasons(one: CaseSummary) -> Iterator[str]:
    """Yield why a case is not as demanded."""
    for failure in one.failures:
        yield f"{failure.message} {failure.advice}".rstrip()
    if one.as_demanded:
        if one.latency is None and not one.failures:
            yield "it was not measured"
        return
    budgets = [finding.meaning for finding in one.unmet]
    yield from budgets
    if one.status is Status.WRONG:
        yield "WRONG: its outputs differ from those of the host's CPU by more than allowed"
    delegate = one.case.configuration.delegate
    if one.fell_back:
        time = f", in {ms(one.latency.value_us)}" if one.latency else ""
        yield f"FALLBACK: it did not run on {delegate}{time}; `allow_fallback` would allow it"
    elif one.unproven and not budgets:
        yield f"nothing shows that it ran on {delegate}; `allow_fallback` would allow it"
