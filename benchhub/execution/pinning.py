"""What to do about processes that run at two speeds: which CPUs to keep them on. Pure.

A process that starts on a slow CPU, or is moved, is slower from begin to end. Pinning takes that
choice from the system. The words are those of `affinity` in docs/suite.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchhub.devices.clusters import cpu_list, cpus_for
from benchhub.records import CPU_DELEGATES, CaseNoise, Configuration, DeviceFacts

_ELSE = "Look at the governor, the temperature, and what else runs there."


def advise(
    cases: Iterable[CaseNoise],
    configurations: Mapping[str, Configuration],
    facts: DeviceFacts,
) -> tuple[str, ...]:
    """Say which cases have two modes, and what would keep their processes alike.

    Args:
        cases: The noise of each.
        configurations: How each is run, by id.
        facts: What the device says of itself.

    Returns:
        A sentence for each case, then what to do, each thing once.
    """
    said, remedies = [], []
    for one in cases:
        if one.modes is not None:
            ratio, share = one.modes
            said.append(
                f"{one.case_id} has two modes: {share:.0%} of its processes take {ratio:.2f} "
                "times as long as the others.".replace("%", " %")
            )
            remedies.append(remedy(configurations[one.case_id], facts))
    return (*said, *dict.fromkeys(remedies))


def remedy(chosen: Configuration, facts: DeviceFacts) -> str:
    """Say what may make one mode of two."""
    if chosen.delegate not in CPU_DELEGATES:
        return f"An affinity pins only what {chosen.delegate} leaves to the CPU. {_ELSE}"
    try:
        every = cpus_for("all", facts)
    except ValueError as error:
        return f"No affinity can be suggested: {error} {_ELSE}"
    # Without any of the faster kinds those that may be used are of one kind.
    fast = _cpus("big", facts) or every
    fastest = _cpus("prime", facts) or fast
    if chosen.affinity == "big" and len(fastest) < len(fast) and chosen.threads <= len(fastest):
        why = f"{_named(fast)} of 'big' are not all as fast."
        return _keeping("prime", chosen.threads, fastest, why)
    if chosen.affinity not in ("", "all"):
        return f"`affinity: {chosen.affinity}` is not enough. {_ELSE}"
    return _unpinned(chosen.threads, every, fast)


def _unpinned(threads: int, every: Sequence[int], fast: Sequence[int]) -> str:
    slow = [cpu for cpu in every if cpu not in fast]
    if slow and threads <= len(fast):
        why = f"The system may start a process on {_named(slow)}, which are slower."
        return _keeping("big", threads, fast, why)
    if slow:
        return (
            f"{threads} threads need the slow {_named(slow)} as well. `affinity: big` keeps "
            f"{len(fast)} threads or fewer on {_named(fast)}."
        )
    if threads < len(every):
        # The first ones mostly serve the interrupts.
        last = every[-threads:]
        why = "Its CPUs are of one kind, but the system may move a process between them."
        return _keeping(cpu_list(last), threads, last, why)
    return f"Its threads use every CPU, so no affinity helps, but fewer threads may. {_ELSE}"


def _cpus(word: str, facts: DeviceFacts) -> tuple[int, ...]:
    """Return the CPUs that a word means; none if none of them may be used."""
    try:
        return cpus_for(word, facts)
    except ValueError:
        return ()


def _keeping(affinity: str, threads: int, cpus: Sequence[int], why: str) -> str:
    what = "its thread" if threads == 1 else f"its {threads} threads"
    return f"{why} `affinity: {affinity}` in the configuration keeps {what} on {_named(cpus)}."


def _named(cpus: Sequence[int]) -> str:
    return f"CPU{'s' * (len(cpus) != 1)} {cpu_list(cpus)}"
