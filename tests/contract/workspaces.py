"""Workspaces for tests that log in somewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchhub.workspace import Workspace

from ..rigs.sshd_device import Sshd


def trusting(folder: Path, sshd: Sshd) -> Workspace:
    """Return a workspace whose known_hosts has the key of that server."""
    workspace = Workspace(folder)
    workspace.devices.mkdir(exist_ok=True)
    shutil.copyfile(sshd.known_hosts, workspace.devices / "known_hosts")
    return workspace
