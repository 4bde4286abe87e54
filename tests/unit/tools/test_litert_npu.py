"""LiteRT's NPU path, for real: Intel OpenVINO, whose CPU back end stands in for an NPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.records import (
    Case,
    Configuration,
    ModelVariant,
    NpuOptions,
    Partition,
    Purpose,
    Status,
    Unsupported,
)
from benchhub.records.delegates import Pairs
from benchhub.records.trust import status_of
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.litert.child.openvino import toml

from .litert_bench import MEASURE, Bench, altered, ids, reversed_in_the_middle
from .places import FACTS

needs_openvino = pytest.mark.rig("openvino")
ON_CPU = NpuOptions("intel_openvino", options=(("device", "cpu"),))
REAL = NpuOptions("intel_openvino")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@needs_openvino
def test_an_npu_row(bench: Bench) -> None:
    reading = bench("smallconv_f32", delegate="npu", options=ON_CPU)
    assert reading.failure is None
    assert reading.latency is not None
    assert reading.latency.n == MEASURE.num_runs
    placement = reading.placement
    assert placement is not None
    assert (placement.requested, placement.applied) == ("npu", "npu")
    assert (placement.nodes_delegated, placement.nodes_total, placement.partitions) == (8, 8, 1)
    assert placement.pieces == (Partition("npu", tuple(range(8))),)
    assert placement.backend == "OpenVINO CPU"
    assert placement.unsupported == ()
    assert status_of(reading) is Status.OK


@needs_openvino
def test_a_part_of_the_graph(bench: Bench) -> None:
    path = altered(bench.folder, "smallconv_f32", reversed_in_the_middle)
    reading = bench(path, delegate="npu", options=ON_CPU)
    placement = reading.placement
    assert placement is not None
    assert (placement.applied, placement.nodes_delegated, placement.nodes_total) == ("npu", 8, 9)
    assert placement.partitions == 2
    assert placement.unsupported == (Unsupported("REVERSE_SEQUENCE"),)
    assert placement.backend == "OpenVINO CPU"
    assert status_of(reading) is Status.PARTIAL


@needs_openvino
def test_a_profile_names_the_pieces(bench: Bench) -> None:
    """The compiled model is another one: its nodes are not those of the file."""
    path = altered(bench.folder, "smallconv_f32", reversed_in_the_middle)
    reading = bench(path, delegate="npu", options=ON_CPU, purpose=Purpose.PROFILE)
    assert reading.failure is None
    assert reading.profile is not None
    assert [(row.op, row.delegate, row.node) for row in reading.profile.ops] == [
        ("DELEGATE", "npu", None),
        ("REVERSE_SEQUENCE", None, None),
        ("DELEGATE", "npu", None),
    ]
    assert reading.latency is not None
    assert 0 < reading.profile.total_us < 1.1 * reading.latency.mean_us
    assert status_of(reading) is Status.PARTIAL


@needs_openvino
def test_without_an_npu_the_cpu_runs_and_that_is_told(bench: Bench) -> None:
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        reading = bench("smallconv_f32", delegate="npu", options=REAL, purpose=purpose)
        assert reading.failure is None
        placement = reading.placement
        assert placement is not None
        assert (placement.applied, placement.nodes_delegated) == ("xnnpack", 0)
        assert placement.backend == ""
        assert "libopenvino_intel_npu_compiler_loader.so" in placement.source
        assert "delegate.none" in ids(reading)
        assert status_of(reading) is Status.FALLBACK


@needs_openvino
def test_partly_on_the_cpu_without_an_npu(bench: Bench) -> None:
    path = altered(bench.folder, "smallconv_f32", reversed_in_the_middle)
    reading = bench(path, delegate="npu", options=REAL)
    assert reading.placement is not None
    assert (reading.placement.applied, reading.placement.nodes_delegated) == ("cpu", 0)
    assert status_of(reading) is Status.FALLBACK


def test_a_folder_without_a_plugin_runs_on_the_cpu(bench: Bench) -> None:
    options = NpuOptions("intel_openvino", str(bench.folder))
    reading = bench("smallconv_f32", delegate="npu", options=options)
    assert reading.placement is not None
    assert reading.placement.applied == "xnnpack"
    assert status_of(reading) is Status.FALLBACK


@needs_openvino
def test_identify_finds_it(tmp_path: Path) -> None:
    tool = LiteRtTool({})
    identity = tool.identify(HostTransport("host", tmp_path))
    assert "intel_openvino" in [Path(path).name for path in identity.libraries]
    configuration = Configuration("npu", "npu", 1, options=REAL)
    case = Case(ModelVariant("m", "v", "m.tflite", "0" * 64, 1), configuration)
    assert tool.refuse(case, identity, FACTS) is None


def test_an_openvino_of_another_version_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin needs the library of exactly the version that it was built for."""
    from ai_edge_litert import __file__ as package  # noqa: PLC0415 - loads the library

    site = tmp_path / "site"
    site.mkdir()
    (site / "ai_edge_litert").symlink_to(Path(package).parent)
    (site / "ai_edge_litert-2.3.0.dist-info").symlink_to(
        Path(package).parents[1] / "ai_edge_litert-2.3.0.dist-info"
    )
    monkeypatch.setenv("PYTHONPATH", f"{site}:{Path(__file__).parents[3]}")
    tool = LiteRtTool({})
    identity = tool.identify(HostTransport("host", tmp_path))
    configuration = Configuration("npu", "npu", 1, options=REAL)
    case = Case(ModelVariant("m", "v", "m.tflite", "0" * 64, 1), configuration)
    refusal = tool.refuse(case, identity, FACTS)
    assert refusal is not None
    assert refusal.failure.message == (
        "npu: libopenvino.so.2631 is missing: the wheel was built for OpenVINO 2026.3.1."
    )


def test_options() -> None:
    text = toml((("device", "CPU"), ("performance_mode", "throughput"), ("NUM_STREAMS", "2")))
    assert "graph.0.graph_backend = 0\ngraph.1.graph_backend = 0\n" in text
    assert text.endswith('performance_mode = 1\nconfigs_map.NUM_STREAMS = "2"\n')
    assert toml((("enable_weight_sharing", "false"),)) == "enable_weight_sharing = false\n"
    assert toml(()) == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((("device", "tpu"),), "device is tpu, not one of cpu, gpu, npu"),
        ((("backend", "cpu"),), "OpenVINO has no option 'backend'"),
        ((("CACHE_DIR", 'a"\n'),), "CACHE_DIR has a character that cannot be handed over"),
    ],
)
def test_options_that_are_none(options: Pairs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        toml(options)
