"""The values that flow from plan to report, immutable, with the unit in each name.

Missing is `None`, never 0: a tool that does not tell a figure has none. Times of operators and
inferences are microseconds (`_us`), spans of processes seconds (`_s`), memory bytes.
"""

from benchhub.records.device import CpuCluster, DeviceFacts, Telemetry
from benchhub.records.figures import (
    Failure,
    Finding,
    Latency,
    Memory,
    OpTime,
    Placement,
    Profile,
    Reading,
    Severity,
    Warmup,
)
from benchhub.records.plan import (
    DEFAULT_TOOL,
    Case,
    Conditions,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Plan,
    PlannedInvocation,
    Purpose,
    Refusal,
)
from benchhub.records.run import (
    CommandResult,
    DeviceRecord,
    Invocation,
    Run,
    RunEnd,
    RunState,
    Status,
    ToolIdentity,
)

__all__ = [
    "DEFAULT_TOOL",
    "Case",
    "CommandResult",
    "Conditions",
    "Configuration",
    "CpuCluster",
    "DeviceFacts",
    "DeviceRecord",
    "Failure",
    "Finding",
    "InputSpec",
    "Invocation",
    "Latency",
    "Measure",
    "Memory",
    "ModelVariant",
    "OpTime",
    "Placement",
    "Plan",
    "PlannedInvocation",
    "Profile",
    "Purpose",
    "Reading",
    "Refusal",
    "Run",
    "RunEnd",
    "RunState",
    "Severity",
    "Status",
    "Telemetry",
    "ToolIdentity",
    "Warmup",
]
