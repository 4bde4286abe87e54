"""Whether an SSH server has sftp, which other programs want; benchhub itself does without."""

from __future__ import annotations

import paramiko

from benchhub.devices.ssh.connection import OPEN_S, Connection
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.ssh.trust import hops_to, trusted_file
from benchhub.workspace import Workspace


def has_sftp(file: SshDeviceFile, workspace: Workspace) -> bool:
    """Start sftp on a device and see whether it answers.

    Raises:
        ConfigError: ssh_config is wrong.
        TransportError: The device does not let us in.
    """
    connection = Connection(file.name, hops_to(file), trusted_file(workspace))
    try:
        connection.open()
        channel = connection.open_channel()
        try:
            with connection.guard(OPEN_S):
                channel.invoke_subsystem("sftp")
                paramiko.SFTPClient(channel).close()
        except (paramiko.SSHException, EOFError, OSError):
            return False
        return True
    finally:
        connection.close()
