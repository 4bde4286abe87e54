"""On a host a run looks like in the workspace of its controller."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import StoreError
from benchhub.execution.local_station import LocalStations
from benchhub.execution.references import DOCUMENT, Fed, Kept, Reference
from benchhub.execution.station import Job
from benchhub.lab.file_store import FileStore
from benchhub.lab.mirror import SentReferences, mirror
from benchhub.lab.orders import Order, pack
from benchhub.records import Failure, Status, Tensor
from benchhub.results.codec import decode, write_document
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from .workplace import (
    SUITE,
    TOKEN,
    Heard,
    References,
    begun,
    content,
    job_of,
    lease,
    make_workspace,
)


class Place:
    """A controller's workspace, a host's, and the files that came from one to the other."""

    def __init__(self, root: Path, suite: str = SUITE) -> None:
        self.root = root
        self.controller = make_workspace(root / "controller", suite)
        self.home = make_workspace(root / "home")
        self.files = FileStore(root / "files")
        self.folder = root / "work" / "one"
        (root / "work").mkdir()

    def ordered(self, job: Job) -> Order:
        parcel = pack(job)
        for digest in parcel.sources:
            self.files.write(digest, TOKEN, 0, content(parcel, digest), last=True)
        return decode(parcel.document, Order, "the order")

    def made(self, order: Order) -> Workspace:
        return mirror(order, self.files, self.home, self.folder)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for the lease of this machine
    yield Place(tmp_path)
    assert not lease().exists()


def test_a_run_works_in_it(place: Place) -> None:
    folder = begun(place.controller)
    job = job_of(folder, place.controller)
    order = place.ordered(job)
    work = place.made(order)
    assert place.made(order) == work  # it is there
    box = RunFolder(place.root / "box")
    job = replace(job, plan=order.plan, workspace=work, folder=box)
    station = LocalStations(job, Heard()).attach([case.id for case in order.plan.cases])
    try:
        assert station.record.refusals == ()
        [(invocation, artifacts)] = station.measure(order.plan.invocations[:1], None)
    finally:
        station.close()
    assert invocation.reading.failure is None
    assert invocation.status is not Status.FAILED
    assert set(artifacts) == set(invocation.artifacts)


def test_devices_keys_and_tools_are_the_hosts_own(place: Place) -> None:
    home = place.home.root / ".benchhub"
    (home / "tools" / "benchmark_model").mkdir(parents=True)
    (home / "adbkey").write_text("of the host")
    (place.home.devices / "host.yaml").write_text("name: host\ntransport: host\nlabels: [mine]\n")
    work = place.made(place.ordered(job_of(begun(place.controller), place.controller)))
    assert "labels: [mine]" in (work.devices / "host.yaml").read_text()
    assert (work.root / ".benchhub" / "adbkey").read_text() == "of the host"
    assert (work.root / ".benchhub" / "tools" / "benchmark_model").is_dir()
    assert not (work.root / ".benchhub" / "adbkey.pub").exists()


def test_tools_that_the_controller_sent_come_before_the_hosts(tmp_path: Path) -> None:
    place = Place(tmp_path, "tools: [{name: benchmark_model}]\n" + SUITE)
    name = ".benchhub/tools/benchmark_model/linux_x86_64_benchmark_model"
    for workspace, text in ((place.home, "of the host"), (place.controller, "sent")):
        (workspace.root / name).parent.mkdir(parents=True)
        (workspace.root / name).write_text(text)
    work = place.made(place.ordered(job_of(begun(place.controller), place.controller)))
    assert (work.root / name).read_text() == "sent"
    assert (place.home.root / name).read_text() == "of the host"


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "suites/../../x",
        "{root}/x",
        "devices/../../../home/devices/x.yaml",
        "..",
        "../one-more/x",
        "suites/x\0y",
    ],
)
def test_a_path_that_leads_out_is_refused(place: Place, name: str) -> None:
    order = place.ordered(job_of(begun(place.controller), place.controller))
    [digest] = order.files.values()
    before = sorted(place.root.rglob("*"))
    hostile = replace(order, files={**order.files, name.format(root=place.root): digest})
    with pytest.raises(StoreError, match="a path of the run leads out of its folder"):
        place.made(hostile)
    assert sorted(place.root.rglob("*")) == before


@pytest.mark.parametrize("name", ["", ".", "suites", "suites/scalar.tflite/x", "devices/x.yaml"])
def test_a_path_that_cannot_be_made_leaves_nothing(place: Place, name: str) -> None:
    order = place.ordered(job_of(begun(place.controller), place.controller))
    [digest] = order.files.values()
    before = sorted(place.root.rglob("*"))
    with pytest.raises(StoreError, match="cannot be made"):
        place.made(replace(order, files={**order.files, name: digest}))
    assert sorted(place.root.rglob("*")) == before
    assert place.made(order).root == place.folder


def test_a_file_that_did_not_come(place: Place) -> None:
    order = place.ordered(job_of(begun(place.controller), place.controller))
    with pytest.raises(StoreError, match="cannot be made: No such file"):
        place.made(replace(order, files={**order.files, "x": "0" * 64}))
    assert not place.folder.exists()


def test_references_are_those_that_were_sent(tmp_path: Path) -> None:
    suite = SUITE.replace("[{delegate: none}]", "[{delegate: none, threads: [1, 2]}]")
    place = Place(tmp_path, suite + "verify: {max_abs: 0.1}\n")
    folder = begun(place.controller)
    one, two = folder.read_plan().cases
    kept_in = place.controller.root / ".benchhub" / "verify" / "abc"
    kept_in.mkdir(parents=True)
    (kept_in / "outputs.bin").write_bytes(b"1234")
    tensor = Tensor("s", "float32", ())
    kept = Kept((Fed(tensor, "input_0.bin", "0" * 64),), (tensor,), "1" * 64, "litert")
    write_document(kept_in / DOCUMENT, kept)
    failure = Failure("reference", "not verified: it is too large.", "", 3)
    shelf = References({one.id: Reference(kept_in, kept), two.id: failure})
    order = place.ordered(job_of(folder, place.controller, shelf=shelf))
    work = place.made(order)
    sent = SentReferences(order, work)
    found = sent.of(one)
    assert isinstance(found, Reference)
    assert (found.kept, found.outputs()) == (kept, b"1234")
    assert found.folder == work.root / ".benchhub" / "verify" / "abc"
    assert sent.of(two) == failure


@pytest.mark.parametrize("name", ["../../x", "x\0y"])
def test_a_reference_that_leads_out_is_refused(place: Place, name: str) -> None:
    folder = begun(place.controller)
    (case,) = folder.read_plan().cases
    order = place.ordered(job_of(folder, place.controller))
    sent = SentReferences(replace(order, references={case.id: name}), place.made(order))
    with pytest.raises(StoreError, match="a path of the run leads out of its folder"):
        sent.of(case)
