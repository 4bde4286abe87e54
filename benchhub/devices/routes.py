"""What is particular to each way to a device when it is looked at, not measured on."""

from __future__ import annotations

import posixpath

from benchhub.devices.adb.file import AdbDeviceFile
from benchhub.devices.device_file import DeviceFile
from benchhub.devices.examination import Check, Verdict
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.transport import Transport
from benchhub.workspace import Workspace


def place_of(file: DeviceFile) -> str:
    """Return where a device is, for people; empty for this machine."""
    match file:
        case SshDeviceFile():
            user = f"{file.user}@" if file.user else ""
            address = f"[{file.address}]" if ":" in file.address else file.address
            return f"{user}{address}" + (f":{file.port}" if file.port else "")
        case AdbDeviceFile():
            return file.address or file.serial or "usb"
        case _:
            return ""


def folder_of(file: DeviceFile) -> str | None:
    """Return the folder of benchhub's files on a device; None where there is no such key."""
    match file:
        case SshDeviceFile() | AdbDeviceFile():
            return posixpath.normpath(file.folder)
        case _:
            return None


def open_beside(file: DeviceFile, workspace: Workspace) -> Transport:
    """Return a way to a device that works beside benchhub's folder there, and does not make it.

    It starts in the home of an SSH device, in / of an Android device. Its lease is the usual one.
    """
    folder = folder_of(file)
    if folder is None:
        return file.open(workspace)
    start = "." if isinstance(file, SshDeviceFile) else "/"
    transport = file.model_copy(update={"folder": start}).open(workspace)
    transport.lease_path = posixpath.join(folder, transport.lease_path)
    return transport


def open_inside(file: DeviceFile, workspace: Workspace, name: str) -> Transport:
    """Return a way to a device with a folder of its own inside benchhub's.

    A device without the key `folder` is returned as usual.
    """
    folder = folder_of(file)
    if folder is None:
        return file.open(workspace)
    return file.model_copy(update={"folder": posixpath.join(folder, name)}).open(workspace)


def check_way(file: DeviceFile, workspace: Workspace) -> list[Check]:
    """Examine what only that way to a device has.

    Raises:
        TransportError: The device does not answer.
    """
    match file:
        case SshDeviceFile():
            from benchhub.devices.ssh.sftp import has_sftp  # noqa: PLC0415 - loads paramiko

            if has_sftp(file, workspace):
                return [Check("sftp", Verdict.OK, "it is there; benchhub does without.")]
            said = "there is no sftp-server: files go through `cat`, as they do everywhere."
            return [Check("sftp", Verdict.NOTE, said)]
        case AdbDeviceFile():
            link = file.connect(workspace)
            link.close()
            if link.shell_v2:
                return [Check("shell v2", Verdict.OK, "exit codes and standard error come apart.")]
            said = "it is not offered: a script around each command stands in for it."
            return [Check("shell v2", Verdict.NOTE, said)]
        case _:
            return []
