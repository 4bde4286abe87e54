"""What controllers and hosts tell each other. Plain values; both run the same benchhub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchhub import errors
from benchhub.errors import BenchhubError
from benchhub.execution.attachment import LostMeanwhileError

# Topic of what a host tells while it works, followed by the run's id.
TOPIC = "benchhub-"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and for what.

    Attributes:
        order: Digest of the order.
        run_id: The run.
        device: Name of the device.
        controller: Who asks, for people.
        version: Of the benchhub that asks.
    """

    order: str
    run_id: str
    device: str
    controller: str
    version: str


@dataclass(frozen=True, slots=True)
class Attached:
    """The device is in the hands of the run.

    Attributes:
        host: Address of its host.
        record: Its record as a document.
        session: The connection.
    """

    host: str
    record: bytes
    session: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """Files have to be brought first.

    Attributes:
        host: Address of the host.
        digests: Of the files; the order is one of them.
    """

    host: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Busy:
    """Another run has the device; `holder` says which."""

    holder: str


@dataclass(frozen=True, slots=True)
class Vacant:
    """The run does not have the device any more: its host was started again, or it was idle."""


@dataclass(frozen=True, slots=True)
class Told:
    """An error, as it crosses machines."""

    kind: str
    message: str
    advice: str

    @classmethod
    def of(cls, error: BenchhubError) -> Told:
        """Put an error into words."""
        kind = next(one.__name__ for one in type(error).__mro__ if one.__name__ in _KINDS)
        return cls(kind, error.message, error.advice)

    def error(self, device: str) -> BenchhubError:
        """Return it as an error about a device; a command's result is not told."""
        mine = self.message.startswith(f"{device}:")
        message = self.message if mine else f"{device}: on its host: {self.message}"
        return _KINDS[self.kind](message, self.advice)


# The errors that are told as what they are; others as the nearest of these.
_KINDS: Mapping[str, type[BenchhubError]] = {
    kind.__name__: kind
    for kind in (
        *(getattr(errors, name) for name in errors.__all__),
        LostMeanwhileError,
    )
    if kind not in (errors.CommandFailedError, errors.CommandTimeoutError)
}


@dataclass(frozen=True, slots=True)
class Result:
    """One step that was measured: its document, and its raw artifacts by name."""

    document: bytes
    artifacts: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Results:
    """What a task gave; `trouble` ended it early."""

    results: tuple[Result, ...]
    trouble: Told | None = None
