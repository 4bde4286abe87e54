"""benchhub import: runs of files that were made elsewhere, and what works on them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchhub.records import Purpose, RunState, Status

from .conftest import Shop

RECORDED = Path(__file__).parents[1] / "recorded"
OLD = RECORDED / "benchmark_model" / "tensorflow-2.14.1"
NEW = RECORDED / "benchmark_model" / "litert-2026-08"
LITERT = RECORDED / "benchmark_litert_model"
WHEEL = {
    "model": "m.tflite",
    "model_size_mb": 1.0,
    "accelerators": ["CPU"],
    "signature": "serving_default",
    "fully_accelerated": True,
    "num_threads": 1,
    "throughput_mb_s": 4.0,
    "latency": {
        "init_ms": 4.0,
        "warmup_first_ms": 0.4,
        "warmup_avg_ms": 0.3,
        "num_warmup_runs": 5,
        "avg_ms": 0.25,
        "min_ms": 0.24,
        "max_ms": 0.31,
        "median_ms": 0.25,
        "std_ms": 0.01,
        "p5_ms": 0.24,
        "p95_ms": 0.27,
        "num_runs": 50,
    },
}


def imported(shop: Shop, case: str, *files: Path, code: int = 0) -> str:
    ended = shop.call("import", *map(str, files), "--device", "pixel4", "--case", case)
    assert ended.code == code, ended.err
    return ended.out if code == 0 else ended.err


def test_a_log_that_fell_back_is_a_fallback(shop: Shop) -> None:
    out = imported(shop, "m/float32/gpu/t1", OLD / "gpu.stdout", OLD / "gpu.stderr")

    run = shop.run()
    (one,) = run.invocations
    assert one.status is Status.FALLBACK
    assert one.case_id == "m/float32/gpu/t1@benchmark_model"
    assert (one.argv, one.returncode) == ((), None)
    assert "asked for gpu" in out
    assert run.end
    assert run.end.state is RunState.FINISHED
    assert sorted(one.artifacts) == ["gpu.stderr", "gpu.stdout"]


def test_the_time_of_a_file_is_all_that_is_known_of_when(shop: Shop, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes((OLD / "plain_f32.stdout").read_bytes())
    os.utime(log, (1_700_000_000, 1_700_000_000))
    imported(shop, "m/float32/xnnpack/t1", log)

    (one,) = shop.run().invocations
    assert one.started.startswith("2023-11-1")
    (told,) = [finding for finding in one.reading.findings if finding.id == "import.files"]
    assert "newest" in told.meaning


def test_several_processes_and_a_profile(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    folder.mkdir()
    for name in ("prof_mode_proto_file.stdout", "prof_mode_proto_file.prof.pb"):
        (folder / name).write_bytes((NEW / name).read_bytes())
    files = [NEW / f"plain_f32.std{end}" for end in ("out", "err")]
    files += [NEW / f"result_file.{end}" for end in ("stdout", "stderr", "pb")]
    imported(shop, "m/float32/xnnpack/t1", *files, folder)

    run = shop.run()
    kinds = [(one.purpose, one.round) for one in run.invocations]
    assert kinds == [(Purpose.LATENCY, 1), (Purpose.LATENCY, 2), (Purpose.PROFILE, 1)]
    assert all(one.reading.latency for one in run.invocations)
    assert run.invocations[2].reading.profile
    assert run.invocations[1].reading.latency
    listed = shop.call("runs").out
    assert "import" in listed
    assert "CONV" in shop.call("ops", "--top", "3").out.upper()
    assert shop.call("report").code == 0
    (page,) = (shop.root / "reports").glob("import-*.html")
    assert "Imported from" in page.read_text()
    assert "result_file.pb" in page.read_text()
    assert shop.call("index", "rebuild").code == 0


def test_litert_and_the_wheel(shop: Shop, tmp_path: Path) -> None:
    imported(shop, "m/float32/xnnpack/t1", *(LITERT / f"prof.std{end}" for end in ("out", "err")))
    profile = shop.run().invocations[0]
    path = tmp_path / "wheel.json"
    path.write_text(json.dumps(WHEEL))
    imported(shop, "m/float32/xnnpack/t1", path)
    wheel = shop.run().invocations[0]

    assert profile.case_id.endswith("@benchmark_litert_model")
    assert profile.reading.profile
    assert wheel.case_id == "m/float32/xnnpack/t1"
    assert wheel.reading.latency
    assert wheel.reading.latency.median_us == pytest.approx(250)


def test_a_failure_is_imported_as_one(shop: Shop) -> None:
    out = imported(shop, "m/dynamic/xnnpack/t1", OLD / "plain_dyn.stdout", OLD / "plain_dyn.stderr")

    (one,) = shop.run().invocations
    assert one.status is Status.FAILED
    assert "newer" in out


@pytest.mark.parametrize(
    ("case", "names", "words"),
    [
        ("m/gpu/t1", ("plain_f32.stdout",), "is no id of a case"),
        ("m/f/mine/t1", ("plain_f32.stdout",), "Say it with --delegate"),
        ("m/f/gpu/t1@litert", ("plain_f32.stdout",), "these files are of benchmark_model"),
        ("m/f/gpu/t1@nothing", ("plain_f32.stdout",), "no tool is called 'nothing'"),
        ("m/f/gpu/t1", ("no.txt",), "cannot be read"),
        ("m/f/gpu/t1", ("../README.md",), "is a text that begins with"),
    ],
)
def test_what_cannot_be_imported_is_told(
    shop: Shop, case: str, names: tuple[str, ...], words: str
) -> None:
    err = imported(shop, case, *(NEW / name for name in names), code=2)

    assert words in err
    assert not list((shop.root / ".benchhub" / "runs").glob("*/plan.json"))
