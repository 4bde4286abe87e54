"""Workflow commands as the runner reads them, and the summary of a step."""

import re
from dataclasses import replace

from hypothesis import given, settings

from benchhub.analysis.verdicts import Comparison
from benchhub.exports.github import ANNOTATIONS, annotations, step_summary
from benchhub.records import Failure, Verdict

from .hostile import comparison, comparisons, many

# How actions/runner takes a line apart: `::command key=value,...::message`.
COMMAND = re.compile(r"::(?P<level>[a-z]+) title=(?P<title>[^,:]*)::(?P<message>.*)")
LIMIT = 1024 * 1024


def read(line: str) -> tuple[str, str, str]:
    """What the runner makes of a line."""
    found = COMMAND.fullmatch(line)
    assert found, line
    title, message = found["title"], found["message"]
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        title = title.replace(code, sign)
        message = message if code in ("%3A", "%2C") else message.replace(code, sign)
    return found["level"], title, message


def test_only_what_needs_a_look_is_annotated_worst_first() -> None:
    lines = [read(line) for line in annotations(comparison())]
    assert [(level, title) for level, title, _ in lines] == [
        ("error", "REGRESSED digits/int8/xnnpack/t1 on host"),
        ("warning", "INCONCLUSIVE digits/float16/xnnpack/t1 on host"),
    ]
    assert "+10.6 % [+10.0 % to +11.3 %], 8 pairs" in lines[0][2]


def test_nothing_to_say() -> None:
    passed = replace(comparison(), cases=comparison().cases[1:2])
    assert annotations(passed) == []


def test_the_lab_is_an_error_of_its_own() -> None:
    case = replace(comparison().cases[1], verdict=Verdict.INVALID, infrastructure=True)
    lost = (("pi4", Failure("refused", "no route: host, 10 %", "Check\nit.", 3)),)
    lines = annotations(replace(comparison(), cases=(case,), lost=lost))
    found = [read(line) for line in lines]
    assert found[0] == ("error", "pi4 was lost", "no route: host, 10 % Check it.")
    assert found[1][:2] == ("error", "INVALID (lab) digits/float32/xnnpack/t1 on host")


def test_at_most_ten_and_the_last_one_counts_the_others() -> None:
    lines = [read(line) for line in annotations(many(100))]
    assert len(lines) == ANNOTATIONS
    assert [level for level, *_ in lines] == ["error"] * 9 + ["warning"]
    # 25 REGRESSED and 25 INCONCLUSIVE, nine of them above.
    assert lines[-1][2].startswith("41 more")


@settings(deadline=None, max_examples=60)
@given(found=comparisons())
def test_no_text_starts_a_command_of_its_own(found: Comparison) -> None:
    lines = annotations(found)
    assert len(lines) <= ANNOTATIONS
    for line in lines:
        assert len(line.splitlines()) == 1 or not line  # str knows more line breaks than runners
        read(line)
        line.encode()
    assert len(step_summary(found).encode()) < LIMIT


def test_the_summary_is_below_the_limit_and_worst_first() -> None:
    text = step_summary(many(20_000))
    assert LIMIT // 2 < len(text.encode()) < LIMIT
    assert re.search(r"\d+ more cases", text)
    assert text.index("**REGRESSED**") < text.index("<details>")
