"""Whose chip a device has, as far as Android says so."""

from __future__ import annotations

from benchhub.records import DeviceFacts

# The makers' names in `ro.soc.manufacturer`, which Android has since API level 31.
_MAKERS = {
    "amlogic": "amlogic",
    "google": "google_tensor",
    "hisilicon": "hisilicon",
    "mediatek": "mediatek",
    "qti": "qualcomm",
    "qualcomm": "qualcomm",
    "rockchip": "rockchip",
    "samsung": "samsung",
    "spreadtrum": "unisoc",
    "unisoc": "unisoc",
}


def of_another_maker(facts: DeviceFacts, maker: str) -> str:
    """Return the name of the device's chip if it is known to be another maker's; else nothing.

    Args:
        facts: What the device says of itself.
        maker: Whose it has to be: `qualcomm`, `mediatek` or `google_tensor`.
    """
    if facts.kind != "android" or not facts.soc:
        return ""
    found = _MAKERS.get(facts.soc.split()[0].casefold())
    return "" if found in (None, maker) else facts.soc
