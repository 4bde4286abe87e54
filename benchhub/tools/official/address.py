"""Where files come from: the makers' address, or a mirror that has the same files below its own."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from benchhub.errors import UsageError
from benchhub.tools.official.catalogue import Family, base_of

VARIABLES = {
    Family.TFLITE: "BENCHHUB_TOOLS_URL_TFLITE",
    Family.LITERT: "BENCHHUB_TOOLS_URL_LITERT",
}


def base_address(family: Family, given: str = "") -> str:
    """Return the address below which the files of a family are.

    Args:
        family: The family.
        given: What the command line names; before the environment, which is before the makers'.

    Raises:
        UsageError: What is named is no web address.
    """
    variable = VARIABLES[family]
    address = given or os.environ.get(variable, "")
    if not address:
        return base_of(family)
    source = "--url" if given else variable
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            f"{source}: '{address}' is no web address.",
            "It is http:// or https:// and the place below which the files are.",
        )
    if parts.query or parts.fragment:
        raise UsageError(f"{source}: '{address}' cannot have ? or # in it.")
    return address


def join(base: str, below: str) -> str:
    """Return the address of a file below a base."""
    return f"{base.rstrip('/')}/{below}"
