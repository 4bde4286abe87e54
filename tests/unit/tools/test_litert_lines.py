"""What LiteRT prints about accelerators: real lines, and any others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.records import Unsupported
from benchhub.tools.litert.gpu_lines import no_gpu, read_gpu_lines
from benchhub.tools.litert.npu_lines import Selection, read_npu_lines

# As ai-edge-litert 2.3.0 printed it on a software GPU.
GPU = """\
WARNING: Logging before InitGoogle() is written to STDERR
I0000 00:00:1795242841.231320   19588 environment.cc:532] Selected adapter: SwiftShader Device \
(Subzero), arch=swiftshader, vendor=google, backend=Vulkan, adapterType=CPU / Software
ERROR: Following operations are not supported by GPU delegate:
REVERSE_SEQUENCE: Operation is not supported.
4 operations will run on the GPU, and the remaining 5 operations will run on the CPU.
I0000 00:00:1795242841.233551   19588 delegate_kernel.cc:984] Initializing WebGPU-based API.
"""
NO_DRIVER = """\
Warning: vkCreateInstance: Found no drivers!
ERROR: [delegate_webgpu.cc:359] Failed to initialize WebGPU environment: INTERNAL: No adapters found
"""
# As it printed it with OpenVINO 2026.3.1.
NPU = """\
INFO: [openvino_compiler_plugin.cc:497] op type 112 is not supported
INFO: [compiler_plugin.cc:742] Partitioned subgraph<0>, selected 8 ops, from a total of 9 ops. \
resulted in 2 partitions.
INFO: [compiled_model.cc:1397] 1 compiler plugins were applied successfully: IntelOpenVINO (0.1.0)
INFO: [invocation_context.cc:248] Dispatch: using device 'CPU' from bytecode header
INFO: [invocation_context.cc:248] Dispatch: using device 'CPU' from bytecode header
"""
NO_PROPERTY = """\
INFO: [compiler_plugin.cc:742] Partitioned subgraph<0>, selected 8 ops, from a total of 8 ops. \
resulted in 1 partitions.
ERROR: [openvino_compiler_plugin.cc:714] Exception in compilation: Exception from src/core.cpp:117:
Exception from src/inference/src/dev/plugin.cpp:54:
Exception from src/plugins/intel_cpu/src/config.cpp:506:
NotFound: Unsupported property FOO by CPU plugin.

INFO: [compiled_model.cc:1397] 0 compiler plugins were applied successfully:
"""
LINES = f"{GPU}{NO_DRIVER}{NPU}".splitlines(keepends=True)


def test_a_gpu_that_took_a_part() -> None:
    found = read_gpu_lines(GPU)
    assert found.backend == "WebGPU Vulkan: SwiftShader Device (Subzero), software"
    assert found.coverage == ((4, 5),)
    assert found.unsupported == (Unsupported("REVERSE_SEQUENCE", "Operation is not supported."),)
    assert not found.no_half
    assert no_gpu(GPU) is None


def test_a_gpu_that_took_nothing() -> None:
    found = read_gpu_lines(
        "No operations will run on the GPU, and all 9 operations will run on the CPU."
    )
    assert found.coverage == ((0, 9),)
    assert found.backend == ""


def test_a_real_gpu_is_no_software() -> None:
    line = "Selected adapter: Mali-G78, arch=valhall, vendor=arm, backend=Vulkan, adapterType=GPU"
    assert read_gpu_lines(line).backend == "WebGPU Vulkan: Mali-G78"


def test_no_gpu() -> None:
    assert no_gpu(NO_DRIVER) == "No adapters found (vkCreateInstance: Found no drivers!)"
    assert read_gpu_lines(NO_DRIVER).coverage == ()


def test_an_npu_that_took_a_part() -> None:
    found = read_npu_lines(NPU)
    assert found.selected == (Selection(0, 8, 9, 2),)
    assert (found.applied, found.devices, found.refused) == (True, ("CPU",), (112,))
    assert found.reason == ""


def test_why_an_npu_does_not_run() -> None:
    found = read_npu_lines(NO_PROPERTY)
    assert found.applied is False
    assert found.reason == "NotFound: Unsupported property FOO by CPU plugin."
    missing = (
        'Cannot load library "/a/libx_loader.so": /a/libx_loader.so: cannot open shared object'
    )
    assert read_npu_lines(f"{NO_PROPERTY}{missing} file: gone\n").reason == (
        "libx_loader.so: cannot open shared object file: gone"
    )
    assert read_npu_lines("WARNING: Failed to apply compiler plugins: none found").applied is False


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40)).map("".join))
def test_any_output_is_read(text: str) -> None:
    gpu, npu = read_gpu_lines(text), read_npu_lines(text)
    assert all(count >= 0 for pair in gpu.coverage for count in pair)
    assert len(set(gpu.unsupported)) == len(gpu.unsupported)
    assert all(one.nodes >= 0 for one in npu.selected)
    assert npu.applied in (None, True, False)


PARTLY_ON_THE_GPU = (
    "{} operations will run on the GPU, and the remaining 5 operations will run on the CPU."
)
SELECTED = (
    "Partitioned subgraph<{}>, selected 1 op, from a total of 2 ops. resulted in 1 partition."
)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 200_000,
        "a" * 200_000,
        PARTLY_ON_THE_GPU.format("9" * 5000),
        SELECTED.format("1" * 5000),
        f"op type {'7' * 5000} is not supported",
        f"{'7' * 5000} compiler plugins were applied successfully",
        "x.so" * 40_000,
    ],
)
def test_long_lines_without_blanks(text: str) -> None:
    """Time in proportion to the length; 200,000 letters took minutes."""
    assert read_gpu_lines(text).unsupported == ()
    assert read_npu_lines(text).selected == ()
