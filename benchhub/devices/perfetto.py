"""Android's tracer around one command: whether it is there, and what to run.

The tracer, the command and the end of both are one command for the device, so that nothing is left
if the connection breaks. What is relied on, as Perfetto documents it
(https://perfetto.dev/docs/reference/perfetto-cli): `perfetto` is there from Android 9 on; it reads
a text configuration from standard input, as its SELinux domain may read no file of the shell's; it
writes into one folder only; SIGTERM makes it collect what it has and end.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.devices.settings import PROPERTY, Change
from benchhub.devices.told import pairs
from benchhub.devices.transport import Transport
from benchhub.records import DeviceFacts

TIMEOUT_S = 20.0
OLDEST_API = 28

# The only folder that perfetto may write to. One name: what a broken link leaves is replaced.
FOLDER = "/data/misc/perfetto-traces"
KEPT_THERE = f"{FOLDER}/benchhub.perfetto-trace"

# Read by TFLite when an interpreter is made: operators become sections of the trace.
TFLITE_TRACE = f"{PROPERTY}debug.tflite.trace"

# Of the device's memory; the oldest events are dropped when it is full.
BUFFER_KB = 32_768

_LOOK = f"""
command -v perfetto >/dev/null 2>&1 && echo perfetto=yes
echo "services=$(getprop persist.traced.enable)"
echo "tflite=$(getprop {TFLITE_TRACE.removeprefix(PROPERTY)})"
"""

# $1 configuration, $2 where the trace goes to, $3 its log; then the command. The tracer tells when
# it is connected; its sources need a moment more. What it prints goes elsewhere than what the
# command prints, and libraries that the command needs are not for the tracer.
_AROUND = f"""
config=$1 kept=$2 log=$3; shift 3
rm -f {KEPT_THERE}
printf '%s' "$config" | LD_LIBRARY_PATH='' perfetto --txt -c - -o {KEPT_THERE} >"$log" 2>&1 &
tracer=$!
turns=0
until grep -q 'Connected to the Perfetto' "$log" || [ $turns -ge 50 ]; do
  kill -0 $tracer 2>/dev/null || break
  sleep 0.1; turns=$((turns + 1))
done
sleep 1
"$@"
code=$?
kill -TERM $tracer 2>/dev/null
(sleep 20; kill -KILL $tracer) >/dev/null 2>&1 &
wait $tracer
cat {KEPT_THERE} >"$kept" 2>/dev/null
rm -f {KEPT_THERE}
exit $code
"""


@dataclass(frozen=True, slots=True)
class Tracer:
    """What is known of a device's tracer.

    Attributes:
        problem: Why there is none, a sentence; empty if there is one.
        advice: What to do about a tracer that does not work.
        change: The property that makes TFLite tell its operators; None if it is set already.
    """

    problem: str
    advice: str = ""
    change: Change | None = None


def look_for_tracer(transport: Transport, facts: DeviceFacts) -> Tracer:
    """Find out whether a device can be traced; nothing is changed.

    Raises:
        TransportError: The device does not answer.
    """
    name = transport.name
    if facts.kind != "android":
        return Tracer(f"{name}: there is a tracer of the system on Android only.")
    if facts.api_level is not None and facts.api_level < OLDEST_API:
        return Tracer(
            f"{name}: perfetto came with Android 9 (API {OLDEST_API}), this is API "
            f"{facts.api_level}."
        )
    text = transport.run(["sh", "-c", _LOOK], timeout_s=TIMEOUT_S).stdout
    told = dict(pairs(text))
    if "perfetto" not in told:
        return Tracer(f"{name}: there is no perfetto on this device.")
    services = told.get("services", "")
    advice = (
        ""
        if services == "1"
        else f"Its services may be off (persist.traced.enable is '{services}'): "
        "`adb shell setprop persist.traced.enable 1`."
    )
    old = told.get("tflite", "")
    return Tracer("", advice, None if old == "1" else Change(TFLITE_TRACE, old, "1"))


def around(timeout_s: float, kept: str, log: str) -> tuple[str, ...]:
    """Return what stands before a command so that it is traced.

    Args:
        timeout_s: The trace ends by itself after the time that the command has.
        kept: Where the trace goes to on the device.
        log: Where what the tracer prints goes to.
    """
    return ("sh", "-c", _AROUND, "sh", config(timeout_s), kept, log)


def config(timeout_s: float) -> str:
    """Return the tracer's configuration: scheduling, frequencies, and what programs tell.

    TFLite tells by atrace sections, LiteRT by track events. Fields: perfetto's trace_config.proto
    and ftrace_config.proto, as of Android 9.
    """
    events = (
        "sched/sched_switch",
        "sched/sched_waking",
        "sched/sched_process_exit",
        "task/task_newtask",
        "task/task_rename",
        "power/cpu_frequency",
        "power/cpu_idle",
        "ftrace/print",
    )
    lines = "".join(f'      ftrace_events: "{event}"\n' for event in events)
    return f"""\
duration_ms: {round(1000 * timeout_s)}
buffers {{ size_kb: {BUFFER_KB} fill_policy: RING_BUFFER }}
buffers {{ size_kb: 1024 fill_policy: RING_BUFFER }}
data_sources {{
  config {{
    name: "linux.ftrace"
    target_buffer: 0
    ftrace_config {{
{lines}      atrace_apps: "*"
      drain_period_ms: 250
    }}
  }}
}}
data_sources {{ config {{ name: "track_event" target_buffer: 0 }} }}
data_sources {{
  config {{
    name: "linux.process_stats"
    target_buffer: 1
    process_stats_config {{ scan_all_processes_on_start: true }}
  }}
}}
"""
