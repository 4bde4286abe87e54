"""Each shape that a stat line can have, and the lines around it."""

from __future__ import annotations

import pytest

from benchhub.tools.benchmark_model.stdout import (
    NamedTensor,
    Stat,
    latency_of,
    memory_of,
    parse_stat,
    read_output,
    warmup_of,
)

HEADER = "Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "count=3106 first=317 curr=294 min=267 max=583 avg=319.576 std=29",
            Stat(3106, 319.576, 267.0, 583.0, 29.0),
        ),
        (
            "count=3 first=6110599 curr=4741689 min=4001601 max=6110599 avg=4.9513e+06 std=873658",
            Stat(3, 4951300.0, 4001601.0, 6110599.0, 873658.0),
        ),
        ("count=1 curr=7002091", Stat(1, 7002091.0, 7002091.0, 7002091.0)),
        ("count=5 curr=45(all same)", Stat(5, 45.0, 45.0, 45.0, 0.0)),
        ("count=0", Stat(0)),
        ("count=0 p5=0 median=0 p95=0", Stat(0)),
        (
            "count=712 min=245 max=939 avg=279.069 std=49 p5=247 median=286 p95=330",
            Stat(712, 279.069, 245.0, 939.0, 49.0, 247.0, 286.0, 330.0),
        ),
        (
            "count=1 curr=362 p5=362 median=362 p95=362",
            Stat(1, 362.0, 362.0, 362.0, None, 362.0, 362.0, 362.0),
        ),
        (
            "count=5 curr=45(all same) p5=45 median=45 p95=45",
            Stat(5, 45.0, 45.0, 45.0, 0.0, 45.0, 45.0, 45.0),
        ),
        # A column that no version has yet.
        ("count=1 curr=5 p99=5", Stat(1, 5.0, 5.0, 5.0)),
    ],
)
def test_stat_line(line: str, expected: Stat) -> None:
    assert parse_stat(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "count=",
        "count=x",
        "count=-1 curr=5",
        "count=1.5 curr=5",
        "count=1",
        "count=2 first=1 curr=1 min=1 max=1 avg=nan std=0",
        "count=2 first=1 curr=1 min=1 max=1 avg=-nan std=0",
        "count=2 first=1 curr=1 min=1 max=1 avg=inf std=0",
        "count=2 first=1 curr=1 min=1 max=1 avg=1e999 std=0",
        "count=2 first=1 curr=1 max=1 avg=1 std=0",
        "count=1 curr=5 curr=6",
        "count=1 curr=5 and more",
        "count=" + "9" * 5000,
        "count=1 curr=1_000",
        "curr=5",
    ],
)
def test_a_damaged_stat_line_is_none(line: str) -> None:
    assert parse_stat(line) is None


def test_the_first_pair_is_the_warmup_and_the_second_the_run() -> None:
    output = read_output(
        f"{HEADER}\ncount=2 first=9 curr=7 min=7 max=9 avg=8 std=1\n\n{HEADER}\ncount=1 curr=5\n"
        "Timings (microseconds): count=1 curr=999\ncount=1 curr=888\n",
        "",
    )

    warmup, latency = warmup_of(output), latency_of(output)
    assert warmup is not None
    assert (warmup.n, warmup.mean_us) == (2, 8.0)
    assert latency is not None
    assert (latency.n, latency.mean_us, latency.median_us) == (1, 5.0, None)


def test_a_damaged_warmup_does_not_make_the_run_the_warmup() -> None:
    output = read_output(f"{HEADER}\ncount=?\n{HEADER}\ncount=1 curr=5\n", "")

    assert warmup_of(output) is None
    latency = latency_of(output)
    assert latency is not None
    assert latency.mean_us == 5.0


def test_a_run_without_warmup_line_is_no_result() -> None:
    # An inference that fails ends the program after the line of the warm-up.
    assert latency_of(read_output(f"{HEADER}\ncount=1 curr=5\n", "")) is None


@pytest.mark.parametrize("prefix", ["", "INFO: ", "I tflite  : "])
def test_prefixes_of_loggers_do_not_matter(prefix: str) -> None:
    lines = [HEADER, "count=1 curr=7", HEADER, "count=1 curr=5"]
    output = read_output("".join(f"{prefix}{line}\r\n" for line in lines), "")

    latency = latency_of(output)
    assert latency is not None
    assert latency.mean_us == 5.0


@pytest.mark.parametrize(
    "title",
    ["Memory footprint delta from the start of the tool (MB)", "Peak memory footprint (MB)"],
)
def test_memory_is_told_in_whole_kib(title: str) -> None:
    memory = memory_of(read_output(f"INFO: {title}: init=8.42578 overall=567.781\n", ""))

    assert memory is not None
    # 8628 KiB, which the result file of the same run (result_file) tells exactly.
    assert memory.init_bytes == 8628 * 1024
    assert memory.overall_bytes == pytest.approx(567.781 * 1024 * 1024, abs=1024)
    assert memory.rss_peak_bytes is None


def test_without_a_memory_line_there_is_no_memory() -> None:
    assert memory_of(read_output("INFO: STARTING!\n", "")) is None
    assert memory_of(read_output("INFO: Memory footprint delta from the start: x", "")) is None


def test_lines_of_the_runtime_on_the_other_stream() -> None:
    stderr = "WARN: Tensor # 0 is named serving_default_ids:0 but flags call it ids\n"

    assert read_output("", stderr).tensors == [NamedTensor(0, "serving_default_ids:0", "ids")]
