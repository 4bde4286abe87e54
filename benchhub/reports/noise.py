"""How noisy a device is, as text and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from benchhub.analysis.detection import ALPHA, EFFECTS, POWER, pairs_needed, smallest_visible
from benchhub.analysis.noise import interval
from benchhub.records import CaseNoise, GateSpec, Noise
from benchhub.records.gate import MOST_PAIRS
from benchhub.reports.numbers import ms, percent
from benchhub.reports.tables import columns

WIDTH = 80
INDENT = "  "
HEAD = ("ms", "noise", "95 %", *(f"{effect:.0%}".replace("%", " %") for effect in EFFECTS), "sees")


def render_noise(noise: Noise, gate: GateSpec, min_effect: float, notes: Sequence[str]) -> str:
    """Return a table of the cases, what its columns mean, and notes; 80 columns at most.

    A case id that is too long for that stands on a line of its own.

    Args:
        noise: The calibration.
        gate: How later comparisons of these cases are decided.
        min_effect: Slow-downs up to that share are none on this device.
        notes: What else a reader should know.
    """
    title = f"{noise.device} · {noise.cpu} · {noise.suite} · {noise.created[:16].replace('T', ' ')}"
    lines = [*textwrap.wrap(title, WIDTH), *_table(noise, gate, min_effect)]
    looks = ",".join(str(look) for look in gate.looks)
    lines += _wrapped(
        f"noise: of the ratio of a pair. {', '.join(HEAD[3:-1])}: pairs that see such a slow-down "
        f"in {POWER:.0%} of comparisons (alpha {ALPHA:.0%}). sees: slow-down that the gate calls "
        f"REGRESSED as often, looks {looks}, minimum effect {100 * min_effect:g} %.".replace(
            "0%", "0 %"
        ).replace("1%", "1 %")
    )
    for note in notes:
        lines += _wrapped(note)
    return "\n".join(lines)


def render_alarms(alarms: Sequence[str], cases: int) -> str:
    """Say how many unchanged cases the gate called changed.

    Args:
        alarms: Their ids.
        cases: How many were measured.
    """
    of = f"of {cases} unchanged case{'s' * (cases != 1)}"
    if not alarms:
        return f"false alarms: none {of} was called slower or faster."
    return f"false alarms: {len(alarms)} {of} called slower or faster: {', '.join(alarms)}."


def noise_facts(noise: Noise, gate: GateSpec, min_effect: float) -> dict[str, Any]:
    """Return the same as plain data; spreads and effects are shares of the time."""
    return {
        "device": noise.device,
        "cpu": noise.cpu,
        "build": noise.build,
        "suite": noise.suite,
        "run": noise.run_id,
        "created": noise.created,
        "min_effect": min_effect,
        "looks": list(gate.looks),
        "cases": [_case_facts(one, gate, min_effect, len(noise.cases)) for one in noise.cases],
    }


def _case_facts(one: CaseNoise, gate: GateSpec, min_effect: float, cases: int) -> dict[str, Any]:
    low, high = interval(one)
    modes = one.modes and {"ratio": one.modes[0], "share_slow": one.modes[1]}
    return {
        "case": one.case_id,
        "pairs": one.pairs,
        "median_us": one.median_us,
        "sd_pair": one.sd_pair,
        "sd_pair_low": low,
        "sd_pair_high": high,
        "sd_process": one.sd_process,
        "modes": modes,
        "pairs_needed": {str(effect): pairs_needed(one.sd_pair, effect) for effect in EFFECTS},
        "smallest_visible": smallest_visible(one.sd_pair, gate, min_effect, cases),
    }


def _table(noise: Noise, gate: GateSpec, min_effect: float) -> Iterator[str]:
    rows = [_row(one, gate, min_effect, len(noise.cases)) for one in noise.cases]
    ids = [one.case_id for one in noise.cases]
    beside = columns(
        ("case", *HEAD),
        [(id_, *row) for id_, row in zip(ids, rows, strict=True)],
        frozenset({0}),
    )
    if max(len(line) for line in beside) + len(INDENT) <= WIDTH:
        yield from (f"{INDENT}{line}" for line in beside)
        return
    head, *below = columns(("case", *HEAD), [("", *row) for row in rows], frozenset({0}))
    yield f"{INDENT}{head}"
    for id_, line in zip(ids, below, strict=True):
        yield f"{INDENT}{id_}"
        yield f"{INDENT}{line}"


def _row(one: CaseNoise, gate: GateSpec, min_effect: float, cases: int) -> tuple[str, ...]:
    low, high = interval(one)
    sees = smallest_visible(one.sd_pair, gate, min_effect, cases)
    return (
        ms(one.median_us),
        percent(one.sd_pair),
        f"{_plain(low)} to {_plain(high)}",
        *(_pairs(pairs_needed(one.sd_pair, effect)) for effect in EFFECTS),
        percent(sees),
    )


def _plain(share: float) -> str:
    return percent(share).removesuffix("%").rstrip()


def _pairs(count: int | None) -> str:
    return f"> {MOST_PAIRS}" if count is None else str(count)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=INDENT,
        subsequent_indent=2 * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
