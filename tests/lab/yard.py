"""A lab with real devices: boards behind OpenSSH and a phone behind adbd, on two hosts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchhub.records import Purpose, Run, RunState
from benchhub.results.store import find_run

from ..end_to_end.conftest import Ended, Shop
from ..end_to_end.device_bench import ON_BOARD, ON_PHONE
from ..end_to_end.fleet import UNPACKED, suite
from ..rigs.adbd_device import Adbd
from ..rigs.process_tree import rig_folder, wait_until
from ..rigs.sshd_device import Sshd
from .machines import PATIENCE_S, Ground, Machine

TOOL = "tools: [{name: benchmark_model, path: ../tools/bm}]\n"
DEVICES = ("pi4", "pi5", "pixel4")
EVERYWHERE = "pi4,@east"
# A dead controller loses its devices soon.
IDLE_S = 5


@dataclass
class Yard:
    """Scheduler, two hosts, three devices, and the workspace of a controller."""

    ground: Ground
    shop: Shop
    rigs: Mapping[str, Sshd | Adbd]

    @property
    def west(self) -> Machine:
        return self.ground.one("west")

    @property
    def east(self) -> Machine:
        return self.ground.one("east")

    def suite(self, rounds: int = 1, more: str = "", name: str = "mine", delay: float = 0) -> str:
        """Write a suite of one case; `delay` seconds between its three inferences."""
        return self.shop.suite(suite(rounds, run_delay=delay) + TOOL + more, name)

    def call(self, *words: str, **env: str) -> Ended:
        """Call a command in this process."""
        return self.shop.call(*words, **self.ground.env, **env)

    def controller(self, name: str, *words: str, **env: str) -> Machine:
        """Start a command in a process of its own."""
        return self.ground.machine(name, self.shop.root, words, **env).start()

    def stored(self, run_id: str | None = None) -> int:
        """How many invocations are on the controller's disk: of a run, or of all."""
        pattern = f"{run_id or '*'}/invocations/*/*/invocation.json"
        return len(list((self.shop.root / ".benchhub" / "runs").glob(pattern)))

    def wait_for_stored(self, count: int, controller: Machine) -> None:
        def there() -> bool:
            assert controller.runs or self.stored() >= count, controller.log
            return self.stored() >= count

        wait_until(there, f"{count} invocations are stored", PATIENCE_S)

    def measures(self, device: str) -> bool:
        """Whether the tool runs on a device now."""
        return any(" --graph=" in line for line in self.rigs[device].processes())

    def run(self, word: str = "latest") -> Run:
        return find_run(self.shop.root / ".benchhub" / "runs", word).read()

    def assert_whole(self, run: Run) -> None:
        """Each planned step was measured, is there once, and was told as it was asked for."""
        assert run.state is RunState.FINISHED
        planned = sorted((one.device, one.number) for one in run.plan.invocations)
        assert sorted((one.device, one.number) for one in run.invocations) == planned
        assert [one.reading.failure for one in run.invocations] == [None] * len(planned)
        timed = [one for one in run.invocations if one.purpose is Purpose.LATENCY]
        assert {one.reading.latency and one.reading.latency.n for one in timed} == {3}

    def assert_clean(self) -> None:
        """Nothing is left on a device but staged files."""
        for name, rig in self.rigs.items():
            assert rig.left_over(30) == []
            folder = self.folder(name)
            wait_until(lambda folder=folder: not left_in(folder), f"{name} is clean", PATIENCE_S)  # type: ignore[misc]

    def assert_delivered(self) -> None:
        """No result waits on a host."""
        for host in (self.west, self.east):
            results = host.root / ".benchhub" / "lab" / "results"
            assert not list(results.rglob("invocation.json"))

    def folder(self, device: str) -> Path:
        """benchhub's folder on a device, seen from here."""
        rig = self.rigs[device]
        return rig.seen / ON_PHONE if isinstance(rig, Adbd) else rig.seen_home / ON_BOARD


def left_in(folder: Path) -> list[Path]:
    """What a run may not leave on a device."""
    scratch = [path for path in (folder / "scratch").rglob("*") if path.is_file()]
    return [*scratch, *folder.rglob(".push-*"), *folder.glob("lease")]


def board(rig: Sshd, devices: Path) -> dict[str, object]:
    """Return the keys of a board's file, and let its host know its key."""
    with (devices / "known_hosts").open("a") as known:
        known.write(rig.known_hosts.read_text())
    return {
        "transport": "ssh",
        "address": rig.host,
        "port": rig.port,
        "user": rig.user,
        "identity": str(rig.key),
        "labels": ["rack2"],
    }


@contextmanager
def yard(folder: Path, adb_key: Path) -> Iterator[Yard]:
    """Start all of it."""
    with ExitStack() as stack:
        rigs: dict[str, Sshd | Adbd] = {}
        for name in DEVICES:
            home = stack.enter_context(rig_folder())
            rigs[name] = Adbd(home, adb_key) if name == "pixel4" else Sshd(home)
            stack.callback(rigs[name].power_off)
            rigs[name].start()
        ground = stack.enter_context(Ground(folder))
        for host, names in {"west": ("pi4",), "east": ("pi5", "pixel4")}.items():
            (folder / host / "devices").mkdir(parents=True)
            keys = {name: _keys(rigs[name], folder / host / "devices") for name in names}
            env = {"BENCHHUB_SSH_CONFIG": os.devnull, "SSH_AUTH_SOCK": ""}
            ground.host(host, keys, **env).words += ["--idle", str(IDLE_S)]
        ground.start()
        yield Yard(ground, _shop(folder), rigs)


def _keys(rig: Sshd | Adbd, devices: Path) -> dict[str, object]:
    if isinstance(rig, Sshd):
        return board(rig, devices)
    return {"transport": "adb", "address": rig.address, "key": str(rig.key)}


def _shop(folder: Path) -> Shop:
    shop = Shop(folder / "controller")
    shop.root.mkdir()
    assert shop.call("init").code == 0
    shutil.rmtree(shop.root / "devices")  # it needs none of its own
    (shop.root / "devices").mkdir()
    tools = shop.root / "tools" / "bm"
    tools.mkdir(parents=True)
    for platform in ("linux_x86_64", "android_x86_64"):
        (tools / platform).symlink_to(UNPACKED / "benchmark_model")
    return shop
