"""Finds out what the program at a path is: its digest, its flags, its family.

Nothing is assumed about a file that a person names. It may be missing, built for another machine,
LiteRT's tool of the same name, or hang; each has its own message.
"""

from __future__ import annotations

import re

from benchhub.devices.transport import Transport
from benchhub.errors import (
    AccessError,
    CommandTimeoutError,
    ConnectionLostError,
    ToolError,
    TransportError,
)
from benchhub.records import CommandResult, Finding, Severity, ToolIdentity
from benchhub.tools.benchmark_model.failure import TOOL
from benchhub.tools.benchmark_model.flags import Family, family_of, parse_flags, version_text
from benchhub.tools.diagnosis import diagnose
from benchhub.tools.ending import signal_name

HELP_TIMEOUT_S = 20.0
DIGEST_TIMEOUT_S = 60.0

_DIGEST = re.compile(r"^\\?([0-9a-f]{64})\b")
# Linux has the first, macOS the second.
_DIGEST_COMMANDS = (("sha256sum",), ("shasum", "-a", "256"))
# Findings that say why a program could not run at all.
_START_ROWS = frozenset({"isa", "glibc", "abi", "perm", "busy", "link", "space", "crash"})
# By design the TFLite family ends its help with 1.
_HELP_CODES = (0, 1)
_GET_ANOTHER = "Give the TFLite benchmark_model built for this device."


def identify(transport: Transport, path: str) -> ToolIdentity:
    """Say what the program at that path on the device is.

    Raises:
        ToolError: It is missing, cannot run there, or is another program.
    """
    digest, notes = _digest(transport, path)
    where = f"{transport.name}: {path}"
    result = _help(transport, path, where)
    help_text = f"{result.stderr}\n{result.stdout}"
    flags = parse_flags(help_text)
    family = family_of(flags, help_text)
    if family is Family.LITERT:
        raise ToolError(
            f"{where} is LiteRT's program of that name; the tool '{TOOL}' needs the TFLite "
            "family, which has --enable_op_profiling.",
            _GET_ANOTHER,
        )
    if family is Family.UNKNOWN or result.returncode not in _HELP_CODES:
        raise _not_the_program(where, result)
    return ToolIdentity(
        name=TOOL,
        family=family.value,
        version=version_text(flags),
        path=path,
        sha256=digest,
        flags=flags,
        notes=notes,
    )


def _digest(transport: Transport, path: str) -> tuple[str, tuple[str, ...]]:
    """Return the digest of the program; empty, with a note, where it cannot be had."""
    for command in _DIGEST_COMMANDS:
        try:
            result = transport.run([*command, path], timeout_s=DIGEST_TIMEOUT_S)
        except (AccessError, CommandTimeoutError, ConnectionLostError):
            raise
        except TransportError:
            continue  # not installed there
        if result.returncode == 0 and (found := _DIGEST.match(result.stdout)):
            return found[1], ()
        if path in result.stderr and "No such file or directory" in result.stderr:
            raise ToolError(
                f"{transport.name}: {path} does not exist.",
                "The path of benchmark_model is relative to the workspace.",
            )
        if path in result.stderr and "Is a directory" in result.stderr:
            raise ToolError(f"{transport.name}: {path} is a folder, not a program.", _GET_ANOTHER)
    return "", ("its sha256 could not be computed on the device",)


def _help(transport: Transport, path: str, where: str) -> CommandResult:
    try:
        return transport.run([path, "--help"], timeout_s=HELP_TIMEOUT_S)
    except (ConnectionLostError, AccessError):
        raise
    except CommandTimeoutError as error:
        raise ToolError(
            f"{where} --help did not end within {HELP_TIMEOUT_S:g} s.",
            "It is another program, or it hangs on this device.",
        ) from error
    except TransportError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            # The file was there a moment ago, so the system misses what it names inside.
            raise ToolError(
                f"{where} cannot be started: the loader or interpreter that it names is not there.",
                f"It was built for another system. {_GET_ANOTHER}",
            ) from error
        raise ToolError(error.message, error.advice or _GET_ANOTHER) from error


def _not_the_program(where: str, result: CommandResult) -> ToolError:
    cause = _why_not_started(result)
    if cause is not None:
        meaning = cause.meaning.rstrip(".")
        return ToolError(f"{where} cannot run: {meaning} ({cause.evidence}).", cause.advice)
    name = signal_name(result.returncode)
    if name is not None:
        return ToolError(f"{where} --help was ended by {name}.", _GET_ANOTHER)
    said = f"{result.stderr}\n{result.stdout}".strip()
    if not said:
        return ToolError(
            f"{where} --help printed nothing (exit code {result.returncode}).", _GET_ANOTHER
        )
    return ToolError(
        f"{where} is not a benchmark_model: its --help (exit code {result.returncode}) does not "
        f"list the flags; it begins with `{said.splitlines()[0][:100]}`.",
        _GET_ANOTHER,
    )


def _why_not_started(result: CommandResult) -> Finding | None:
    findings = diagnose(result.stdout, result.stderr)
    fatal = [found for found in findings if found.severity is Severity.FATAL]
    return next((found for found in fatal if found.id in _START_ROWS), None)
