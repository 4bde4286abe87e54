"""Why a scheduler cannot be reached: it is lost, or our certificate does not fit. Pure."""

from __future__ import annotations

import ssl

from benchhub.errors import BenchhubError, ConnectionLostError, TransportError

# How the engine words it where it keeps no cause.
_WORDS = ("certificate", "ssl", "tls")


def refused(address: str, error: BaseException) -> BenchhubError:
    """Tell what a person has to change from what may pass.

    Returns:
        A ConnectionLostError if trying again may help, else a TransportError.
    """
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or _is_of_tls(causes):
        return TransportError(
            f"{address}: the TLS handshake failed: certificates of another lab, or no lab there.",
            "Use the files of that lab's `benchhub lab certs`: --tls DIR",
        )
    return ConnectionLostError(
        f"{address}: no scheduler answers.",
        "Is it running (benchhub lab scheduler), and does the firewall let its port through?",
    )


def _is_of_tls(causes: list[BaseException]) -> bool:
    said = " ".join(str(cause) for cause in causes).lower()
    said = said.replace("tls://", "").replace("tlsconnector", "")
    return any(word in said for word in _WORDS)


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found
