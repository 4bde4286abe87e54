"""Measures on a device that this process reaches itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from benchhub.devices.transport import Transport
from benchhub.errors import BenchhubError
from benchhub.execution.attachment import Attachment, attach
from benchhub.execution.invocation import Bench, failed, invoke
from benchhub.execution.readiness import wait_until_ready
from benchhub.execution.station import Job, Measured, Voice
from benchhub.execution.tracing import is_drawn, trace
from benchhub.execution.verification import verify
from benchhub.records import (
    Case,
    Conditions,
    DeviceFacts,
    DeviceRecord,
    Failure,
    PlannedInvocation,
    Purpose,
    Reading,
    Status,
)


class LocalStations:
    """Takes a device again and again, over one transport after the other.

    Args:
        job: What it is to do.
        voice: Is told what happens.
        sessions: Earlier connections of this process: what they left on the device is taken over.
    """

    def __init__(self, job: Job, voice: Voice, sessions: list[str] | None = None) -> None:
        self._job = job
        self._voice = voice
        self._sessions: list[str] = [] if sessions is None else sessions
        self._transport: Transport | None = None
        self._untraced: set[str] = set()

    def attach(self, wanted: Collection[str]) -> LocalStation:
        """Take the device and equip it; see `Stations`."""
        job, earlier = self._job, tuple(self._sessions)
        attachment = attach(job.plan, job.device, job.workspace, set(wanted), earlier, self._opened)
        return LocalStation(job, self._voice, attachment, self._untraced)

    def cancel(self) -> None:
        """End what runs there; see `Stations`."""
        transport = self._transport
        if transport is not None:
            transport.close()

    def _opened(self, transport: Transport) -> None:
        self._transport = transport
        self._sessions.append(transport.session)
        if self._job.stop.is_set():
            transport.close()


@dataclass(frozen=True, slots=True)
class LocalStation:
    """A device in the hands of this process.

    Attributes:
        job: What it is to do.
        voice: Is told what happens.
        attachment: What the device lends.
        untraced: Why its tracer gave nothing, as far as that was told.
    """

    job: Job
    voice: Voice
    attachment: Attachment
    untraced: set[str] = field(default_factory=set)

    @property
    def record(self) -> DeviceRecord:
        """What the device and its tools are."""
        return self.attachment.equipment.record

    @property
    def session(self) -> str:
        """The connection."""
        return self.attachment.transport.session

    def measure(
        self, steps: Sequence[PlannedInvocation], profiled: Reading | None
    ) -> Iterator[Measured]:
        """Measure some steps; see `Station`."""
        for step in steps:
            self.attachment.lease.renew()
            if not _is_untimed(step, self.record.facts):
                self.job.stop.wait(self.job.plan.measure.cooldown_s)
            measured = self._measure(step, profiled)
            if measured is None:
                return
            yield measured
            if measured[0].reading.failure:
                return

    def close(self) -> None:
        """Put everything back and let go."""
        self.attachment.close(self.voice.trouble)

    def _measure(self, step: PlannedInvocation, profiled: Reading | None) -> Measured | None:
        """Measure one step; None if the work is being stopped."""
        plan = self.job.plan
        untimed = _is_untimed(step, self.record.facts)
        missing = wait_until_ready(
            self.attachment.second,
            Conditions() if untimed else plan.conditions,
            self.job.stop.wait,
            self.voice.waiting,
        )
        if self.job.stop.is_set():
            return None
        if missing:
            limit = f"{plan.conditions.cooldown_timeout_s:g} s"
            failure = Failure(
                "conditions",
                f"{self.job.device.name}: not measured: {'; '.join(missing)} after {limit}.",
                "Let it rest, or change `conditions` in the suite.",
                BenchhubError.exit_code,
            )
            return failed(step, failure, Status.INVALID), {}
        return self._invoke(step, profiled)

    def _invoke(self, step: PlannedInvocation, profiled: Reading | None) -> Measured:
        plan, equipment = self.job.plan, self.attachment.equipment
        case = plan.case(step.case_id)
        bench, model = self._bench(case), equipment.models[case.variant.sha256]
        here = self.job.folder.begin_step(step)
        if step.purpose is Purpose.TRACE:
            lease, facts = self.attachment.lease, self.record.facts
            measured, why = trace(bench, lease, facts, case, step, model, here, profiled)
            if why and why not in self.untraced:
                self.untraced.add(why)
                self.voice.trouble(f"{why} Traces are drawn from operator times.")
            return measured
        if step.purpose is Purpose.VERIFY and plan.verify:
            reference = self.job.references.of(case)
            return verify(bench, case, step, model, here, reference, plan.verify)
        return invoke(bench, case, step, model, here)

    def _bench(self, case: Case) -> Bench:
        equipment = self.attachment.equipment
        tool, identity = equipment.tools[case.side, case.tool]
        return Bench(
            transport=self.attachment.transport,
            second=self.attachment.second,
            tool=tool,
            identity=identity,
            measure=self.job.plan.measure,
            work_root=self.attachment.scratch,
            prefix=equipment.prefixes.get(case.configuration.affinity, ()),
            files=equipment.files,
        )


def _is_untimed(step: PlannedInvocation, facts: DeviceFacts) -> bool:
    """Say whether no time of a step counts, so that it needs no rested device."""
    return step.purpose is Purpose.VERIFY or is_drawn(step, facts)
