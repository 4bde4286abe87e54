"""What hosts need of a run, by content and with names inside the workspace."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import StoreError
from benchhub.execution.references import DOCUMENT, Fed, Kept, Reference
from benchhub.lab.deliveries import Deliveries
from benchhub.lab.file_store import FileStore
from benchhub.lab.messages import Lacking
from benchhub.lab.orders import ELSEWHERE, Order, Parcel, pack
from benchhub.records import (
    SIDES,
    Case,
    Configuration,
    ExternalOptions,
    Failure,
    HexagonOptions,
    Plan,
    Side,
    SideSpec,
    Tensor,
)
from benchhub.results.codec import decode, write_document
from benchhub.tools.official.lock import LOCK_FILE
from benchhub.workspace import Workspace

from .workplace import (
    SUITE,
    TOKEN,
    Heard,
    Line,
    References,
    begun,
    content,
    job_of,
    lend,
    make_workspace,
)

Change = Callable[[Plan], Plan]
OWN_PROGRAM = "tools: [{name: benchmark_model}]\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for tool in ("BENCHMARK_MODEL", "BENCHMARK_LITERT_MODEL"):
        monkeypatch.delenv(f"BENCHHUB_{tool}", raising=False)
    return make_workspace(tmp_path / "w", devices=("host", "other"))


def packed(workspace: Workspace, change: Change = lambda plan: plan) -> Parcel:
    return pack(job_of(begun(workspace, change), workspace))


def order_of(parcel: Parcel) -> Order:
    """The order as a host reads it; every file of it is in the parcel, and nothing else."""
    assert hashlib.sha256(parcel.document).hexdigest() == parcel.digest
    order = decode(parcel.document, Order, "the order")
    assert set(order.files.values()) == set(parcel.sources)
    for digest, path in parcel.sources.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    return order


def with_models(*paths: str) -> Change:
    """The same case once for each model file."""

    def changed(plan: Plan) -> Plan:
        [case] = plan.cases
        variants = [
            replace(case.variant, variant=f"v{number}", path=path)
            for number, path in enumerate(paths)
        ]
        return replace(plan, cases=tuple(replace(case, variant=one) for one in variants))

    return changed


def with_configurations(*configurations: Configuration) -> Change:
    def changed(plan: Plan) -> Plan:
        [case] = plan.cases
        cases = [replace(case, configuration=one) for one in configurations]
        return replace(plan, cases=tuple(cases))

    return changed


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_order_is_the_same_each_time_and_for_each_device(workspace: Workspace) -> None:
    folder = begun(workspace)
    parcels = [pack(job_of(folder, workspace, name)) for name in ("host", "host", "other")]
    assert len({parcel.digest for parcel in parcels}) == 1
    assert parcels[0] == parcels[1] == parcels[2]
    model = workspace.suites / "scalar.tflite"
    order = order_of(parcels[0])
    digest = order.plan.cases[0].variant.sha256
    assert (order.files, order.plan) == ({"suites/scalar.tflite": digest}, folder.read_plan())
    assert parcels[0].size_of(digest) == model.stat().st_size
    assert parcels[0].size_of(parcels[0].digest) == len(parcels[0].document)


def test_another_run_is_another_order_of_the_same_files(workspace: Workspace) -> None:
    one, other = packed(workspace), packed(workspace)
    assert one.digest != other.digest
    assert one.sources == other.sources


def test_files_outside_of_the_workspace_get_names_inside(workspace: Workspace) -> None:
    root = workspace.root
    here = write(root.parent / "here" / "net.tflite", "here")
    there = write(root.parent / "there" / "net.tflite", "there")
    names = (
        "suites/scalar.tflite",
        "../here/net.tflite",
        str(there),
        "suites/../../here/net.tflite",
    )
    parcel = packed(workspace, with_models(*names))
    order = order_of(parcel)
    inside, up, absolute, winding = (case.variant.path for case in order.plan.cases)
    assert inside == "suites/scalar.tflite"
    assert up == winding
    assert len({up, absolute}) == 2
    for name, source in ((up, here), (absolute, there)):
        folder, _, file = name.rpartition("/")
        assert (folder.rpartition("/")[0], file) == (ELSEWHERE, "net.tflite")
        assert parcel.sources[order.files[name]].samefile(source)
    assert set(order.files) == {inside, up, absolute}
    assert str(root.parent).encode() not in parcel.document


def test_files_that_are_not_there_are_left_to_who_needs_them(workspace: Workspace) -> None:
    order = order_of(packed(workspace, with_models("suites/nothing.tflite")))
    assert (order.files, order.plan.cases[0].variant.path) == ({}, "suites/nothing.tflite")

    def never_made(plan: Plan) -> Plan:
        [case] = plan.cases
        return replace(plan, cases=(replace(case, variant=replace(case.variant, sha256="")),))

    assert order_of(packed(workspace, never_made)).files == {}


def test_a_program_that_the_environment_names(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.suites / "mine.yaml").write_text(OWN_PROGRAM + SUITE)
    program = write(workspace.root.parent / "bin" / "benchmark_model", "mine")
    before = order_of(packed(workspace))
    assert before.plan.tools == {"benchmark_model": {}}
    monkeypatch.setenv("BENCHHUB_BENCHMARK_MODEL", str(program))
    parcel = packed(workspace)
    order = order_of(parcel)
    path = order.plan.tools["benchmark_model"]["path"]
    assert path.startswith(f"{ELSEWHERE}/")
    assert parcel.sources[order.files[path]] == program
    named = write(workspace.suites / "own", "that of the suite")
    (workspace.suites / "mine.yaml").write_text(
        "tools: [{name: benchmark_model, path: own}]\n" + SUITE
    )
    parcel = packed(workspace)
    order = order_of(parcel)
    assert order.plan.tools == {"benchmark_model": {"path": "suites/own"}}
    assert parcel.sources[order.files["suites/own"]] == named
    assert program not in parcel.sources.values()


def test_the_folder_of_a_tool_goes_whole_and_only_if_a_case_needs_it(workspace: Workspace) -> None:
    folder = ".benchhub/tools/benchmark_model"
    for name in (
        "linux_x86_64/benchmark_model",
        "linux_x86_64/lib.so",
        "android_arm64_benchmark_model",
    ):
        write(workspace.root / folder / name, name)
    write(workspace.root / LOCK_FILE, "version: 1\nfiles: []\n")
    assert set(order_of(packed(workspace)).files) == {"suites/scalar.tflite", LOCK_FILE}
    (workspace.suites / "mine.yaml").write_text(OWN_PROGRAM + SUITE)
    assert set(order_of(packed(workspace)).files) == {
        "suites/scalar.tflite",
        LOCK_FILE,
        f"{folder}/linux_x86_64/benchmark_model",
        f"{folder}/linux_x86_64/lib.so",
        f"{folder}/android_arm64_benchmark_model",
    }


def test_links_in_a_folder_are_followed_but_not_in_circles(workspace: Workspace) -> None:
    elsewhere = write(workspace.root.parent / "lib" / "a.so", "a")
    folder = workspace.root / "dsp"
    write(folder / "one" / "b.so", "b")
    (folder / "two").mkdir()
    for link, target in (
        ("lib", elsewhere.parent),
        ("c.so", elsewhere),
        ("up", workspace.root),
        ("one/two", folder / "two"),
        ("two/one", folder / "one"),
        ("broken", folder / "nothing"),
    ):
        (folder / link).symlink_to(target)
    os.mkfifo(folder / "pipe")  # nobody would ever write to it
    options = HexagonOptions(libraries="./dsp")
    change = with_configurations(Configuration("dsp", "hexagon", 1, "", options))
    names = {name.removeprefix("./dsp/") for name in order_of(packed(workspace, change)).files}
    assert names == {
        "suites/scalar.tflite",
        "lib/a.so",
        "c.so",
        "one/b.so",
        "two/one/b.so",
    }


def test_libraries_of_delegates(workspace: Workspace) -> None:
    library = write(workspace.root / "lib" / "libmine.so", "mine")
    outside = write(workspace.root.parent / "lib" / "libmine.so", "outside")
    write(workspace.root / "dsp" / "a.so", "a")
    write(workspace.root / "dsp" / "v68" / "b.so", "b")
    options = [
        ExternalOptions("lib/libmine.so", (("level", "2"),)),
        ExternalOptions("../lib/libmine.so"),
        ExternalOptions("/vendor/lib64/libtheirs.so"),
        ExternalOptions("libtheirs.so"),
    ]
    configurations = [
        Configuration(f"c{n}", "external", 1, "", one) for n, one in enumerate(options)
    ]
    skels = Configuration("dsp", "hexagon", 1, "", HexagonOptions(libraries="dsp"))
    parcel = packed(workspace, with_configurations(*configurations, skels))
    order = order_of(parcel)
    sent = [case.configuration.options for case in order.plan.cases]
    assert (sent[0], *sent[2:4]) == (options[0], *options[2:])  # two are files of the device
    assert isinstance(sent[1], ExternalOptions)
    assert parcel.sources[order.files["lib/libmine.so"]] == library
    assert parcel.sources[order.files[sent[1].library]].samefile(outside)
    assert "dsp/a.so" not in order.files  # without a `/` it is a folder of the device

    slashed = Configuration("dsp", "hexagon", 1, "", HexagonOptions(libraries="./dsp"))
    assert {"./dsp/a.so", "./dsp/v68/b.so"} <= set(
        order_of(packed(workspace, with_configurations(slashed))).files
    )


def reference(workspace: Workspace) -> Reference:
    folder = workspace.root / ".benchhub" / "verify" / "abc"
    write(folder / "input_0.bin", "in")
    write(folder / "outputs.bin", "out")
    tensor = Tensor("s", "float32", ())
    kept = Kept((Fed(tensor, "input_0.bin", "0" * 64),), (tensor,), "1" * 64, "litert")
    write_document(folder / DOCUMENT, kept)
    return Reference(folder, kept)


def test_references_and_why_there_are_none(workspace: Workspace) -> None:
    suite = SUITE.replace("[{delegate: none}]", "[{delegate: none, threads: [1, 2, 4]}]")
    (workspace.suites / "mine.yaml").write_text(suite + "verify: {max_abs: 0.1}\n")
    folder = begun(workspace)
    one, two, _ = (case.id for case in folder.read_plan().cases)
    failure = Failure("reference", "not verified: it is too large.", "Take a smaller one.", 3)
    shelf = References({one: reference(workspace), two: failure})
    parcels = [pack(job_of(folder, workspace, name, shelf)) for name in ("host", "other")]
    assert parcels[0] == parcels[1]
    order = order_of(parcels[0])
    assert order.references == {one: ".benchhub/verify/abc"}
    assert order.missing_references == {two: failure}  # the third was verified before
    assert set(order.files) == {
        "suites/scalar.tflite",
        ".benchhub/verify/abc/input_0.bin",
        ".benchhub/verify/abc/outputs.bin",
        f".benchhub/verify/abc/{DOCUMENT}",
    }


def test_both_sides_of_a_comparison(workspace: Workspace) -> None:
    old = write(workspace.root.parent / "old" / "benchmark_model", "old")
    new = write(workspace.root / "new" / "benchmark_model", "new")
    paths = {Side.BASELINE: "../old/benchmark_model", Side.CANDIDATE: "new/benchmark_model"}
    older = write(workspace.root.parent / "old" / "scalar.tflite", "older")

    def compared(plan: Plan) -> Plan:
        [case] = plan.cases
        before = replace(case.variant, path=str(older))
        cases = (replace(case, variant=before, side=SIDES[0]), replace(case, side=SIDES[1]))
        tools = {side: {"benchmark_model": {"path": path}} for side, path in paths.items()}
        sides = {
            side: SideSpec(f"{side}", "suites/mine.yaml", SUITE, None, tools[side])
            for side in SIDES
        }
        cases = tuple(replace(one, tool="benchmark_model") for one in cases)
        return replace(plan, cases=cases, sides=sides, tools=tools[Side.CANDIDATE])

    parcel = packed(workspace, compared)
    order = order_of(parcel)
    programs = [order.plan.sides[side].tools["benchmark_model"]["path"] for side in SIDES]
    assert programs[1] == order.plan.tools["benchmark_model"]["path"] == "new/benchmark_model"
    sources = [parcel.sources[order.files[name]] for name in programs]
    assert [source.resolve() for source in sources] == [old, new]
    models: Sequence[Case] = order.plan.cases
    assert parcel.sources[order.files[models[0].variant.path]] == older
    assert models[1].variant.path == "suites/scalar.tflite"


def test_a_file_that_changed_since_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    parcel = packed(workspace)
    [digest] = parcel.sources
    (workspace.suites / "scalar.tflite").write_bytes(b"another model")
    store = FileStore(tmp_path / "files")
    with pytest.raises(StoreError, match="the file changed after the run was planned"):
        store.write(digest, TOKEN, 0, content(parcel, digest), last=True)
    assert store.lacking([digest]) == (digest,)


def test_a_delivery_tells_what_is_wrong(workspace: Workspace, tmp_path: Path) -> None:
    job = job_of(begun(workspace), workspace)
    parcel = pack(job)
    [digest] = parcel.sources
    seats = lend(make_workspace(tmp_path / "h"))
    try:
        voice, way = Heard(), Deliveries(Line(seats))  # type: ignore[arg-type]
        both = Lacking("h", (parcel.digest, digest))
        model = workspace.suites / "scalar.tflite"
        good = model.read_bytes()
        model.write_bytes(b"another model")
        with pytest.raises(StoreError, match="the file changed after the run was planned"):
            way.bring("host", both, parcel, voice, job.stop)
        model.unlink()
        with pytest.raises(StoreError, match=r"scalar\.tflite: cannot be read: No such file"):
            way.bring("host", Lacking("h", (digest,)), parcel, voice, job.stop)
        model.write_bytes(good)
        way.bring("host", both, parcel, voice, job.stop)
        assert seats.files.lacking(both.digests) == ()
        assert voice.waits[0].startswith("brings 2 files (")
    finally:
        seats.close()
