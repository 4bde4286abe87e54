"""Decides whether a process failed, and which line of its output says why."""

from __future__ import annotations

from collections.abc import Sequence

from benchhub.errors import ModelError, ToolError
from benchhub.records import CommandResult, Failure, Finding, Severity
from benchhub.tools.ending import signal_name

TOOL = "benchmark_model"

# What these rows tell is wrong with the model or with what the suite says about it.
_MODEL_ROWS = frozenset(
    {
        "model.path",
        "model.corrupt",
        "op.flex",
        "op.custom",
        "op.version",
        "op.invoke",
        "sig.ambiguous",
        "shape",
        "values",
        "static.dynamic",
    }
)
_ADVICE_BY_SIGNAL = {
    "SIGILL": "The program uses instructions that this processor lacks; use another build.",
    "SIGKILL": "Mostly out of memory; free some, or use a smaller model.",
    "SIGBUS": "A file was cut while it was used, or the disk is full.",
}
_TAIL_CHARS = 4000
_ADVICE = "Its output is kept with the invocation."


def failure_of(
    result: CommandResult,
    findings: Sequence[Finding],
    inferences: int | None,
    tool: str = TOOL,
) -> Failure | None:
    """Return why there is no number; None if the process ended well and told one.

    Args:
        result: End and output of the process.
        findings: Diagnosis of the output.
        inferences: Timed inferences that it tells; None if it tells nothing of them.
        tool: Name of the program for people.
    """
    ended = _how_it_ended(result.returncode)
    if ended is not None:
        kind, how = ended
        return _explained(kind, f"{tool} {how}", result, findings)
    ignored = next((found for found in findings if found.id == "flags.unconsumed"), None)
    if ignored is not None:
        # The exit code is 0, but what ran is not what was asked for.
        message = f"{tool} measured something else: {_plain(ignored)}"
        return Failure("tool", message, ignored.advice, ToolError.exit_code)
    if inferences:
        return None
    how = "without a result line" if inferences is None else "without an inference"
    return _explained("no_result", f"{tool} ended {how}", result, findings)


def no_profile(reason: str, tool: str = TOOL) -> Failure:
    """Return the failure of a profiled process whose profile cannot be used."""
    return Failure(
        "no_result",
        f"{tool} left no operator profile that can be used: {reason}.",
        _ADVICE,
        ToolError.exit_code,
    )


def is_crash(returncode: int) -> bool:
    """Tell whether a signal ended the process."""
    return signal_name(returncode) is not None


def _how_it_ended(returncode: int) -> tuple[str, str] | None:
    if returncode == 0:
        return None
    name = signal_name(returncode)
    if name is not None:
        return "crash", f"was ended by {name}"
    return "exit", f"ended with exit code {returncode}"


def _explained(kind: str, how: str, result: CommandResult, findings: Sequence[Finding]) -> Failure:
    cause = _cause(kind, findings)
    if cause is not None:
        code = ModelError.exit_code if cause.id in _MODEL_ROWS else ToolError.exit_code
        return Failure(kind, f"{how}: {_plain(cause)}", cause.advice, code)
    advice = _ADVICE_BY_SIGNAL.get(signal_name(result.returncode) or "", _ADVICE)
    said = _last_line(result)
    return Failure(kind, f"{how}{said}.", advice, ToolError.exit_code)


def _cause(kind: str, findings: Sequence[Finding]) -> Finding | None:
    """Return the first fatal finding: later lines are consequences of it.

    The program's own last words come after all others, and an external delegate that could not
    be loaded shows in nothing but a crash after its creation.
    """
    fatal = [found for found in findings if found.severity is Severity.FATAL]
    specific = [found for found in fatal if found.id not in {"bench.fail", "crash"}]
    created = [found for found in findings if found.id == "external.created" and kind == "crash"]
    return next(iter(specific + created + fatal), None)


def _plain(finding: Finding) -> str:
    return f"{finding.meaning.rstrip('.')} ({finding.evidence})."


def _last_line(result: CommandResult) -> str:
    """Quote the last line that is more than information; the last of all if there is none."""
    lines = [
        line.strip()
        for text in (result.stdout, result.stderr)
        for line in text[-_TAIL_CHARS:].splitlines()
        if line.strip()
    ]
    if not lines:
        return "; it printed nothing"
    telling = [line for line in lines if not line.startswith("INFO: ")]
    return f"; it said last `{(telling or lines)[-1][:200]}`"
