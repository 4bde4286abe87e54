from __future__ import annotations

import pytest

from benchhub.devices.clusters import cpus_for
from benchhub.execution.pinning import advise, remedy
from benchhub.records import CaseNoise, Configuration, CpuCluster, DeviceFacts


def facts(*clusters: tuple[int, ...], allowed: tuple[int, ...] | None = None) -> DeviceFacts:
    kinds = tuple(CpuCluster(cpus, 1_800_000 + 500_000 * n) for n, cpus in enumerate(clusters))
    every = tuple(cpu for cpus in clusters for cpu in cpus)
    return DeviceFacts(
        "Android", "5.10", "aarch64", None, len(every), None,
        clusters=kinds, allowed_cpus=every if allowed is None else allowed,
    )  # fmt: skip


PHONE = facts((0, 1, 2, 3), (4, 5, 6), (7,))
BIG_LITTLE = facts((0, 1, 2, 3), (4, 5))
HOST = facts((0, 1, 2, 3))


def how(threads: int = 1, affinity: str = "", delegate: str = "xnnpack") -> Configuration:
    return Configuration("x", delegate, threads, affinity)


@pytest.mark.parametrize(
    ("device", "chosen", "affinity"),
    [
        (PHONE, how(), "big"),
        (PHONE, how(4), "big"),
        (PHONE, how(1, "all"), "big"),
        (PHONE, how(1, "big"), "prime"),
        (PHONE, how(delegate="none"), "big"),
        (BIG_LITTLE, how(2), "big"),
        (HOST, how(), "3"),
        (HOST, how(2), "2-3"),
        (facts((0, 1, 2, 3), allowed=(0, 2)), how(), "2"),
        (facts((0, 1, 2, 3), (4, 5, 6), (7,), allowed=(0, 1, 2, 3, 5)), how(), "big"),
        (facts((0, 1, 2, 3), (4, 5, 6), (7,), allowed=(0, 1, 2)), how(), "2"),
    ],
)
def test_a_suggestion_that_the_device_can_follow(
    device: DeviceFacts, chosen: Configuration, affinity: str
) -> None:
    said = remedy(chosen, device)
    assert f"`affinity: {affinity}`" in said
    cpus = cpus_for(affinity, device)
    assert len(cpus) >= chosen.threads
    assert cpus != cpus_for(chosen.affinity or "all", device)


@pytest.mark.parametrize(
    ("device", "chosen", "words"),
    [
        (PHONE, how(8), "8 threads need the slow CPUs 0-3 as well"),
        (PHONE, how(4, "big"), "`affinity: big` is not enough"),
        (PHONE, how(1, "prime"), "`affinity: prime` is not enough"),
        (BIG_LITTLE, how(1, "big"), "`affinity: big` is not enough"),
        (HOST, how(4), "Its threads use every CPU"),
        (facts((0,)), how(), "Its threads use every CPU"),
        (PHONE, how(delegate="gpu"), "pins only what gpu leaves to the CPU"),
        (facts(), how(), "the device does not tell its CPUs"),
    ],
)
def test_where_pinning_does_not_help(
    device: DeviceFacts, chosen: Configuration, words: str
) -> None:
    said = remedy(chosen, device)
    assert words in said
    if "slow CPUs" not in words:
        assert "Look at the governor" in said


def test_each_remedy_is_said_once() -> None:
    noisy = [CaseNoise(name, 20, 0.1, 0.1, 1.0, (1.152, 0.2)) for name in ("a", "b")]
    quiet = CaseNoise("c", 20, 0.01, 0.01, 1.0)
    said = advise([*noisy, quiet], {"a": how(), "b": how(), "c": how()}, PHONE)
    assert said[:2] == (
        "a has two modes: 20 % of its processes take 1.15 times as long as the others.",
        "b has two modes: 20 % of its processes take 1.15 times as long as the others.",
    )
    assert said[2:] == (remedy(how(), PHONE),)
    assert said[2] == (
        "The system may start a process on CPUs 0-3, which are slower. `affinity: big` in the "
        "configuration keeps its thread on CPUs 4-7."
    )
    assert advise([quiet], {"c": how()}, PHONE) == ()
