"""How the measuring program is asked for a delegate, and what it refuses beforehand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.errors import ToolError
from benchhub.records import (
    Case,
    Configuration,
    CoremlOptions,
    DelegateOptions,
    ExternalOptions,
    GpuOptions,
    HexagonOptions,
    ModelVariant,
    NnapiOptions,
    NpuOptions,
    Purpose,
    ToolIdentity,
    XnnpackOptions,
)
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.litert.child.wheel import lacks_atomics
from benchhub.tools.litert.delegates import not_possible
from benchhub.tools.tool import Command, Staged

from .litert_bench import MEASURE
from .places import FACTS

WHEEL = "venv/lib/python3/site-packages/ai_edge_litert"
IDENTITY = ToolIdentity(
    "litert",
    "litert",
    "2.3.0",
    f"{WHEEL}/libLiteRt.so",
    "0" * 64,
    program="python3",
    libraries=(f"{WHEEL}/libLiteRtWebGpuAccelerator.so", f"{WHEEL}/vendors/intel_openvino"),
)


def configuration(delegate: str, options: DelegateOptions | None = None) -> Configuration:
    return Configuration("c", delegate, 4, options=options)


def command(
    delegate: str,
    options: DelegateOptions | None = None,
    purpose: Purpose = Purpose.LATENCY,
    identity: ToolIdentity = IDENTITY,
) -> Command:
    variant = ModelVariant("m", "v", "m.tflite", "0" * 64, 1)
    staged = Staged("staged/m", "work/1", {"libs/my.so": "staged/my.so", "npu/libs": "staged/f"})
    case = Case(variant, configuration(delegate, options))
    return LiteRtTool({}).command(case, MEASURE, purpose, staged, identity)


@pytest.mark.parametrize(
    ("delegate", "options", "flags"),
    [
        ("xnnpack", XnnpackOptions(fp16=True), ["--xnnpack_force_fp16=true"]),
        (
            "xnnpack",
            XnnpackOptions(weight_cache=True),
            ["--xnnpack_weight_cache_file_path=work/m.c.t4.litert.xnnpack"],
        ),
        ("gpu", None, []),
        ("gpu", GpuOptions("webgpu", "fp16"), ["--gpu_precision=fp16"]),
        (
            "npu",
            NpuOptions("intel_openvino", options=(("device", "cpu"), ("NUM_STREAMS", "1"))),
            [
                "--npu_vendor=intel_openvino",
                "--npu_option=device=cpu",
                "--npu_option=NUM_STREAMS=1",
            ],
        ),
        (
            "npu",
            NpuOptions("qualcomm", "npu/libs"),
            ["--npu_vendor=qualcomm", "--npu_libraries=staged/f"],
        ),
        (
            "external",
            ExternalOptions("libs/my.so", (("a", "b:c;d=e"),)),
            ["--external_delegate_path=staged/my.so", "--external_delegate_option=a=b:c;d=e"],
        ),
        (
            "external",
            ExternalOptions(product="qnn", options=(("backend_type", "gpu"),)),
            [
                "--external_delegate_path=libQnnTFLiteDelegate.so",
                "--external_delegate_option=backend_type=gpu",
            ],
        ),
    ],
)
def test_flags(delegate: str, options: DelegateOptions | None, flags: list[str]) -> None:
    argv = list(command(delegate, options).argv)
    at = argv.index(f"--delegate={delegate}")
    assert argv[at + 1 : at + 1 + len(flags)] == flags
    assert argv[at + 1 + len(flags)] == "--num_threads=4"
    assert not_possible(configuration(delegate, options), IDENTITY, FACTS, {}) is None or (
        isinstance(options, ExternalOptions) and options.product == "qnn"
    )


def test_a_folder_of_libraries_is_searched() -> None:
    identity = replace(IDENTITY, libraries=("/data/libs", *IDENTITY.libraries))
    options = NpuOptions("qualcomm", "npu/libs")
    assert command("npu", options, identity=identity).env == {
        "LD_LIBRARY_PATH": "staged/f:/data/libs"
    }
    env = command("external", ExternalOptions(product="qnn"), identity=identity).env
    assert env["LD_LIBRARY_PATH"] == "/data/libs"
    assert env["ADSP_LIBRARY_PATH"].startswith("/data/libs;")
    assert command("xnnpack", identity=identity).env == {}


def test_op_times_are_not_asked_for_where_there_are_none() -> None:
    for delegate in ("gpu", "external"):
        argv = command(delegate, ExternalOptions("x.so"), Purpose.PROFILE).argv
        assert "--enable_op_profiling=false" in argv
        assert "--num_runs=1" in argv
    argv = command("npu", NpuOptions("intel_openvino"), Purpose.PROFILE).argv
    assert "--enable_op_profiling=true" in argv


@pytest.mark.parametrize(
    ("delegate", "options", "message"),
    [
        ("nnapi", NnapiOptions(), "nnapi: ai-edge-litert has no NNAPI."),
        ("hexagon", HexagonOptions(), "hexagon: ai-edge-litert has no Hexagon."),
        ("coreml", CoremlOptions(), "coreml: ai-edge-litert has no Core ML."),
        ("gpu", GpuOptions("cl"), "it has no backend 'cl'"),
        ("gpu", GpuOptions(sustained=True), "no options sustained and quantised"),
        ("gpu", GpuOptions(quantised=False), "no options sustained and quantised"),
        ("npu", None, "the suite does not say whose"),
        ("npu", NpuOptions("qualcomm"), "the wheel has no dispatch library of qualcomm there"),
        ("npu", NpuOptions("mediatek", "a/b", (("x", "y"),)), "does not know the options of"),
        ("npu", NpuOptions("intel_openvino", options=(("device", "x"),)), "device is x, not one"),
        ("xnnpack", XnnpackOptions(fp16=True, weight_cache=True), "aborts with both"),
        ("external", ExternalOptions(), "names no `library` and no `product`"),
    ],
)
def test_what_it_does_not_have(
    delegate: str, options: DelegateOptions | None, message: str
) -> None:
    reason = not_possible(configuration(delegate, options), IDENTITY, FACTS, {})
    assert reason is not None
    assert message in reason.message
    assert reason.advice
    assert reason.exit_code in (2, 3)


def test_products_have_their_platforms() -> None:
    coral, vx = ExternalOptions(product="edgetpu"), ExternalOptions(product="vx")
    assert not_possible(configuration("external", coral), IDENTITY, FACTS, {}) is None
    reason = not_possible(configuration("external", vx), IDENTITY, FACTS, {})
    assert reason is not None
    assert "external vx: it is made for linux_arm64, linux_arm" in reason.message


def test_what_a_device_lacks() -> None:
    bare = replace(IDENTITY, libraries=())
    reason = not_possible(configuration("gpu"), bare, FACTS, {})
    assert reason is not None
    assert reason.message == "gpu: libLiteRtWebGpuAccelerator.so is not in this wheel."
    reason = not_possible(configuration("gpu"), bare, FACTS, {"gpu": "needs LSE atomics"})
    assert reason is not None
    assert reason.message == "gpu: needs LSE atomics."
    old = replace(IDENTITY, version="2.1.0")
    for delegate, options in (
        ("gpu", None),
        ("npu", NpuOptions("intel_openvino")),
        ("xnnpack", XnnpackOptions(fp16=True)),
    ):
        reason = not_possible(configuration(delegate, options), old, FACTS, {})
        assert reason is not None
        assert "ai-edge-litert 2.1.0 was not verified" in reason.message
    assert not_possible(configuration("external", ExternalOptions("x.so")), old, FACTS, {}) is None
    assert not_possible(configuration("xnnpack"), old, FACTS, {}) is None


def test_arm_cpus_without_lse_atomics() -> None:
    a72 = "Features\t: fp asimd evtstrm crc32 cpuid\n"
    a76 = "Features\t: fp asimd evtstrm aes crc32 atomics fphp asimdhp cpuid\n"
    assert lacks_atomics(f"processor\t: 0\n{a72}")
    assert lacks_atomics(a76 + a72)
    assert not lacks_atomics(a76 + a76)
    assert not lacks_atomics("processor\t: 0\n")


def test_further_flags() -> None:
    asked = replace(configuration("xnnpack"), extra_flags=(("use_gpu", "true"),))
    reason = not_possible(asked, IDENTITY, FACTS, {})
    assert reason is not None
    assert reason.message == "extra_flags: the tool litert has no further flags (use_gpu)."


def test_the_folder_of_a_device(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    tool = LiteRtTool({"root": str(tmp_path), "libraries": "libs"})
    assert tool.identify(HostTransport("host", tmp_path)).libraries[0] == str(tmp_path / "libs")
    tool = LiteRtTool({"root": str(tmp_path), "libraries": "none"})
    with pytest.raises(ToolError, match="none is no folder"):
        tool.identify(HostTransport("host", tmp_path))
