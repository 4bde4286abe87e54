"""What lines of adb, of a usage text and of missing drivers mean: part of the diagnosis table."""

from __future__ import annotations

from benchhub.records import Severity
from benchhub.tools.diagnosis_row import Pattern, Row

LINK_ROWS = (
    Row(
        "adb.unauth",
        Severity.FATAL,
        "adb; dotnet/runtime#47185",
        "The phone has not accepted the key of this computer.",
        "Accept the dialog on its screen; then `benchhub devices doctor NAME`.",
        (
            Pattern("device unauthorized."),
            Pattern("This adb server's $ADB_VENDOR_KEYS is not set"),
        ),
    ),
    Row(
        "adb.offline",
        Severity.FATAL,
        "adb; dnceng#2199, flutter#858",
        "The connection to the phone is lost.",
        "Look at cable and hub; then `adb reconnect`.",
        (
            Pattern("device offline", r"^(?:adb: )?(?:error: )?device offline"),
            Pattern("not found", r"^(?:adb: )?(?:error: )?device '[^']*' not found"),
            Pattern("no devices/emulators found"),
        ),
    ),
    Row(
        "adb.multi",
        Severity.FATAL,
        "adb; react-native-js-benchmark#7",
        "Several phones are there, and none was named.",
        "Give the serial: `adb -s SERIAL`, or `serial:` in the device's file.",
        (Pattern("more than one device/emulator"),),
    ),
    Row(
        "adb.version",
        Severity.NOISE,
        "adb; flutter#114556",
        "Two versions of adb share a server, and each ends the one of the other.",
        "Use one version, or a port of your own (ANDROID_ADB_SERVER_PORT).",
        (
            Pattern(
                "adb server version (",
                r"^adb server version \(\d+\) doesn't match this client \(\d+\)",
            ),
        ),
    ),
    Row(
        "gpu.adapters",
        Severity.FATAL,
        "measured (ai-edge-litert 2.3.0)",
        "LiteRT's GPU accelerator found no GPU; it does not go on with the CPU.",
        "Install a Vulkan driver (vulkaninfo lists what there is), or choose another delegate.",
        (Pattern("No adapters found", r"Failed to initialize WebGPU environment"),),
    ),
    Row(
        "help.rc",
        Severity.INFO,
        "benchmark_model.cc, benchmark_litert_model_main.cc; measured",
        "The program printed its usage. --help and --list_signatures end with 1 by design.",
        "If nothing asked for it, a flag could not be read; the line before says which.",
        (Pattern("usage: ", r"^usage: .{1,400} <flags>$"),),
    ),
)
