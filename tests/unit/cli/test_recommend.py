from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchhub.analysis.blessing import Blessing, DeviceVerdict, ModelVerdict, Picked
from benchhub.analysis.summary import summarise
from benchhub.cli import main
from benchhub.cli.blessing import judge
from benchhub.cli.running import exit_code
from benchhub.records import Limits, Reading, Run, Status

from ..analysis.choices import FLOAT32, INT8, INT8_IO, OFFERS, lost, run_of, unfinished

ROOM = Limits(max_latency_ms=0.2, max_accuracy_drop=0.01)
TIGHT = Limits(max_latency_ms=0.01)
SPANNED = Limits(max_latency_ms=0.099, max_accuracy_drop=0.01)

POINT = "0.01 is one percentage point."


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["recommend", *words], catch_exceptions=False)


def test_the_answer_in_words(keep: Callable[[Run], Path]) -> None:
    keep(run_of(*OFFERS))
    result = ask()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "digits on host · no limits"
    assert " ".join(lines[1].split()) == "configuration ms ± 95 % MB gzip MB top-1 points"
    assert [line.split()[0] for line in lines[2:6]] == [
        "int8_io/xnnpack/t1",
        "int8/xnnpack/t1",
        "float16/xnnpack/t1",
        "float32/xnnpack/t1",
    ]
    assert lines[3].endswith("pick")
    assert lines[5].endswith("dominated")
    assert lines[6].startswith("  pick: int8/xnnpack/t1. 3.04× faster than float32/xnnpack/t1, ")
    assert max(len(line) for line in lines[:6]) <= 80


def test_without_labels_the_difference_is_shown_but_does_not_decide(
    keep: Callable[[Run], Path],
) -> None:
    blind = [replace(one, top1=None, agreement=0.98) for one in (INT8, INT8_IO)]
    keep(run_of(replace(FLOAT32, top1=None), *blind))
    lines = ask().stdout.splitlines()
    assert " ".join(lines[1].split()) == "configuration ms ± 95 % MB gzip MB same top-1"
    assert lines[2].startswith("  int8_io/xnnpack/t1 ")
    assert lines[2].endswith("98.0\N{NO-BREAK SPACE}%  pick")
    assert lines[3].endswith("\N{EN DASH}  dominated")
    assert lines[-2].endswith("same top-1 on 98.0 % of 360 examples without labels.")


@pytest.mark.parametrize(
    ("words", "code", "pick"),
    [
        ((), 0, "digits/int8/xnnpack/t1"),
        (
            ("--max-latency-ms", "0.5", "--max-accuracy-drop", "0.001"),
            0,
            "digits/float16/xnnpack/t1",
        ),
        (("--max-latency-ms", "0.01"), 6, None),
        (("--max-latency-ms", "0.099", "--max-accuracy-drop", "0.01"), 4, None),
        (("--max-size-mb", "0.0255"), 0, "digits/int8_io/xnnpack/t1"),
    ],
)
def test_the_pick_and_the_exit_code(
    keep: Callable[[Run], Path], words: tuple[str, ...], code: int, pick: str | None
) -> None:
    keep(run_of(*OFFERS))
    result = ask("latest", "--json", *words)
    assert result.exit_code == code
    (choice,) = json.loads(result.stdout)["choices"]
    assert choice["pick"] == pick
    assert choice["verdict"] == ({0: "BLESSED", 4: "UNTOLD", 6: "REFUSED"}[code] if words else None)
    assert len(choice["candidates"]) == 4
    assert all(one["efficient"] in (True, False) for one in choice["candidates"])


def test_the_suites_budget_is_asked_for_and_the_command_line_replaces_it(
    keep: Callable[[Run], Path],
) -> None:
    keep(run_of(*OFFERS, limits=TIGHT))
    assert ask().exit_code == 6
    assert "no pick, REFUSED: Nothing meets the limits." in ask().stdout
    assert ask("--max-size-mb", "1").exit_code == 0


def test_devices_and_models_can_be_chosen(keep: Callable[[Run], Path]) -> None:
    other = replace(INT8, model="letters")
    keep(run_of(*OFFERS, other, devices=("host", "pi4")))
    choices = json.loads(ask("--json").stdout)["choices"]
    assert [(one["device"], one["model"]) for one in choices] == [
        ("host", "digits"),
        ("host", "letters"),
        ("pi4", "digits"),
        ("pi4", "letters"),
    ]
    choices = json.loads(ask("--json", "--device", "pi*", "--model", "letters").stdout)["choices"]
    assert [(one["device"], one["model"]) for one in choices] == [("pi4", "letters")]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--device", "pi5"), 2, "run 01EXAMPL has no device 'pi5'. It has host."),
        (("--model", "cat"), 2, "run 01EXAMPL has no model 'cat'. It has digits."),
        (("--max-latency-ms", "-1"), 2, "--max-latency-ms -1: a limit is a number above 0."),
        (("--max-latency-ms", "nan"), 2, "--max-latency-ms nan: a limit is a number above 0."),
        (("--max-size-mb", "0"), 2, "--max-size-mb 0: a limit is a number above 0."),
        (
            ("--max-accuracy-drop", "1.5"),
            2,
            f"--max-accuracy-drop 1.5: a drop is a number from 0 to 1. {POINT}",
        ),
        (("X",), 2, "there is no run 'X'. benchhub runs lists them."),
        (
            ("--bless", "b.json", "--device", "host"),
            2,
            "--bless judges the whole run; leave --device and --model away.",
        ),
    ],
)
def test_a_question_that_makes_no_sense_is_one_line(
    keep: Callable[[Run], Path], words: tuple[str, ...], code: int, message: str
) -> None:
    keep(run_of(*OFFERS))
    result = ask(*words)
    assert (result.exit_code, result.stderr, result.stdout) == (code, f"{message}\n", "")


def test_a_run_without_measurements_has_nothing_to_choose_from(
    keep: Callable[[Run], Path],
) -> None:
    keep(replace(run_of(*OFFERS), invocations=(), end=None))
    result = ask()
    assert result.exit_code == 5
    assert result.stderr == (
        "run 01EXAMPL has no measurements, so there is nothing to choose from. "
        "Go on with it: benchhub run --resume 01EXAMPL\n"
    )


def test_what_fell_back_is_left_out_and_said_so(keep: Callable[[Run], Path]) -> None:
    keep(run_of(replace(INT8, status=Status.FALLBACK)))
    result = ask()
    assert result.exit_code == 4
    assert "no pick, cannot be told: No case has a number that can be trusted." in result.stdout
    assert "left out: int8/xnnpack/t1: FALLBACK: it ran on built-in kernels" in result.stdout


def test_the_answer_in_a_file(keep: Callable[[Run], Path]) -> None:
    root = keep(run_of(*OFFERS))
    result = ask("--json", "--out", "new/choice.json")
    assert json.loads((root / "new" / "choice.json").read_text()) == json.loads(result.stdout)


def test_a_file_that_cannot_be_written(keep: Callable[[Run], Path]) -> None:
    root = keep(run_of(*OFFERS, limits=ROOM))
    (root / "file").write_text("")
    for option in ("--out", "--bless"):
        result = ask(option, "file/choice.json")
        assert result.exit_code == 3
        assert result.stderr.startswith("file/choice.json: cannot be written: ")
        assert len(result.stderr.splitlines()) == 1


def test_a_blessing_made_again(keep: Callable[[Run], Path]) -> None:
    root = keep(run_of(*OFFERS, limits=ROOM))
    result = ask("--bless", "b.json")
    assert (result.exit_code, result.stderr) == (0, "BLESSED: b.json\n")
    written = json.loads((root / "b.json").read_text())
    assert written["format"] == 1
    assert written["limits_from"] == "suite"
    assert written["models"][0]["devices"][0]["pick"]["sha256"] == INT8.case.variant.sha256

    result = ask("--bless", "b.json", "--max-size-mb", "0.001")
    assert result.exit_code == 6
    written = json.loads((root / "b.json").read_text())
    assert (written["verdict"], written["limits_from"]) == ("REFUSED", "command line")


def test_a_run_that_is_not_whole_leaves_no_blessing(keep: Callable[[Run], Path]) -> None:
    root = keep(unfinished(run_of(*OFFERS, limits=ROOM)))
    (root / "b.json").write_text('{"verdict": "BLESSED"}')
    result = ask("--bless", "b.json")
    assert result.exit_code == 2
    assert result.stderr == (
        "run 01EXAMPL cannot be blessed: it did not end: 1 of 12 invocations are left.\n"
    )
    assert not (root / "b.json").exists()


@pytest.mark.parametrize(("limits", "code"), [(None, 0), (ROOM, 0), (TIGHT, 6), (SPANNED, 4)])
def test_a_run_ends_with_the_code_of_its_budget(limits: Limits | None, code: int) -> None:
    assert exit_code(run_of(*OFFERS, limits=limits)) == code


def test_another_failure_counts_more_than_a_budget() -> None:
    run = run_of(*OFFERS, limits=TIGHT)
    assert exit_code(lost(run, "host")) == 3
    failed = run_of(FLOAT32, replace(INT8, status=Status.FAILED), limits=TIGHT)
    assert exit_code(failed) == 3
    fallen = run_of(FLOAT32, replace(INT8, status=Status.FALLBACK), limits=SPANNED)
    assert exit_code(fallen) == 6


def test_a_run_that_did_not_end_cannot_be_told() -> None:
    assert exit_code(unfinished(run_of(*OFFERS, limits=ROOM))) == 4


def test_a_run_writes_its_blessing_beside_the_report(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "digits.blessing.json"
    blessing, said = judge(summarise(run_of(*OFFERS, limits=ROOM)), path)
    assert blessing is not None
    assert said == ["digits: BLESSED int8/xnnpack/t1 for host"]
    assert json.loads(path.read_text())["verdict"] == "BLESSED"

    blessing, said = judge(summarise(lost(run_of(*OFFERS, limits=ROOM), "host")), path)
    assert blessing is None
    assert said == ["no blessing for digits: host was lost: the board does not answer"]
    assert not path.exists()

    path.write_text('{"verdict": "BLESSED"}')
    assert judge(summarise(run_of(*OFFERS)), path) == (None, [])
    assert not path.exists()


@pytest.mark.parametrize("kind", [Blessing, ModelVerdict, DeviceVerdict, Picked, Limits])
def test_the_manual_names_every_field_of_a_blessing(repository: Path, kind: type) -> None:
    text = (repository / "docs" / "recommend.md").read_text()
    for one in fields(kind):
        assert f"`{one.name}`" in text, one.name


def test_a_case_without_a_number_is_left_out() -> None:
    run = run_of(FLOAT32, INT8, limits=ROOM)
    empty = tuple(
        replace(one, reading=Reading()) if one.case_id == INT8.case.id else one
        for one in run.invocations
    )
    assert exit_code(replace(run, invocations=empty)) == 6
