"""The `litert` tool: what to run for a case on a device."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from benchhub.devices.transport import Transport
from benchhub.errors import ToolError, TransportError
from benchhub.records import (
    Case,
    DeviceFacts,
    Failure,
    InputSpec,
    Measure,
    Purpose,
    Reading,
    Refusal,
    ToolIdentity,
)
from benchhub.tools.litert.reading import last_line, read_result, unverified
from benchhub.tools.tool import Artifacts, Command, Staged

CHILD = "benchhub.tools.litert.child"
RESULT = "result.json"
DELEGATES = ("xnnpack", "none")
IDENTIFY_TIMEOUT_S = 60.0


class LiteRtTool:
    """Measures with the ai-edge-litert wheel of a Python that has benchhub as well.

    Args:
        settings: `python`: the interpreter on the device; default is the one that runs benchhub,
            relative to the current folder if it is inside, so that commands can be repeated in a
            copy of the workspace.
    """

    name = "litert"

    def __init__(self, settings: Mapping[str, str]) -> None:
        given = settings.get("python")
        self._given = given is not None
        # Tried in this order by `identify`: a transport may work in another folder than this
        # process, where the relative path names nothing, or something else.
        self._pythons = (given,) if given else (portable(sys.executable), sys.executable)

    def identify(self, transport: Transport) -> ToolIdentity:
        """See `Tool.identify`. Loads what will be used, so that it is known to load."""
        if not (transport.here or self._given):
            raise ToolError(
                f"{transport.name}: the tool '{self.name}' measures on this machine only.",
                "Measure there with benchmark_model (--tools benchmark_model).",
            )
        *others, last = dict.fromkeys(self._pythons)
        for python in others:
            try:
                found = _ask(transport, python)
            except ToolError:
                continue
            if found.get("executable") == sys.executable:
                return _identity(python, found)
        return _identity(last, _ask(transport, last))

    def refuse(self, case: Case, identity: ToolIdentity, facts: DeviceFacts) -> Refusal | None:
        """See `Tool.refuse`: only XNNPACK and the built-in kernels are in the wheel's CPU path."""
        delegate = case.configuration.delegate
        if delegate in DELEGATES:
            return None
        return Refusal(
            case.id,
            None,
            Failure(
                "refused",
                f"{identity.name} cannot use the delegate '{delegate}'.",
                f"It has: {', '.join(DELEGATES)}. Other delegates need another tool.",
                ToolError.exit_code,
            ),
        )

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        """See `Tool.command`."""
        profiling = "true" if purpose is Purpose.PROFILE else "false"
        flags = [
            f"--graph={staged.model}",
            f"--delegate={case.configuration.delegate}",
            f"--num_threads={case.configuration.threads}",
            f"--num_runs={measure.num_runs}",
            f"--min_secs={_number(measure.min_secs)}",
            f"--max_secs={_number(measure.max_secs)}",
            f"--warmup_runs={measure.warmup_runs}",
            f"--warmup_min_secs={_number(measure.warmup_min_secs)}",
            f"--run_delay={_number(max(0.0, measure.run_delay_s))}",
            f"--enable_op_profiling={profiling}",
        ]
        if case.variant.signature is not None:
            flags.append(f"--signature_to_run_for={case.variant.signature}")
        for spec in case.variant.inputs:
            flags += _input_flags(spec)
        flags.append(f"--output={staged.work_dir}/{RESULT}")
        return Command((*_child(identity.program), "measure", *flags), outputs=(RESULT,))

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        """See `Tool.parse`."""
        return read_result(case, measure, purpose, artifacts.result, artifacts.files.get(RESULT))


def _child(python: str) -> tuple[str, ...]:
    # -P: a folder of the workspace must not shadow an installed package.
    return (python, "-P", "-m", CHILD)


def _ask(transport: Transport, python: str) -> Mapping[str, object]:
    """Return what the child of a Python says of itself. Raises ToolError."""
    try:
        result = transport.run((*_child(python), "identify"), timeout_s=IDENTIFY_TIMEOUT_S)
        found = json.loads(result.stdout)
    except TransportError as error:
        raise ToolError(error.message, error.advice) from error
    except ValueError as error:
        raise ToolError(
            f"{transport.name}: {python} cannot run the measuring program: "
            f"{last_line(result.stderr) or f'exit code {result.returncode}'}",
            "Install benchhub for that Python, or set another one as the tool's `python`.",
        ) from error
    match found:
        case {"error": {"message": message, "advice": advice}}:
            raise ToolError(f"{transport.name}: {message}", str(advice))
        case dict():
            return found
    raise ToolError(f"{transport.name}: {python} gave no sensible answer.")


def _identity(python: str, found: Mapping[str, object]) -> ToolIdentity:
    version = str(found.get("version", ""))
    return ToolIdentity(
        name=LiteRtTool.name,
        family="litert",
        version=version,
        path=portable(str(found.get("library", ""))),
        sha256=str(found.get("sha256", "")),
        notes=() if found.get("verified") is True else (unverified(version).meaning,),
        program=python,
    )


def portable(path: str) -> str:
    """Return a path relative to the current folder if it is inside, else as it is."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _input_flags(spec: InputSpec) -> list[str]:
    flags = []
    if spec.shape is not None:
        flags.append(f"--input_shape={spec.name}={','.join(map(str, spec.shape))}")
    if spec.low is not None and spec.high is not None:
        flags.append(f"--input_range={spec.name}={_number(spec.low)},{_number(spec.high)}")
    return flags


def _number(value: float) -> str:
    """Write a number exactly, whole ones without a fraction."""
    return str(int(value)) if value == int(value) else repr(value)
