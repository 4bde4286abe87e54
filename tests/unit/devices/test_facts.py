from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.facts import parse_facts, read_facts
from benchhub.devices.host import HostTransport
from benchhub.records import CpuCluster, DeviceFacts
from benchhub.results.codec import decode, encode

from .rooted import rooted

NOTHING = DeviceFacts(None, None, None, None, None, None)
SHELLS = [
    pytest.param(
        words, marks=pytest.mark.skipif(not shutil.which(words[0]), reason=f"no {words[0]}")
    )
    for words in (("dash",), ("bash", "--posix"), ("busybox", "ash"), ("mksh",))
]


def test_this_machine(tmp_path: Path) -> None:
    facts = read_facts(HostTransport("host", tmp_path))
    assert facts.kernel == os.uname().release
    assert facts.arch == os.uname().machine
    assert facts.cores == len(os.sched_getaffinity(0))
    assert facts.allowed_cpus == tuple(sorted(os.sched_getaffinity(0)))
    assert facts.memory_bytes is not None
    assert facts.memory_bytes > 100e6
    assert facts.kind == "linux"
    assert facts.user_bits in (32, 64)
    assert facts.libc == " ".join((os.confstr("CS_GNU_LIBC_VERSION") or "").split())
    assert facts.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert facts.user
    assert facts.clusters
    assert not facts.from_shell
    assert (facts.api_level, facts.fingerprint, facts.abis) == (None, None, ())


@pytest.mark.parametrize("shell", SHELLS)
def test_a_phones_cpus_in_every_shell(tmp_path: Path, shell: tuple[str, ...]) -> None:
    facts = read_facts(rooted(tmp_path, "phone", shell))
    assert facts.clusters == (
        CpuCluster((0, 1, 2, 3), 1804800),
        CpuCluster((4, 5, 6), 2419200),
        CpuCluster((7,), 3187200),
    )
    assert (facts.governors, facts.min_khz, facts.max_khz) == (("schedutil",), 300000, 3187200)
    assert facts.kernel == os.uname().release


@pytest.mark.parametrize("shell", SHELLS)
def test_a_board_names_itself_in_its_device_tree(tmp_path: Path, shell: tuple[str, ...]) -> None:
    board = rooted(tmp_path, "board", shell)
    tree = board.sys / "firmware/devicetree/base"
    (tree / "model").write_bytes(b"Bench Board 4 Model B\0")
    (tree / "serial-number").write_bytes(b"10000000deadbeef\0")
    (tree / "compatible").write_bytes(b"bench,4-model-b\0bench,bs2711\0")
    facts = read_facts(board)
    assert facts.model == facts.cpu == "Bench Board 4 Model B"
    assert (facts.serial, facts.soc) == ("10000000deadbeef", "bench,bs2711")
    assert facts.clusters == (CpuCluster((0, 1, 2, 3), 1800000),)


def test_what_cannot_be_read_is_not_told(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    shutil.rmtree(board.sys)
    facts = read_facts(board)
    assert (facts.governors, facts.min_khz, facts.model, facts.serial) == ((), None, None, None)
    # what processes may run on is known without /sys, which kinds they are is not
    assert facts.clusters == (CpuCluster(tuple(sorted(os.sched_getaffinity(0))), None),)


def test_the_rigs_phone(recorded: Path) -> None:
    facts = parse_facts((recorded / "device" / "phone.facts.txt").read_text())
    assert (facts.kind, facts.os, facts.api_level) == ("android", "Android 14", 34)
    assert (facts.model, facts.soc) == ("BenchHub Bench Device 1", "BenchHub BS8000")
    assert (facts.abis, facts.platform) == (("x86_64", "x86"), "android_x86_64")
    assert facts.fingerprint == "Bench/benchdev/benchdev:14/UP1A.231005.007/1:userdebug/test-keys"
    assert (facts.security_patch, facts.serial) == ("2024-04-05", "BENCH0001")
    assert (facts.user, facts.from_shell, facts.user_bits) == ("shell", True, 64)
    assert facts.libc == "glibc 2.41"  # that rig has no bionic, and says so
    assert [len(cluster.cpus) for cluster in facts.clusters] == [4, 3, 1]
    assert facts.allowed_cpus == (0, 1)


def test_the_rigs_board(recorded: Path) -> None:
    facts = parse_facts((recorded / "device" / "board.facts.txt").read_text())
    assert (facts.kind, facts.os) == ("linux", "Debian GNU/Linux 12 (bookworm)")
    assert (facts.model, facts.user, facts.from_shell) == ("Bench Board 4 Model B", "bench", False)
    assert (facts.user_bits, facts.libc) == (64, "glibc 2.36")  # that board has no getconf
    assert (facts.arch, facts.platform) == ("aarch64", "linux_arm64")


def test_a_board_with_two_clusters() -> None:
    text = """kernel=6.1.0
arch=aarch64
os=Debian GNU/Linux 12
cpu=should not win
board=Raspberry Pi 4 Model B Rev 1.4
cores=4
memory_kb=3885396
governor=ondemand
min_khz=600000
max_khz=1500000
governor=performance
min_khz=800000
max_khz=2200000
"""
    assert parse_facts(text) == replace(
        NOTHING,
        os="Debian GNU/Linux 12",
        kernel="6.1.0",
        arch="aarch64",
        cpu="Raspberry Pi 4 Model B Rev 1.4",
        model="Raspberry Pi 4 Model B Rev 1.4",
        cores=4,
        memory_bytes=3885396 * 1024,
        governors=("ondemand", "performance"),
        min_khz=600000,
        max_khz=2200000,
    )


# Written after the documented properties; not read from a phone.
PHONE = """system=Linux
arch=aarch64
android=yes
uid=2000
user=2000
ro.product.manufacturer=Example
ro.product.model=Example 7
ro.product.cpu.abi=arm64-v8a
ro.product.cpu.abilist=arm64-v8a,armeabi-v7a,armeabi
ro.board.platform=examplesoc
ro.build.version.sdk=28
linker=bionic
libc=
"""


def test_a_phone_of_an_old_release() -> None:
    facts = parse_facts(PHONE)
    assert facts.model == "Example 7"  # not `Example Example 7`
    assert (facts.soc, facts.cpu) == ("examplesoc", "examplesoc")
    assert (facts.libc, facts.user, facts.os) == ("bionic", "shell", None)
    assert facts.platform == "android_arm64"
    assert facts.clusters == ()


@pytest.mark.parametrize(
    ("user", "from_shell"), [("shell", True), ("root", True), ("u0_a123", False), ("u10_i7", False)]
)
def test_whether_a_process_is_a_shells(user: str, *, from_shell: bool) -> None:
    assert replace(NOTHING, kind="android", user=user).from_shell is from_shell
    assert not replace(NOTHING, kind="linux", user=user).from_shell


@pytest.mark.parametrize(
    ("kind", "abis", "arch", "bits", "platform"),
    [
        ("android", ("armeabi-v7a", "armeabi"), "aarch64", 32, "android_arm"),
        ("android", ("arm64-v8a",), "aarch64", 64, "android_arm64"),
        ("android", ("x86",), "i686", 32, None),
        ("android", (), "aarch64", 64, None),
        ("linux", (), "aarch64", 64, "linux_arm64"),
        ("linux", (), "aarch64", 32, "linux_arm"),
        ("linux", (), "armv7l", 32, "linux_arm"),
        ("linux", (), "armv6l", 32, None),
        ("linux", (), "x86_64", 64, "linux_x86_64"),
        ("linux", (), "x86_64", 32, None),
        ("linux", (), "aarch64", None, None),
        ("darwin", (), "arm64", 64, None),
        (None, (), "aarch64", 64, None),
    ],
)
def test_platforms(
    kind: str | None, abis: tuple[str, ...], arch: str, bits: int | None, platform: str | None
) -> None:
    facts = replace(NOTHING, kind=kind, abis=abis, arch=arch, user_bits=bits)
    assert facts.platform == platform


@pytest.mark.parametrize(
    ("said", "libc"),
    [
        ("glibc 2.36", "glibc 2.36"),
        ("GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36. Copy", "glibc 2.36"),
        ("musl libc (aarch64) Version 1.2.4 ", "musl 1.2.4"),
        ("musl libc (aarch64)", "musl"),
        ("something else 1.0", None),
    ],
)
def test_c_libraries(said: str, libc: str | None) -> None:
    assert parse_facts(f"libc={said}\n").libc == libc


def test_the_bits_of_the_user_land_come_from_getconf_or_from_the_shells_elf_header() -> None:
    assert parse_facts("bits=32\nelf_class= 02\n").user_bits == 32
    assert parse_facts("elf_class= 01\n").user_bits == 32
    assert parse_facts("elf_class= 02\n").user_bits == 64
    assert parse_facts("elf_class= 7f\n").user_bits is None


def test_what_is_not_told_is_none() -> None:
    assert parse_facts("") == NOTHING
    assert parse_facts("allowed=0-1,3\n").cores == 3  # a device without nproc
    assert parse_facts("memory_kb=lots\ncores=\n").memory_bytes is None
    assert parse_facts("online=0-3-5\nallowed=x\n").clusters == ()


@given(st.text())
def test_any_text(text: str) -> None:
    parse_facts(text)
    parse_facts(PHONE + "online=" + text)


def test_facts_of_older_folders_are_read() -> None:
    old = b'{"os": "x", "kernel": null, "arch": "x86_64", "cpu": null, "cores": 2, '
    old += b'"memory_bytes": 3, "governors": ["a"], "min_khz": 1, "max_khz": 2}'
    facts = decode(old, DeviceFacts, "old")
    assert facts == DeviceFacts("x", None, "x86_64", None, 2, 3, ("a",), 1, 2)
    assert facts.platform is None
    phone = parse_facts(PHONE + "online=0-1\nhardware_khz.0=5\nhardware_khz.1=6\n")
    assert len(phone.clusters) == 2
    assert decode(encode(phone), DeviceFacts, "new") == phone
