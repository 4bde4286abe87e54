"""The `litert` tool: what to run for a case on a device."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchhub.devices.staging import stage_folder
from benchhub.devices.transport import Transport
from benchhub.errors import AccessError, ConnectionLostError, ToolError, TransportError
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
from benchhub.tools.litert import worker
from benchhub.tools.litert.child.wheel import DISTRIBUTION
from benchhub.tools.litert.delegates import environment, flags_of, not_possible
from benchhub.tools.litert.reading import WITHOUT_TIMES, last_line, read_result, unverified
from benchhub.tools.tool import OUTPUT_FILE, Artifacts, Command, Staged

CHILD = "benchhub.tools.litert.child"
RESULT = "result.json"
IDENTIFY_TIMEOUT_S = 60.0


class LiteRtTool:
    """Measures with the ai-edge-litert wheel of a Python that has benchhub as well.

    On another machine that Python needs the wheel only: the measuring program is brought there.

    Args:
        settings: `python`: the interpreter on the device; default is the one that runs benchhub,
            relative to the current folder if it is inside, so that commands can be repeated in a
            copy of the workspace; on another machine `python3`. `platform`: of the device. `root`:
            the workspace. `libraries`: folder with libraries of delegates, relative to it.
    """

    name = "litert"

    def __init__(self, settings: Mapping[str, str]) -> None:
        given = settings.get("python")
        self._given = given
        self._platform = settings.get("platform", "")
        self._libraries = settings.get("libraries", "")
        self._root = Path(settings.get("root", "."))
        # What the program lacks on the device, once it was identified.
        self._missing: dict[str, str] = {}
        # Tried in this order by `identify`: a transport may work in another folder than this
        # process, where the relative path names nothing, or something else.
        self._pythons = (given,) if given else (portable(sys.executable), sys.executable)

    def identify(self, transport: Transport) -> ToolIdentity:
        """See `Tool.identify`. Loads what will be used, so that it is known to load."""
        identity, found = self._find(transport)
        self._missing = _texts(found.get("missing"))
        accelerators = found.get("accelerators")
        paths = accelerators if isinstance(accelerators, list) else []
        known = (*self._folders(transport), *(portable(str(path)) for path in paths))
        return replace(identity, libraries=known)

    def _folders(self, transport: Transport) -> tuple[str, ...]:
        if not self._libraries:
            return ()
        folder = self._root / self._libraries
        if not folder.is_dir():
            raise ToolError(
                f"{transport.name}: {self._libraries} is no folder.",
                "`libraries` in the device file names the folder of the delegates' libraries.",
            )
        if transport.here:
            return (str(folder.resolve()),)
        try:
            return (stage_folder(transport, folder),)
        except (ConnectionLostError, AccessError):
            raise
        except TransportError as error:
            raise ToolError(error.message, error.advice) from error

    def _find(self, transport: Transport) -> tuple[ToolIdentity, Mapping[str, object]]:
        if not transport.here:
            return self._find_there(transport)
        advice = "Install benchhub for that Python, or set another one as the tool's `python`."
        *others, last = dict.fromkeys(self._pythons)
        for python in others:
            try:
                found = _ask(transport, _child(python), advice)
            except ToolError:
                continue
            if found.get("executable") == sys.executable:
                return _identity(python, found), found
        found = _ask(transport, _child(last), advice)
        return _identity(last, found), found

    def _find_there(self, transport: Transport) -> tuple[ToolIdentity, Mapping[str, object]]:
        name = transport.name
        if self._platform.startswith("android"):
            raise ToolError(
                f"{name}: the tool '{self.name}' needs a Python, and Android has none.",
                "Measure there with benchmark_model (--tools benchmark_model).",
            )
        try:
            python = worker.find_python(transport, self._given)
            script = worker.bring(transport)
        except (ConnectionLostError, AccessError):
            raise
        except TransportError as error:
            raise ToolError(error.message, error.advice) from error
        advice = f"Name another one: `python: FILE` in devices/{name}.yaml."
        try:
            found = _ask(transport, _child(python, script), advice)
        except ToolError as error:
            if f": {DISTRIBUTION} is not installed" not in error.message:
                raise
            advice = worker.without_wheel(name, self._platform)
            raise ToolError(error.message, advice) from error
        return _identity(python, found, script), found

    def refuse(self, case: Case, identity: ToolIdentity, facts: DeviceFacts) -> Refusal | None:
        """See `Tool.refuse`."""
        reason = not_possible(case.configuration, identity, facts, self._missing)
        if reason is None:
            return None
        failure = Failure("refused", reason.message, reason.advice, reason.exit_code)
        return Refusal(case.id, None, failure)

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        """See `Tool.command`."""
        configuration = case.configuration
        timed = configuration.delegate not in WITHOUT_TIMES
        profiling = "true" if purpose is Purpose.PROFILE and timed else "false"
        if purpose is Purpose.VERIFY or (purpose is Purpose.PROFILE and not timed):
            measure = _once(measure)
        flags = [
            f"--graph={staged.model}",
            *flags_of(configuration, staged),
            f"--num_threads={configuration.threads}",
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
        outputs: tuple[str, ...] = (RESULT,)
        if purpose is Purpose.VERIFY:
            flags += [f"--input_file={name}={path}" for name, path in staged.inputs.items()]
            flags.append(f"--output_file={staged.work_dir}/{OUTPUT_FILE}")
            outputs = (RESULT, OUTPUT_FILE)
        flags.append(f"--output={staged.work_dir}/{RESULT}")
        child = _child(identity.program, identity.script)
        env = environment(configuration, staged, identity)
        return Command((*child, "measure", *flags), env, outputs)

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        """See `Tool.parse`."""
        return read_result(case, measure, purpose, artifacts.result, artifacts.files.get(RESULT))


def _once(measure: Measure) -> Measure:
    """One inference and none before it: a model with state answers to it alone."""
    return replace(
        measure, num_runs=1, min_secs=0.0, warmup_runs=0, warmup_min_secs=0.0, run_delay_s=0.0
    )


def _child(python: str, script: str = "") -> tuple[str, ...]:
    # -P: a folder of the workspace must not shadow an installed package.
    return (python, script) if script else (python, "-P", "-m", CHILD)


def _ask(transport: Transport, child: tuple[str, ...], advice: str) -> Mapping[str, object]:
    """Return what the child of a Python says of itself. Raises ToolError."""
    python = child[0]
    try:
        result = transport.run((*child, "identify"), timeout_s=IDENTIFY_TIMEOUT_S)
        found = json.loads(result.stdout)
    except (ConnectionLostError, AccessError):
        raise
    except TransportError as error:
        raise ToolError(error.message, error.advice) from error
    except ValueError as error:
        raise ToolError(
            f"{transport.name}: {python} cannot run the measuring program: "
            f"{last_line(result.stderr) or f'exit code {result.returncode}'}",
            advice,
        ) from error
    match found:
        case {"error": {"message": message, "advice": advice}}:
            raise ToolError(f"{transport.name}: {message}", str(advice))
        case dict():
            return found
    raise ToolError(f"{transport.name}: {python} gave no sensible answer.")


def _texts(found: object) -> dict[str, str]:
    """Return the texts of an object; nothing of anything else."""
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def _identity(python: str, found: Mapping[str, object], script: str = "") -> ToolIdentity:
    version = str(found.get("version", ""))
    return ToolIdentity(
        name=LiteRtTool.name,
        family="litert",
        version=version,
        path=portable(str(found.get("library", ""))),
        sha256=str(found.get("sha256", "")),
        notes=() if found.get("verified") is True else (unverified(version).meaning,),
        program=python,
        script=script,
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
