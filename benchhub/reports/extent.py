"""How much a plan is: cases on devices, in words."""

from __future__ import annotations

from benchhub.records import Plan


def cases_by_device(plan: Plan) -> dict[str, int]:
    """Return how many cases each device has, refused ones included, in the plan's order."""
    return {
        device: sum(plan.measures(device, case) for case in plan.cases) for device in plan.devices
    }


def is_uniform(plan: Plan) -> bool:
    """Say whether all devices measure the same cases with the same tools."""
    tools = {plan.device_tools.get(device, ()) for device in plan.devices}
    return len(tools) == 1 and len(set(cases_by_device(plan).values())) == 1


def cases_on_devices(plan: Plan) -> str:
    """Say it briefly: `8 cases on 2 devices`, or by device where their tools differ."""
    if not is_uniform(plan):
        return by_device(plan)
    n, devices = next(iter(cases_by_device(plan).values())), len(plan.devices)
    return f"{n} case{'s' * (n != 1)} on {devices} device{'s' * (devices != 1)}"


def imported(plan: Plan) -> str:
    """Say what an imported run is made of: `2 processes and 1 with the profiler, of 5 files`."""
    latency, profiled, files = plan.measure.rounds, plan.measure.profile_rounds, len(plan.imported)
    parts = [
        f"{latency} process{'es' * (latency != 1)}" if latency or not profiled else "",
        f"{profiled} with the profiler" if profiled else "",
    ]
    return f"{' and '.join(filter(None, parts))}, of {files} file{'s' * (files != 1)}"


def by_device(plan: Plan) -> str:
    """Say how many cases each device has: `8 cases on host, 8 on pi4`."""
    counts = cases_by_device(plan)
    first = next(iter(counts.values()))
    told = [f"{n} on {device}" for device, n in counts.items()]
    told[0] = told[0].replace(" on", f" case{'s' * (first != 1)} on", 1)
    return ", ".join(told)
