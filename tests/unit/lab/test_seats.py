"""Devices of a host and the runs that have them, one after the other; each step measured once."""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchhub.devices.host import HostTransport
from benchhub.devices.lease import acquire
from benchhub.errors import ConnectionLostError, DeviceError, UsageError
from benchhub.lab import seat, seats
from benchhub.lab.messages import Attached, Busy, Lacking, Results, Told, Vacant
from benchhub.lab.seats import Seats
from benchhub.records import DeviceRecord, Invocation
from benchhub.results.codec import decode

from .workplace import HOST, SUITE, Controller, begun, job_of, lease, lend, make_workspace

LIMIT_S = 60.0
ENDLESS = SUITE.replace("num_runs: 3, min_secs: 0", "num_runs: 1, min_secs: 500, max_secs: 600")


class Place:
    """The workspaces of a controller and of a host."""

    def __init__(self, root: Path) -> None:
        self.controller = make_workspace(root / "controller")
        self.host = make_workspace(root / "host")
        self.opened: list[Seats] = []
        self._before = children()

    def lend(self, idle_s: float = 600.0) -> Seats:
        self.opened.append(lend(self.host, idle_s))
        return self.opened[-1]

    def running(self) -> set[int]:
        """Processes that were started here and are there still."""
        return children() - self._before


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for the lease of this machine
    place = Place(tmp_path)
    yield place
    for one in place.opened:
        one.close()
    assert not lease().exists()
    assert place.running() == set()


def holder(seats: Seats) -> str:
    [told] = seats.describe()["devices"]
    return str(told["holder"])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def numbers(answer: Any) -> list[int]:
    assert isinstance(answer, Results), answer
    return [decode(one.document, Invocation, "a result").number for one in answer.results]


def test_what_is_lacking_is_brought_once(place: Place) -> None:
    lent = place.lend()
    ann = Controller.of(lent, place.controller)
    parcel = ann.parcel
    assert ann.attach() == Lacking(HOST, (parcel.digest,))
    ann.bring([parcel.digest])
    assert ann.attach() == Lacking(HOST, tuple(parcel.sources))
    assert not lease().exists()
    ann.bring([*parcel.sources])
    answer = ann.attach()
    assert isinstance(answer, Attached)
    record = decode(answer.record, DeviceRecord, "the record")
    assert (answer.host, record.name, record.refusals) == (HOST, "host", ())
    assert lease().exists()
    said = rf"run {ann.job.plan.run_id} of ann on desk \(pid 1\) since 20.*"
    assert re.fullmatch(said, holder(lent))
    ann.release()
    assert holder(lent) == ""
    bob = Controller.of(lent, place.controller, "bob")
    assert bob.attach() == Lacking(HOST, (bob.parcel.digest,))  # the model is there
    bob.bring([bob.parcel.digest])
    assert isinstance(bob.attach(), Attached)


def test_each_step_is_measured_once(place: Place) -> None:
    lent = place.lend()
    ann = Controller.of(lent, place.controller)
    session = ann.equipped()
    first = ann.measure(session, 1)
    assert numbers(first) == [1]
    assert first.trouble is None
    assert ann.measure(session, 1) == first  # `started` and all
    # The host is started again; what it measured is there, what it knew of the run is not.
    lent.close()
    assert not lease().exists()
    again = Controller(place.lend(), ann.job)
    assert numbers(again.measure(session, 1)) == [1]  # it waits for whoever asks
    assert again.measure(session, 2) == Vacant()
    other = again.equipped()
    assert other != session
    assert again.measure(other, 1) == first
    assert again.measure(session, 1) == first  # whatever connection the controller knows of
    assert again.measure(session, 2) == Vacant()
    # The controller has it now, so that it is not kept.
    both = again.measure(other, 1, 2)
    assert numbers(both) == [1]
    second = again.measure(other, 2, stored=[1])
    assert numbers(second) == [2]
    anew = again.measure(other, 1, stored=[2])
    assert numbers(anew) == [1]
    assert anew != first


def test_a_result_that_cannot_be_read_is_measured_again(place: Place) -> None:
    ann = Controller.of(place.lend(), place.controller)
    session = ann.equipped()
    first = ann.measure(session, 1)
    [document] = (place.host.root / ".benchhub" / "lab" / "results").rglob("invocation.json")
    document.write_text("{")
    second = ann.measure(session, 1)
    assert numbers(second) == [1]
    assert second != first
    assert ann.measure(session, 1) == second


def test_runs_have_a_device_in_the_order_of_their_coming(place: Place) -> None:
    lent = place.lend()
    ann, bob, cem = (Controller.of(lent, place.controller, name) for name in ("ann", "bob", "cem"))
    session = ann.attached().session
    words = holder(lent)
    assert words.startswith(f"run {ann.job.plan.run_id} of ann since ")
    assert bob.attach() == cem.attach() == bob.attach() == Busy(words)
    assert bob.measure(session, 1) == Busy(words)
    [told] = lent.describe()["devices"]
    assert told["waiting"] == [f"run {one.job.plan.run_id} of {one.name}" for one in (bob, cem)]
    bob.release()  # of a device that it does not have
    assert holder(lent) == words
    assert bob.attach() == Busy(words)
    ann.release()
    # It gave up its place, so the other one is before it.
    assert bob.attach() == Busy(f"run {cem.job.plan.run_id} of cem, which is next")
    cem.attached()
    assert isinstance(bob.attach(), Busy)
    assert ann.attach() == bob.attach() == Busy(holder(lent))


def test_who_stopped_asking_is_passed_over(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = place.lend()
    ann, bob, cem = (Controller.of(lent, place.controller, name) for name in ("ann", "bob", "cem"))
    ann.attached()
    for one in (bob, cem):
        assert isinstance(one.attach(), Busy)
    ann.release()
    assert cem.attach() == Busy(f"run {bob.job.plan.run_id} of bob, which is next")
    monkeypatch.setattr(seat, "WAITING_S", 0.0)
    assert isinstance(cem.attached(), Attached)
    [told] = lent.describe()["devices"]
    assert told["waiting"] == []


def test_a_run_that_does_not_come_loses_its_device(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "LOOK_S", 0.01)
    lent = place.lend(idle_s=0.0)
    ann = Controller.of(lent, place.controller)
    session = ann.attached().session
    wait_for(lambda: holder(lent) == "")
    wait_for(lambda: not lease().exists())
    assert ann.measure(session, 1) == Vacant()


def test_a_session_that_is_not_the_current_one(place: Place) -> None:
    ann = Controller.of(place.lend(), place.controller)
    assert ann.measure("x", 1) == Vacant()  # it never attached
    first = ann.attached().session
    second = ann.attached().session
    assert first != second
    assert ann.measure(first, 1) == Vacant()
    assert ann.measure(second, 99) == Vacant()  # a step that the plan does not have


def test_who_asks_with_another_version_or_for_another_device(place: Place) -> None:
    ann = Controller.of(place.lend(), place.controller)
    answer = ann.attach(version="0.0.1")
    assert isinstance(answer, Told)
    error = answer.error("host")
    assert isinstance(error, UsageError)
    assert re.fullmatch(r"host: its host runs benchhub \S+, this is 0\.0\.1\.", error.message)
    assert error.advice == "Install the same version on all machines of a lab."
    answer = ann.attach(device="pi4")
    assert isinstance(answer, Told)
    assert str(answer.error("pi4")) == "pi4: its host does not have it any more."


@pytest.mark.parametrize("order", ["../../../etc/passwd", "", "0" * 63])
def test_an_order_that_is_no_digest(place: Place, order: str) -> None:
    ann = Controller.of(place.lend(), place.controller)
    answer = ann.attach(order=order)
    assert isinstance(answer, Told)
    assert "is no sha256" in answer.message
    answer = ann.attach(run_id="../../x")
    ann.bring(ann.parcel.sources)
    ann.bring([ann.parcel.digest])
    answer = ann.attach(run_id="../../x")
    assert isinstance(answer, Told)
    assert "is no id of a run" in answer.message
    assert holder(ann.seats) == ""


def test_everything_is_given_back_at_the_end(place: Place) -> None:
    lent = place.lend()
    ann = Controller.of(lent, place.controller)
    session = ann.attached().session
    assert lease().exists()
    lent.close()
    assert not lease().exists()
    assert holder(lent) == ""
    for answer in (ann.attach(), ann.measure(session, 1)):
        assert isinstance(answer, Told)
        assert str(answer.error("host")) == "host: its host does not have it any more."


def endless(place: Place, lent: Seats) -> tuple[Controller, str]:
    """A run whose steps take ten minutes."""
    (place.controller.suites / "mine.yaml").write_text(
        ENDLESS.replace("timeout: 60", "timeout: 900")
    )
    ann = Controller.of(lent, place.controller)
    return ann, ann.equipped()


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_what_runs_is_ended(place: Place, how: str) -> None:
    lent = place.lend()
    ann, session = endless(place, lent)
    answers: list[Any] = []
    working = threading.Thread(target=lambda: answers.append(ann.measure(session, 1)))
    working.start()
    parts = place.host.root / ".benchhub" / "lab" / "results" / ann.job.plan.run_id / "part"
    wait_for(lambda: parts.exists() and bool(place.running()))
    bob = Controller.of(lent, place.controller, "bob")
    lent.cancel(bob.asking)  # who does not have it ends nothing
    assert working.is_alive()
    lent.cancel(ann.asking) if how == "cancel" else lent.close()
    working.join(LIMIT_S)
    assert place.running() == set()
    [answer] = answers
    assert isinstance(answer, Results)
    assert answer.results == ()
    assert answer.trouble is None or isinstance(answer.trouble.error("host"), ConnectionLostError)
    assert not lease().exists()
    if how == "cancel":
        assert ann.measure(session, 1) == Vacant()
        assert isinstance(ann.attach(), Attached)  # resumed


def test_a_run_that_was_cancelled_between_two_steps(place: Place) -> None:
    ann = Controller.of(place.lend(), place.controller)
    session = ann.attached().session
    ann.seats.cancel(ann.asking)
    assert ann.measure(session, 1) == Vacant()
    assert numbers(ann.measure(ann.equipped(), 1)) == [1]


def test_a_device_that_another_program_has(place: Place) -> None:
    lent = place.lend()
    ann, bob = (Controller.of(lent, place.controller, name) for name in ("ann", "bob"))
    bob.bring([*bob.parcel.sources, bob.parcel.digest])
    ann.bring([ann.parcel.digest])
    other = acquire(HostTransport("host", place.host.root), "01ABCDEF", 10.0)
    answer = ann.attach()
    assert isinstance(answer, Told)
    assert isinstance(answer.error("host"), DeviceError)
    assert "01ABCDEF" in answer.message
    assert holder(lent) == ""  # nobody waits for a run that has ended
    other.release()
    assert isinstance(bob.attach(), Attached)


def test_a_lease_that_could_not_be_given_back_is_taken_over(place: Place) -> None:
    lent = place.lend()
    ann, bob = (Controller.of(lent, place.controller, name) for name in ("ann", "bob"))
    ann.attached()
    station = lent._seats["host"].tenure.station  # type: ignore[union-attr]
    assert station is not None
    for transport in (station.attachment.transport, station.attachment.second):
        transport.close()  # as if the cable was pulled
    ann.release()
    assert lease().exists()
    assert isinstance(bob.attached(), Attached)
    bob.release()
    assert not lease().exists()


def test_a_run_that_is_resumed_with_another_order(place: Place) -> None:
    """What is left of a plan to verify is less then, and so the order another one."""
    lent = place.lend()
    folder = begun(place.controller)
    ann = Controller(lent, job_of(folder, place.controller))
    session = ann.equipped()
    first = ann.measure(session, 1)
    job = job_of(folder, place.controller)
    again = Controller(lent, replace(job, plan=replace(job.plan, suite_text="# of today")))
    assert again.parcel.digest != ann.parcel.digest
    other = again.equipped()
    assert other != session
    assert again.measure(other, 1) == first


def test_what_hosts_tell_of_themselves(place: Place) -> None:
    lent = place.lend()
    told = lent.describe()
    [device] = told["devices"]
    assert device["yaml"] == (place.host.devices / "host.yaml").read_text()
    assert (device["name"], device["transport"], device["labels"]) == ("host", "host", [])
    assert (device["holder"], device["waiting"]) == ("", [])
