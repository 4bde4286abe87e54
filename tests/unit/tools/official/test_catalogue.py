"""What is offered for which platform, and what programs and processors say of themselves."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.errors import ToolError
from benchhub.tools.official import catalogue, image
from benchhub.tools.official.catalogue import Family
from benchhub.tools.official.processor import features
from benchhub.tools.official.shelf import abilities
from benchhub.tools.program.flags import parse_flags
from benchhub.tools.program.litert_flags import RELEASES

TFLITE = (
    "https://storage.googleapis.com/tensorflow-nightly-public/prod/tensorflow/release/lite/tools/"
    "nightly/latest"
)


@pytest.mark.parametrize(
    ("platform", "remote"),
    [
        ("linux_x86_64", "linux_x86-64_benchmark_model"),
        ("linux_arm64", "linux_aarch64_benchmark_model"),
        ("linux_arm", "linux_arm_benchmark_model"),
        ("android_arm64", "android_aarch64_benchmark_model"),
        ("android_arm", "android_arm_benchmark_model"),
    ],
)
def test_the_names_of_tflite(platform: str, remote: str) -> None:
    assert catalogue.base_of(Family.TFLITE) == TFLITE
    (item,) = catalogue.items(Family.TFLITE, platform, "latest")
    assert (item.address, item.name, item.optional) == (remote, "benchmark_model", False)
    (flex,) = catalogue.items(Family.TFLITE, platform, "latest", flex=True)
    assert (flex.address, flex.name) == (f"{remote}_plus_flex", "benchmark_model")


def test_the_names_of_litert() -> None:
    assert catalogue.base_of(Family.LITERT) == "https://storage.googleapis.com/litert/binaries"
    for platform in ("linux_x86_64", "linux_arm64", "android_arm64", "macos_arm64"):
        *libraries, program = catalogue.items(Family.LITERT, platform, "2.1.4")
        assert program.address == f"2.1.4/{platform}/benchmark_model"
        assert not program.optional
        assert libraries
        for library in libraries:
            assert library.optional
            assert library.address == f"2.1.4/{platform}/{library.name}"
    android = {item.name for item in catalogue.items(Family.LITERT, "android_arm64", "latest")}
    assert android >= {"libLiteRtClGlAccelerator.so", "libLiteRtDispatch_Qualcomm.so"}


def test_hexagon_is_between_program_and_processor() -> None:
    interface, program = catalogue.items(Family.TFLITE, "android_arm64", "latest", hexagon=True)
    assert interface.address == "android_aarch64_libhexagon_interface.so"
    assert interface.name == "libhexagon_interface.so"
    assert program.name == "benchmark_model"


@pytest.mark.parametrize(
    ("family", "platform", "offered"),
    [
        ("tflite", "linux_arm", True),
        ("litert", "linux_arm", False),
        ("litert", "android_arm", False),
        ("tflite", "android_x86_64", False),
        ("litert", "android_x86_64", False),
        ("tflite", "macos_arm64", False),
        ("litert", "macos_arm64", True),
        ("tflite", None, False),
    ],
)
def test_what_can_be_fetched(family: str, platform: str | None, *, offered: bool) -> None:
    assert catalogue.fetchable(family, platform) is offered


@pytest.mark.parametrize(
    ("family", "platform", "version", "more", "message"),
    [
        (
            Family.LITERT,
            "linux_arm",
            "latest",
            {},
            "linux_arm (there is: linux_x86_64, linux_arm64, android_arm64, macos_arm64). Take the",
        ),
        (
            Family.TFLITE,
            "android_x86_64",
            "latest",
            {},
            "name it in the device's file (benchmark_model: FILE).",
        ),
        (Family.TFLITE, "linux_arm64", "2.14.1", {}, "no version '2.14.1': only latest"),
        (Family.LITERT, "linux_arm64", "v2.1.4", {}, "'v2.1.4' is no version"),
        (Family.LITERT, "linux_arm64", "../x", {}, "'../x' is no version"),
        (Family.LITERT, "linux_arm64", "2.1.4/..", {}, "is no version"),
        (Family.LITERT, "android_arm64", "latest", {"hexagon": True}, "--hexagon is of the tflite"),
        (Family.LITERT, "linux_arm64", "latest", {"flex": True}, "--flex is of the tflite family"),
        (Family.TFLITE, "linux_arm64", "latest", {"hexagon": True}, "from Android only"),
    ],
)
def test_what_is_not_offered_is_said_in_one_line(
    family: Family, platform: str, version: str, more: dict[str, bool], message: str
) -> None:
    with pytest.raises(ToolError) as caught:
        catalogue.check(family, platform, version, **more)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_platforms_are_known_in_the_words_of_all() -> None:
    assert catalogue.our_word("linux_aarch64") == "linux_arm64"
    assert catalogue.our_word("linux_x86-64") == "linux_x86_64"
    assert catalogue.our_word("linux_x86_64") == "linux_x86_64"
    assert catalogue.our_word("android_x86_64") == "android_x86_64"
    assert catalogue.our_word("windows_x86_64") is None


CORTEX_A72 = "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU part\t: 0xd08\n"
CORTEX_A76 = "processor\t: 0\nFeatures\t: fp asimd evtstrm aes crc32 asimddp\n"


def test_the_features_that_all_cpus_have() -> None:
    assert "asimddp" not in (features(CORTEX_A72) or ())
    assert "asimddp" in (features(CORTEX_A76) or ())
    assert "asimddp" not in (features(CORTEX_A76 + CORTEX_A72) or ())
    assert features("") is None
    assert features("processor : 0\n") is None


def test_the_rigs_programs(benchmark_model: Path, benchmark_model_arm64: Path) -> None:
    for program, platform in (
        (benchmark_model, "linux_x86_64"),
        (benchmark_model_arm64, "android_arm64"),
    ):
        real = program.with_name("benchmark_model.real")
        assert image.problem(real, platform) == ""
        # The section table is the last thing in it.
        assert image.read_head(real.read_bytes()[:64]).least_bytes == real.stat().st_size
        assert "not for linux_arm" in image.problem(real, "linux_arm")
        assert "no program for macos" in image.problem(real, "macos_arm64")


def test_programs_of_macos(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(struct.pack("<II", 0xFEEDFACF, 0x0100000C) + bytes(24))
    assert image.problem(path, "macos_arm64") == ""
    assert "no program for linux" in image.problem(path, "linux_arm64")
    path.write_bytes(struct.pack("<II", 0xFEEDFACF, 0x01000007) + bytes(24))
    assert "is a program for x86_64" in image.problem(path, "macos_arm64")


@given(st.binary(max_size=80))
def test_any_head_can_be_read(rest: bytes) -> None:
    for magic in (
        b"",
        b"\x7fELF",
        b"\x7fELF\x02\x01\x01",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ):
        found = image.read_head((magic + rest)[:64])
        assert found.kind in {"", "elf", "mach-o"}
        assert found.least_bytes >= 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tensorflow-2.14.1/help.stderr", "op profile csv|external"),
        (
            "litert-2026-08-providers/help.stderr",
            "op profile csv|op profile proto|result proto|runtime info|signatures|external",
        ),
    ],
)
def test_abilities_of_recorded_programs(recorded: Path, name: str, said: str) -> None:
    flags = parse_flags((recorded / "benchmark_model" / name).read_text())
    assert "|".join(abilities(Family.TFLITE, "linux_x86_64", flags)) == said


def test_abilities_of_litert_by_release() -> None:
    flags: set[str] = set()
    said = {}
    for release, names in RELEASES:
        flags |= names
        said[release] = abilities(Family.LITERT, "linux_x86_64", flags)
    assert said["1.3"] == ("signatures", "gpu", "npu")
    assert said["1.4"] == ("op profile table", "signatures", "gpu", "npu")
    assert said["2.1.0"] == (
        "op profile table", "result proto", "runtime info", "signatures", "gpu", "npu",
    )  # fmt: skip


def test_abilities_of_another_system_are_not_claimed() -> None:
    flags = ("use_nnapi", "nnapi_accelerator_name", "use_hexagon", "use_gpu", "gpu_backend")
    assert abilities(Family.TFLITE, "linux_arm64", flags) == ("gpu",)
    assert abilities(Family.TFLITE, "android_arm64", flags) == ("gpu", "nnapi", "hexagon")
    assert abilities(Family.TFLITE, "linux_arm64", ("use_gpu", "use_nnapi")) == ()
