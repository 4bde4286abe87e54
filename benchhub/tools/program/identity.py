"""Finds out what the program at a path is: its digest, its flags, its family.

Nothing is assumed about a file that a person names. It may be missing, built for another machine,
the other program of that name, or hang; each has its own message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.devices.transport import Transport
from benchhub.errors import (
    AccessError,
    CommandTimeoutError,
    ConnectionLostError,
    ToolError,
    TransportError,
)
from benchhub.records import CommandResult, Finding, Severity, ToolIdentity
from benchhub.tools.delegates.offer import library_folders
from benchhub.tools.diagnosis import diagnose
from benchhub.tools.ending import signal_name
from benchhub.tools.program.flags import (
    Family,
    answers_by_abseil,
    family_of,
    parse_flags,
    version_text,
)
from benchhub.tools.program.litert_flags import assumed, litert_version_text, vendor_flags

HELP_TIMEOUT_S = 20.0
DIGEST_TIMEOUT_S = 60.0

# The tool that drives a family, and what its programs are called in messages.
TOOLS = {Family.TFLITE: "benchmark_model", Family.LITERT: "benchmark_litert_model"}
_PRODUCTS = {Family.TFLITE: "TFLite's", Family.LITERT: "LiteRT's"}

_DIGEST = re.compile(r"^\\?([0-9a-f]{64})\b")
# Linux has the first, macOS the second.
_DIGEST_COMMANDS = (("sha256sum",), ("shasum", "-a", "256"))
# Findings that say why a program could not run at all.
_START_ROWS = frozenset({"isa", "glibc", "abi", "perm", "busy", "link", "space", "crash"})
# By design both families may end their help with 1.
_HELP_CODES = (0, 1)
# A value that is no number brings up the usage in each version, also where Abseil answers --help.
_USAGE = "--num_runs=?"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and as what a program is asked; `where` names it for people."""

    transport: Transport
    path: str
    family: Family
    env: Mapping[str, str]

    @property
    def where(self) -> str:
        return f"{self.transport.name}: {self.path}"

    @property
    def advice(self) -> str:
        return f"Give {_PRODUCTS[self.family]} benchmark_model built for this device."


def identify(
    transport: Transport,
    path: str,
    family: Family = Family.TFLITE,
    libraries: Sequence[str] = (),
) -> ToolIdentity:
    """Say what the program at that path on the device is.

    Args:
        transport: The way to the device.
        path: The program there.
        family: What it has to be.
        libraries: Folders there that its loader looks into.

    Raises:
        ToolError: It is missing, cannot run there, or is another program.
    """
    place = _Place(transport, path, family, library_folders(libraries))
    digest, notes = _digest(place)
    result = _ask(place, "--help")
    help_text = f"{result.stderr}\n{result.stdout}"
    flags = parse_flags(help_text)
    found = family_of(flags, help_text)
    if found is not family and found is not Family.UNKNOWN:
        raise _the_other(place, found)
    if found is Family.UNKNOWN or result.returncode not in _HELP_CODES:
        raise _not_the_program(place, result)
    if found is Family.TFLITE:
        version = version_text(flags)
    else:
        flags, version, more = _litert(place, flags, help_text)
        notes = (*notes, *more)
    return ToolIdentity(
        name=TOOLS[family],
        family=family.value,
        version=version,
        path=path,
        sha256=digest,
        flags=flags,
        notes=notes,
        libraries=tuple(libraries),
    )


def _litert(
    place: _Place, flags: tuple[str, ...], help_text: str
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Return flags, version and notes of a program of LiteRT's family."""
    notes: tuple[str, ...] = ()
    vendors = vendor_flags(help_text)
    if answers_by_abseil(help_text):
        flags = flags or _usage(place)
        vendors = vendor_flags(_ask(place, "--helpfull").stdout)
    if flags:
        version = litert_version_text(flags, listed=True)
    else:
        flags, version = assumed(), litert_version_text((), listed=False)
        notes = ("it lists no flags: those of LiteRT 2.2.0 are taken as known",)
    return tuple(sorted({*flags, *vendors})), version, notes


def _usage(place: _Place) -> tuple[str, ...]:
    """Return the flags of the usage; empty if it brings up none, or one that lacks the base."""
    result = _ask(place, _USAGE)
    flags = parse_flags(f"{result.stderr}\n{result.stdout}")
    return flags if {"graph", "num_runs"}.issubset(flags) else ()


def _the_other(place: _Place, found: Family) -> ToolError:
    """Return the error for the program of the same name that is the other family's."""
    lacks = (
        "the TFLite family, which has --enable_op_profiling"
        if place.family is Family.TFLITE
        else "the LiteRT family, which has --use_npu and --use_profiler"
    )
    return ToolError(
        f"{place.where} is {_PRODUCTS[found]} program of that name; the tool "
        f"'{TOOLS[place.family]}' needs {lacks}.",
        f"{place.advice[:-1]}, or use the tool '{TOOLS[found]}' for this one.",
    )


def _digest(place: _Place) -> tuple[str, tuple[str, ...]]:
    """Return the digest of the program; empty, with a note, where it cannot be had."""
    transport, path = place.transport, place.path
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
                f"{place.where} does not exist.",
                "The path of benchmark_model is relative to the workspace.",
            )
        if path in result.stderr and "Is a directory" in result.stderr:
            raise ToolError(f"{place.where} is a folder, not a program.", place.advice)
    return "", ("its sha256 could not be computed on the device",)


def _ask(place: _Place, flag: str) -> CommandResult:
    """Start it with a flag that makes it print and end."""
    try:
        return place.transport.run([place.path, flag], timeout_s=HELP_TIMEOUT_S, env=place.env)
    except (ConnectionLostError, AccessError):
        raise
    except CommandTimeoutError as error:
        raise ToolError(
            f"{place.where} {flag} did not end within {HELP_TIMEOUT_S:g} s.",
            "It is another program, or it hangs on this device.",
        ) from error
    except TransportError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            # The file was there a moment ago, so the system misses what it names inside.
            raise ToolError(
                f"{place.where} cannot be started: the loader or interpreter that it names is "
                "not there.",
                f"It was built for another system. {place.advice}",
            ) from error
        raise ToolError(error.message, error.advice or place.advice) from error


def _not_the_program(place: _Place, result: CommandResult) -> ToolError:
    cause = _why_not_started(result)
    if cause is not None:
        meaning = cause.meaning.rstrip(".")
        return ToolError(f"{place.where} cannot run: {meaning} ({cause.evidence}).", cause.advice)
    name = signal_name(result.returncode)
    if name is not None:
        return ToolError(f"{place.where} --help was ended by {name}.", place.advice)
    said = f"{result.stderr}\n{result.stdout}".strip()
    if not said:
        return ToolError(
            f"{place.where} --help printed nothing (exit code {result.returncode}).", place.advice
        )
    return ToolError(
        f"{place.where} is not a benchmark_model: its --help (exit code {result.returncode}) does "
        f"not list the flags; it begins with `{said.splitlines()[0][:100]}`.",
        place.advice,
    )


def _why_not_started(result: CommandResult) -> Finding | None:
    findings = diagnose(result.stdout, result.stderr)
    fatal = [found for found in findings if found.severity is Severity.FATAL]
    return next((found for found in fatal if found.id in _START_ROWS), None)
