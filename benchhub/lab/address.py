"""Where the scheduler of a lab is: `tls://host:port`, and nothing else. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchhub.errors import UsageError

SCHEME = "tls"
_ADDRESS = re.compile(
    r"^(?P<scheme>[a-z]+)://(?P<host>\[[0-9a-fA-F:.]+\]|[^:/\s\[\]]+):(?P<port>[0-9]{1,5})\Z"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A host name or IP address (IPv6 in brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{SCHEME}://{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        UsageError: It is none, or one without encryption.
    """
    scheme, found, rest = text.partition("://")
    if found and scheme != SCHEME:
        raise UsageError(
            f"{text}: plaintext is refused; a lab speaks TLS only.", f"Say {SCHEME}://{rest}"
        )
    match = _ADDRESS.match(text)
    if match is None or not 0 <= int(match["port"]) <= 65535:
        raise UsageError(
            f"'{text}' is no address of a lab.", f"Write it as {SCHEME}://lab.local:8786"
        )
    return Address(match["host"], int(match["port"]))
