"""`verify:` in a suite: outputs of a device are held against those of the host's CPU."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchhub.records import Invocation, Purpose, Status

from ..mixed_model import mixed_model
from ..rigs.sshd_device import Sshd
from .conftest import Shop
from .fleet import UNPACKED, Fleet, fake_tool, fleet, names, suite
from .test_litert_boards import environment

__all__ = ["environment", "fleet"]

MODELS = """\
name: mine
models:
  - name: mixed
    variants: {some: models/mixed.tflite}
  - name: two_in
    variants: {float32: models/two_in.tflite}
  - name: embed
    variants: {float32: models/embed.tflite}
    inputs: {ids: {shape: [1, 16], range: [0, 99]}}
  - name: lstm
    variants: {float32: models/lstm.tflite}
    inputs: {keras_tensor_312: {shape: [1, 5, 8]}}
"""
CONVOLUTION = """\
name: mine
models:
  - name: cnn
    variants: {float32: models/smallconv_f32.tflite}
"""
CPU = "configurations: [{delegate: none}, {delegate: xnnpack}]\n"
MEASURE = "measure: {rounds: 1, num_runs: 3, min_secs: 0, warmup_runs: 1, timeout: 60}\n"
CLOSE = "verify: {max_abs: 1.0e-5, max_rel: 1.0e-4}\n"


@pytest.fixture
def lab(shop: Shop, recorded: Path) -> Shop:
    models = shop.root / "suites" / "models"
    for name in ("two_in", "embed", "lstm", "smallconv_f32"):
        shutil.copy(recorded / "models" / f"{name}.tflite", models)
    mixed_model(models / "mixed.tflite")
    return shop


def verified(shop: Shop) -> list[Invocation]:
    return [one for one in shop.run().invocations if one.purpose is Purpose.VERIFY]


@pytest.mark.rig("benchmark_model")
def test_both_kernel_sets_of_both_tools_agree(lab: Shop, benchmark_model: Path) -> None:
    text = MODELS + CPU + MEASURE + CLOSE + "tools: [litert, benchmark_model]\n"
    name = lab.suite(text)
    env = {"BENCHHUB_BENCHMARK_MODEL": str(benchmark_model)}
    ended = lab.call("run", name, "--devices", "host", **env)
    assert ended.code == 0, ended.out
    found = verified(lab)
    assert len(found) == 4 * 2 * 2
    for one in found:
        assert one.status in (Status.OK, Status.PARTIAL)
        assert one.reading.agreement is not None
        assert one.reading.agreement.outside == 0
        assert one.reading.latency is None
    # They are the last steps, once for each case; the figures of the others are not theirs.
    run = lab.run()
    last = [one for one in run.plan.invocations if one.purpose is Purpose.VERIFY]
    assert last == list(run.plan.invocations[-16:])
    line = next(line for line in ended.out.splitlines() if "the host's CPU" in line)
    assert line.startswith(
        "  outputs of 16 cases agree with the host's CPU within max_abs 1e-05 or max_rel 0.0001: "
        "largest difference "
    )
    kept = {path.stat().st_mtime_ns for path in lab.root.glob(".benchhub/verify/*/outputs.bin")}
    assert len(kept) == 4
    again = lab.call("run", name, "--devices", "host", "--json", **env)
    assert {
        path.stat().st_mtime_ns for path in lab.root.glob(".benchhub/verify/*/outputs.bin")
    } == kept
    (host,) = again.json["devices"]
    assert {case["agreement"]["outside"] for case in host["cases"]} == {0}
    page = (lab.root / again.json["report"]).read_text()
    assert "The outputs agree with the host&#39;s CPU within max_abs 1e-05" in page
    assert "Verify process" in page
    assert "--output_filepath=" in page


@pytest.mark.rig("delegate")
@pytest.mark.rig("benchmark_model")
def test_fast_but_wrong(lab: Shop, benchmark_model: Path) -> None:
    library = lab.root / "suites" / "libs" / "libtestdelegate.so"
    library.parent.mkdir()
    shutil.copy(UNPACKED / "delegate" / library.name, library)
    text = CONVOLUTION + MEASURE + CLOSE + "tools: [litert, benchmark_model]\n"
    text += "configurations:\n  - {delegate: none}\n"
    for name, off in (("right", "'0'"), ("wrong", "'0.25'")):
        text += f"  - {{name: {name}, delegate: external, library: libs/{library.name},"
        text += f" options: {{take: RESHAPE, wrong: {off}}}}}\n"
    ended = lab.call(
        "run", lab.suite(text), "--devices", "host", BENCHHUB_BENCHMARK_MODEL=str(benchmark_model)
    )
    assert ended.code == 6, ended.out
    told = {one.case_id: one for one in verified(lab)}
    for tool in ("", "@benchmark_model"):
        assert told[f"cnn/float32/none/t1{tool}"].status is Status.OK
        assert told[f"cnn/float32/right/t1{tool}"].status is Status.PARTIAL
        wrong = told[f"cnn/float32/wrong/t1{tool}"]
        assert wrong.status is Status.WRONG
        assert wrong.reading.agreement is not None
        # The delegate adds to what the dense layer at the end then weighs.
        assert wrong.reading.agreement.outside == wrong.reading.agreement.elements == 10
    rows = [line for line in ended.out.splitlines() if re.search(r" wrong t1", line)]
    assert sum(" WRONG" in row for row in rows) == 2
    assert not [line for line in ended.out.splitlines() if "fastest: " in line and "wrong" in line]
    assert "2 cases gave wrong outputs: " in ended.out
    assert "outputs of 4 cases agree" in ended.out
    listed = lab.call("report", "latest")
    assert listed.code == 0
    page = (lab.root / listed.out.split()[-1]).read_text()
    assert "Outputs are wrong: 10 of 10 elements" in page


@pytest.mark.rig("adbd")
@pytest.mark.rig("sshd")
@pytest.mark.rig("adb")
@pytest.mark.rig("benchmark_model")
def test_outputs_of_remote_devices_come_back(lab: Shop, fleet: Fleet) -> None:
    stations = fleet.stations()
    text = MODELS + CPU + MEASURE + CLOSE + "tools: [benchmark_model]\n"
    name = lab.suite(text)
    ended = lab.call("run", name, "--devices", names(stations))
    assert ended.code == 0, ended.out
    found = verified(lab)
    assert len(found) == 3 * 4 * 2
    assert {one.reading.agreement is not None for one in found} == {True}
    assert {one.status for one in found} == {Status.OK}
    before = [station.staged() for station in stations]
    assert lab.call("run", name, "--devices", names(stations)).code == 0
    assert [station.staged() for station in stations] == before  # inputs are there already
    for station in stations:
        station.assert_clean()


@pytest.mark.rig("board")
@pytest.mark.rig("benchmark_model_arm64")
def test_another_processor_agrees(lab: Shop, fleet: Fleet, board: Sshd) -> None:
    fleet.ssh("pi", board)
    text = CONVOLUTION + CPU + MEASURE + CLOSE + "tools: [benchmark_model]\n"
    ended = lab.call("run", lab.suite(text), "--devices", "pi")
    assert ended.code == 0, ended.out
    found = [one.reading.agreement for one in verified(lab)]
    assert len(found) == 2
    for agreement in found:
        assert agreement is not None
        assert agreement.max_abs is not None
        assert 0 < agreement.max_abs < 1e-5


@pytest.mark.rig("python3")
def test_the_worker_on_a_board_agrees(
    lab: Shop, fleet: Fleet, sshd: Sshd, environment: Path
) -> None:
    fleet.ssh("pi", sshd).write(tool="litert", python=str(environment))
    ended = lab.call("run", lab.suite(MODELS + CPU + MEASURE + CLOSE), "--devices", "pi")
    assert ended.code == 0, ended.out
    assert [one.reading.agreement is not None for one in verified(lab)] == [True] * 8


@pytest.mark.rig("gpu")
def test_a_gpu_agrees_within_what_its_precision_allows(lab: Shop) -> None:
    text = CONVOLUTION + MEASURE + "configurations: [{delegate: gpu, precision: fp32}]\n"
    gpu = UNPACKED / "gpu"
    env = {
        "VK_ICD_FILENAMES": str(gpu / "vk_swiftshader_icd.json"),
        "LD_LIBRARY_PATH": str(gpu),
    }
    text = text.replace("rounds: 1,", "rounds: 1, profile_rounds: 0,")
    ended = lab.call("run", lab.suite(text + CLOSE), "--devices", "host", **env)
    assert ended.code == 0, ended.out
    (one,) = verified(lab)
    assert one.reading.placement is not None
    assert one.reading.placement.applied == "gpu"
    assert one.reading.agreement is not None
    assert one.reading.agreement.max_abs is not None
    assert 0 < one.reading.agreement.max_abs < 1e-5
    exact = lab.call(
        "run", lab.suite(text + "verify: {max_abs: 1.0e-9}\n"), "--devices", "host", **env
    )
    assert exact.code == 6, exact.out
    assert "gave wrong outputs" in exact.out


@pytest.mark.rig("sshd")
@pytest.mark.rig("benchmark_model")
def test_what_was_not_verified_is_told_and_the_numbers_stand(lab: Shop, fleet: Fleet) -> None:
    station = fleet.station("ssh")
    forgetful = """
"$real" "$@" || exit 1
for word; do case $word in --output_filepath=*) rm "${word#*=}" ;; esac; done
"""
    fake_tool(station, forgetful)
    text = suite() + CLOSE + "tools: [benchmark_model]\n"
    ended = lab.call("run", lab.suite(text), "--devices", "ssh")
    assert ended.code == 3, ended.out
    (one,) = verified(lab)
    assert one.status is Status.FAILED
    assert "not verified: the tool left no outputs" in ended.out
    (latency,) = (one for one in lab.run().invocations if one.purpose is Purpose.LATENCY)
    assert latency.status is Status.OK
