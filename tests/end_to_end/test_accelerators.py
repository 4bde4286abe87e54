"""One suite, every delegate that this machine can be given: what ran is what the summary says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchhub.records import Status

from ..unit.tools.litert_bench import altered, reversed_in_the_middle
from .conftest import Ended, Shop, apart_from_load

RIGS = Path(__file__).parents[1] / "rigs" / "unpacked"
GPU = {
    "VK_ICD_FILENAMES": str(RIGS / "gpu" / "vk_swiftshader_icd.json"),
    "LD_LIBRARY_PATH": str(RIGS / "gpu"),
}
NO_GPU = {"VK_ICD_FILENAMES": "/nonexistent", "LD_LIBRARY_PATH": str(RIGS / "gpu")}
HEAD = """\
name: mine
models:
  - name: cnn
    variants: {whole: models/cnn.tflite, cut: models/cut.tflite}
measure: {rounds: 1, profile_rounds: 1, num_runs: 5, min_secs: 0, warmup_runs: 1, timeout: 60}
configurations:
  - delegate: xnnpack
"""
OTHERS = """\
  - {delegate: gpu, precision: fp32}
  - {name: openvino, delegate: npu, vendor: intel_openvino, options: {device: cpu}}
  - {name: intel, delegate: npu, vendor: intel_openvino}
  - {name: mine, delegate: external, library: libs/libtestdelegate.so, options: {take: RESHAPE}}
  - {name: idle, delegate: external, library: libs/libtestdelegate.so}
  - delegate: nnapi
"""


@pytest.fixture
def lab(shop: Shop, recorded: Path) -> Shop:
    suites = shop.root / "suites"
    shutil.copy(recorded / "models" / "smallconv_f32.tflite", suites / "models" / "cnn.tflite")
    cut = altered(shop.root, "smallconv_f32", reversed_in_the_middle)
    shutil.move(cut, suites / "models" / "cut.tflite")
    return shop


def statuses(shop: Shop) -> dict[str, set[Status]]:
    found: dict[str, set[Status]] = {}
    for one in shop.run().invocations:
        case = one.case_id.removeprefix("cnn/").removesuffix("/t1")
        found.setdefault(case, set()).add(apart_from_load(one))
    return found


def rows(ended: Ended, word: str) -> list[str]:
    """Lines of the table about a configuration."""
    lines = ended.out.splitlines()
    return [line for line in lines if line.startswith("  cnn ") and f" {word} t1 " in line]


@pytest.mark.rig("gpu")
@pytest.mark.rig("openvino")
@pytest.mark.rig("delegate")
def test_every_delegate(lab: Shop) -> None:
    libs = lab.root / "suites" / "libs"
    libs.mkdir()
    shutil.copy(RIGS / "delegate" / "libtestdelegate.so", libs)
    ended = lab.call("run", lab.suite(HEAD + OTHERS), "--devices", "host", **GPU)
    assert ended.code == 3, ended.out  # nnapi was refused
    assert statuses(lab) == {
        "whole/xnnpack": {Status.OK},
        "cut/xnnpack": {Status.OK},
        "whole/gpu": {Status.OK},
        "cut/gpu": {Status.PARTIAL},
        "whole/openvino": {Status.OK},
        "cut/openvino": {Status.PARTIAL},
        "whole/intel": {Status.FALLBACK},
        "cut/intel": {Status.FALLBACK},
        "whole/mine": {Status.PARTIAL},
        "cut/mine": {Status.PARTIAL},
        "whole/idle": {Status.FALLBACK},
        "cut/idle": {Status.FALLBACK},
    }
    assert len(rows(ended, "gpu")) == 2
    assert "8/8 GPU" in ended.out
    assert "4/9 GPU  PARTIAL" in ended.out
    assert "8/9 NPU, 2 partitions  PARTIAL" in ended.out
    assert "1/8 external delegate  PARTIAL" in ended.out
    assert "REVERSE_SEQUENCE (Operation is not supported)" in ended.out
    assert "ai-edge-litert has no NNAPI" in ended.out
    # A row that fell back is never under the name of its delegate.
    assert rows(ended, "intel") == rows(ended, "idle") == []


@pytest.mark.rig("gpu")
def test_a_gpu_without_a_driver(lab: Shop) -> None:
    ended = lab.call("run", lab.suite(HEAD + "  - delegate: gpu\n"), "--devices", "host", **NO_GPU)
    assert ended.code == 3
    assert statuses(lab)["whole/gpu"] == {Status.FAILED}
    assert "found no GPU: No adapters found (vkCreateInstance: Found no drivers!)" in ended.out
    assert rows(ended, "gpu") == []
    assert len(rows(ended, "xnnpack")) == 2
