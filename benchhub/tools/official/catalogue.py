"""Which official programs exist for which platform, and how their makers name the files.

Addresses and names are those that the makers document (measurement and benchmark pages of
TensorFlow Lite and LiteRT). A file that is documented for some versions only is optional.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from benchhub.errors import ToolError

PROGRAM = "benchmark_model"
HEXAGON_LIBRARY = "libhexagon_interface.so"
HEXAGON_SKELS = (
    "https://storage.googleapis.com/download.tensorflow.org/tflite/hexagon_nn_skel_v1.20.0.0.run"
)
LATEST = "latest"

_RELEASE = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}[0-9A-Za-z.-]{0,20}")


class Family(StrEnum):
    """Which of the two programs called benchmark_model."""

    TFLITE = "tflite"
    LITERT = "litert"


@dataclass(frozen=True, slots=True)
class Item:
    """One file to fetch.

    Attributes:
        address: Its address below the family's base, with `/`.
        name: What it is called in the workspace.
        optional: Some versions do not have it.
    """

    address: str
    name: str
    optional: bool = False

    @property
    def remote(self) -> str:
        """What its maker calls it."""
        return self.address.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one family offers.

    Attributes:
        tool: The tool that runs the program; also the folder's name in the cache.
        base: Where its files are.
        platforms: The maker's word by ours.
        others: Our words for systems of which only other files are documented.
    """

    tool: str
    base: str
    platforms: Mapping[str, str]


_OFFERS = {
    Family.TFLITE: _Offer(
        "benchmark_model",
        "https://storage.googleapis.com/tensorflow-nightly-public/prod/tensorflow/release/lite/"
        "tools/nightly/latest",
        {
            "linux_x86_64": "linux_x86-64",
            "linux_arm64": "linux_aarch64",
            "linux_arm": "linux_arm",
            "android_arm64": "android_aarch64",
            "android_arm": "android_arm",
        },
    ),
    Family.LITERT: _Offer(
        "benchmark_litert_model",
        "https://storage.googleapis.com/litert/binaries",
        {
            "linux_x86_64": "linux_x86_64",
            "linux_arm64": "linux_arm64",
            "android_arm64": "android_arm64",
            "macos_arm64": "macos_arm64",
        },
    ),
}
_WEB_GPU = ("libLiteRt.so", "libLiteRtWebGpuAccelerator.so")
_LITERT_LIBRARIES = {
    "linux_x86_64": _WEB_GPU,
    "linux_arm64": _WEB_GPU,
    "android_arm64": (
        "libLiteRt.so",
        "libLiteRtClGlAccelerator.so",
        "libLiteRtOpenClAccelerator.so",  # the same in older versions
        "libLiteRtDispatch_Qualcomm.so",
        "libLiteRtDispatch_MediaTek.so",
        "libLiteRtCompilerPlugin_Qualcomm.so",
        "libLiteRtCompilerPlugin_MediaTek.so",
    ),
    "macos_arm64": ("libLiteRtMetalAccelerator.dylib",),
}
# benchhub knows these as well, but nobody offers a program for them.
_NOT_OFFERED = ("android_x86_64",)


def platforms(family: Family) -> tuple[str, ...]:
    """Return the platforms for which the family has a program."""
    return tuple(_OFFERS[family].platforms)


def fetchable(family: str, platform: str | None) -> bool:
    """Say whether an official program of that family exists for that platform."""
    return platform is not None and platform in _OFFERS[Family(family)].platforms


def tool_of(family: Family) -> str:
    """Return the name of the tool that runs programs of the family."""
    return _OFFERS[family].tool


def base_of(family: Family) -> str:
    """Return the official address below which the family's files are."""
    return _OFFERS[family].base


def our_word(platform: str) -> str | None:
    """Return benchhub's word for a platform that is named in either family's words."""
    known = {
        name: ours
        for offer in _OFFERS.values()
        for ours, theirs in offer.platforms.items()
        for name in (ours, theirs)
    }
    return known.get(platform, platform if platform in _NOT_OFFERED else None)


def all_platforms() -> tuple[str, ...]:
    """Return every platform of either family."""
    return tuple(dict.fromkeys(word for offer in _OFFERS.values() for word in offer.platforms))


def check(
    family: Family, platform: str, version: str, *, flex: bool = False, hexagon: bool = False
) -> None:
    """Make sure that the makers offer that; for the arguments see `items`.

    Raises:
        ToolError: They do not; the message says what they offer.
    """
    if not fetchable(family, platform):
        raise _not_offered(family, platform)
    if family is Family.LITERT and (flex or hexagon):
        raise ToolError(
            f"{'--flex' if flex else '--hexagon'} is of the tflite family; the litert family has "
            "no such program.",
            "Take --family tflite.",
        )
    if hexagon and not platform.startswith("android"):
        raise ToolError(
            f"Hexagon is reached from Android only; {platform} has no {HEXAGON_LIBRARY}.",
            "Leave --hexagon out, or name a phone: --device NAME",
        )
    if family is Family.TFLITE and version != LATEST:
        raise ToolError(
            f"the tflite family has no version '{version}': only {LATEST} is published.",
            "The lock file holds on to the one that was fetched; --family litert has releases.",
        )
    if version not in {LATEST, "nightly"} and not _RELEASE.fullmatch(version):
        raise ToolError(
            f"'{version}' is no version of the litert family.",
            "Versions are latest, nightly, or a release such as 2.1.4.",
        )


def _not_offered(family: Family, platform: str) -> ToolError:
    other = next(one for one in Family if one is not family)
    return ToolError(
        f"there is no official {PROGRAM} of the {family} family for {platform} "
        f"(there is: {', '.join(platforms(family))}).",
        f"Take the other family: --family {other}."
        if fetchable(other, platform)
        else f"Build one, and name it in the device's file ({tool_of(family)}: FILE).",
    )


def items(
    family: Family, platform: str, version: str, *, flex: bool = False, hexagon: bool = False
) -> tuple[Item, ...]:
    """Return the files of one program, the program last. See `check`.

    Args:
        family: The family.
        platform: Our word for the platform.
        version: E.g. `latest`, `2.1.4`.
        flex: The program with TensorFlow's own operators; TFLite only.
        hexagon: With the library between the program and Hexagon; TFLite on Android only.
    """
    word = _OFFERS[family].platforms[platform]
    if family is Family.LITERT:
        libraries = _LITERT_LIBRARIES[platform]
        found = [Item(f"{version}/{word}/{name}", name, optional=True) for name in libraries]
        return (*found, Item(f"{version}/{word}/{PROGRAM}", PROGRAM))
    program = f"{PROGRAM}_plus_flex" if flex else PROGRAM
    interface = (Item(f"{word}_{HEXAGON_LIBRARY}", HEXAGON_LIBRARY),) if hexagon else ()
    return (*interface, Item(f"{word}_{program}", PROGRAM))
