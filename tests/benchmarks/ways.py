"""The three ways to a device, and what people use instead of them, on daemons of their own."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from adb_shell.adb_device import AdbDeviceTcp
from adb_shell.auth.keygen import keygen

from benchhub.devices.device_file import DeviceFile
from benchhub.devices.inventory import read_device
from benchhub.devices.link import Link
from benchhub.devices.remote import RemoteTransport
from benchhub.workspace import Workspace

from ..contract.workspaces import trusting
from ..rigs.adb_server import ADB, AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.process_tree import rig_folder
from ..rigs.sshd_device import Sshd
from .extent import warm_up

WAYS = ("adb direct", "adb server", "ssh")


def race(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return seconds of each, measured in turns, in another order each round.

    A round before them warms up and does not count; a single one has none.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    orders = random.Random(0)  # noqa: S311 - an order, no secret
    cold = warm_up(rounds)
    for turn in range(cold + rounds):
        orders.shuffle(names)
        for name in names:
            began = time.perf_counter()
            contestants[name]()
            if turn >= cold:
                seconds[name].append(time.perf_counter() - began)
    return seconds


@dataclass(frozen=True)
class Bay:
    """Two phones and a machine, each reached in one of the ways, and the clients for them.

    Attributes:
        workspace: Its inventory has `adb-direct`, `adb-server` and `ssh`.
        phone: The phone that is reached directly.
        server: The adb server, which knows the other one.
        sshd: The machine behind SSH.
        adb: The adb client's argv up to the command.
        ssh: The ssh client's.
        scp: The scp client's.
        master: Options that make ssh and scp use a connection that is open already.
        stack: Closes what was opened.
    """

    workspace: Workspace
    phone: Adbd
    server: AdbServer
    sshd: Sshd
    adb: tuple[str, ...]
    ssh: tuple[str, ...]
    scp: tuple[str, ...]
    master: tuple[str, ...]
    stack: ExitStack

    @property
    def login(self) -> str:
        return f"{self.sshd.user}@{self.sshd.host}"

    def file(self, way: str) -> DeviceFile:
        path = self.workspace.devices / f"{way.replace(' ', '-')}.yaml"
        return read_device(path, path.name).file

    def transport(self, way: str) -> RemoteTransport:
        opened = self.file(way).open(self.workspace)
        assert isinstance(opened, RemoteTransport)
        self.stack.callback(opened.close)
        return opened

    def link(self, way: str) -> Link:
        """A connection without what the transport does around it."""
        opened = self.transport(way)._connect()
        self.stack.callback(opened.close)
        return opened

    def stock_adb_shell(self) -> AdbDeviceTcp:
        """adb-shell as it is, connected."""
        device = AdbDeviceTcp(self.phone.host, self.phone.port, default_transport_timeout_s=30)
        device.connect()
        self.stack.callback(device.close)
        return device


def client(*argv: str, env: Mapping[str, str] | None = None) -> None:
    """Run one of the clients, which has to succeed."""
    done = subprocess.run(
        argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done


@contextmanager
def bay(tmpfs_mb: int | None = None) -> Iterator[Bay]:
    """Start it all; the devices' folders are in memory if their size is given.

    The variable that tells where the adb server is stays set meanwhile.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(rig_folder())
        keygen(str(folder / "adbkey"))
        phones = []
        for name in ("phone", "other phone"):
            (folder / name).mkdir()
            phones.append(Adbd(folder / name, folder / "adbkey"))
            stack.callback(phones[-1].power_off)
            phones[-1].start(tmpfs_mb=tmpfs_mb)
        server = AdbServer(folder / "home")
        stack.callback(server.stop)
        serial = server.connect(phones[1])
        (folder / "machine").mkdir()
        sshd = Sshd(folder / "machine")
        stack.callback(sshd.power_off)
        sshd.start(tmpfs_mb=tmpfs_mb)
        stack.enter_context(_environment("ANDROID_ADB_SERVER_PORT", str(server.port)))
        (folder / "workspace").mkdir()
        workspace = trusting(folder / "workspace", sshd)
        _write_inventory(workspace, phones[0], serial, sshd)
        options = [
            "-F",
            "none",
            "-i",
            str(sshd.key),
            "-o",
            f"UserKnownHostsFile={sshd.known_hosts}",
        ]
        options += ["-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
        port, login = str(sshd.port), f"{sshd.user}@{sshd.host}"
        control = ("-o", f"ControlPath={folder / 'control'}")
        client("ssh", "-p", port, *options, *control, "-MNf", login)
        stack.callback(client, "ssh", "-p", port, *options, *control, "-O", "exit", login)
        yield Bay(
            workspace=workspace,
            phone=phones[0],
            server=server,
            sshd=sshd,
            adb=(str(ADB), "-s", serial),
            ssh=("ssh", "-p", port, *options),
            scp=("scp", "-q", "-P", port, *options),
            master=control,
            stack=stack,
        )


def _write_inventory(workspace: Workspace, phone: Adbd, serial: str, sshd: Sshd) -> None:
    machine = f"address: {sshd.host}\nport: {sshd.port}\nuser: {sshd.user}\nidentity: {sshd.key}\n"
    files = {
        "adb-direct": f"transport: adb\naddress: {phone.address}\n",
        "adb-server": f'transport: adb\nserial: "{serial}"\n',
        "ssh": f"transport: ssh\n{machine}",
    }
    for name, text in files.items():
        (workspace.devices / f"{name}.yaml").write_text(f"name: {name}\n{text}")


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
