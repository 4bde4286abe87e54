"""Options of Intel's OpenVINO: from the words of a suite to the text that the plugin reads."""

from __future__ import annotations

from collections.abc import Iterable

IDENTIFIER = b"intel_openvino"
VENDOR = "intel_openvino"

# Codes of the wheel's own IntelOpenVinoGraphBackend and IntelOpenVinoPerformanceMode.
DEVICES = {"cpu": 0, "gpu": 1, "npu": 2}
MODES = {"latency": 0, "throughput": 1, "cumulative_throughput": 2}
FLAGS = {"true": "true", "false": "false"}

# The device is an option of each partition; a graph in more pieces than this gains nothing.
MAX_PARTITIONS = 256


def toml(options: Iterable[tuple[str, str]]) -> str:
    """Return the options as TOML.

    `device` is where OpenVINO computes: `npu` is the default, `cpu` and `gpu` are its other back
    ends. `performance_mode` and `enable_weight_sharing` are those of the plugin. A name in capitals
    is a property of OpenVINO, e.g. INFERENCE_PRECISION_HINT.

    Raises:
        ValueError: There is no such option, or it has no such value; the message says which.
    """
    lines = []
    for name, value in options:
        if name == "device":
            code = _one_of(name, value, DEVICES)
            lines += [f"graph.{index}.graph_backend = {code}" for index in range(MAX_PARTITIONS)]
        elif name == "performance_mode":
            lines.append(f"{name} = {_one_of(name, value, MODES)}")
        elif name == "enable_weight_sharing":
            lines.append(f"{name} = {_one_of(name, value, FLAGS)}")
        elif name.isupper() and name.replace("_", "").isalnum():
            lines.append(f'configs_map.{name} = "{_plain(name, value)}"')
        else:
            raise ValueError(
                f"OpenVINO has no option '{name}'; there are device, performance_mode, "
                "enable_weight_sharing, and OpenVINO's own properties in capitals"
            )
    return "".join(f"{line}\n" for line in lines)


def _one_of(name: str, value: str, known: dict[str, int] | dict[str, str]) -> int | str:
    try:
        return known[value.lower()]
    except KeyError:
        raise ValueError(f"{name} is {value}, not one of {', '.join(known)}") from None


def _plain(name: str, value: str) -> str:
    if not value.isprintable() or '"' in value or "\\" in value:
        raise ValueError(f"{name} has a character that cannot be handed over: {value!r}")
    return value
