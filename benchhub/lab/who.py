"""Who this process is, for people on other machines."""

from __future__ import annotations

import getpass
import os
import platform


def controller() -> str:
    """Return user, machine and process, e.g. `ann on rack2 (pid 4711)`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container without an entry for its user
        user = f"uid {os.getuid()}"
    return f"{user} on {platform.node()} (pid {os.getpid()})"
