"""Who may join a lab, and why a scheduler was not reached."""

from __future__ import annotations

import ssl

import pytest

from benchhub.errors import ConnectionLostError, TransportError, UsageError
from benchhub.lab.joining import Neighbour, check_devices, gives_way, namesake, neighbours
from benchhub.lab.refusal import refused

ONE = Neighbour("one", "tls://10.0.0.1:4000", frozenset({"board", "phone"}))
ADDRESS = "tls://lab:8786"


def test_neighbours_as_a_scheduler_tells_of_them() -> None:
    told = {"workers": {ONE.address: {"name": "one", "resources": {"board": 1, "phone": 1}}}}
    assert neighbours(told) == (ONE,)


def test_a_device_is_lent_once() -> None:
    check_devices("two", ["tablet"], [ONE])
    with pytest.raises(UsageError, match=r"phone: the host one \(tls://10\.0\.0\.1:4000\) lends"):
        check_devices("two", ["tablet", "phone"], [ONE])


def test_what_we_lent_before_we_were_lost_is_ours() -> None:
    check_devices("one", ["board"], [ONE])
    assert namesake("one", [ONE]) == ONE
    assert namesake("two", [ONE]) is None


def test_of_two_that_joined_at_once_the_later_name_gives_way() -> None:
    gives_way("a", ["board"], [ONE])
    with pytest.raises(UsageError):
        gives_way("z", ["board"], [ONE])


def _caused(error: OSError, cause: BaseException) -> OSError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        _caused(OSError("Timed out"), ssl.SSLError("unknown ca")),
        OSError("in <TLSConnector>: SSLError: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert"),
        OSError("TLS certificate does not match. Check your security settings."),
    ],
)
def test_certificates_need_a_person(error: OSError) -> None:
    told = refused(ADDRESS, error)
    assert isinstance(told, TransportError)
    assert not isinstance(told, ConnectionLostError)


@pytest.mark.parametrize(
    "error",
    [
        OSError(f"Timed out trying to connect to {ADDRESS} after 5 s"),
        _caused(OSError("Timed out"), OSError("in <TLSConnector object>: ConnectionRefusedError")),
        TimeoutError(),
    ],
)
def test_a_lost_scheduler_may_come_back(error: OSError) -> None:
    assert isinstance(refused(ADDRESS, error), ConnectionLostError)
