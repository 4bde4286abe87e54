"""A device of another machine is to a run what one of its own is."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import create_autospec

import pytest

from benchhub.devices.inventory import find_devices
from benchhub.errors import (
    ConnectionLostError,
    DeviceError,
    MeasurementError,
    StoreError,
    TransportError,
)
from benchhub.execution.local_station import LocalStations
from benchhub.execution.observer import Observer
from benchhub.execution.session import carry_out
from benchhub.execution.station import Job, MakeStations, StationLostError, Voice
from benchhub.lab import remote_station
from benchhub.lab.calls import Calls
from benchhub.lab.deliveries import Deliveries
from benchhub.lab.messages import Busy, Result, Results, Told, Vacant
from benchhub.lab.orders import pack
from benchhub.lab.remote_station import RemoteStation, RemoteStations
from benchhub.records import Invocation, Plan, Run, RunState
from benchhub.results.codec import decode, encode
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from .workplace import (
    HOST,
    SUITE,
    Controller,
    Heard,
    Line,
    begun,
    job_of,
    lease,
    lend,
    make_workspace,
)

LOST = "host: its host was started again, or gave it to another run."


class Place:
    """A run of a controller, and the line to a host."""

    def __init__(self, root: Path) -> None:
        self.controller = make_workspace(root / "controller")
        self.seats = lend(make_workspace(root / "host"))
        self.line = Line(self.seats)
        self.deliveries = Deliveries(cast("Calls", self.line))
        self.voice = Heard()

    def job(self) -> Job:
        return job_of(begun(self.controller), self.controller)

    def stations(self, job: Job, voice: Voice | None = None) -> RemoteStations:
        return RemoteStations(job, voice or self.voice, self.deliveries, lambda: pack(job))

    def attached(self, job: Job) -> RemoteStation:
        return self.stations(job).attach(())

    def equipped(self, job: Job) -> RemoteStation:
        """One that is equipped for all cases, which takes longer."""
        return self.stations(job).attach([case.id for case in job.plan.cases])

    def results(self) -> list[int]:
        """Steps whose results the host keeps."""
        folder = self.seats.workspace.root / ".benchhub" / "lab" / "results"
        found = folder.rglob("invocation.json")
        return sorted(decode(one.read_bytes(), Invocation, "a result").number for one in found)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for the lease of this machine
    monkeypatch.setattr(remote_station, "ASK_AGAIN_S", 0.01)
    place = Place(tmp_path)
    yield place
    place.seats.close()
    assert not lease().exists()


def test_steps_are_measured_and_those_on_disk_are_told(place: Place) -> None:
    job = place.job()
    one, two = job.plan.invocations
    station = place.equipped(job)
    assert station.record.name == "host"
    [(first, artifacts)] = station.measure([one], None)
    assert (first.number, first.case_id, first.session) == (1, one.case_id, station.session)
    assert set(artifacts) == set(first.artifacts) != set()
    # The controller did not write it, so the host keeps it.
    assert list(station.measure([one], None)) == [(first, artifacts)]
    assert place.results() == [1]
    job.folder.write_invocation(first, artifacts)
    [(second, others)] = station.measure([two], None)
    assert place.results() == [2]
    station.close()
    assert place.results() == [2]
    assert [set(words[3]) for words in place.line.words_of("measure")] == [set(), set(), {1}]
    assert [words[1] for words in place.line.words_of("release")] == [(1,)]
    # Another station does not know what the first one was answered; nothing is lost.
    station = place.equipped(job)
    assert list(station.measure([two], None)) == [(second, others)]
    job.folder.write_invocation(second, others)
    station.close()
    assert place.results() == []
    assert place.voice.troubles == []


def test_a_pair_is_one_task(place: Place) -> None:
    job = place.job()
    station = place.equipped(job)
    found = list(station.measure(job.plan.invocations, None))
    assert [invocation.number for invocation, _ in found] == [1, 2]
    assert [words[2] for words in place.line.words_of("measure")] == [(1, 2)]
    station.close()


def test_a_host_that_gave_the_device_to_another_run(place: Place) -> None:
    job = place.job()
    station = place.attached(job)
    place.seats.release(station._asking, ())
    for answer in (None, Vacant(), Busy("run 01ABCDEF of bob")):
        place.line.instead["measure"] = [answer] if answer else []
        with pytest.raises(StationLostError) as caught:
            list(station.measure(job.plan.invocations[:1], None))
        assert str(caught.value) == LOST
    station.close()
    assert lease().exists() is False


def other_step(result: Result, **changes: Any) -> Result:
    invocation = decode(result.document, Invocation, "a result")
    return replace(result, document=encode(replace(invocation, **changes)))


def test_an_answer_that_is_another_step(place: Place) -> None:
    job = place.job()
    station = place.equipped(job)
    step = job.plan.invocations[0]
    [kept] = place.seats.measure(station._asking, station.session, [1], [], None).results  # type: ignore[union-attr]
    for changes in ({"number": 2}, {"device": "pi4"}, {"case_id": "x"}, {"round": 9}):
        place.line.instead["measure"] = [Results((other_step(kept, **changes),))]
        with pytest.raises(StoreError, match="its host answered with another step than 1"):
            list(station.measure([step], None))
    for document in (b"", b"{", b"[]", kept.document[:-40], b'{"format": 999}'):
        place.line.instead["measure"] = [Results((replace(kept, document=document),))]
        with pytest.raises(StoreError, match=r"^host: result of step 1: "):
            list(station.measure([step], None))
    station.close()


def test_trouble_comes_behind_what_was_measured(place: Place) -> None:
    job = place.job()
    station = place.equipped(job)
    answer = place.seats.measure(station._asking, station.session, [1], [], None)
    assert isinstance(answer, Results)
    trouble = Told("MeasurementError", "host: it broke.", "Look at it.")
    place.line.instead["measure"] = [replace(answer, trouble=trouble), trouble]
    measuring = station.measure(job.plan.invocations, None)
    assert next(measuring)[0].number == 1
    with pytest.raises(MeasurementError, match=r"host: it broke\. Look at it\."):
        next(measuring)
    with pytest.raises(MeasurementError):
        list(station.measure(job.plan.invocations, None))
    station.close()
    assert not lease().exists()


@pytest.mark.parametrize("how", ["raised", "told"])
def test_a_lost_device_stays_with_the_run_that_takes_it_up_again(place: Place, how: str) -> None:
    job = place.job()
    station = place.attached(job)
    lost = ConnectionLostError("host: it is lost.")
    place.line.instead["measure"] = [lost if how == "raised" else Results((), Told.of(lost))]
    with pytest.raises(ConnectionLostError, match="it is lost"):
        list(station.measure(job.plan.invocations[:1], None))
    station.close()
    assert place.line.words_of("release") == []
    job.stop.set()  # then nobody takes it up again
    station.close()
    assert len(place.line.words_of("release")) == 1


def test_a_host_that_cannot_be_told_the_end(place: Place) -> None:
    station = place.attached(place.job())
    place.line.instead["release"] = [StationLostError("host: no host of the lab has it now.")]
    station.close()
    assert place.voice.troubles == ["host: no host of the lab has it now."]


def test_a_device_that_another_run_has_is_waited_for(place: Place) -> None:
    bob = Controller.of(place.seats, place.controller, "bob")
    bob.attached()
    job = place.job()

    class Patient(Heard):
        """Has the other run end when it is told that it is waited for."""

        def waiting(self, why: str) -> None:
            super().waiting(why)
            if why.startswith("waits for"):
                bob.release()

    voice = Patient()
    station = place.stations(job, voice).attach(())
    waits = [why for why in voice.waits if why.startswith("waits for")]
    assert len(waits) == 1
    assert waits[0].startswith(f"waits for run {bob.job.plan.run_id} of bob since ")
    station.close()


def test_a_run_that_is_stopped_while_it_waits(place: Place) -> None:
    Controller.of(place.seats, place.controller, "bob").attached()
    job = place.job()

    class Impatient(Heard):
        def waiting(self, why: str) -> None:
            super().waiting(why)
            job.stop.set()

    with pytest.raises(ConnectionLostError, match="host: the run was stopped"):
        place.stations(job, Impatient()).attach(())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Told("DeviceError", "host: in use.", "Wait."), DeviceError),
        (Told("LostMeanwhileError", "host: lost.", ""), ConnectionLostError),
        (Told("ConnectionLostError", "host: cannot be reached.", ""), ConnectionLostError),
        (StationLostError("host: no host of the lab has it now."), StationLostError),
        # Whatever befell the host while it attached, no case is to blame.
        (ConnectionLostError("host: its host was lost again and again."), StationLostError),
        (TransportError("a bug"), TransportError),
    ],
)
def test_a_device_that_cannot_be_had(place: Place, answer: Any, kind: type[Exception]) -> None:
    place.line.instead["attach"] = [answer]
    with pytest.raises(kind) as caught:
        place.stations(place.job()).attach(())
    assert isinstance(caught.value, StationLostError) == (kind is StationLostError)


def test_the_files_of_a_run_are_brought_once(place: Place) -> None:
    job = place.job()
    place.attached(job).close()
    model = job.plan.cases[0].variant.sha256
    assert [words[0] for words in place.line.words_of("put")] == [pack(job).digest, model]
    place.line.asked.clear()
    place.attached(job).close()
    assert place.line.words_of("put") == []
    other = place.job()
    place.attached(other).close()
    assert [words[0] for words in place.line.words_of("put")] == [pack(other).digest]


def test_a_large_file_goes_in_pieces(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchhub.lab.deliveries.PIECE_BYTES", 100)
    job = place.job()
    place.attached(job).close()
    model = (place.controller.suites / "scalar.tflite").read_bytes()
    digest = hashlib.sha256(model).hexdigest()
    pieces = [words for words in place.line.words_of("put") if words[0] == digest]
    assert [words[2] for words in pieces] == list(range(0, len(model), 100))
    assert [words[4] for words in pieces] == [False] * (len(pieces) - 1) + [True]
    assert len({words[1] for words in pieces}) == 1
    assert place.seats.files.path(digest).read_bytes() == model


def test_stop_ends_what_runs_there(place: Place) -> None:
    endless = SUITE.replace("num_runs: 3, min_secs: 0", "num_runs: 1, min_secs: 500, max_secs: 600")
    (place.controller.suites / "mine.yaml").write_text(
        endless.replace("timeout: 60", "timeout: 900")
    )
    job = place.job()
    stations = place.stations(job)
    stations.cancel()  # of what it does not have yet
    assert place.line.sent == []
    station = stations.attach([case.id for case in job.plan.cases])
    ended: list[BaseException | None] = []

    def work() -> None:
        try:
            ended.append(
                None if list(station.measure(job.plan.invocations, None)) == [] else OSError()
            )
        except ConnectionLostError as error:
            ended.append(error)

    working = threading.Thread(target=work)
    working.start()
    parts = place.seats.workspace.root / ".benchhub" / "lab" / "results" / job.plan.run_id / "part"
    while not parts.exists():
        assert working.is_alive()
        working.join(0.01)
    job.stop.set()
    stations.cancel()
    working.join(60)
    assert [type(one) for one in ended] in ([type(None)], [ConnectionLostError])
    station.close()
    assert [name for name, _ in place.line.sent] == ["cancel"]
    assert not lease().exists()
    assert place.results() == []


def carried_out(
    place: Place, make_stations: MakeStations, change: Callable[[Plan], Plan] = lambda plan: plan
) -> tuple[RunFolder, Run]:
    folder = begun(place.controller, change)
    workspace: Workspace = place.controller
    watching = create_autospec(Observer, instance=True)
    devices = find_devices(workspace, ["host"])
    end = carry_out(folder, devices, workspace, watching, make_stations)
    assert (end.state, end.lost) == (RunState.FINISHED, {})
    watching.trouble.assert_not_called()
    return folder, folder.read()


def test_a_whole_run_is_the_same_over_a_lab_as_without(place: Place) -> None:
    suite = (
        SUITE.replace("rounds: 2, profile_rounds: 0", "rounds: 1, profile_rounds: 1")
        + "verify: {max_abs: 0.1}\n"
    )
    (place.controller.suites / "mine.yaml").write_text(suite)
    here, ours = carried_out(place, LocalStations)
    there, theirs = carried_out(place, place.stations)

    def counted(run: Run) -> list[tuple[Any, ...]]:
        return [
            (
                (one.number, one.device, one.case_id, one.round, one.purpose, one.status),
                (one.returncode, one.artifacts, one.reading.latency is None),
                (one.reading.profile is None, one.reading.agreement is None),
                len({path.name for path in folder.step_folder(one).iterdir()}),
            )
            for folder, found in ((here, ours), (there, theirs))
            if found is run
            for one in run.invocations
        ]

    assert counted(theirs) == counted(ours)
    assert len(theirs.invocations) == len(theirs.plan.invocations) == 3
    assert [one.tools for one in theirs.devices] == [one.tools for one in ours.devices]
    assert [one.refusals for one in theirs.devices] == [()]
    assert [words[3] for words in place.line.words_of("measure")] == [(), (1,), (2,)]
    assert [words[1] for words in place.line.words_of("release")] == [(1, 2, 3)]
    assert place.results() == []
    assert not list(there.path.rglob("attempts"))


def test_a_run_goes_on_with_what_its_host_kept(place: Place) -> None:
    """The controller was killed behind a step that its host had measured."""
    job = place.job()
    station = place.equipped(job)
    [(first, _)] = station.measure(job.plan.invocations[:1], None)
    watching = create_autospec(Observer, instance=True)
    devices = find_devices(place.controller, ["host"])
    end = carry_out(job.folder, devices, place.controller, watching, place.stations)
    assert (end.state, end.done) == (RunState.FINISHED, 2)
    assert job.folder.read_invocation(job.plan.invocations[0]) == first
    assert place.results() == []
    assert HOST in place.deliveries.locks
