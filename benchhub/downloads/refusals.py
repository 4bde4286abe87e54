"""What can go wrong with an address, in words: unreachable, refused, redirected, cut."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
)

from benchhub.errors import ToolError

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_BY_HAND = (
    "Run the same command on a machine that reaches it and copy tools.lock.yaml and "
    ".benchhub/tools/ over, or name a mirror with --url."
)


class NotThereError(ToolError):
    """The server has no such file, or does not give it."""


class BrokenError(Exception):
    """An attempt came to nothing, and another one may not; says in a few words why.

    Attributes:
        wait_s: The server asks to wait that long.
    """

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def shown(address: str) -> str:
    """Return an address for people and records: without name and password in it."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def redirect_target(address: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        ToolError: Nowhere, or to a way that is less safe.
    """
    target = urljoin(address, location)
    before, after = urlsplit(address).scheme, urlsplit(target).scheme
    if not location or after not in {"http", "https"}:
        raise redirects_to_nothing(address, location)
    if (before, after) == ("https", "http"):
        raise ToolError(
            f"{shown(address)}: it redirects to {shown(target)}, which is not encrypted.",
            "Nothing was taken from there. Name a mirror with --url.",
        )
    return target


def redirects_to_nothing(address: str, location: str) -> ToolError:
    """Return what to raise for a redirect that leads nowhere."""
    where = f"to `{location[:100]}`, which is" if location else "to"
    return ToolError(
        f"{shown(address)}: it redirects {where} no web address.", "Name a mirror with --url."
    )


def answer_refused(address: str, status: int, headers: Mapping[str, str]) -> Exception:
    """Return what to raise for a status that is neither 200 nor 206."""
    if status in _AGAIN:
        asked = headers.get("Retry-After", "")
        wait_s = float(asked) if asked.isdecimal() else 0.0
        return BrokenError(f"the server answers {status}", wait_s)
    if status in {404, 410}:
        return NotThereError(f"{shown(address)}: there is no such file ({status}).")
    if status in {401, 403}:
        return NotThereError(
            f"{shown(address)}: the server does not give it ({status}).",
            "Some stores answer so for files that do not exist.",
        )
    return ToolError(f"{shown(address)}: the server answers {status}.", "Name a mirror with --url.")


def not_connected(address: str, error: requests.RequestException, *, answered: bool) -> Exception:
    """Return what to raise for a request that got no answer.

    Args:
        address: What was asked for.
        error: What the library says.
        answered: The server was there before, so that it may come back.
    """
    place = urlsplit(address).netloc.rpartition("@")[2]
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return ToolError(
            f"{shown(address)}: the certificate of {place} is not trusted.",
            "If a proxy of your network signs its own: REQUESTS_CA_BUNDLE=FILE with its "
            "certificate.",
        )
    if isinstance(error, requests.ReadTimeout):
        return BrokenError("the server does not answer")
    why = _why_unreachable(error)
    if why is None:
        if isinstance(error, requests.ConnectionError):
            return BrokenError("the connection was cut before an answer")
        return ToolError(f"{shown(address)}: {said.splitlines()[0][:200]}.", "Look at the address.")
    if answered:
        return BrokenError(f"{place} cannot be reached any more ({why})")
    return ToolError(f"{shown(address)}: {place} cannot be reached ({why}).", _BY_HAND)


def _why_unreachable(error: requests.RequestException) -> str | None:
    """Say why there was no connection; None if there was one."""
    cause: object = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy of this environment does not let it through"
    if isinstance(cause, NameResolutionError):
        return "its name is not known here"
    if isinstance(cause, NewConnectionError):
        system = cause.__cause__ or cause.__context__
        return (getattr(system, "strerror", None) or "no connection").lower()
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, ConnectTimeoutError):
        return "no connection within the time"
    return "no encrypted connection" if isinstance(error, requests.exceptions.SSLError) else None
