"""Every recorded run of LiteRT's program is read, or fails for the reason that it had."""

from __future__ import annotations

import pytest

from benchhub.records import Latency, Memory, Severity, Warmup
from benchhub.tools.benchmark_litert_model.result_block import SOURCE
from tests.unit.tools.litert_program import Recording, ids, names

# Outcome: inferences, or kind of failure and exit code; applied: what the output shows.
EXPECTED = {
    "corrupt": ("exit:2", None, ("model.corrupt", "bench.fail")),
    "full": ("crash:3", None, ("delegate.strict",)),
    "gpu": (815, "cpu", ("mem.note",)),
    "help": ("exit:3", None, ()),
    "npu": (822, "cpu", ("mem.note",)),
    "peak": (828, None, ()),
    "plain": (4119, None, ("mem.note",)),
    "prof": (512, "xnnpack", ("mem.note",)),
    "result": (819, None, ("mem.note",)),
    "runtime_info": (815, "xnnpack", ("mem.note",)),
}


def test_the_table_has_every_recording() -> None:
    assert sorted(EXPECTED) == sorted(names())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_recording(name: str) -> None:
    outcome, applied, findings = EXPECTED[name]
    reading = Recording(name).read()

    assert ids(reading) == findings
    if isinstance(outcome, str):
        assert reading.failure is not None
        assert f"{reading.failure.kind}:{reading.failure.exit_code}" == outcome
        assert reading.failure.message.startswith("benchmark_litert_model ")
        assert "\n" not in reading.failure.message
        assert reading.latency is None
        return
    assert reading.failure is None
    assert reading.latency is not None
    assert reading.latency.n == outcome
    assert reading.placement is not None
    assert reading.placement.applied == applied
    assert (reading.profile is not None) == (name == "prof")


# --- times


def test_the_result_file_comes_first() -> None:
    reading = Recording("result").read()

    assert reading.latency == Latency(
        n=819,
        mean_us=pytest.approx(244.139, abs=0.001),
        median_us=239.0,
        min_us=236.0,
        max_us=749.0,
        std_us=25.0,
        p5_us=237.0,
        p95_us=271.0,
        samples_us=(),
        source="stdout, mean from result proto",
    )
    assert reading.warmup == Warmup(410, 244.263)
    assert reading.init_us == pytest.approx(4748.0)
    assert reading.first_inference_us == pytest.approx(407.0)
    assert reading.memory is not None
    assert reading.memory.source == "result proto"


def test_without_it_the_stat_lines_tell_microseconds() -> None:
    reading = Recording("peak").read()

    assert reading.latency is not None
    assert (reading.latency.mean_us, reading.latency.median_us) == (241.621, 238.0)
    assert reading.latency.source == "stdout"
    # What only the block has is rounded to 10 us and 0.01 MB.
    assert (reading.init_us, reading.first_inference_us) == (4730.0, 360.0)
    mib = 1 << 20
    assert reading.memory == Memory(
        round(17.25 * mib), round(17.62 * mib), None, round(24.30 * mib), "result block"
    )


def test_the_block_alone_is_enough_and_says_how_coarse_it_is() -> None:
    recording = Recording("plain")
    recording.stdout = ""
    reading = recording.read()

    assert reading.latency == Latency(4119, 240.0, None, 230.0, 780.0, 10.0, None, None, (), SOURCE)
    assert "10 us" in SOURCE
    assert reading.warmup == Warmup(2040, 250.0)


def test_a_block_of_a_logger_that_names_folders_is_read() -> None:
    recording = Recording("plain")
    recording.stdout = ""
    recording.stderr = recording.stderr.replace(
        "[benchmark_litert_model.h:", "[external/litert/litert/tools/benchmark_litert_model.h:"
    )

    latency = recording.read().latency
    assert latency is not None
    assert (latency.n, latency.mean_us) == (4119, 240.0)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("Inference (avg):      0.24 ms (4119 runs)", "Inference (avg):      0.24 ms (4118 runs)"),
        ("Inference (avg):      0.24 ms", "Inference (avg):      0.26 ms"),
        ("Inference (max):      0.78 ms", "Inference (max):      7.80 ms"),
    ],
)
def test_a_block_that_contradicts_the_stat_lines_is_told(line: str, instead: str) -> None:
    recording = Recording("plain")
    assert line in recording.stderr
    recording.stderr = recording.stderr.replace(line, instead)

    assert "check.result_block" in ids(recording.read())


def test_a_run_without_an_inference_is_no_result() -> None:
    recording = Recording("plain")
    recording.stdout = ""
    recording.stderr = recording.stderr.replace("(4119 runs)", "(0 runs)")

    failure = recording.read().failure
    assert failure is not None
    assert "without an inference" in failure.message


def test_a_damaged_result_file_leaves_the_text() -> None:
    recording = Recording("result")
    recording.files["result.pb"] = recording.files["result.pb"][:-3]
    reading = recording.read()

    assert "check.result_proto" in ids(reading)
    assert reading.latency is not None
    assert reading.latency.source == "stdout"


def test_full_delegation_with_the_cpu_says_what_to_do() -> None:
    failure = Recording("full").read().failure

    assert failure is not None
    assert "SIGABRT" in failure.message
    assert "incompatible" in failure.message
    assert failure.advice


def test_a_damaged_model_is_a_fault_of_the_model() -> None:
    failure = Recording("corrupt").read().failure

    assert failure is not None
    assert "should be 'TFL3'" in failure.message


def test_an_ignored_flag_fails_the_run() -> None:
    recording = Recording("plain")
    recording.stdout += "WARN: Unconsumed cmdline flags: --gpu_serialization_dir=x\n"
    failure = recording.read().failure

    assert failure is not None
    assert "--gpu_serialization_dir=x" in failure.message


def test_unmet_wishes_are_silent_only_where_they_were_wishes() -> None:
    """LiteRT registers whatever it finds, also for a run on the CPU."""
    lines = (
        "WARNING: [npu_registry.cc:34] NPU accelerator could not be loaded and registered: x.\n"
        "WARNING: [gpu_registry.cc:131] GPU accelerator could not be loaded and registered.\n"
    )
    recording = Recording("plain")
    recording.stderr = lines + recording.stderr

    assert ids(recording.read("xnnpack")) == ("mem.note",)
    assert "litert.gpu_lib" in ids(recording.read("gpu"))
    assert "litert.npu" not in ids(recording.read("gpu"))
    assert "litert.npu" in ids(recording.read("npu"))


def test_an_npu_that_another_environment_lacks_is_noise() -> None:
    recording = Recording("npu")
    recording.stderr = (
        "INFO: [auto_registration.cc:40] NPU accelerator registered.\n"
        "WARNING: [npu_registry.cc:34] NPU accelerator could not be loaded and registered: x.\n"
        + recording.stderr
    )
    reading = recording.read()

    found = next(one for one in reading.findings if one.id == "litert.npu")
    assert found.severity is Severity.NOISE
    assert reading.placement is not None
    assert reading.placement.applied is None
    assert "litert.silent" in ids(reading)
