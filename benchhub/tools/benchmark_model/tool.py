"""The tool `benchmark_model`: what to run for a case, and what its output says."""

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
from benchhub.tools.benchmark_model import inputs, reading
from benchhub.tools.benchmark_model.failure import TOOL
from benchhub.tools.delegates.offer import NotPossible, environment, offer, place_of
from benchhub.tools.program.arguments import LAUNCH, base_arguments, needed_flags
from benchhub.tools.program.flags import (
    PROFILE_CSV,
    PROFILE_PROTO,
    RESULT_PROTO,
    RUNTIME_INFO,
    Family,
)
from benchhub.tools.program.source import Source
from benchhub.tools.tool import OUTPUT_FILE, Artifacts, Command, Staged

_DYNAMIC_BUFFER = "allow_dynamic_profiling_buffer_increase"
# Events of one inference that are kept; the rest is dropped without a word. The program's default
# of 1024 was seen to lose four fifths of a loop of 200 steps.
_BUFFER_ENTRIES = 1 << 16

# The values of all outputs, one behind the other. A file that cannot be written is left out without
# a word.
_OUTPUTS = "output_filepath"

_ALWAYS = ("use_xnnpack", "enable_op_profiling", "max_profiling_buffer_entries")


class BenchmarkModelTool:
    """TFLite's benchmark_model at a path on the device.

    Args:
        settings: `path`, the program or a folder with it, relative to the workspace. Without it
            the environment variable BENCHHUB_BENCHMARK_MODEL names it, then the workspace's
            `.benchhub/tools/benchmark_model` is looked into. `root` is the workspace, `platform`
            that of the device, `libraries` a folder with libraries of delegates.

    Raises:
        ToolError: No path is given.
    """

    name = TOOL

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._source = Source.of(Family.TFLITE, settings)
        self.path = self._source.path

    def identify(self, transport: Transport) -> ToolIdentity:
        """See `Tool.identify`. Runs `--help`, which every family answers without a model."""
        return self._source.identify(transport)

    def refuse(self, case: Case, identity: ToolIdentity, facts: DeviceFacts) -> Refusal | None:
        """See `Tool.refuse`. An unknown flag would be ignored, and something else measured."""
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
        offered = offer(case.configuration, place_of(identity, facts))
        if isinstance(offered, NotPossible):
            return _refusal(case, offered.message.rstrip("."), offered.advice, offered.exit_code)
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

        Raises:
            ToolError: The delegate is not possible there; `refuse` says so before. Or outputs are
                wanted, and it is too old for that.
        """
        flags = frozenset(identity.flags)
        offered = offer(case.configuration, place_of(identity, None), staged)
        if isinstance(offered, NotPossible):
            raise ToolError(offered.message, offered.advice)
        arguments = [
            *base_arguments(case, measure, staged.model),
            *offered.arguments,
            *_input_arguments(case, purpose, staged, identity),
        ]
        outputs = {_OUTPUTS: OUTPUT_FILE} if purpose is Purpose.VERIFY else {}
        if RESULT_PROTO in flags:
            outputs[RESULT_PROTO] = reading.RESULT_FILE
        if purpose is Purpose.PROFILE:
            arguments += [*_profile_arguments(flags), *offered.profiling]
            outputs |= _profile_outputs(flags)
        arguments += [(flag, f"{staged.work_dir}/{file}") for flag, file in outputs.items()]
        words = (f"--{flag}={value}" for flag, value in arguments)
        argv = (*LAUNCH, identity.program or identity.path, *words)
        env = environment(offered, identity)
        return Command(argv=argv, env=env, outputs=tuple(outputs.values()))

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        """See `Tool.parse`."""
        return reading.read(case, measure, purpose, artifacts)


def _input_arguments(
    case: Case, purpose: Purpose, staged: Staged, identity: ToolIdentity
) -> list[tuple[str, str]]:
    """Return the flags for random or, to verify outputs, given inputs."""
    if purpose is not Purpose.VERIFY:
        return inputs.arguments(case.variant.inputs)
    needed = (*inputs.SHAPE_FLAGS, inputs.FILES_FLAG, _OUTPUTS)
    missing = [f"--{name}" for name in needed if name not in identity.flags]
    if missing:
        raise ToolError(
            f"{identity.path} does not know {', '.join(missing)}.", "Use a newer program."
        )
    return inputs.feeding(staged.inputs, staged.shapes)


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
    needed = [*needed_flags(case), *_ALWAYS, *inputs.needed_flags(case.variant.inputs)]
    if not flags.issuperset(PROFILE_PROTO):
        needed.append(PROFILE_CSV)
    return [name for name in needed if name not in flags]


def _refusal(case: Case, message: str, advice: str, exit_code: int) -> Refusal:
    return Refusal(case.id, None, Failure("refused", f"{message}.", advice, exit_code))
