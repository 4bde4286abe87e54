"""Workspaces of a controller and of a host in one process, and the way between them."""

from __future__ import annotations

import pickle
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import benchhub
from benchhub.devices.inventory import find_devices
from benchhub.errors import BenchhubError
from benchhub.execution.planning import Choices, make_plan
from benchhub.execution.references import Reference
from benchhub.execution.session import begin
from benchhub.execution.station import Job, Shelf
from benchhub.lab.messages import Asking, Attached, Lacking, Told
from benchhub.lab.orders import Parcel, pack
from benchhub.lab.seats import Seats
from benchhub.records import Case, Failure, Plan
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from ...mixed_model import scalar_model

HOST = "tls://127.0.0.1:1"
TOKEN = "0" * 32
SUITE = """\
name: mine
models:
  - name: scalar
    variants: {float32: scalar.tflite}
configurations: [{delegate: none}]
measure: {rounds: 2, profile_rounds: 0, num_runs: 3, min_secs: 0, warmup_min_secs: 0, timeout: 60}
"""


@dataclass
class Heard:
    """What was told of a device."""

    waits: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def waiting(self, why: str) -> None:
        self.waits.append(why)

    def trouble(self, message: str) -> None:
        self.troubles.append(message)


@dataclass
class References:
    """References by case id; a case that is not in it was verified before."""

    found: Mapping[str, Reference | Failure] = field(default_factory=dict)

    def of(self, case: Case) -> Reference | Failure:
        return self.found[case.id]


def make_workspace(root: Path, suite: str = SUITE, devices: Sequence[str] = ("host",)) -> Workspace:
    """A workspace with a suite of the smallest model; its devices are all this machine."""
    (root / "devices").mkdir(parents=True)
    (root / "suites").mkdir()
    for name in devices:
        (root / "devices" / f"{name}.yaml").write_text(f"name: {name}\ntransport: host\n")
    (root / "suites" / "mine.yaml").write_text(suite)
    scalar_model(root / "suites" / "scalar.tflite")
    return Workspace(root)


def begun(workspace: Workspace, change: Callable[[Plan], Plan] = lambda plan: plan) -> RunFolder:
    """A run of that suite on all devices, of which nothing is measured yet."""
    devices = find_devices(workspace, sorted(path.stem for path in workspace.devices.iterdir()))
    plan = make_plan(workspace, workspace.suites / "mine.yaml", devices, Choices(seed=1))
    return begin(change(plan), workspace)


def job_of(
    folder: RunFolder, workspace: Workspace, device: str = "host", shelf: Shelf | None = None
) -> Job:
    [found] = find_devices(workspace, [device])
    plan, stop = folder.read_plan(), threading.Event()
    return Job(plan, found, workspace, shelf or References(), folder, stop)


def lend(workspace: Workspace, idle_s: float = 600.0) -> Seats:
    """The seats of a host that lends all its devices. Close them."""
    names = sorted(path.stem for path in workspace.devices.iterdir())
    return Seats(workspace, find_devices(workspace, names), idle_s)


def lease() -> Path:
    """Where the lease of this machine is, if it is taken."""
    return Path(tempfile.gettempdir()) / "benchhub-host.lease"


@dataclass
class Controller:
    """A controller of one run that talks to seats without an engine between."""

    seats: Seats
    job: Job
    name: str = "ann on desk (pid 1)"

    def __post_init__(self) -> None:
        self.parcel: Parcel = pack(self.job)

    @classmethod
    def of(
        cls, seats: Seats, workspace: Workspace, name: str = "ann on desk (pid 1)"
    ) -> Controller:
        """One with a run of its own."""
        return cls(seats, job_of(begun(workspace), workspace), name)

    @property
    def asking(self) -> Asking:
        run_id, device = self.job.plan.run_id, self.job.device.name
        return Asking(self.parcel.digest, run_id, device, self.name, benchhub.__version__)

    def attach(self, *wanted: str, **other: str) -> Any:
        return self.seats.attach(replace(self.asking, **other), HOST, wanted)

    def attached(self, *wanted: str) -> Attached:
        """Attach, and bring what is lacking."""
        while isinstance(answer := self.attach(*wanted), Lacking):
            self.bring(answer.digests)
        assert isinstance(answer, Attached), answer
        return answer

    def equipped(self) -> str:
        """Attach for all cases, which takes longer; return the session."""
        return self.attached(*(case.id for case in self.job.plan.cases)).session

    def bring(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self.seats.files.write(digest, TOKEN, 0, content(self.parcel, digest), last=True)

    def measure(self, session: str, *numbers: int, stored: Sequence[int] = ()) -> Any:
        return self.seats.measure(self.asking, session, numbers, stored, None)

    def release(self, *stored: int) -> None:
        self.seats.release(self.asking, stored)


def content(parcel: Parcel, digest: str) -> bytes:
    """The content of a file of a parcel, or of the order itself."""
    if digest == parcel.digest:
        return parcel.document
    return parcel.sources[digest].read_bytes()


@dataclass
class Line:
    """Asks the seats of one host as `Calls` does; words and answers cross as the engine's do.

    Attributes:
        seats: They.
        asked: Name of each task, with its words.
        instead: Answers, or errors to raise, in place of the first ones to a task, by its name.
        sent: The same as `asked` of what nobody waited for.
    """

    seats: Seats
    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    instead: dict[str, list[Any]] = field(default_factory=dict)
    sent: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def ask(self, device: str, stop: threading.Event, task: Callable[..., Any], *words: Any) -> Any:
        del device, stop
        words = pickle.loads(pickle.dumps(words))  # noqa: S301 - our own
        self.asked.append((task.__name__, words))
        if left := self.instead.get(task.__name__):
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return pickle.loads(pickle.dumps(self._answer(task.__name__, words)))  # noqa: S301

    def send(self, host: str, task: Callable[..., Any], *words: Any) -> None:
        del host
        self.sent.append((task.__name__, words))
        self._answer(task.__name__, words)

    def words_of(self, task: str) -> list[tuple[Any, ...]]:
        return [words for name, words in self.asked if name == task]

    def _answer(self, task: str, words: tuple[Any, ...]) -> Any:
        if task == "attach":
            return self.seats.attach(words[0], HOST, words[1])
        if task != "put":
            return getattr(self.seats, task)(*words)
        digest, token, offset, data, last = words
        try:
            self.seats.files.write(digest, token, offset, data, last=last)
        except BenchhubError as error:
            return Told.of(error)
        return None
