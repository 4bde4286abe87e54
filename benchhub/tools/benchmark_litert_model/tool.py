"""The tool `benchmark_litert_model`: what to run for a case, and what its output says."""

from __future__ import annotations

from collections.abc import Mapping

from benchhub.devices.transport import Transport
from benchhub.errors import ToolError, UsageError
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
from benchhub.tools.benchmark_litert_model import inputs, reading
from benchhub.tools.benchmark_litert_model.reading import TOOL
from benchhub.tools.delegates.offer import NotPossible, environment, offer, place_of
from benchhub.tools.program.arguments import LAUNCH, base_arguments, needed_flags
from benchhub.tools.program.flags import RESULT_PROTO, RUNTIME_INFO, Family
from benchhub.tools.program.source import Source
from benchhub.tools.tool import Artifacts, Command, Staged

_PROFILER = "use_profiler"
# Events of the runtime for the tracer that runs beside it.
_PERFETTO = "enable_perfetto"
_OUTPUTS = {RESULT_PROTO: reading.RESULT_FILE, RUNTIME_INFO[1]: reading.RUNTIME_INFO_FILE}
NO_VERIFY = f"{TOOL} neither reads given inputs nor writes its outputs."
NO_VERIFY_ADVICE = "Verify with the tool litert or benchmark_model."


class BenchmarkLitertModelTool:
    """LiteRT's benchmark_model at a path on the device.

    Args:
        settings: `path`, the program or a folder with it and its libraries, relative to the
            workspace. Without it the environment variable BENCHHUB_BENCHMARK_LITERT_MODEL names
            it, then the workspace's `.benchhub/tools/benchmark_litert_model` is looked into.
            `root` is the workspace, `platform` that of the device, `libraries` a folder with
            further libraries of accelerators.

    Raises:
        ToolError: No path is given.
    """

    name = TOOL

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._source = Source.of(Family.LITERT, settings)
        self.path = self._source.path

    def identify(self, transport: Transport) -> ToolIdentity:
        """See `Tool.identify`."""
        return self._source.identify(transport)

    def refuse(self, case: Case, identity: ToolIdentity, facts: DeviceFacts) -> Refusal | None:
        """See `Tool.refuse`. An unknown flag would be ignored, and something else measured."""
        problem = inputs.refusal(case.variant.inputs)
        if problem is not None:
            return _refusal(case, f"{problem[0]}.", problem[1], UsageError.exit_code)
        needed = (*needed_flags(case), *inputs.needed_flags(case.variant.inputs))
        missing = [name for name in needed if name not in identity.flags]
        if missing:
            return _refusal(
                case,
                f"{identity.path} does not know {', '.join(f'--{name}' for name in missing)}.",
                "Use a newer program, or leave out what needs it.",
                ToolError.exit_code,
            )
        offered = offer(case.configuration, place_of(identity, facts))
        if isinstance(offered, NotPossible):
            return _refusal(case, offered.message, offered.advice, offered.exit_code)
        return None

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        """See `Tool.command`.

        A program that lacks the profiler runs without it, and the reading tells why there is no
        profile.

        Raises:
            ToolError: It is to verify, but the program neither reads inputs nor writes outputs.
        """
        if purpose is Purpose.VERIFY:
            raise ToolError(NO_VERIFY, NO_VERIFY_ADVICE)
        flags = frozenset(identity.flags)
        offered = offer(case.configuration, place_of(identity, None), staged)
        if isinstance(offered, NotPossible):
            raise ToolError(offered.message, offered.advice)
        outputs = {flag: file for flag, file in _OUTPUTS.items() if flag in flags}
        arguments = [
            *base_arguments(case, measure, staged.model),
            *offered.arguments,
            *inputs.arguments(case.variant.inputs),
            *((flag, f"{staged.work_dir}/{file}") for flag, file in outputs.items()),
        ]
        if purpose is Purpose.PROFILE and _PROFILER in flags:
            arguments.append((_PROFILER, "true"))
        if purpose is Purpose.TRACE and _PERFETTO in flags:
            arguments.append((_PERFETTO, "true"))
        words = (f"--{flag}={value}" for flag, value in arguments)
        argv = (*LAUNCH, identity.program or identity.path, *words)
        return Command(
            argv=argv, env=environment(offered, identity), outputs=tuple(outputs.values())
        )

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        """See `Tool.parse`."""
        return reading.read(case, measure, purpose, artifacts)


def _refusal(case: Case, message: str, advice: str, exit_code: int) -> Refusal:
    return Refusal(case.id, None, Failure("refused", message, advice, exit_code))
