"""The words around the tables of the evidence: docs/gate-evidence.md is this and the tables."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

COMMAND = "python -m tests.benchmarks.gate_evidence"

HEAD = """\
# How often the gate errs

What [gate.md](gate.md) describes, held against unchanged models, where each alarm is a false one,
and against slower ones, which have to be found; and beside it rules that others decide by, on the
same data. All verdicts are those of the code that `benchhub ab` runs. In a checkout the whole page
is made again by

    {command} > docs/gate-evidence.md

Made on {day} with ai-edge-litert {litert}, numpy {numpy}, scipy {scipy}.

The rules of others are what benchmark suites and CI services do, at the settings that stand in
their names. Each is one-sided, as the gate is: an alarm is "slower". "Flattened" pools the
inferences of all processes as if they were independent. "10 then 10" measures ten processes of the
baseline and after them ten of the candidate, "in turns" alternates. "One look" is the gate's test
with a fixed number of pairs. They get {inferences} inferences of each process; of a real process,
which makes more, these are spread evenly over it. The gate takes the median of all."""

SIMULATED = """\
## Simulated boards and phones

The devices are assumed, no phone was measured; `benchhub calibrate` measures a real one. The
numbers are the same on every machine. The time of an inference is the product of what the occasion,
its progress, the process and the inference itself add. Whatever is not measured in turns is
measured on two occasions, as today's build and last week's are. The minimum effect is that of the
kind: 3 % on boards, 5 % on phones. A slow-down of just the minimum effect is often not called one,
by design: the gate asks for an estimate beyond it."""

SUITES = """\
Where cases are really slower, it is the share of wrong alarms among all alarms that is kept below
5 %, not that of runs with any."""

REAL = """\
## Real processes on the host

Both sides are measured in pairs, as `benchhub ab` does, up to the last pair; three models have the
same file on both sides, and two candidates have one convolution more. From these pairs comparisons
are drawn. Of an unchanged model the gate takes all pairs in the order measured, from a pair drawn
at random on (after the last comes the first), and which process of each pair is the candidate is
drawn, as the product draws it when it measures. Of a slower one it takes them in random order. The
other rules take as many processes as they ask for: pairs that follow each other for what is
measured in turns, else a block of them for the baseline and a later block for the candidate, from
each pair one process, drawn where nothing changed. So comparisons share their data, and their
shares are not as precise as their number suggests."""


def head(inferences: int, today: date) -> str:
    """Return the beginning of the page."""
    packages = {"litert": "ai-edge-litert", "numpy": "numpy", "scipy": "scipy"}
    return HEAD.format(
        command=COMMAND,
        day=today.isoformat(),
        inferences=inferences,
        **{name: version(package) for name, package in packages.items()},
    )
