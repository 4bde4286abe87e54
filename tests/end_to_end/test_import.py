"""benchhub import: runs of files that were made elsewhere, and what works on them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from benchhub.records import Purpose, RunState, Status

from .conftest import Shop

RECORDED = Path(__file__).parents[1] / "recorded"
OLD = RECORDED / "benchmark_model" / "tensorflow-2.14.1"
NEW = RECORDED / "benchmark_model" / "litert-2026-08"
LITERT = RECORDED / "benchmark_litert_model"
# As the wheel's tool writes it (tests/unit/tools/test_wheel_json.py runs the real one).
WHEEL = {
    "model": "m.tflite",
    "accelerators": ["CPU"],
    "signature": "serving_default",
    "fully_accelerated": True,
    "num_threads": 1,
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
    assert ended.err.count("\n") <= 1
    return ended.out if code == 0 else ended.err


def page(shop: Shop) -> str:
    assert shop.call("report", "--out", "page.html").code == 0
    return (shop.root / "page.html").read_text()


def test_a_log_that_fell_back_is_a_fallback(shop: Shop) -> None:
    out = imported(shop, "m/float32/gpu/t1", OLD / "gpu.stdout", OLD / "gpu.stderr")

    run = shop.run()
    (one,) = run.invocations
    assert one.status is Status.FALLBACK
    assert one.case_id == "m/float32/gpu/t1@benchmark_model"
    assert (one.argv, one.returncode, one.seconds) == ((), None, None)
    assert "asked for gpu" in out
    assert "imported 2 files" in out
    assert run.end
    assert run.end.state is RunState.FINISHED
    assert sorted(one.artifacts) == ["gpu.stderr.txt", "gpu.stdout.txt"]
    (folder,) = (shop.root / ".benchhub" / "runs").glob("*/invocations/pixel4/*")
    assert (folder / "gpu.stdout.txt").read_bytes() == (OLD / "gpu.stdout").read_bytes()
    text = page(shop)
    assert "GPU acceleration is unsupported on this platform" in text
    assert "FALLBACK" in text


def test_the_time_of_a_file_is_all_that_is_known_of_when(shop: Shop, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes((OLD / "plain_f32.stdout").read_bytes())
    os.utime(log, (1_700_000_000, 1_700_000_000))
    imported(shop, "m/float32/xnnpack/t1", log)

    (one,) = shop.run().invocations
    assert one.started.startswith("2023-11-1")
    (told,) = [finding for finding in one.reading.findings if finding.id == "import.files"]
    assert "that of the newest file" in told.meaning


def test_several_processes_and_a_profile(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    folder.mkdir()
    for name in ("prof_mode_proto_file.stdout", "prof_mode_proto_file.prof.pb"):
        shutil.copy(NEW / name, folder / name)
    (folder / "stderr.txt").touch()
    files = [NEW / f"xnn_true.std{end}" for end in ("out", "err")]
    files += [NEW / f"result_file.{end}" for end in ("stdout", "stderr", "pb")]
    imported(shop, "m/float32/xnnpack/t1", *files, folder)

    run = shop.run()
    kinds = [(one.purpose, one.round) for one in run.invocations]
    assert kinds == [(Purpose.LATENCY, 1), (Purpose.LATENCY, 2), (Purpose.PROFILE, 1)]
    assert all(one.reading.latency for one in run.invocations)
    assert run.invocations[2].reading.profile
    listing = yaml.safe_load(run.plan.suite_text)["imported"]
    assert len(listing) == len(run.plan.imported) == 8
    assert listing[0]["sha256"] == hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert "CONV" in shop.call("ops", "--top", "3").out.upper()
    text = page(shop)
    assert "imported: 2 processes and 1 with the profiler, of 8 files" in text
    assert "not seen: the run was imported" in text
    assert "benchhub did not measure" in text
    # Nothing is shown of how it was measured.
    assert "Measure again" not in text
    assert "not in git" not in text
    assert "exactly 0" not in text


def test_the_report_says_how_to_import_again(shop: Shop, tmp_path: Path) -> None:
    inside = shop.root / "old run.log"
    shutil.copy(NEW / "plain_f32.stdout", inside)
    imported(shop, "m/float32/mine/t1", inside, code=2)
    words = ["--device", "pixel4", "--case", "m/float32/mine/t1", "--delegate", "xnnpack"]
    assert shop.call("import", str(inside), *words).code == 0

    (one,) = shop.run().plan.cases
    assert (one.configuration.name, one.configuration.delegate) == ("mine", "xnnpack")
    assert "<span>&#39;old run.log&#39;</span>" in page(shop)


def test_lists_tell_what_was_imported(shop: Shop) -> None:
    imported(shop, "m/float32/xnnpack-big/t2", NEW / "xnn_true.stdout")

    assert shop.run().plan.cases[0].configuration.affinity == "big"
    for _ in range(2):
        assert "imported" in shop.call("runs").out
        (row,) = shop.call("runs", "--json").json
        assert (row["imported"], row["suite"], row["devices"]) == (1, "import", "pixel4")
        assert shop.call("index", "rebuild").code == 0
    resumed = shop.call("run", "--resume", "latest")
    assert resumed.code == 2
    assert "was imported" in resumed.err


def test_only_profiles(shop: Shop) -> None:
    out = imported(
        shop, "m/float32/xnnpack/t1", *(LITERT / f"prof.std{end}" for end in ("out", "err"))
    )
    (one,) = shop.run().invocations
    assert one.case_id.endswith("@benchmark_litert_model")
    assert one.status is Status.OK
    assert "66 operators" in out
    # The score of the first screen: a case that was only profiled is not one that was not run.
    assert "<b>1</b> OK" in page(shop)

    imported(shop, "m/float32/none/t1", NEW / "prof_mode_csv_file.prof.csv")
    (one,) = shop.run().invocations
    assert one.status is Status.FAILED
    ops = shop.call("ops", "--json").json
    assert len(ops[0]["ops"]) == 66
    assert ops[0]["latency_us"] is None


def test_the_wheel(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "invocation.json"  # as the record beside it is called
    path.write_text(json.dumps(WHEEL))
    imported(shop, "m/float32/xnnpack/t1", path)

    (wheel,) = shop.run().invocations
    assert wheel.case_id == "m/float32/xnnpack/t1@benchmark_litert_model"
    assert wheel.reading.latency
    assert wheel.reading.latency.median_us == pytest.approx(250)
    assert wheel.artifacts == ("2-invocation.json",)


def test_a_failure_is_imported_as_one(shop: Shop) -> None:
    files = [OLD / "plain_dyn.stdout", OLD / "plain_dyn.stderr"]
    words = ["--device", "pixel4", "--case", "m/dynamic/xnnpack/t1"]
    ended = shop.call("import", *map(str, files), *words)

    (one,) = shop.run().invocations
    assert one.status is Status.FAILED
    assert ended.code == 0
    assert "newer" in ended.out
    assert ended.err == "1 of 1 process told no latency; imported as FAILED.\n"


@pytest.mark.parametrize(
    ("case", "names", "words"),
    [
        ("m/gpu/t1", ("plain_f32.stdout",), "MODEL/VARIANT/CONFIGURATION/tTHREADS"),
        ("../x/gpu/t1", ("plain_f32.stdout",), "is no id of a case"),
        ("m/f/gpu/t0", ("plain_f32.stdout",), "is no id of a case"),
        ("m/f/mine/t1", ("plain_f32.stdout",), "Say it with --delegate"),
        ("m/f/gpu/t1@litert", ("plain_f32.stdout",), "files of 'litert' cannot be imported"),
        ("m/f/gpu/t1@benchmark_litert_model", ("plain_f32.stdout",), "are of benchmark_model, not"),
        ("m/f/gpu/t1", ("result_file.pb",), "nothing in these files tells which program"),
        ("m/f/gpu/t1", ("no.txt",), "cannot be read"),
        ("m/f/gpu/t1", ("../README.md",), "is a text that begins with"),
        ("m/f/gpu/t1", ("../../models/lstm.tflite",), "is a model"),
        (
            "m/f/gpu/t1",
            ("plain_f32.stdout", "../../benchmark_litert_model/plain.stderr"),
            "are of several programs",
        ),
    ],
)
def test_what_cannot_be_imported_is_told(
    shop: Shop, case: str, names: tuple[str, ...], words: str
) -> None:
    err = imported(shop, case, *(NEW / name for name in names), code=2)

    assert words in err
    assert not list((shop.root / ".benchhub" / "runs").glob("*/plan.json"))


def test_files_that_do_not_fit_together(shop: Shop, tmp_path: Path) -> None:
    shutil.copy(NEW / "result_file.pb", tmp_path / "a.one.pb")
    shutil.copy(NEW / "result_file.pb", tmp_path / "a.two.pb")
    log = (NEW / "plain_f32.stdout").read_bytes()
    (tmp_path / "b.txt").write_bytes(log * 3)
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.txt").touch()
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate((32 << 20) + 1)

    def told(*names: str) -> str:
        return imported(shop, "m/f/gpu/t1", *(tmp_path / name for name in names), code=2)

    assert "are both a result proto" in told("a.one.pb", "a.two.pb")
    assert "tells of 3 processes" in told("b.txt")
    assert "no file is in it" in told("empty")
    assert "is empty" in told("none.txt")
    assert "larger than 32 MB" in told("large.txt")


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes there")
def test_names_that_are_no_text(shop: Shop, tmp_path: Path) -> None:
    name = tmp_path / os.fsdecode(b"\xff\n'<b>.txt")
    shutil.copy(NEW / "xnn_true.stdout", name)
    imported(shop, "m/float32/xnnpack/t1", name)

    (one,) = shop.run().invocations
    assert one.status is Status.OK
    assert one.artifacts == ("____b_.txt",)
    assert "<b>.txt" not in page(shop)
