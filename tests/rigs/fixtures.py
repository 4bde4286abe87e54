"""Fixtures for the rigs; everything they start ends with the test, by its pid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from .adb_server import AdbServer
from .adbd_device import Adbd
from .common.faultproxy import FaultProxy
from .postgresql import Postgresql
from .process_tree import rig_folder
from .sshd_device import Sshd, World

COMMON = Path(__file__).parent / "common"


class Listening(Protocol):
    """A rig or a proxy: something with an address."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class MakeAdbd(Protocol):
    def __call__(
        self,
        *,
        auth: bool = False,
        tmpfs_mb: int | None = None,
        noexec: bool = False,
        once: bool = False,
    ) -> Adbd: ...


class MakeSshd(Protocol):
    def __call__(
        self,
        world: World = "host",
        *,
        no_sftp: bool = False,
        tmpfs_mb: int | None = None,
        noexec: bool = False,
    ) -> Sshd: ...


def mtu1500(command: list[str]) -> list[str]:
    """The command in a network of its own whose loopback has MTU 1500: sends are short there.

    The daemon has to be started inside the same command.
    """
    return [str(COMMON / "with-lo-mtu.sh"), *command]


def limited_link(command: list[str], mbit_per_s: int = 1000) -> list[str]:
    """The command in a network of its own whose loopback carries `mbit_per_s`, both ways together.

    The daemon has to be started inside the same command.
    """
    return [str(COMMON / "with-limited-link.sh"), "-r", f"{mbit_per_s}mbit", *command]


@pytest.fixture(scope="session")
def adb_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private adb key; the public one lies beside it as adbkey.pub."""
    from adb_shell.auth.keygen import keygen  # noqa: PLC0415 - only tests of adb need it

    path = tmp_path_factory.mktemp("adb") / "adbkey"
    keygen(str(path))
    return path


@pytest.fixture
def make_adbd(adb_key: Path) -> Iterator[MakeAdbd]:
    """Start Android-like devices."""
    with ExitStack() as stack:

        def make(
            *,
            auth: bool = False,
            tmpfs_mb: int | None = None,
            noexec: bool = False,
            once: bool = False,
        ) -> Adbd:
            device = Adbd(stack.enter_context(rig_folder()), adb_key)
            stack.callback(device.power_off)
            device.start(auth=auth, tmpfs_mb=tmpfs_mb, noexec=noexec, once=once)
            return device

        yield make


@pytest.fixture
def adbd(make_adbd: MakeAdbd) -> Adbd:
    """A running Android-like device that does not ask for keys."""
    return make_adbd()


@pytest.fixture
def adb_server() -> Iterator[AdbServer]:
    """A real adb server that knows no device yet."""
    with rig_folder() as folder, ExitStack() as stack:
        server = AdbServer(folder / "home")
        stack.callback(server.stop)
        yield server


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Postgresql]:
    """A real PostgreSQL server; each test makes a database of its own."""
    with rig_folder() as folder, ExitStack() as stack:
        server = Postgresql(folder)
        stack.callback(server.stop)
        yield server


@pytest.fixture
def make_sshd() -> Iterator[MakeSshd]:
    """Start machines behind OpenSSH."""
    with ExitStack() as stack:

        def make(
            world: World = "host",
            *,
            no_sftp: bool = False,
            tmpfs_mb: int | None = None,
            noexec: bool = False,
        ) -> Sshd:
            machine = Sshd(stack.enter_context(rig_folder()), world)
            stack.callback(machine.power_off)
            machine.start(no_sftp=no_sftp, tmpfs_mb=tmpfs_mb, noexec=noexec)
            return machine

        yield make


@pytest.fixture
def sshd(make_sshd: MakeSshd) -> Sshd:
    """This machine's file system behind OpenSSH."""
    return make_sshd()


@pytest.fixture
def board(make_sshd: MakeSshd) -> Sshd:
    """An arm64 board behind OpenSSH; its programs run through QEMU."""
    return make_sshd("arm64")


@pytest.fixture
def fault_proxy() -> Iterator[Callable[[Listening], FaultProxy]]:
    """Start proxies that break connections to a rig."""
    with ExitStack() as stack:

        def make(target: Listening) -> FaultProxy:
            proxy = FaultProxy((target.host, target.port))
            stack.callback(proxy.close)
            return proxy

        yield make
