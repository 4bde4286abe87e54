"""CPUs by kind, and the words that choose among them; the same words on every device. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from benchhub.records import CpuCluster, DeviceFacts

WORDS = ("little", "big", "prime", "all")

# Far above any machine; keeps a damaged list from filling the memory.
MAX_CPUS = 8192

_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def clusters_of(
    cpus: Iterable[int], max_khz: Mapping[int, int], capacity: Mapping[int, int]
) -> tuple[CpuCluster, ...]:
    """Sort CPUs into kinds by their highest frequency, the slowest kind first.

    Where two kinds reach the same frequency, the kernel's `cpu_capacity` tells them apart. If any
    CPU tells no frequency, all are one kind whose frequency is not known: an order would be a
    guess.

    Args:
        cpus: Numbers of the CPUs that are online.
        max_khz: `cpuinfo_max_freq` by CPU.
        capacity: `cpu_capacity` by CPU; used only if every CPU tells it.
    """
    known = sorted(set(cpus))
    if not known:
        return ()
    if any(cpu not in max_khz for cpu in known):
        return (CpuCluster(tuple(known), None),)
    weighs = all(cpu in capacity for cpu in known)
    kinds: dict[tuple[int, int], list[int]] = {}
    for cpu in known:
        kinds.setdefault((max_khz[cpu], capacity[cpu] if weighs else 0), []).append(cpu)
    return tuple(CpuCluster(tuple(kinds[kind]), kind[0]) for kind in sorted(kinds))


def cpus_for(affinity: str, facts: DeviceFacts) -> tuple[int, ...]:
    """Return the CPUs that an affinity means on a device, ascending.

    Args:
        affinity: `little` (the slowest kind), `big` (all that are not little), `prime` (the
            fastest kind), `all`, or a list such as `4-7` or `0,2`. On a device with one kind
            of CPU each word means all of them.
        facts: What the device says of itself.

    Raises:
        ValueError: It means no CPU that may be used there; the message is a sentence.
    """
    allowed = _usable(facts)
    if not allowed:
        raise ValueError("the device does not tell its CPUs.")
    if affinity not in WORDS:
        return _listed(affinity, allowed)
    chosen = tuple(cpu for cpu in _meant(affinity, facts.clusters, allowed) if cpu in allowed)
    if not chosen:
        raise ValueError(f"no CPU of '{affinity}' may be used there, only {cpu_list(allowed)}.")
    return chosen


def _usable(facts: DeviceFacts) -> tuple[int, ...]:
    """Return the CPUs that are online and allowed, as far as either is told."""
    online = sorted(cpu for cluster in facts.clusters for cpu in cluster.cpus)
    if not online or not facts.allowed_cpus:
        return tuple(online) or facts.allowed_cpus
    return tuple(cpu for cpu in online if cpu in facts.allowed_cpus)


def _meant(
    word: str, clusters: tuple[CpuCluster, ...], allowed: tuple[int, ...]
) -> tuple[int, ...]:
    if word == "all" or len(clusters) <= 1:
        return allowed
    chosen = {"little": clusters[:1], "big": clusters[1:], "prime": clusters[-1:]}[word]
    return tuple(sorted(cpu for cluster in chosen for cpu in cluster.cpus))


def _listed(text: str, allowed: tuple[int, ...]) -> tuple[int, ...]:
    try:
        chosen = parse_cpu_list(text)
    except ValueError:
        chosen = ()
    if not chosen:
        words = ", ".join(WORDS)
        raise ValueError(f"'{text}' is no affinity: {words}, or a list such as 4-7 or 0,2.")
    missing = tuple(cpu for cpu in chosen if cpu not in allowed)
    if missing:
        one = len(missing) == 1
        raise ValueError(
            f"CPU{'' if one else 's'} {cpu_list(missing)} cannot be used there; "
            f"usable are {cpu_list(allowed)}."
        )
    return chosen


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Read the kernel's form of a CPU list, e.g. `0-3,7`; empty text is no CPU.

    Raises:
        ValueError: It is not of that form.
    """
    cpus: set[int] = set()
    for part in text.strip().split(",") if text.strip() else ():
        match = _RANGE.fullmatch(part.strip())
        if not match:
            raise ValueError(f"'{text}' is no list of CPUs.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last >= MAX_CPUS:
            raise ValueError(f"'{text}' is no list of CPUs.")
        cpus.update(range(first, last + 1))
    return tuple(sorted(cpus))


def cpu_list(cpus: Iterable[int]) -> str:
    """Write CPUs in the kernel's form: `0-3,7`."""
    parts: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if parts and cpu == parts[-1][1] + 1:
            parts[-1][1] = cpu
        else:
            parts.append([cpu, cpu])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def mask(cpus: Iterable[int]) -> str:
    """Return the mask that `taskset` takes: hexadecimal, without `0x`.

    Raises:
        ValueError: There is no CPU in it.
    """
    bits = sum(1 << cpu for cpu in set(cpus))
    if not bits:
        raise ValueError("an affinity needs at least one CPU.")
    return f"{bits:x}"
