"""Everything that benchhub raises on purpose, with the exit code each error ends a command with.

    BenchhubError                     3
    ├── UsageError                    2    the command line or the workspace is wrong
    │   ├── ConfigError               2    a YAML file is wrong: file, line, key, what was meant
    │   ├── ModelError                2    a model file is missing, empty or damaged
    │   └── NoCasesError              5    nothing is left to measure
    ├── DeviceError                   3    a device is unknown, absent or busy
    ├── TransportError                3    a command or a file did not get through
    │   ├── AccessError               3    the device does not let us in: keys, host keys
    │   ├── CommandFailedError        3
    │   ├── CommandTimeoutError     124
    │   └── ConnectionLostError       3    the device cannot be reached, now or any more
    ├── ToolError                     3    the measuring program is missing, of another
    │                                      architecture or of another family
    ├── MeasurementError              3    a measurement ended without a usable number
    └── StoreError                    3    a run folder or the index cannot be read or written
        └── FormatTooNewError         3

Codes 0 (pass), 1 (regression), 4 (inconclusive) belong to verdicts, 130 to an interrupt; a
regression and a broken lab never share a code. Code 6 says that everything was measured, but not
as the suite demands: a delegate fell back, a budget was not met, outputs are wrong; where it cannot
be told whether a budget is met the code is 4. A stack trace is for bugs only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from benchhub.records import CommandResult

__all__ = [
    "AccessError",
    "BenchhubError",
    "CommandFailedError",
    "CommandTimeoutError",
    "ConfigError",
    "ConnectionLostError",
    "DeviceError",
    "FormatTooNewError",
    "MeasurementError",
    "ModelError",
    "NoCasesError",
    "StoreError",
    "ToolError",
    "TransportError",
    "UsageError",
]

EXIT_INCONCLUSIVE = 4
EXIT_NOT_AS_DEMANDED = 6
EXIT_INTERRUPTED = 130


class BenchhubError(Exception):
    """Base of all errors that a user can do something about.

    Args:
        message: One line: where (device or file:line), then what is wrong.
        advice: What to do next; empty where the message says it already.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".rstrip()


class UsageError(BenchhubError):
    """The command line or the workspace is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A YAML file is wrong; the message starts with file:line:column."""


class ModelError(UsageError):
    """A model file is missing, empty or damaged."""


class NoCasesError(UsageError):
    """The matrix is empty: there is nothing to measure."""

    exit_code = 5


class DeviceError(BenchhubError):
    """A device is unknown, absent or busy."""


class TransportError(BenchhubError):
    """A command or a file did not get through to a device."""


class ConnectionLostError(TransportError):
    """The device cannot be reached, now or any more; trying again may help."""


class AccessError(TransportError):
    """The device does not let us in, or is not the one it was; a person has to act."""


class CommandFailedError(TransportError):
    """A command that had to succeed did not; `result` holds what it printed."""

    def __init__(self, message: str, result: CommandResult, advice: str = "") -> None:
        super().__init__(message, advice)
        self.result = result


class CommandTimeoutError(TransportError):
    """A command outlived its timeout and was ended; `result` holds what it had printed."""

    exit_code = 124

    def __init__(self, message: str, result: CommandResult, advice: str = "") -> None:
        super().__init__(message, advice)
        self.result = result


class ToolError(BenchhubError):
    """The measuring program cannot be used on this device."""


class MeasurementError(BenchhubError):
    """A measurement ended without a usable number."""


class StoreError(BenchhubError):
    """A run folder or the index cannot be read or written."""


class FormatTooNewError(StoreError):
    """The file was written by a newer benchhub."""
