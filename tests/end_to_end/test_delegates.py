"""Delegates as a suite asks for them: what arrives on real devices, and what is refused before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchhub.devices.digest import sha256_of
from benchhub.errors import EXIT_NOT_AS_DEMANDED
from benchhub.records import Status

from .conftest import GOOD_MODEL, QUICK, Shop
from .fleet import PROGRAMS, UNPACKED, Fleet, finished, fleet, names, wait_for

__all__ = ["fleet"]

LIBRARY = UNPACKED / "delegate" / "libtestdelegate.so"
PROGRAM = str(PROGRAMS["linux_x86_64"] / "benchmark_model")
RIGS = ("benchmark_model", "delegate")


def suite(*configurations: str, tools: str = "benchmark_model", more: str = "") -> str:
    lines = "".join(f"  - {one}\n" for one in configurations)
    return f"{GOOD_MODEL}configurations:\n{lines}tools: [{tools}]\n{QUICK}{more}"


def with_library(shop: Shop) -> str:
    """Put the test delegate beside the suite; return how the suite names it."""
    folder = shop.root / "suites" / "lib"
    folder.mkdir()
    (folder / LIBRARY.name).write_bytes(LIBRARY.read_bytes())
    return f"lib/{LIBRARY.name}"


@pytest.mark.rig("sshd", "adbd", "adb", *RIGS)
def test_a_library_of_the_workspace_arrives_on_devices(fleet: Fleet, shop: Shop) -> None:
    library = with_library(shop)
    wanted = f"{{delegate: external, library: {library}, options: {{level: 2, name: x}}}}"
    stations = fleet.stations()
    path = shop.suite(suite(wanted, "{delegate: xnnpack}"))
    ended = shop.call("run", path, "--devices", names(stations))

    assert ended.code == EXIT_NOT_AS_DEMANDED, ended.err  # the delegate takes no node
    digest = sha256_of(LIBRARY)
    run = shop.run()
    for station in stations:
        (one,) = (
            one
            for one in run.invocations
            if one.device == station.name and "/external/" in one.case_id
        )
        (flag,) = (word for word in one.argv if word.startswith("--external_delegate_path="))
        assert one.status is Status.FALLBACK
        assert flag.endswith(f"{digest}.so")
        assert "--external_delegate_options=level:2;name:x" in one.argv
        assert not any(word.startswith("--use_xnnpack") for word in one.argv)
        (staged,) = (name for name in station.staged() if digest in name)
        assert flag.partition("=")[2].endswith(staged)
        (told,) = (shop.root / ".benchhub" / "runs").rglob(f"{station.name}/*external*/stderr.txt")
        assert "TestDelegate: option level=2" in told.read_text()
        station.assert_clean()
    before = [station.staged() for station in stations]
    assert shop.call("run", path, "--devices", names(stations)).code == EXIT_NOT_AS_DEMANDED
    assert [station.staged() for station in stations] == before


@pytest.mark.rig(*RIGS)
def test_a_fallback_may_be_allowed(shop: Shop) -> None:
    library = with_library(shop)
    allowed = f"{{delegate: external, library: {library}, budgets: {{allow_fallback: true}}}}"
    ended = shop.call(
        "run", shop.suite(suite(allowed)), "--devices", "host", BENCHHUB_BENCHMARK_MODEL=PROGRAM
    )

    assert ended.code == 0, ended.err
    assert {one.status for one in shop.run().invocations} == {Status.FALLBACK}
    assert "FALLBACK" in ended.out


@pytest.mark.rig(*RIGS)
def test_a_library_of_the_device_is_found_by_its_name(shop: Shop) -> None:
    """`libraries` in the device's file is brought there and is on the path of the loader."""
    folder = shop.root / "devices" / "libs"
    folder.mkdir()
    (folder / LIBRARY.name).write_bytes(LIBRARY.read_bytes())
    host = {"name": "host", "transport": "host", "libraries": "libs"}
    (shop.root / "devices" / "host.yaml").write_text(json.dumps(host))
    wanted = f"{{delegate: external, library: {LIBRARY.name}}}"
    # The rig's program names its own library folder, and the loader then ignores the variable.
    program = shop.root / "benchmark_model"
    lib = PROGRAMS["linux_x86_64"] / "lib"
    program.write_text(
        f"#!/bin/sh\nexec {lib}/ld-linux-x86-64.so.2 --library-path "
        f'"{lib}:$LD_LIBRARY_PATH" {lib.parent}/benchmark_model.real "$@"\n'
    )
    program.chmod(0o755)
    ended = shop.call(
        "run",
        shop.suite(suite(wanted)),
        "--devices",
        "host",
        BENCHHUB_BENCHMARK_MODEL="benchmark_model",
    )
    assert ended.code == EXIT_NOT_AS_DEMANDED, ended.err

    (one,) = shop.run().invocations
    assert one.status is Status.FALLBACK
    assert f"--external_delegate_path={LIBRARY.name}" in one.argv
    assert one.env["LD_LIBRARY_PATH"]
    assert one.returncode == 0


@pytest.mark.rig("benchmark_model")
def test_a_missing_library_is_told_before_anything_is_measured(shop: Shop) -> None:
    path = shop.suite(suite("{delegate: external, library: lib/none.so}", "{delegate: xnnpack}"))
    ended = shop.call("run", path, "--devices", "host", BENCHHUB_BENCHMARK_MODEL=PROGRAM)

    assert ended.code == 2, ended.err
    assert "suites/lib/none.so does not exist" in ended.err
    assert [one.status for one in shop.run().invocations] == [Status.OK]


@pytest.mark.rig("benchmark_model")
@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ("{delegate: gpu}", "has no GPU delegate"),
        ("{delegate: nnapi}", "only Android has it"),
        ("{delegate: hexagon}", "only Android phones with a Snapdragon"),
        ("{delegate: coreml}", "only Apple's devices"),
        ("{delegate: npu, vendor: qualcomm}", "LiteRT's has"),
        ("{delegate: external, product: vx}", "the device is linux_x86_64"),
        ("{delegate: xnnpack, fp16: true}", "does not know --xnnpack_force_fp16"),
        ("{delegate: xnnpack, extra_flags: {use_bogus: true}}", "does not know --use_bogus"),
    ],
)
def test_what_is_not_possible_is_refused_and_the_rest_goes_on(
    shop: Shop, configuration: str, words: str
) -> None:
    path = shop.suite(suite(configuration, "{name: other, delegate: none}"))
    ended = shop.call("run", path, "--devices", "host", BENCHHUB_BENCHMARK_MODEL=PROGRAM)

    run = shop.run()
    assert ended.code == 3, ended.err
    assert [one.case_id for one in run.invocations] == ["good/int8/other/t1@benchmark_model"]
    (refusal,) = run.refusals
    assert words in refusal.failure.message
    assert refusal.failure.advice
    assert words in ended.err


@pytest.mark.rig("benchmark_model")
def test_the_table_of_a_device(shop: Shop) -> None:
    env = {"BENCHHUB_BENCHMARK_MODEL": PROGRAM, "COLUMNS": "80"}
    ended = shop.call("delegates", "--device", "host", **env)
    data = shop.call("delegates", "--json", **env).json

    assert ended.code == 0
    assert all(len(line) <= 80 for line in ended.out.splitlines())
    possible, refused = ended.out.split("not possible here, because")
    assert "--use_xnnpack=false" in possible
    assert "only Android has it" in refused
    rows = {(row["delegate"], row["tool"]): row for row in data["delegates"]}
    assert rows["xnnpack", "benchmark_model"]["flags"] == {"use_xnnpack": "true"}
    assert rows["coreml", "benchmark_model"]["refused"]
    assert not rows["none", "litert"]["refused"]
    assert data["platform"].startswith("linux_")


def test_the_table_of_no_device(shop: Shop) -> None:
    ended = shop.call("delegates", "--device", "pixel")

    assert ended.code == 3
    assert "pixel" in ended.err
    assert not ended.out


@pytest.mark.rig("sshd", "benchmark_model")
def test_the_table_of_a_board(fleet: Fleet, shop: Shop, tmp_path: Path) -> None:
    station = fleet.station("ssh")
    ended = shop.call("delegates", "--device", "ssh")

    assert ended.code == 0, ended.err
    assert "--use_xnnpack=true" in ended.out
    assert "linux_x86_64" in ended.out.splitlines()[0]
    station.assert_clean()


@pytest.mark.rig("sshd")
def test_each_vendors_libraries_get_a_folder_of_their_own(
    fleet: Fleet, shop: Shop, recorded: Path
) -> None:
    """A release has those of several vendors side by side; the program would take any of them."""
    folder = shop.root / "tools" / "litert"
    folder.mkdir()
    for name in ("Dispatch_IntelOpenvino", "CompilerPlugin_IntelOpenvino", "Dispatch_Qualcomm"):
        (folder / f"libLiteRt{name}.so").write_text(name)
    told = (recorded / "benchmark_litert_model" / "help.stdout").read_text()
    program = folder / "benchmark_litert_model"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{told}\nEND\nexit 1\n")
    program.chmod(0o755)
    station = fleet.station("ssh").write(benchmark_litert_model="../tools/litert")
    ended = shop.call("delegates", "--device", "ssh", "--json")

    assert ended.code == 0, ended.err
    (row,) = (
        row
        for row in ended.json["delegates"]
        if (row["delegate"], row["tool"]) == ("npu intel_openvino", "benchmark_litert_model")
    )
    there = row["flags"]["dispatch_library_path"]
    assert there.endswith("/intel_openvino")
    assert row["flags"]["compiler_plugin_library_path"] == there
    inside = there.rpartition("stage/")[2]
    beside = [name for name in station.staged() if name.startswith(f"stage/{inside}/")]
    assert beside == [
        f"stage/{inside}/libLiteRtCompilerPlugin_IntelOpenvino.so",
        f"stage/{inside}/libLiteRtDispatch_IntelOpenvino.so",
    ]


@pytest.mark.rig("adbd", "adb", "benchmark_model")
def test_the_table_of_a_phone(fleet: Fleet, shop: Shop) -> None:
    """Android says its API level; the program there is one without GPU and Hexagon."""
    station = fleet.station("adb-direct")
    ended = shop.call("delegates", "--device", "adb-direct", "--json")

    assert ended.code == 0, ended.err
    rows = {(row["delegate"], row["tool"]): row for row in ended.json["delegates"]}
    assert rows["nnapi", "benchmark_model"]["flags"] == {
        "use_nnapi": "true",
        "disable_nnapi_cpu": "true",
    }
    assert "no GPU delegate" in rows["gpu", "benchmark_model"]["refused"]
    assert rows["gpu", "benchmark_model"]["advice"]
    assert rows["hexagon", "benchmark_model"]["refused"]
    station.assert_clean()


@pytest.mark.rig("adbd", "adb", "benchmark_model")
def test_a_phone_whose_program_only_warns_is_a_fallback(fleet: Fleet, shop: Shop) -> None:
    """It has the flags of NNAPI and is a build for Linux: it says so, and measures the CPU."""
    station = fleet.station("adb-direct")
    path = shop.suite(suite("{delegate: nnapi, accelerator: some-npu, priority: low}"))
    ended = shop.call("run", path, "--devices", "adb-direct")

    (one,) = shop.run().invocations
    assert "--nnapi_accelerator_name=some-npu" in one.argv
    assert "--nnapi_execution_priority=low" in one.argv
    assert one.status is Status.FALLBACK
    assert ended.code == EXIT_NOT_AS_DEMANDED, ended.err
    assert "FALLBACK" in ended.out
    station.assert_clean()


def test_a_weight_cache_lasts_for_the_run(shop: Shop) -> None:
    """The processes of a case share one file, which is there between them and gone afterwards."""
    both = "{name: kept, delegate: xnnpack, weight_cache: true}", "{delegate: xnnpack}"
    text = suite(*both, tools="litert").replace("rounds: 1,", "rounds: 5,", 1)
    state = shop.root / ".benchhub"
    process = shop.start("run", shop.suite(text), "--devices", "host")
    wait_for(lambda: finished(shop) >= 2, "the first round")
    kept = [path.stat().st_size for path in state.rglob("*.xnnpack")]
    _, told = process.communicate(timeout=60)

    assert process.returncode == 0, told
    assert len(kept) == 1
    assert kept[0] > 100_000
    run = shop.run()
    assert [one.status for one in run.invocations] == [Status.OK] * 10
    flag = "--xnnpack_weight_cache_file_path="
    words = [word for one in run.invocations for word in one.argv if word.startswith(flag)]
    assert len(words) == 5
    assert len(set(words)) == 1
    assert not list(state.rglob("*.xnnpack"))
