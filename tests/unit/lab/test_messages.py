"""Errors cross machines as what they are, with message and advice."""

from __future__ import annotations

import pickle

import pytest

from benchhub import errors
from benchhub.errors import BenchhubError, CommandFailedError, CommandTimeoutError
from benchhub.execution.attachment import LostMeanwhileError
from benchhub.execution.station import StationLostError
from benchhub.lab.messages import Told
from benchhub.records import CommandResult

KINDS: list[type[BenchhubError]] = [getattr(errors, name) for name in errors.__all__]
RESULT = CommandResult(("true",), 0, "", "", 0.1)
# What a host raises of a command goes without its result, which is on the host.
NEAREST: dict[type[BenchhubError], type[BenchhubError]] = {
    CommandFailedError: errors.TransportError,
    CommandTimeoutError: errors.TransportError,
    StationLostError: errors.ConnectionLostError,
}


def made(kind: type[BenchhubError]) -> BenchhubError:
    words = ("pi4: it is not there.", "Plug it in.")
    if issubclass(kind, CommandFailedError | CommandTimeoutError):
        return kind(words[0], RESULT, words[1])
    return kind(*words)


def test_no_error_of_the_tree_is_left_out() -> None:
    assert {kind for kind in BenchhubError.__subclasses__() if kind.__module__ == "benchhub.errors"}
    own = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert {kind for kind in own if issubclass(kind, BenchhubError)} == set(KINDS)


@pytest.mark.parametrize("kind", [*KINDS, LostMeanwhileError, StationLostError])
def test_an_error_crosses(kind: type[BenchhubError]) -> None:
    told = pickle.loads(pickle.dumps(Told.of(made(kind))))  # noqa: S301 - our own
    error = told.error("pi4")
    assert type(error) is NEAREST.get(kind, kind)
    assert (error.message, error.advice) == ("pi4: it is not there.", "Plug it in.")
    assert str(error) == "pi4: it is not there. Plug it in."
    assert Told.of(error) == told


def test_an_error_about_a_host_says_whose() -> None:
    told = Told.of(
        errors.StoreError("/srv/results: cannot be written: the disk is full.", "Make room.")
    )
    assert told.error("pi4").message == (
        "pi4: on its host: /srv/results: cannot be written: the disk is full."
    )
