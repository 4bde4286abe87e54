"""Examines a device from end to end: connection, folder, programs, measuring tool, lease."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from benchhub.devices import examination
from benchhub.devices.examination import Check, Verdict
from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device
from benchhub.devices.lease import look
from benchhub.devices.routes import check_way, folder_of, open_beside, open_inside, place_of
from benchhub.devices.telemetry import read_telemetry
from benchhub.devices.transport import Transport
from benchhub.errors import (
    AccessError,
    BenchhubError,
    ConnectionLostError,
    ToolError,
    TransportError,
)
from benchhub.execution.equipment import tool_settings
from benchhub.records import AUTO_TOOL, DeviceFacts
from benchhub.reports.numbers import percent
from benchhub.results.noise import build_of, read_noise
from benchhub.results.peaks import cpu_of
from benchhub.tools.tool import make_tool
from benchhub.workspace import Workspace

TIMEOUT_S = 20.0
PROGRAM = "benchmark_model"


def examine(device: Device, workspace: Workspace) -> tuple[Check, ...]:
    """Examine a device. Whatever goes wrong is a check; what was made there is removed."""
    visit = _Visit(device, workspace)
    try:
        visit.all()
    finally:
        visit.leave()
    return tuple(visit.checks)


class _Visit:
    """The checks of one device, in an order in which each needs only those before it."""

    def __init__(self, device: Device, workspace: Workspace) -> None:
        self.checks: list[Check] = []
        self._device = device
        self._workspace = workspace
        self._transport = open_beside(device.file, workspace)
        self._folder = folder_of(device.file)
        self._mine = f"{examination.MINE}{uuid.uuid4().hex[:12]}"
        self._base: str | None = None
        self._facts: DeviceFacts | None = None
        self._lost = False

    def all(self) -> None:
        """Do every check."""
        transport, name = self._transport, self._device.name
        self._do("connection", self._connection)
        if self._lost:
            self.checks.append(Check("the rest", Verdict.UNKNOWN, "needs a connection."))
            return
        self._do("way", lambda: check_way(self._device.file, self._workspace))
        self._do("platform", self._nature)
        if self._folder is not None:
            self._do("folder", partial(self._look_into, self._folder))
        self._do("programs", lambda: examination.check_programs(transport))
        self._do("lease", lambda: examination.check_lease(look(transport), name))
        for tool in self._tools():
            if tool == AUTO_TOOL:
                self._do(AUTO_TOOL, self._choice)
            else:
                self._do(tool, partial(self._tool, tool))
        self._do("governor", lambda: examination.check_governor(transport))
        self._do("telemetry", lambda: examination.check_telemetry(read_telemetry(transport)))
        self._do("noise", self._noise)

    def leave(self) -> None:
        """Remove what was made, and close."""
        if self._folder is not None and self._base is not None:
            # On a device that was lost it stays until `devices clean`.
            with suppress(TransportError):
                examination.leave_folder(self._transport, self._folder, self._mine, self._base)
        self._transport.close()

    def _do(self, about: str, check: Callable[[], Iterable[Check]]) -> None:
        """Add what a check says; an error is an answer as well."""
        if self._lost:
            self.checks.append(Check(about, Verdict.UNKNOWN, "the connection was lost before."))
            return
        try:
            self.checks += check()
        except (ConnectionLostError, AccessError) as error:
            self._lost = True
            self.checks.append(self._said(about, Verdict.PROBLEM, error))
        except BenchhubError as error:
            self.checks.append(self._said(about, Verdict.UNKNOWN, error))

    def _said(self, about: str, verdict: Verdict, error: BenchhubError) -> Check:
        said = error.message.removeprefix(f"{self._device.name}: ")
        return Check(about, verdict, said, error.advice)

    def _connection(self) -> list[Check]:
        try:
            self._transport.run(["true"], timeout_s=TIMEOUT_S)
            began = time.monotonic()
            self._transport.run(["true"], timeout_s=TIMEOUT_S)
            took_ms = 1000 * (time.monotonic() - began)
        except BenchhubError as error:
            self._lost = True
            return [self._said("connection", Verdict.PROBLEM, error)]
        file = self._device.file
        way = f"{file.transport} {place_of(file)}".rstrip()
        return [Check("connection", Verdict.OK, f"{way} runs a command in {took_ms:.0f} ms.")]

    def _nature(self) -> list[Check]:
        self._facts = facts = read_facts(self._transport)
        return [*examination.check_platform(facts), *examination.check_android(facts)]

    def _look_into(self, folder: str) -> list[Check]:
        probe = examination.probe_folder(self._transport, folder, self._mine)
        self._base = probe.base or None
        file = self._workspace.relative(self._device.folder / f"{self._device.name}.yaml")
        return examination.check_folder(probe, folder, file)

    def _noise(self) -> list[Check]:
        """Say how noisy it is, if it was calibrated for that."""
        noise = read_noise(self._workspace, self._device.name)
        if noise is None or self._facts is None:
            return []
        again = f"Calibrate again: benchhub calibrate {self._device.name} --suite SUITE"
        if noise.cpu != cpu_of(self._facts):
            other = "the calibration is of another CPU and is not used."
            return [Check("noise", Verdict.NOTE, other, again)]
        if noise.build != build_of(self._facts):
            other = "the calibration is of another build of the system: doubtful."
            return [Check("noise", Verdict.NOTE, other, again)]
        cases = len(noise.cases)
        most = percent(max(case.sd_pair for case in noise.cases))
        said = f"{most} in the noisiest of {cases} case{'s' * (cases != 1)}, calibrated on "
        return [Check("noise", Verdict.OK, f"{said}{noise.created[:10]}.")]

    def _tools(self) -> tuple[str, ...]:
        """Return what measures there by its file; a suite may name others."""
        named = (PROGRAM,) if self._device.file.benchmark_model else ()
        return tuple(dict.fromkeys((self._device.tool, *named)))

    def _choice(self) -> list[Check]:
        """Say what `tool: auto` is here, and examine that if it is here already."""
        # Downloads are for those who ask for them.
        from benchhub.execution.choosing import choose_tools  # noqa: PLC0415

        try:
            (choice,) = choose_tools(
                self._workspace,
                [self._device],
                fetching=False,
                way=lambda device: open_inside(device.file, self._workspace, self._mine),
            )
        except ToolError as error:
            return [self._said(AUTO_TOOL, Verdict.PROBLEM, error)]
        check = Check(AUTO_TOOL, Verdict.OK, f"{choice.tool}: {choice.why}.")
        return [check] if choice.to_fetch else [check, *self._tool(choice.tool)]

    def _tool(self, name: str) -> list[Check]:
        """Bring the program there and start it, as a run would do, in a folder of our own."""
        verdicts = {check.about: check.verdict for check in self.checks}
        for about in ("folder", "execution", "lease"):
            if verdicts.get(about) is Verdict.PROBLEM:
                return [Check(name, Verdict.UNKNOWN, f"not tried: see '{about}'.")]
        platform = self._facts.platform if self._facts else None
        settings = tool_settings(self._device, name, platform, self._workspace)
        transport: Transport | None = None
        try:
            tool = make_tool(name, settings)
            transport = open_inside(self._device.file, self._workspace, self._mine)
            identity = tool.identify(transport)
        except (ConnectionLostError, AccessError):
            raise
        except BenchhubError as error:
            return [self._said(name, Verdict.PROBLEM, error)]
        finally:
            if transport is not None:
                transport.close()
        words = (identity.version, identity.family, identity.path)
        told = ", ".join(dict.fromkeys(word for word in words if word))
        return [Check(name, Verdict.OK, f"it starts ({told}).")]
