"""External delegates that are known by name: their library, options, and where they run."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.records import DeviceFacts
from benchhub.records.delegates import Pairs
from benchhub.tools.delegates import silicon


@dataclass(frozen=True, slots=True)
class Product:
    """An external delegate.

    Attributes:
        library: Name of its library.
        options: Options that it gets unless the suite says otherwise.
        platforms: Platforms that it is made for.
        needs: What has to be there, for people.
        dsp: It loads skels onto a Qualcomm DSP.
        maker: Whose chips it is made for; empty if that does not matter.
    """

    library: str
    options: Pairs
    platforms: tuple[str, ...]
    needs: str
    dsp: bool = False
    maker: str = ""

    def misplaced(self, facts: DeviceFacts) -> str:
        """Say why it cannot run on that device, or nothing."""
        platform = facts.platform
        if platform is not None and platform not in self.platforms:
            return f"it is made for {', '.join(self.platforms)}; the device is {platform}"
        chip = silicon.of_another_maker(facts, self.maker) if self.maker else ""
        return f"it is made for chips of {self.maker}; the device has {chip}" if chip else ""


PRODUCTS = {
    "edgetpu": Product(
        library="libedgetpu.so.1",
        options=(),
        platforms=("linux_x86_64", "linux_arm64", "linux_arm"),
        needs="Needs libedgetpu.so.1 on the device, a Coral Edge TPU, a model of edgetpu_compiler.",
    ),
    "qnn": Product(
        library="libQnnTFLiteDelegate.so",
        options=(("backend_type", "htp"),),
        platforms=("android_arm64", "linux_arm64"),
        needs="Needs libQnnTFLiteDelegate.so, libQnnHtp*.so and the DSP's skel in `libraries`.",
        dsp=True,
        maker="qualcomm",
    ),
    "vx": Product(
        library="libvx_delegate.so",
        options=(),
        platforms=("linux_arm64", "linux_arm"),
        needs="Needs libvx_delegate.so and the board's OpenVX driver (NXP i.MX, Amlogic).",
    ),
    "armnn": Product(
        library="libarmnnDelegate.so",
        options=(("backends", "GpuAcc,CpuAcc"),),
        platforms=("linux_arm64", "linux_arm", "android_arm64"),
        needs="Needs libarmnnDelegate.so and libarmnn.so in `libraries` or on the device.",
    ),
}
