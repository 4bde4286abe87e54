from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.detection import pairs_needed
from benchhub.records import CaseNoise, GateSpec, Noise
from benchhub.reports.noise import noise_facts, render_alarms, render_noise

NOISE = Noise(
    1, "pixel4", "01ABCDEF", "quickstart", "2026-11-21T10:00:00+00:00",
    "Snapdragon 855, 8 cores", "google/flame",
    (
        CaseNoise("net/int8/xnnpack/t1", 20, 0.0312, 0.034, 12_345.6, (1.15, 0.2)),
        CaseNoise("net/int8/xnnpack/t4", 20, 2.5, 3.0, 9.0),
    ),
)  # fmt: skip
LONG = "mobilenet_v2_035_96/dynamic_range/xnnpack-big/t16@benchmark_litert_model"
NOTE = "a note that is so long that it has to be broken: " + "words and more words " * 10


def test_what_is_shown() -> None:
    text = render_noise(NOISE, GateSpec(), 0.05, ["false alarms: none."])
    head, columns, quiet, wild, *_ = text.splitlines()
    assert head == "pixel4 · Snapdragon 855, 8 cores · quickstart · 2026-11-21 10:00"
    assert " ".join(columns.split()) == "case ms noise 95 % 3 % 5 % 10 % sees"
    cells = quiet.replace("\N{NO-BREAK SPACE}", "").split()
    assert cells[:6] == ["net/int8/xnnpack/t1", "12.3", "3.1%", "2.4", "to", "4.6"]
    assert cells[6:9] == [str(pairs_needed(0.0312, effect)) for effect in (0.03, 0.05, 0.1)]
    assert wild.count("> 1000") == 3
    assert "looks 8,12,18,24, minimum effect 5 %" in " ".join(text.split())
    assert text.endswith("  false alarms: none.")


@pytest.mark.parametrize("case_id", ["a", LONG])
def test_it_fits_a_terminal(case_id: str) -> None:
    cases = (*NOISE.cases, replace(NOISE.cases[0], case_id=case_id))
    long = replace(NOISE, cpu="A CPU with quite a name " * 4, cases=cases)
    lines = render_noise(long, GateSpec(looks=(8, 12, 18, 24, 48)), 0.03, [NOTE]).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert any(line.split()[0] == case_id for line in lines)


def test_as_data() -> None:
    data = noise_facts(NOISE, GateSpec(), 0.05)
    case, wild = data["cases"]
    assert (data["device"], data["run"], data["looks"]) == ("pixel4", "01ABCDEF", [8, 12, 18, 24])
    assert case["modes"] == {"ratio": 1.15, "share_slow": 0.2}
    assert case["sd_pair_low"] < case["sd_pair"] < case["sd_pair_high"]
    assert case["pairs_needed"] == {"0.03": 18, "0.05": 9, "0.1": 5}
    assert 0.05 < case["smallest_visible"] < 0.07
    assert wild["modes"] is None
    assert wild["pairs_needed"]["0.03"] is None
    assert wild["smallest_visible"] > 5


def test_what_cannot_be_seen_has_no_number() -> None:
    deaf = replace(NOISE, cases=(replace(NOISE.cases[1], sd_pair=10.0),))
    assert noise_facts(deaf, GateSpec(), 0.05)["cases"][0]["smallest_visible"] is None
    lines = render_noise(deaf, GateSpec(), 0.05, []).splitlines()
    assert any(line.endswith("  \N{EN DASH}") for line in lines)


def test_alarms() -> None:
    assert render_alarms((), 4) == (
        "false alarms: none of 4 unchanged cases was called slower or faster."
    )
    assert render_alarms(("a", "b"), 4) == (
        "false alarms: 2 of 4 unchanged cases called slower or faster: a, b."
    )
