"""A host of a lab whose devices do nothing for a given time: a process of its own.

python -m tests.benchmarks.simulated_host ADDRESS TLS NAME COUNT SECONDS FOLDER
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import benchhub
from benchhub.execution.invocation import failed
from benchhub.lab.address import parse_address
from benchhub.lab.host import Loan, lend
from benchhub.lab.messages import Asking, Attached, Lacking, Result, Results
from benchhub.lab.seats import Seats
from benchhub.lab.security import security_of
from benchhub.records import DeviceFacts, DeviceRecord, Failure, Latency, Reading, Status
from benchhub.results.codec import encode
from benchhub.workspace import Workspace

SESSION = "simulated"
FACTS = DeviceFacts("none", None, None, None, None, None, (), None, None)


class SimulatedSeats(Seats):
    """Takes orders as real seats do; a step is a pause, and its time is told as it was."""

    def __init__(self, workspace: Workspace, names: Sequence[str], task_s: float) -> None:
        super().__init__(workspace, (), 3600.0)
        self._names = names
        self._task_s = task_s

    def attach(self, asking: Asking, host: str, wanted: Sequence[str]) -> Attached | Lacking:
        """Attach at once."""
        del wanted
        if lacking := self.files.lacking([asking.order]):
            return Lacking(host, lacking)
        record = DeviceRecord(asking.device, "host", FACTS, ())
        return Attached(host, encode(record), SESSION)

    def measure(self, asking: Asking, session: str, numbers: Sequence[int], *_: object) -> Results:
        """Wait as long as a step takes."""
        del session
        (step,) = self._steps(asking, numbers)
        began = time.monotonic()
        time.sleep(self._task_s)
        took_s = time.monotonic() - began
        nothing = failed(step, Failure("none", "", "", 0), Status.OK)
        us = took_s * 1e6
        latency = Latency(1, us, us, us, us, None, None, None, (us,), "a pause")
        done = replace(nothing, seconds=took_s, reading=Reading(latency=latency), session=SESSION)
        return Results((Result(encode(done), {}),))

    def release(self, asking: Asking, stored: Sequence[int]) -> None:
        """Nothing is held."""

    def describe(self) -> dict[str, Any]:
        """Describe devices that there are not."""
        return {
            "version": benchhub.__version__,
            "devices": [
                {
                    "name": name,
                    "labels": [],
                    "transport": "host",
                    "yaml": f"name: {name}\ntransport: host\n",
                    "holder": "",
                    "waiting": [],
                }
                for name in self._names
            ],
        }


def main() -> int:
    """Lend simulated devices until a signal."""
    address, tls, name, count, seconds, folder = sys.argv[1:]
    names = [f"{name}-{number}" for number in range(int(count))]
    (Path(folder) / "devices").mkdir(parents=True, exist_ok=True)
    seats = SimulatedSeats(Workspace(Path(folder)), names, float(seconds))
    loan = Loan(parse_address(address), name, tuple(names), Path(folder) / "engine")
    return lend(
        loan, seats, security_of(Path(tls), "host"), lambda line: os.write(2, f"{line}\n".encode())
    )


if __name__ == "__main__":
    sys.exit(main())
