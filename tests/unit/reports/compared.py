"""Comparisons made of INVENTED EXAMPLE NUMBERS for the tests of the reports: all that can be said.

`everything()` has each verdict, pairs that do not count, blame of all kinds, exact figures.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from benchhub.analysis.judgement import judge
from benchhub.analysis.unpaired import compare_runs
from benchhub.analysis.verdicts import Comparison
from benchhub.records import Failure, OpTime, Run, SideSpec

from ..apart import two_runs
from ..comparisons import Duel, Part, comparison_run, medians, op_time, unchanged

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "ADD")
MODEL = "mobilenet_v2"
LOST = Failure("lost", "pi4: no answer for 60 s.", "Is it on?", 3)


def profile(
    seed: int, *, slow: float = 1.0, extra_us: float = 0.0, delegate: str | None = None
) -> list[OpTime]:
    """Return twelve operators of which one is slower by a factor, and perhaps one more."""
    noise = random.Random(seed)  # noqa: S311 - example numbers
    ops = []
    for i in range(12):
        us = (20 + 7 * i % 11) * noise.gauss(1, 0.002) * (slow if i == 4 else 1.0)
        ops.append(op_time(i, KINDS[i % 3], us, delegate=delegate))
    if extra_us:
        ops.append(op_time(12, "CONV_2D", extra_us, name="extra_1", delegate=delegate))
    return ops


def duels() -> Sequence[Duel]:
    """Return a case for each verdict, and for each way to come by it."""
    times = medians
    base, slow = [profile(1), profile(2)], [profile(3, slow=1.6, extra_us=3.0), profile(4)]
    slow[1] = profile(4, slow=1.6, extra_us=3.1)
    return (
        Duel(
            Part(times(12, 0.012, 1), profiles=base),
            Part(times(12, 0.012, 2, 318.0), profiles=slow, size_bytes=27_100, macs=5_400),
            MODEL,
            "float32",
        ),
        Duel(Part(times(24, 0.2, 3)), Part(times(24, 0.2, 4)), MODEL, "int8"),
        Duel(Part(times(8, 0.004, 5)), Part(times(8, 0.004, 6)), MODEL, "float16"),
        Duel(Part(times(8, 0.004, 7)), Part(times(8, 0.004, 8, 270.0)), MODEL, "dynamic"),
        Duel(
            Part(times(8, 0.01, 9)),
            Part(times(8, 0.01, 10), nodes_delegated=7, partitions=3),
            MODEL,
            "int16x8",
        ),
        Duel(Part([300.0, None, None, *times(5, 0.01, 11)]), Part(times(8, 0.01, 12)), MODEL, "s"),
        Duel(
            Part([*times(4, 0.01, 13), None, *times(8, 0.01, 14)]),
            Part(times(13, 0.01, 15)),
            MODEL,
            "clustered",
        ),
    )


def everything() -> tuple[Run, Comparison]:
    """Return a comparison on two devices and its run."""
    run = comparison_run(*duels(), devices=("host", "pi4"))
    found = judge(run)
    return run, replace(
        found,
        lost=(("pi4", LOST),),
        unmatched=("digits/int4/xnnpack/t1 is in the candidate only: it is not compared.",),
    )


def apart() -> tuple[tuple[Run, Run], Comparison]:
    """Return two runs and their comparison; it was forced."""
    chosen = duels()
    runs = two_runs(chosen[0], chosen[2], chosen[3])
    found = compare_runs(*runs)
    return runs, replace(found, forced=("governor of pi4: ondemand against performance",))


def nothing() -> tuple[Run, Comparison]:
    """Return a comparison of which no case has come."""
    run = comparison_run(unchanged())
    return run, replace(judge(run), cases=())


def hostile() -> tuple[Run, Comparison]:
    """Return a comparison whose every text wants to be markup."""
    evil = "<script>alert(1)</script>\"'&"
    run, found = everything()
    cases = tuple(
        replace(
            one,
            device=f"{evil}{i}",
            case_id=f"{evil}/int8/{evil}/t1",
            reason=evil,
            notes=(evil,),
            exact=tuple(replace(exact, text=evil) for exact in one.exact),
            blame=one.blame
            and replace(
                one.blame,
                text=evil,
                note=evil,
                placement=(evil,),
                ops=tuple(
                    replace(op, op=evil, name=evil, text=evil, before_on=evil, after_on=evil)
                    for op in one.blame.ops
                ),
            ),
            pairs=tuple(replace(pair, problem=pair.problem and evil) for pair in one.pairs),
        )
        for i, one in enumerate(found.cases)
    )
    side = SideSpec(evil, evil, evil, evil, {evil: {evil: evil}})
    other = replace(side, suite_text=f"{evil}\n{evil}")
    return run, replace(
        found,
        baseline=side,
        candidate=other,
        suite=evil,
        cases=cases,
        lost=((evil, Failure("lost", evil, evil, 3)),),
        unmatched=(evil,),
        forced=(evil,),
        notes=(evil,),
    )
