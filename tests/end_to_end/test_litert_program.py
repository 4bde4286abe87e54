"""A run with LiteRT's benchmark_model from suite to status.

The program cannot be had here, so a small script stands for it: it prints what the real one was
recorded to print for the same flags, and copies the files that it wrote.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.errors import EXIT_NOT_AS_DEMANDED
from benchhub.records import Invocation, Purpose, Run, Status
from benchhub.tools.program.litert_flags import assumed

from .conftest import GOOD_MODEL, Shop

SUITE = (
    GOOD_MODEL
    + "configurations:\n  - {delegate: xnnpack}\n  - {delegate: gpu}\n"
    + "  - {delegate: npu, vendor: intel_openvino}\n"
    + "tools: [{name: benchmark_litert_model, path: tool}]\n"
    + "measure: {rounds: 2, profile_rounds: 1, num_runs: 20, min_secs: 0.2, timeout: 30}\n"
)
FAKE = """#!/bin/sh
# Prints and copies recordings of LiteRT's benchmark_model.
here={here}
name=result
for word in "$@"; do
  case "$word" in
    --help) cat "$here/help.stdout"; exit 1;;
    --num_runs=\\?) cat "$here/usage"; exit 1;;
    --helpfull) exit 1;;
    --result_file_path=*) result=${{word#*=}};;
    --model_runtime_info_output_file=*) info=${{word#*=}};;
    --use_gpu=true) name=gpu;;
    --use_npu=true) name=npu;;
    --use_profiler=true) name=prof;;
  esac
done
echo "$LD_LIBRARY_PATH" >"$here/library_path"
cat "$here/$name.stdout"
cat "$here/$name.stderr" >&2
[ $name = result ] && cp "$here/result.pb" "$result"
[ -e "$here/tells" ] && cp "$here/runtime_info.pb" "$info"
exit 0
"""


@pytest.fixture
def bench(shop: Shop, recorded: Path) -> Shop:
    """A workspace with the script as its program."""
    here = shop.root / "suites" / "recorded"
    here.mkdir()
    for path in (recorded / "benchmark_litert_model").iterdir():
        (here / path.name).write_bytes(path.read_bytes())
    usage = "".join(f"\t--{name}=x\tstring\toptional\n" for name in assumed())
    (here / "usage").write_text(usage)
    tool = shop.root / "suites" / "tool"
    tool.write_text(FAKE.format(here="suites/recorded"))
    tool.chmod(0o755)
    return shop


def of(run: Run, delegate: str, purpose: Purpose = Purpose.LATENCY) -> list[Invocation]:
    return [
        one for one in run.invocations if f"/{delegate}/" in one.case_id and one.purpose is purpose
    ]


def test_what_fell_back_is_not_a_result_of_the_accelerator(bench: Shop) -> None:
    ended = bench.call("run", bench.suite(SUITE), "--devices", "host")
    run = bench.run()

    assert ended.code == EXIT_NOT_AS_DEMANDED
    assert "FALLBACK" in ended.out
    assert len(run.invocations) == 9
    for one in of(run, "xnnpack"):
        assert one.status is Status.OK
        assert one.reading.latency is not None
        assert one.reading.latency.median_us == 239.0
    for delegate in ("gpu", "npu"):
        for one in of(run, delegate):
            assert one.status is Status.FALLBACK
            assert one.reading.placement is not None
            assert one.reading.placement.requested == delegate
            assert one.reading.placement.applied == "cpu"
            assert f"--use_{delegate}=true" in one.argv


def test_the_runtime_names_who_ran_the_nodes(bench: Shop) -> None:
    (bench.root / "suites" / "recorded" / "tells").touch()
    bench.call("run", bench.suite(SUITE), "--devices", "host")
    run = bench.run()

    (npu, *_) = of(run, "npu")
    assert npu.status is Status.FALLBACK
    assert npu.reading.placement is not None
    assert npu.reading.placement.applied == "xnnpack"
    assert npu.reading.placement.nodes_delegated == 65


def test_a_profile_is_a_run_of_its_own(bench: Shop) -> None:
    bench.call("run", bench.suite(SUITE), "--devices", "host")
    run = bench.run()
    (profiled,) = of(run, "xnnpack", Purpose.PROFILE)

    assert profiled.reading.profile is not None
    assert len(profiled.reading.profile.ops) == 66
    assert profiled.argv[-1] == "--use_profiler=true"
    assert not any("profiler" in word for one in of(run, "xnnpack") for word in one.argv)
    # Its operators are those of XNNPACK, so the GPU did not run.
    (gpu,) = of(run, "gpu", Purpose.PROFILE)
    assert gpu.status is Status.FALLBACK
    assert gpu.reading.placement is not None
    assert gpu.reading.placement.applied == "xnnpack"


def test_the_program_is_written_down(bench: Shop) -> None:
    bench.call("run", bench.suite(SUITE), "--devices", "host")
    (device,) = bench.run().devices
    (tool,) = device.tools

    assert (tool.name, tool.family) == ("benchmark_litert_model", "litert")
    assert "LiteRT 2.2.0" in tool.version


def test_its_own_libraries_are_found(bench: Shop) -> None:
    (bench.root / "suites" / "libLiteRt.so").touch()
    bench.call("run", bench.suite(SUITE), "--devices", "host")

    told = (bench.root / "suites" / "recorded" / "library_path").read_text()
    assert told == f"{bench.root / 'suites'}\n"


def test_tflites_program_is_refused_with_what_to_do(bench: Shop, recorded: Path) -> None:
    text = recorded / "benchmark_model" / "tensorflow-2.14.1" / "help.stderr"
    (bench.root / "suites" / "recorded" / "help.stdout").write_bytes(text.read_bytes())
    ended = bench.call("run", bench.suite(SUITE), "--devices", "host")

    assert ended.code == 3
    assert "use the tool 'benchmark_model'" in ended.out + ended.err
