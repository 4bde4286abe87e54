"""Every recorded run of the real programs is read, or fails for the reason that it had."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    InputSpec,
    Measure,
    Memory,
    ModelVariant,
    Purpose,
    Reading,
    Warmup,
)
from benchhub.records.trust import judged
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.tool import Artifacts

RECORDED = Path(__file__).parents[2] / "recorded" / "benchmark_model"
OLD, NEW, PROVIDERS = "tensorflow-2.14.1", "litert-2026-08", "litert-2026-08-providers"

# Name under which the tool gets a recorded file back, by the end of its name.
FILES = {
    ".prof.pb": "op_profile.pb",
    ".csv": "op_profile.csv",
    "runtime_info.pb": "runtime_info.pb",
    "runtime_info_noxnn.pb": "runtime_info.pb",
    ".pb": "result.pb",
}


class Recording:
    """One recorded run: its command, its end, what it printed and wrote."""

    def __init__(self, folder: str, name: str) -> None:
        lines = (RECORDED / folder / "runs.tsv").read_text().splitlines()[1:]
        _, returncode, command = next(row for line in lines if (row := line.split("\t"))[0] == name)
        self.argv = tuple(command.split(" "))
        self.returncode = int(returncode)
        self.stdout = self._text(folder, name, "stdout")
        self.stderr = self._text(folder, name, "stderr")
        self.files = {
            next(to for end, to in FILES.items() if path.name.endswith(end)): path.read_bytes()
            for path in sorted((RECORDED / folder).glob(f"{name}.*"))
            if path.suffix in {".pb", ".csv"}
        }

    @staticmethod
    def _text(folder: str, name: str, stream: str) -> str:
        path = RECORDED / folder / f"{name}.{stream}"
        return path.read_text() if path.exists() else ""

    def flag(self, name: str, default: str) -> str:
        found = [word.partition("=")[2] for word in self.argv if word.startswith(f"--{name}=")]
        return found[0] if found else default

    @property
    def requested(self) -> str:
        """The delegate that the command asks for, as a suite would; XNNPACK by its flag only."""
        if self.flag("external_delegate_path", ""):
            return "external"
        for flag in ("gpu", "nnapi", "hexagon", "coreml", "xnnpack"):
            if self.flag(f"use_{flag}", "false") == "true":
                return flag
        return "none"

    def read(self, tool: BenchmarkModelTool, inputs: tuple[InputSpec, ...] = ()) -> Reading:
        delegate = self.requested
        purpose = (
            Purpose.PROFILE
            if self.flag("enable_op_profiling", "false") == "true"
            else Purpose.LATENCY
        )
        case = Case(
            ModelVariant("m", "v", "m.tflite", "0" * 64, 1, inputs=inputs),
            Configuration(delegate, delegate, 1),
            tool.name,
        )
        measure = Measure(
            rounds=1,
            profile_rounds=1,
            num_runs=int(self.flag("num_runs", "50").replace("abc", "50")),
            min_secs=float(self.flag("min_secs", "1")),
            max_secs=150.0,
            warmup_runs=1,
            warmup_min_secs=0.5,
            run_delay_s=0.0,
            cooldown_s=0.0,
            timeout_s=60.0,
        )
        result = CommandResult(self.argv, self.returncode, self.stdout, self.stderr, 1.0)
        return tool.parse(case, measure, purpose, Artifacts(result, self.files))


def names(folder: str) -> list[str]:
    lines = (RECORDED / folder / "runs.tsv").read_text().splitlines()[1:]
    return [line.split("\t")[0] for line in lines]


FOLDERS = {"old": OLD, "new": NEW, "providers": PROVIDERS}
# Outcome: ok, or kind of failure and exit code; applied: None where it cannot be told. The figures
# were checked against the raw files with grep: the second `count=` line, `nodes observed`.
EXPECTED = RECORDED / "expected.tsv"
ROWS = [tuple(line.split("\t")) for line in EXPECTED.read_text().splitlines()[1:]]


@pytest.fixture
def tool() -> BenchmarkModelTool:
    return BenchmarkModelTool({"path": "tools/benchmark_model"})


def test_the_table_has_every_recording() -> None:
    for key, folder in FOLDERS.items():
        assert [row[1] for row in ROWS if row[0] == key] == names(folder)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_recording(row: tuple[str, ...], tool: BenchmarkModelTool) -> None:
    folder, name, requested, outcome, n, statistic, value, ops, applied, status, findings = row
    recording = Recording(FOLDERS[folder], name)
    reading = recording.read(tool)
    configuration = Configuration(requested, requested, 1)

    assert recording.requested == requested
    assert judged(configuration, reading)[1].value == status

    assert tuple(finding.id for finding in reading.findings) == listed(findings)
    if outcome != "ok":
        kind, code = outcome.split(":")
        assert reading.failure is not None
        assert (reading.failure.kind, reading.failure.exit_code) == (kind, int(code))
        assert "\n" not in reading.failure.message
        assert reading.latency is None
        return
    assert reading.failure is None
    assert reading.latency is not None
    assert reading.latency.n == int(n)
    assert reading.latency.statistic == statistic
    assert reading.latency.value_us == pytest.approx(float(value))
    assert reading.placement is not None
    assert str(reading.placement.applied) == applied
    assert (len(reading.profile.ops) if reading.profile else None) == (
        None if ops == "-" else int(ops)
    )


def listed(words: str) -> tuple[str, ...]:
    return () if words == "-" else tuple(words.split(","))


def test_a_run_of_the_old_program_in_full(tool: BenchmarkModelTool) -> None:
    reading = Recording(OLD, "peak_mem").read(tool)

    latency, memory = reading.latency, reading.memory
    assert latency is not None
    assert (latency.n, latency.mean_us, latency.min_us, latency.max_us, latency.std_us) == (
        3446,
        287.844,
        264.0,
        2612.0,
        64.0,
    )
    assert (latency.median_us, latency.p5_us, latency.p95_us) == (None, None, None)
    assert latency.samples_us == ()
    assert latency.source == "stdout"
    assert reading.warmup == Warmup(1553, 319.366)
    assert (reading.init_us, reading.first_inference_us) == (6668.0, 1202.0)
    # 16.6328, 17.7578 and 25.6055 MB, which are whole KiB.
    assert memory == Memory(17032 * 1024, 18184 * 1024, None, 26220 * 1024, "stdout")


def test_a_run_of_the_new_program_in_full(tool: BenchmarkModelTool) -> None:
    reading = Recording(NEW, "result_file_peak").read(tool)

    latency = reading.latency
    assert latency is not None
    assert latency.mean_us == pytest.approx(262.819, abs=0.001)
    assert (latency.median_us, latency.p5_us, latency.p95_us) == (255.0, 253.0, 309.0)
    assert (latency.min_us, latency.max_us, latency.std_us) == (251.0, 404.0, 19.0)
    assert latency.source == "stdout, mean from result proto"
    assert reading.memory is not None
    assert reading.memory.source == "result proto"
    assert reading.memory.init_bytes == 8552 * 1024
    assert reading.memory.rss_peak_bytes == 23940 * 1024


def test_without_a_warmup_there_is_no_first_inference(tool: BenchmarkModelTool) -> None:
    reading = Recording(NEW, "num_runs1").read(tool)

    assert reading.warmup is None
    assert reading.first_inference_us is None
    assert reading.latency is not None
    assert reading.latency.std_us is None


def test_growth_of_nothing_is_no_figure(tool: BenchmarkModelTool) -> None:
    """A maximum that was not passed: the process that started the program was larger."""
    assert "init=0 overall=0" in Recording(NEW, "plain_int8").stdout
    assert Recording(NEW, "plain_int8").read(tool).memory is None

    memory = Recording(NEW, "runtime_info_noxnn").read(tool).memory
    assert memory == Memory(None, 3464 * 1024, None, None, "stdout")


@pytest.mark.parametrize(
    ("folder", "name", "expected"),
    [
        (OLD, "xnn_f32", ("xnnpack", "xnnpack", None, None, 1)),
        (OLD, "cmp_mnv2_035_96_int8_fio_true", ("xnnpack", "xnnpack", None, None, 2)),
        (OLD, "noxnn_f32", ("none", "none", 0, None, 0)),
        (OLD, "ext_test", ("external", "cpu", None, None, None)),
        (OLD, "gpu", ("gpu", "cpu", None, None, None)),
        (NEW, "ext_missing", ("external", "cpu", None, None, None)),
        (PROVIDERS, "use_nnapi", ("nnapi", "cpu", None, None, None)),
        (NEW, "runtime_info", ("none", "xnnpack", 65, 65, 1)),
        (NEW, "runtime_info_noxnn", ("none", "none", 0, 65, 0)),
    ],
)
def test_placement(
    folder: str, name: str, expected: tuple[object, ...], tool: BenchmarkModelTool
) -> None:
    placement = Recording(folder, name).read(tool).placement

    assert placement is not None
    assert (
        placement.requested,
        placement.applied,
        placement.nodes_delegated,
        placement.nodes_total,
        placement.partitions,
    ) == expected
    assert placement.source


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain_f32", ("none", "xnnpack", 64, 66, None)),
        ("cmp_mnv2_035_96_int8_fio_true", ("xnnpack", "xnnpack", 64, 66, 2)),
    ],
)
def test_placement_where_the_runtime_counts_its_nodes(
    name: str, expected: tuple[object, ...], tool: BenchmarkModelTool
) -> None:
    """Android's and debug builds print the line that others keep to themselves."""
    recording = Recording(OLD, name)
    recording.stderr += (
        "VERBOSE: Replacing 64 out of 66 node(s) with delegate (TfLiteXNNPackDelegate) node, "
        "yielding 3 partitions for the whole graph.\n"
    )
    placement = recording.read(tool).placement

    assert placement is not None
    # The 3 partitions are those of the whole graph, not of the delegate alone.
    assert (
        placement.requested,
        placement.applied,
        placement.nodes_delegated,
        placement.nodes_total,
        placement.partitions,
    ) == expected
    assert placement.source.startswith("Replacing 64 out of 66")


@pytest.mark.parametrize(
    ("name", "words", "advice"),
    [
        ("plain_dyn", "'FULLY_CONNECTED' version '12'", "Use a newer program"),
        ("missing_model", "Could not open '/nonexistent.tflite'", "Check that the file"),
        ("embed_out_of_range", "Node number 3 (GATHER) failed to invoke", "range in the suite"),
        ("layer_bad_shape", "Node number 6 (RESHAPE) failed to prepare", "shape"),
        ("layer_too_many", "SIGABRT", "all inputs of the model"),
        ("coral_like_ext_missing", "SIGSEGV", "dependencies of the delegate's library"),
        ("sigterm", "exit code 124", "kept with the invocation"),
        ("dry_run", "without an inference", "kept with the invocation"),
        ("unknown_flag", "--no_such_flag=1", "knows the flag"),
    ],
)
def test_failures_say_what_and_what_next(
    name: str, words: str, advice: str, tool: BenchmarkModelTool
) -> None:
    failure = Recording(OLD, name).read(tool).failure

    assert failure is not None
    assert words in failure.message
    assert advice in failure.advice


def test_several_signatures_are_listed(tool: BenchmarkModelTool) -> None:
    failure = Recording(NEW, "multi_sig").read(tool).failure

    assert failure is not None
    assert "soft_sig" in failure.message
    assert "while_sig" in failure.message


def test_inputs_in_another_order_than_the_model_has_are_found(tool: BenchmarkModelTool) -> None:
    # The model's first tensor is called serving_default_b:0 (measured with two_in.tflite).
    recording = Recording(OLD, "two_layers")
    recording.stdout = recording.stdout.replace(
        "INFO: The input model file size",
        "WARN: Tensor # 0 is named serving_default_b:0 but flags call it a\n"
        "WARN: Tensor # 1 is named serving_default_a:0 but flags call it b\n"
        "INFO: The input model file size",
    )
    swapped = (InputSpec("a", (1, 8)), InputSpec("b", (1, 4)))
    same = (InputSpec("a", (1, 8)), InputSpec("b", (1, 8)))

    assert "check.input_order" in ids(recording.read(tool, swapped))
    assert "check.input_order" not in ids(recording.read(tool, same))


def test_a_fixed_number_of_runs_that_was_not_made_is_told(tool: BenchmarkModelTool) -> None:
    recording = Recording(OLD, "num_runs_3")
    assert "check.num_runs" not in ids(recording.read(tool))

    recording.argv = tuple(word.replace("num_runs=3", "num_runs=4") for word in recording.argv)
    assert "check.num_runs" in ids(recording.read(tool))


def test_a_result_file_that_contradicts_the_text_is_told(tool: BenchmarkModelTool) -> None:
    recording = Recording(NEW, "result_file")
    other = Recording(NEW, "result_file_peak")
    recording.files = other.files
    reading = recording.read(tool)

    assert "check.result_proto" in ids(reading)
    assert reading.latency is not None
    assert reading.latency.n == 760
    assert reading.latency.source == "stdout"


def test_the_result_file_is_enough_where_the_text_is_lost(tool: BenchmarkModelTool) -> None:
    recording = Recording(NEW, "result_file")
    recording.stdout = "garbage"
    reading = recording.read(tool)

    assert reading.failure is None
    assert reading.latency is not None
    assert (reading.latency.n, reading.latency.source) == (760, "result proto")
    assert reading.latency.median_us == pytest.approx(257.0)
    assert reading.warmup == Warmup(318, pytest.approx(311.792, abs=0.001))
    assert reading.init_us == pytest.approx(7027.0, abs=0.01)


def test_a_damaged_result_file_leaves_the_text(tool: BenchmarkModelTool) -> None:
    recording = Recording(NEW, "result_file")
    recording.files = {"result.pb": recording.files["result.pb"][:-3]}
    reading = recording.read(tool)

    assert "check.result_proto" in ids(reading)
    assert reading.latency is not None
    assert reading.latency.source == "stdout"


def test_a_damaged_stat_line_is_no_result(tool: BenchmarkModelTool) -> None:
    recording = Recording(OLD, "plain_f32")
    recording.stdout = recording.stdout.replace("avg=319.576", "avg=-nan")
    failure = recording.read(tool).failure

    assert failure is not None
    assert failure.kind == "no_result"


def test_figures_that_contradict_each_other_are_told(tool: BenchmarkModelTool) -> None:
    recording = Recording(OLD, "plain_f32")
    recording.stdout = recording.stdout.replace("Inference (avg): 319.576", "Inference (avg): 219")

    assert "check.stat_line" in ids(recording.read(tool))


def test_placements_that_contradict_each_other_are_told(tool: BenchmarkModelTool) -> None:
    recording = Recording(NEW, "xnn_true")
    recording.files = Recording(NEW, "runtime_info_noxnn").files
    reading = recording.read(tool)

    assert "check.placement" in ids(reading)
    assert reading.placement is not None
    assert reading.placement.applied == "none"


def test_a_profile_that_did_not_come_back_is_a_failure(tool: BenchmarkModelTool) -> None:
    recording = Recording(OLD, "op_prof_csv")
    recording.files = {}
    failure = recording.read(tool).failure

    assert failure is not None
    assert failure.kind == "no_result"
    assert "no file came back" in failure.message


def ids(reading: Reading) -> set[str]:
    return {finding.id for finding in reading.findings}
