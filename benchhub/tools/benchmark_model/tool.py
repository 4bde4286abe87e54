"""The tool `benchmark_model`: what to run for a case, and what its output says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.devices.transport import Transport
from benchhub.errors import (
    AccessError,
    ConnectionLostError,
    ToolError,
    TransportError,
    UsageError,
)
from benchhub.records import (
    Case,
    DeviceFacts,
    Failure,
    Measure,
    Purpose,
    Reading,
    Refusal,
    ToolIdentity,
)
from benchhub.tools.benchmark_model import inputs, location, program, reading
from benchhub.tools.benchmark_model.failure import TOOL
from benchhub.tools.benchmark_model.flags import (
    PROFILE_CSV,
    PROFILE_PROTO,
    RESULT_PROTO,
    RUNTIME_INFO,
)
from benchhub.tools.tool import Artifacts, Command, Staged
from benchhub.workspace import STATE

PATH_VARIABLE = "BENCHHUB_BENCHMARK_MODEL"
DEFAULT_FOLDER = f"{STATE}/tools/{TOOL}"

# Values of --use_xnnpack. Left out, the runtime would apply XNNPACK as it sees fit.
_XNNPACK = {"xnnpack": "true", "none": "false"}
_SIGNATURE = "signature_to_run_for"
_DYNAMIC_BUFFER = "allow_dynamic_profiling_buffer_increase"
# Events of one inference that are kept; the rest is dropped without a word. The program's default
# of 1024 was seen to lose four fifths of a loop of 200 steps.
_BUFFER_ENTRIES = 1 << 16

# The program takes its memory from getrusage, whose maximum outlives exec. Started by a process as
# large as benchhub, it begins at that size and says that it grew by 0; a shell that forks is small.
_LAUNCH = ("sh", "-c", '"$@"; exit $?', "sh")

_ALWAYS = (
    "graph",
    "num_threads",
    "num_runs",
    "min_secs",
    "max_secs",
    "warmup_runs",
    "warmup_min_secs",
    "run_delay",
    "use_xnnpack",
    "enable_op_profiling",
    "max_profiling_buffer_entries",
)


class BenchmarkModelTool:
    """TFLite's benchmark_model at a path on the device.

    Args:
        settings: `path`, the program or a folder with it, relative to the workspace. Without it
            the environment variable BENCHHUB_BENCHMARK_MODEL names it, then the workspace's
            `.benchhub/tools/benchmark_model` is looked into. `root` is the workspace, `platform`
            that of the device.

    Raises:
        ToolError: No path is given.
    """

    name = TOOL

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._root = Path(settings.get("root", "."))
        self._platform = settings.get("platform")
        path = settings.get("path") or os.environ.get(PATH_VARIABLE, "")
        if not path and (self._root / DEFAULT_FOLDER).is_dir():
            path = DEFAULT_FOLDER
        if not path:
            raise ToolError(
                f"the tool '{TOOL}' needs the path of the program.",
                f"Give it in the suite (tools: - {{name: {TOOL}, path: FILE}}), in the device "
                f"file ({TOOL}: FILE), or in {PATH_VARIABLE}.",
            )
        # A bare name would be looked for in PATH, where other programs have the same one.
        self.path = path if "/" in path else f"./{path}"

    def identify(self, transport: Transport) -> ToolIdentity:
        """See `Tool.identify`. Runs `--help`, which every family answers without a model."""
        local = self._root / self.path
        if transport.here and not local.is_dir():
            return program.identify(transport, self.path)
        found = location.find(local, self.path, transport.name, self._platform)
        shown = str(found.file.relative_to(self._root)) if self._inside(found.file) else self.path
        if transport.here:
            return program.identify(transport, shown if "/" in shown else f"./{shown}")
        try:
            staged = location.put(found, transport)
        except (ConnectionLostError, AccessError):
            raise
        except TransportError as error:
            raise ToolError(error.message, error.advice) from error
        identity = program.identify(transport, staged)
        return replace(identity, path=shown, program=staged, sha256=sha256_of(found.file))

    def _inside(self, file: Path) -> bool:
        return file.is_relative_to(self._root)

    def refuse(self, case: Case, identity: ToolIdentity, facts: DeviceFacts) -> Refusal | None:
        """See `Tool.refuse`. An unknown flag would be ignored, and something else measured."""
        delegate = case.configuration.delegate
        if delegate not in _XNNPACK:
            return _refusal(
                case,
                f"{TOOL} has no delegate '{delegate}' here",
                f"Choose one of: {', '.join(_XNNPACK)}.",
                UsageError.exit_code,
            )
        problem = inputs.refusal(case.variant.inputs)
        if problem is not None:
            return _refusal(case, *problem, UsageError.exit_code)
        missing = _missing_flags(case, frozenset(identity.flags))
        if missing:
            return _refusal(
                case,
                f"{identity.path} does not know {', '.join(f'--{name}' for name in missing)}",
                "Use a newer program, or leave out what needs it.",
                ToolError.exit_code,
            )
        return None

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        """See `Tool.command`."""
        flags = frozenset(identity.flags)
        arguments = _arguments(case, measure, staged)
        outputs: dict[str, str] = {}
        if RESULT_PROTO in flags:
            outputs[RESULT_PROTO] = reading.RESULT_FILE
        if purpose is Purpose.PROFILE:
            arguments += _profile_arguments(flags)
            outputs |= _profile_outputs(flags)
        arguments += [(flag, f"{staged.work_dir}/{file}") for flag, file in outputs.items()]
        words = (f"--{flag}={value}" for flag, value in arguments)
        argv = (*_LAUNCH, identity.program or identity.path, *words)
        return Command(argv=argv, outputs=tuple(outputs.values()))

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        """See `Tool.parse`."""
        return reading.read(case, measure, purpose, artifacts)


def _arguments(case: Case, measure: Measure, staged: Staged) -> list[tuple[str, str]]:
    """Return flags and values that every invocation of the case has."""
    arguments = [
        ("graph", staged.model),
        ("num_threads", str(case.configuration.threads)),
        ("use_xnnpack", _XNNPACK[case.configuration.delegate]),
        ("num_runs", str(measure.num_runs)),
        ("min_secs", _seconds(measure.min_secs)),
        ("max_secs", _seconds(measure.max_secs)),
        ("warmup_runs", str(measure.warmup_runs)),
        ("warmup_min_secs", _seconds(measure.warmup_min_secs)),
    ]
    if measure.run_delay_s > 0:
        arguments.append(("run_delay", _seconds(measure.run_delay_s)))
    if case.variant.signature is not None:
        arguments.append((_SIGNATURE, case.variant.signature))
    return arguments + inputs.arguments(case.variant.inputs)


def _profile_arguments(flags: frozenset[str]) -> list[tuple[str, str]]:
    arguments = [
        ("enable_op_profiling", "true"),
        ("max_profiling_buffer_entries", str(_BUFFER_ENTRIES)),
    ]
    if _DYNAMIC_BUFFER in flags:
        arguments.append((_DYNAMIC_BUFFER, "true"))
    if flags.issuperset(PROFILE_PROTO):
        arguments.append((PROFILE_PROTO[0], "proto"))
    if flags.issuperset(RUNTIME_INFO):
        # The file alone would stay empty.
        arguments.append((RUNTIME_INFO[0], "true"))
    return arguments


def _profile_outputs(flags: frozenset[str]) -> dict[str, str]:
    """Return file names by flag. Both profile flags together would force the CSV."""
    outputs = (
        {PROFILE_PROTO[1]: reading.PROFILE_PROTO_FILE}
        if flags.issuperset(PROFILE_PROTO)
        else {PROFILE_CSV: reading.PROFILE_CSV_FILE}
    )
    if flags.issuperset(RUNTIME_INFO):
        outputs[RUNTIME_INFO[1]] = reading.RUNTIME_INFO_FILE
    return outputs


def _missing_flags(case: Case, flags: frozenset[str]) -> list[str]:
    needed = [*_ALWAYS, *inputs.needed_flags(case.variant.inputs)]
    if case.variant.signature is not None:
        needed.append(_SIGNATURE)
    if not flags.issuperset(PROFILE_PROTO):
        needed.append(PROFILE_CSV)
    return [name for name in needed if name not in flags]


def _refusal(case: Case, message: str, advice: str, exit_code: int) -> Refusal:
    return Refusal(case.id, None, Failure("refused", f"{message}.", advice, exit_code))


def _seconds(value: float) -> str:
    return format(value, ".10g")
