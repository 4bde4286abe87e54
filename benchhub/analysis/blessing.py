"""Whether the models of a run may be shipped: a document that a machine can read.

docs/recommend.md describes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.candidates import Candidate
from benchhub.analysis.choosing import Recommendation, Verdict, recommend
from benchhub.analysis.limits import binds, missing_devices
from benchhub.analysis.summary import RunSummary
from benchhub.errors import UsageError
from benchhub.records import Limits, RunState

FORMAT = 1
SUITE, COMMAND_LINE = "suite", "command line"


@dataclass(frozen=True, slots=True)
class Picked:
    """What may be shipped, and the figures that speak for it; null is not known.

    Attributes:
        case: Id of the case.
        variant: Name of the variant.
        path: Its file, relative to the workspace where possible.
        sha256: Of the file.
        size_bytes: Of the file.
        gzip_bytes: Of the file compressed by gzip.
        tool: What measured.
        statistic: `median` or `mean`: what each process contributed.
        latency_us: Of one inference.
        low_us: Lower end of the two-sided 95 % interval.
        high_us: Upper end.
        processes: Number of processes.
        metric: Figure of accuracy; null without labels.
        accuracy: Its value.
        drop: Value of the reference variant minus this.
        examples: Number of examples.
    """

    case: str
    variant: str
    path: str
    sha256: str
    size_bytes: int | None
    gzip_bytes: int | None
    tool: str
    statistic: str
    latency_us: float
    low_us: float | None
    high_us: float | None
    processes: int
    metric: str | None
    accuracy: float | None
    drop: float | None
    examples: int | None


@dataclass(frozen=True, slots=True)
class DeviceVerdict:
    """One model on one device that its limits are for.

    Attributes:
        device: Name of the device.
        verdict: Whether something meets the limits there.
        pick: What may be shipped; null unless BLESSED.
        reasons: Why, a sentence each.
    """

    device: str
    verdict: Verdict
    pick: Picked | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """One model.

    Attributes:
        model: Name of the network.
        limits: What had to be met.
        reference: Variant that drops refer to.
        verdict: BLESSED if every device that the limits are for is.
        reasons: What is missing besides the devices' own reasons.
        devices: One each.
    """

    model: str
    limits: Limits
    reference: str
    verdict: Verdict
    reasons: tuple[str, ...]
    devices: tuple[DeviceVerdict, ...]


@dataclass(frozen=True, slots=True)
class Blessing:
    """The verdict on a run: what a build reads before it ships a model.

    Attributes:
        format: Version of this document.
        run_id: Id of the run.
        suite: Name of the suite.
        suite_path: Its file.
        git_commit: Commit of the workspace, `+` appended if it had changes; null outside git.
        benchhub_version: Version that made the plan.
        created: When the run began: local time with offset, ISO 8601.
        ended: When it ended.
        limits_from: `suite` or `command line`.
        verdict: BLESSED if every model with limits is.
        models: One each, only those with limits.
    """

    format: int
    run_id: str
    suite: str
    suite_path: str
    git_commit: str | None
    benchhub_version: str
    created: str
    ended: str
    limits_from: str
    verdict: Verdict
    models: tuple[ModelVerdict, ...]


def bless(summary: RunSummary, limits: Mapping[str, Limits] | None = None) -> Blessing:
    """Judge the models of a finished run that have limits.

    Args:
        summary: The run.
        limits: What has to be met, by model; in place of the suite's. None takes the suite's.

    Raises:
        UsageError: The run cannot be judged, or nothing is asked for.
    """
    run, plan = summary.run, summary.run.plan
    wanted = plan.limits if limits is None else limits
    wanted = {model: one for model, one in wanted.items() if one.asked}
    reason = unfit(summary)
    if reason:
        raise UsageError(f"run {plan.run_id} cannot be blessed: {reason}.")
    if not wanted:
        raise UsageError(
            f"run {plan.run_id} cannot be blessed: nothing is asked for.",
            "Give the suite a `budget`, or say --max-latency-ms, --max-size-mb or "
            "--max-accuracy-drop.",
        )
    found = recommend(summary, wanted)
    models = tuple(_model(summary, model, one, found) for model, one in wanted.items())
    return Blessing(
        format=FORMAT,
        run_id=plan.run_id,
        suite=plan.suite,
        suite_path=plan.suite_path,
        git_commit=plan.git_commit,
        benchhub_version=plan.benchhub_version,
        created=plan.created,
        ended=run.end.ended if run.end else "",
        limits_from=SUITE if limits is None else COMMAND_LINE,
        verdict=worst([one.verdict for one in models]),
        models=models,
    )


def unfit(summary: RunSummary) -> str:
    """Say why a run says nothing of what may be shipped; empty if it does."""
    run = summary.run
    if run.plan.imported:
        return "its figures were imported, so it is not known which files they are of"
    for device in summary.devices:
        if device.lost:
            return f"{device.name} was lost: {device.lost.message.rstrip('.')}"
    left = sum(device.left for device in summary.devices)
    if left:
        planned = len(run.plan.invocations)
        return f"it did not end: {left} of {planned} invocations are left"
    return "" if run.state is RunState.FINISHED else f"it is {run.state}"


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on several: one refusal refuses all, one doubt keeps all in doubt."""
    for verdict in (Verdict.REFUSED, Verdict.UNTOLD):
        if verdict in verdicts:
            return verdict
    return Verdict.BLESSED


def lines(blessing: Blessing) -> Iterator[str]:
    """Yield what a person wants to know: a line a model and device.

    `digits: BLESSED int8/xnnpack/t1 for host`.
    """
    for model in blessing.models:
        for reason in model.reasons:
            yield f"{model.model}: {Verdict.UNTOLD}: {reason}"
        for one in model.devices:
            if one.pick:
                way = one.pick.case.removeprefix(f"{model.model}/")
                yield f"{model.model}: {one.verdict} {way} for {one.device}"
            else:
                yield f"{model.model}: {one.verdict} for {one.device}: {' '.join(one.reasons)}"


def _model(
    summary: RunSummary, model: str, limits: Limits, found: Sequence[Recommendation]
) -> ModelVerdict:
    mine = [one for one in found if one.model == model and binds(limits, one.device)]
    devices = tuple(
        DeviceVerdict(one.device, one.verdict, _picked(one.pick), one.reasons) for one in mine
    )
    missing = [
        f"No device of this run is called {pattern}."
        for pattern in missing_devices(limits, summary.run.plan.devices)
    ]
    judged = {one.device for one in mine}
    missing += [
        f"{device} has no case of it."
        for device in summary.run.plan.devices
        if binds(limits, device) and device not in judged
    ]
    verdicts = [one.verdict for one in devices] + [Verdict.UNTOLD] * bool(missing)
    reference = mine[0].reference if mine else ""
    return ModelVerdict(model, limits, reference, worst(verdicts), tuple(missing), devices)


def _picked(pick: Candidate | None) -> Picked | None:
    if pick is None:
        return None
    case, latency, figures = pick.case.case, pick.latency, pick.figures
    known = figures if pick.accuracy is not None else None
    return Picked(
        case=case.id,
        variant=case.variant.variant,
        path=case.variant.path,
        sha256=case.variant.sha256,
        size_bytes=pick.size_bytes,
        gzip_bytes=pick.gzip_bytes,
        tool=case.tool,
        statistic=pick.case.statistic,
        latency_us=latency.value_us,
        low_us=latency.low_us,
        high_us=latency.high_us,
        processes=latency.n,
        metric=known.metric if known else None,
        accuracy=pick.accuracy,
        drop=pick.drop,
        examples=known.n if known else None,
    )
