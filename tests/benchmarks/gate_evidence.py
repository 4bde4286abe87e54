"""Prints how often the gate is wrong and what it finds, beside other rules, as Markdown.

    python -m tests.benchmarks.gate_evidence > docs/gate-evidence.md    # under ten minutes
    python -m tests.benchmarks.gate_evidence --simulated                # boards and phones
    python -m tests.benchmarks.gate_evidence --real --processes 40

Simulated numbers are the same on every machine; real ones are this machine's. Progress is written
to standard error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import numpy as np

from benchhub.records import GateSpec, Verdict

from . import evidence_page
from . import real_evidence as real
from . import simulated_evidence as simulated
from .markdown import percent, table
from .noise_models import DEVICES, INFERENCES, SPIKE_MEAN, NoisyDevice
from .other_rules import OTHER_RULES
from .paired_processes import HEAVIER, NAMES, UNCHANGED, Measured, processors
from .simulated_evidence import Shares

GATE = "**benchhub gate**"
FOUND = 0.05
FEWEST_PROCESSES = 40
# A suite costs more than a case.
SUITES_SHARE = 2
Say = Callable[[str], None]


def simulated_part(count: int, say: Say) -> Iterator[str]:
    """Yield the simulated tables, of `count` comparisons a cell."""
    yield evidence_page.SIMULATED
    yield _assumptions()
    say("simulated: rules side by side")
    yield f"Nothing changed: false alarms in percent of {count} comparisons."
    yield _side_by_side(0.0, count)
    yield f"Slower by {100 * FOUND:.0f} %: found, in percent of {count} comparisons."
    yield _side_by_side(FOUND, count)
    say("simulated: what the gate says")
    yield (
        "What the gate says by the true change: REGRESSED / PASS / INCONCLUSIVE in percent, and "
        f"the mean number of pairs, with a minimum effect as in the heading. {count} comparisons "
        "a cell; the rest is IMPROVED."
    )
    yield _by_change(count)
    suites = max(1, count // SUITES_SHARE)
    say("simulated: suites")
    yield (
        f"Suites of {simulated.SUITE_CASES} cases, {suites} runs a row: runs in which an unchanged "
        "case is REGRESSED, or IMPROVED; unchanged cases that PASS; slower cases that are found."
    )
    yield _suites(suites)
    yield evidence_page.SUITES


def real_part(found: real.Measurement, count: int) -> Iterator[str]:
    """Yield the tables of real processes, of `count` resampled comparisons a cell."""
    unchanged = [one for one in found.models if one.unchanged]
    slower = [one for one in found.models if not one.unchanged]
    yield evidence_page.REAL
    yield f"{processors()}; the tool `litert`, XNNPACK, one thread."
    yield _scatters(found.models)
    yield (
        "Scatter is the standard deviation of the logarithm: of the processes' medians on the "
        "baseline's side, of what these would be if inferences were independent, of the pairs."
    )
    yield (
        f"Nothing changed: false alarms in percent of {count} comparisons that are resampled from "
        "these processes."
    )
    yield _real_rules(unchanged, count)
    if slower:
        yield f"Really slower: found, in percent of {count} resampled comparisons."
        yield _real_rules(slower, count)
    yield "What the gate says of them: percent, and the mean number of pairs."
    rows = []
    for one in found.models:
        shares = real.gate_shares(one, GateSpec(), count)
        rows.append([NAMES[one.case], *_said(shares), f"{shares.pairs:.1f}"])
    yield table(["model", *(verdict.value for verdict in _SHOWN), "pairs"], rows)
    if found.direct:
        yield (
            f"Measured by the gate itself, further processes, with its own looks: "
            f"{len(found.direct)} comparison{'s' * (len(found.direct) != 1)}."
        )
        yield _direct(found)


_SHOWN = (Verdict.REGRESSED, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.IMPROVED)


def _said(shares: Shares) -> list[str]:
    return [percent(shares.share(verdict)) for verdict in _SHOWN]


def _assumptions() -> str:
    def row(one: NoisyDevice) -> list[str]:
        modes = f"{percent(one.slow_share)} by {percent(one.slow_by)}" if one.slow_share else "–"
        parts = (one.occasion, one.process, one.inference, one.spikes, one.drift)
        return [one.name, *map(percent, parts), modes]

    head = ("assumed, in percent", "occasion", "process", "inference", "spikes", "drift", "slow")
    return (
        f"{table(head, [row(one) for one in DEVICES])}\n\n"
        "Standard deviations from one occasion, process and inference to the next; share of "
        f"inferences that take longer by a factor (exponential on the logarithm, mean "
        f"{SPIKE_MEAN}); what a device slows down from the begin of an occasion to its end; share "
        f"of processes on slower cores, and by how much. {INFERENCES} inferences a process."
    )


def _side_by_side(change: float, count: int) -> str:
    rows = [
        [
            rule.name,
            *(percent(simulated.other_alarms(device, rule, change, count)) for device in DEVICES),
        ]
        for rule in OTHER_RULES
    ]
    own = [simulated.gate_shares(device, GateSpec(), change, count) for device in DEVICES]
    rows.append([GATE, *(f"**{percent(one.share(Verdict.REGRESSED))}**" for one in own)])
    return table(["rule", *(device.name for device in DEVICES)], rows)


def _by_change(count: int) -> str:
    def cell(shares: Shares) -> str:
        return f"{' / '.join(_said(shares)[:3])}, {shares.pairs:.1f}"

    heads = [
        f"{device.name}, from {100 * spec.effect_on(device.kind):.0f} %"
        for device, spec in simulated.CELLS
    ]
    rows = [
        [
            _change(change),
            *(
                cell(simulated.gate_shares(device, spec, change, count))
                for device, spec in simulated.CELLS
            ),
        ]
        for change in simulated.CHANGES
    ]
    return table(["true change", *heads], rows)


def _suites(count: int) -> str:
    head = ("suite", "any alarm %", "any IMPROVED %", "PASS %", "found %", "pairs a case")
    rows = []
    for slower in (0, simulated.SLOWER_CASES):
        for device in DEVICES:
            shares = simulated.suite_shares(device, GateSpec(), slower, count)
            what = f"{slower} cases {_change(simulated.SLOWER_BY)}" if slower else "unchanged"
            parts = (shares.alarmed, shares.praised, shares.passed, shares.found)
            rows.append([f"{device.name}: {what}", *map(percent, parts), f"{shares.pairs:.1f}"])
    return table(head, rows)


def _scatters(models: Sequence[Measured]) -> str:
    head = (
        "model",
        "processes",
        "invalid pairs",
        "median us",
        "candidate / baseline",
        "medians scatter %",
        "if independent %",
        "pairs scatter %",
    )
    rows = []
    for one in models:
        seen = real.scatter(one)
        rows.append(
            [
                NAMES[one.case],
                str(2 * len(one.logs)),
                str(one.invalid),
                f"{seen.median_us:.0f}",
                f"{np.exp(one.logs.mean()):.3f}",
                percent(seen.between),
                percent(seen.expected),
                percent(seen.pair),
            ]
        )
    return table(head, rows)


def _real_rules(models: Sequence[Measured], count: int) -> str:
    rows = [
        [rule.name, *(percent(real.other_alarms(one, rule, count)) for one in models)]
        for rule in OTHER_RULES
    ]
    own = [real.gate_shares(one, GateSpec(), count).share(Verdict.REGRESSED) for one in models]
    rows.append([GATE, *(f"**{percent(share)}**" for share in own)])
    return table(["rule", *(NAMES[one.case] for one in models)], rows)


def _direct(found: real.Measurement) -> str:
    rows = []
    for comparison in found.direct:
        for one in comparison.cases:
            case, ratio = one.case_id.split("/")[0], one.evidence.ratio
            interval = one.evidence.interval
            between = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "–"
            shown = f"{ratio:.3f}" if ratio else "–"
            rows.append(
                [NAMES[case], one.latency_verdict.value, str(one.evidence.n), shown, between]
            )
    return table(["model", "verdict", "pairs", "candidate / baseline", "95 % interval"], rows)


def _change(share: float) -> str:
    return f"+{100 * share:.0f} %" if share else "unchanged"


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", action="store_true", help="only real processes on this machine")
    parser.add_argument("--simulated", action="store_true", help="only simulated devices")
    parser.add_argument(
        "--processes", type=int, default=48, help="of each model, both sides together"
    )
    parser.add_argument("--replications", type=int, default=2000, help="comparisons a cell")
    parser.add_argument("--comparisons", type=int, default=1, help="by the gate itself, real")
    parser.add_argument("--min-secs", type=float, default=0.5, help="timed inferences a process")
    options = parser.parse_args(words)
    if options.processes < FEWEST_PROCESSES:
        parser.error(f"--processes: at least {FEWEST_PROCESSES}, as other rules take 20 a side.")
    return options


def main(words: Sequence[str] | None = None) -> int:
    """Print the tables that were asked for."""
    options = _options(words)
    both = options.real == options.simulated
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", file=sys.stderr, flush=True)

    parts: list[Iterator[str]] = []
    if both or options.simulated:
        parts.append(simulated_part(options.replications, say))
    if both or options.real:
        cases = (*UNCHANGED, *HEAVIER)
        pairs = options.processes // 2
        found = real.measure(cases, pairs, options.comparisons, options.min_secs, say)
        parts.append(real_part(found, options.replications))
    print(evidence_page.head(INFERENCES, datetime.now().astimezone().date()))
    for part in parts:
        for paragraph in part:
            print(f"\n{paragraph}", flush=True)
    print(f"\nAll of this took {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
