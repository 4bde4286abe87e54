from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.clusters import clusters_of, cpu_list, cpus_for, mask, parse_cpu_list
from benchhub.records import CpuCluster, DeviceFacts

PHONE_KHZ = dict.fromkeys(range(4), 1804800) | dict.fromkeys((4, 5, 6), 2419200) | {7: 3187200}
PHONE = clusters_of(range(8), PHONE_KHZ, {})


def facts(clusters: tuple[CpuCluster, ...], allowed: tuple[int, ...] = ()) -> DeviceFacts:
    return DeviceFacts(None, None, None, None, None, None, clusters=clusters, allowed_cpus=allowed)


def test_kinds_by_frequency_the_slowest_first() -> None:
    assert (
        CpuCluster((0, 1, 2, 3), 1804800),
        CpuCluster((4, 5, 6), 2419200),
        CpuCluster((7,), 3187200),
    ) == PHONE
    # the fast ones may have the low numbers
    assert clusters_of((0, 1), {0: 2000, 1: 1000}, {})[0].cpus == (1,)


def test_capacity_decides_between_equal_frequencies() -> None:
    khz = dict.fromkeys(range(4), 2000000)
    weights = {0: 1024, 1: 400, 2: 400, 3: 1024}
    assert [one.cpus for one in clusters_of(range(4), khz, weights)] == [(1, 2), (0, 3)]
    assert len(clusters_of(range(4), khz, {0: 1024, 1: 400})) == 1


def test_without_frequencies_there_is_one_kind() -> None:
    assert clusters_of((1, 0), {}, {0: 1, 1: 2}) == (CpuCluster((0, 1), None),)
    assert clusters_of((0, 1), {0: 5}, {}) == (CpuCluster((0, 1), None),)
    assert clusters_of((), {0: 5}, {}) == ()


@pytest.mark.parametrize(
    ("word", "cpus"),
    [
        ("little", (0, 1, 2, 3)),
        ("big", (4, 5, 6, 7)),
        ("prime", (7,)),
        ("all", tuple(range(8))),
        ("4-7", (4, 5, 6, 7)),
        ("0,2", (0, 2)),
        ("2, 0", (0, 2)),
        ("1-2,2-3", (1, 2, 3)),
    ],
)
def test_words_and_lists(word: str, cpus: tuple[int, ...]) -> None:
    assert cpus_for(word, facts(PHONE)) == cpus


@pytest.mark.parametrize("word", ["little", "big", "prime", "all"])
def test_one_kind_is_every_kind(word: str) -> None:
    assert cpus_for(word, facts((CpuCluster((0, 1), None),))) == (0, 1)
    assert cpus_for(word, facts((), (0, 2))) == (0, 2)


def test_only_what_is_allowed_is_chosen() -> None:
    narrow = facts(PHONE, (0, 1, 4))
    assert cpus_for("all", narrow) == (0, 1, 4)
    assert cpus_for("big", narrow) == (4,)
    with pytest.raises(ValueError, match=r"no CPU of 'prime' may be used there, only 0-1,4\."):
        cpus_for("prime", narrow)


@pytest.mark.parametrize(
    "text", ["", " ", "fast", "7-4", "1-", "-1", "0x3", "1;2", "99999999", "1,,2"]
)
def test_what_is_no_affinity(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no affinity: little, big, prime, all, or a list"):
        cpus_for(text, facts(PHONE))


def test_cpus_that_are_not_there() -> None:
    with pytest.raises(ValueError, match=r"CPUs 8-9 cannot be used there; usable are 0-7\."):
        cpus_for("6-9", facts(PHONE))
    with pytest.raises(ValueError, match=r"CPU 3 cannot be used there; usable are 0-1\."):
        cpus_for("3", facts(PHONE, (0, 1)))
    with pytest.raises(ValueError, match="does not tell its CPUs"):
        cpus_for("all", facts(()))


def test_masks() -> None:
    assert mask((4, 5, 6, 7)) == "f0"
    assert mask((0,)) == "1"
    assert mask((64, 0)) == "10000000000000001"
    with pytest.raises(ValueError, match="at least one CPU"):
        mask(())


@given(st.sets(st.integers(0, 300)))
def test_lists_come_back(cpus: set[int]) -> None:
    assert parse_cpu_list(cpu_list(cpus)) == tuple(sorted(cpus))


@given(st.text(alphabet="0123456789,- x"))
def test_any_list(text: str) -> None:
    try:
        cpus = parse_cpu_list(text)
    except ValueError:
        return
    assert len(cpus) <= 8192


@given(
    st.sets(st.integers(0, 40)),
    st.dictionaries(st.integers(0, 40), st.integers(1, 4)),
    st.dictionaries(st.integers(0, 40), st.integers(1, 4)),
)
def test_each_cpu_is_of_one_kind(
    cpus: set[int], khz: dict[int, int], capacity: dict[int, int]
) -> None:
    found = [cpu for cluster in clusters_of(cpus, khz, capacity) for cpu in cluster.cpus]
    assert sorted(found) == sorted(cpus)
